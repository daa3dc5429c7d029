// The lexer: one token per call, positions counted in code points. It never fails: what it cannot read it reports and
// returns as a Bad token, which stands for one datum so that the brackets and counts around it stay right.
//
// The text is valid UTF-8 (read_source checks). Columns are counted once per byte: column() is asked for growing positions of
// a line and remembers how far it came.
#include "frontend/read/lexer.hpp"

#include "frontend/read/chars.hpp"
#include "frontend/read/number.hpp"
#include "gc/value/text.hpp"

namespace evjit::frontend {

const char *opener_text(Opener o) {
  switch (o) {
  case Opener::List: return "(";
  case Opener::Array: return "[";
  case Opener::MArray: return "@[";
  case Opener::Struct: return "{";
  case Opener::MStruct: return "@{";
  case Opener::Set: return "|";
  case Opener::MSet: return "@|";
  case Opener::Bytes: return "b[";
  case Opener::MBytes: return "@b[";
  }
  return "";
}

const char *opener_name(Opener o) {
  switch (o) {
  case Opener::List: return "list";
  case Opener::Array: case Opener::MArray: return "array";
  case Opener::Struct: case Opener::MStruct: return "struct";
  case Opener::Set: case Opener::MSet: return "set";
  case Opener::Bytes: case Opener::MBytes: return "bytes";
  }
  return "";
}

char closer_of(Opener o) {
  switch (o) {
  case Opener::List: return ')';
  case Opener::Struct: case Opener::MStruct: return '}';
  case Opener::Set: case Opener::MSet: return '|';
  case Opener::Array: case Opener::MArray: case Opener::Bytes: case Opener::MBytes: return ']';
  }
  return 0;
}

// --- positions -----------------------------------------------------------------------------------------------------------

uint32_t Lexer::code_point(size_t pos, size_t *bytes) const {
  unsigned char c = static_cast<unsigned char>(text_[pos]);
  *bytes = 1;
  return c < 0x80 ? c : chars::decode(text_, pos, bytes);
}

uint32_t Lexer::column(size_t pos) {
  for (; mark_ < pos; ++mark_)
    mark_col_ += (static_cast<unsigned char>(text_[mark_]) & 0xC0) != 0x80;
  return mark_col_;
}

void Lexer::newline() { // pos_ is behind it
  ++line_;
  line_start_ = mark_ = pos_;
  mark_col_ = 1;
}

uint32_t Lexer::indentation() {
  uint32_t col = 1;
  for (size_t p = line_start_, n; p < text_.size() && text_[p] != '\n' && chars::is_space(code_point(p, &n)); p += n)
    ++col;
  return col;
}

void Lexer::skip_blank() {
  while (pos_ < text_.size()) {
    unsigned char c = static_cast<unsigned char>(text_[pos_]);
    size_t n = 1;
    if (c == '\n') {
      ++pos_;
      newline();
      fresh_line_ = true;
    } else if (c == '#') {
      while (pos_ < text_.size() && text_[pos_] != '\n')
        ++pos_;
    } else if (chars::is_space(code_point(pos_, &n))) {
      pos_ += n;
    } else {
      return;
    }
  }
}

bool Lexer::ends_token(size_t pos) const {
  if (pos >= text_.size())
    return true;
  unsigned char c = static_cast<unsigned char>(text_[pos]);
  size_t n;
  return c < 0x80 ? chars::is_ascii_delimiter(c) : chars::is_space(code_point(pos, &n));
}

bool Lexer::symstart_at(size_t pos) const {
  size_t n;
  return pos < text_.size() && chars::is_symstart(code_point(pos, &n));
}

// End of symchar* (':' symstart symchar*)* from pos.
size_t Lexer::name_end(size_t pos) const {
  for (;;) {
    while (!ends_token(pos))
      ++pos; // continuation bytes end nothing
    if (pos >= text_.size() || text_[pos] != ':' || !symstart_at(pos + 1))
      return pos;
    ++pos;
  }
}

// --- tokens --------------------------------------------------------------------------------------------------------------

void Lexer::open(Token &t, Opener o, size_t bytes) {
  t.kind = TokenKind::Open;
  t.open = o;
  pos_ += bytes;
}

void Lexer::prefix(Token &t, const char *head, size_t bytes) {
  t.kind = TokenKind::Prefix;
  t.value = gc::symbol(head);
  pos_ += bytes;
}

Token Lexer::next() {
  skip_blank();
  Token t;
  t.at = here();
  t.first_on_line = fresh_line_;
  fresh_line_ = false;
  int c = peek(), after = peek(1);
  switch (c) {
  case -1: return t;
  case '(': open(t, Opener::List, 1); return t;
  case '[': open(t, Opener::Array, 1); return t;
  case '{': open(t, Opener::Struct, 1); return t;
  case ')': case ']': case '}':
    t.kind = TokenKind::Close;
    t.closer = static_cast<char>(c);
    ++pos_;
    return t;
  case '|':
    t.kind = TokenKind::Bar;
    ++pos_;
    return t;
  case '"': string(t, TokenKind::Atom); return t;
  case '\'': prefix(t, "quote", 1); return t;
  case '`': prefix(t, "quasiquote", 1); return t;
  case ';': prefix(t, "splice", 1); return t;
  case ',':
    if (after == ';')
      prefix(t, "unquote-splicing", 2);
    else
      prefix(t, "unquote", 1);
    return t;
  case '@': at_sign(t); return t;
  case ':': keyword(t); return t;
  case 'b':
    if (after == '[')
      open(t, Opener::Bytes, 2);
    else
      symbol(t);
    return t;
  default: break;
  }
  bool sign = c == '+' || c == '-';
  if (chars::is_digit(static_cast<unsigned char>(c)) || (sign && after >= '0' && after <= '9'))
    number(t);
  else
    symbol(t);
  return t;
}

void Lexer::at_sign(Token &t) {
  switch (peek(1)) {
  case '[': open(t, Opener::MArray, 2); return;
  case '{': open(t, Opener::MStruct, 2); return;
  case '|': open(t, Opener::MSet, 2); return;
  case '"':
    ++pos_;
    string(t, TokenKind::MString);
    return;
  case 'b':
    if (peek(2) == '[') {
      open(t, Opener::MBytes, 3);
      return;
    }
    break;
  default: break;
  }
  if (symstart_at(pos_ + 1)) {
    symbol(t);
    return;
  }
  sink_.error(t.at, code::InvalidAt, "@ must be followed by [ { | \" b[ or a name",
              "@x marks a mutable binding, @[ @{ @| @\" @b[ start mutable literals; there is no space behind the @");
  t.kind = TokenKind::Bad;
  ++pos_;
  while (!ends_token(pos_))
    ++pos_;
}

void Lexer::keyword(Token &t) {
  size_t from = pos_ + 1;
  size_t name = from < text_.size() && text_[from] == '@' ? from + 1 : from;
  if (ends_token(name)) {
    sink_.error(t.at, code::InvalidKeyword, "invalid keyword: a name must follow the : directly");
    t.kind = TokenKind::Bad;
    pos_ = name;
    return;
  }
  pos_ = name_end(name);
  t.kind = TokenKind::Atom;
  t.value = gc::keyword(text_.substr(from, pos_ - from));
}

void Lexer::number(Token &t) {
  size_t from = pos_;
  while (!ends_token(pos_))
    ++pos_;
  Number n = parse_number(text_.substr(from, pos_ - from));
  t.kind = TokenKind::Atom;
  switch (n.kind) {
  case Number::Integer: t.value = gc::make_int(m_, n.integer); return;
  case Number::Float: t.value = gc::make_float(m_, n.real); return;
  case Number::Bad:
    sink_.error(t.at, n.code, n.message);
    t.kind = TokenKind::Bad;
    return;
  }
}

void Lexer::symbol(Token &t) {
  size_t from = pos_;
  pos_ = name_end(text_[pos_] == '@' ? pos_ + 1 : pos_);
  std::string_view name = text_.substr(from, pos_ - from);
  t.kind = TokenKind::Atom;
  if (name == "nil")
    t.value = gc::kNil;
  else if (name == "true")
    t.value = gc::kTrue;
  else if (name == "false")
    t.value = gc::kFalse;
  else
    t.value = gc::symbol(name);
}

// --- strings -------------------------------------------------------------------------------------------------------------

void Lexer::string(Token &t, TokenKind kind) {
  std::string out;
  ++pos_;
  for (;;) {
    size_t from = pos_;
    while (pos_ < text_.size() && text_[pos_] != '"' && text_[pos_] != '\\' && text_[pos_] != '\n')
      ++pos_;
    out.append(text_, from, pos_ - from);
    if (pos_ >= text_.size()) {
      sink_.error(t.at, code::Unterminated, "unterminated string");
      string_was_open_ = true;
      t.kind = TokenKind::Bad;
      return;
    }
    char c = text_[pos_];
    if (c == '\\') {
      escape(out);
      continue;
    }
    ++pos_;
    if (c == '"')
      break;
    out += '\n';
    newline();
  }
  t.kind = kind;
  t.value = gc::make_string(m_, out);
}

void Lexer::escape(std::string &out) { // at the backslash
  Span at = here();
  ++pos_;
  int c = peek();
  if (c < 0)
    return; // string() reports
  size_t n;
  code_point(pos_, &n);
  std::string_view self = text_.substr(pos_, n);
  pos_ += n;
  switch (c) {
  case 'n': out += '\n'; return;
  case 't': out += '\t'; return;
  case 'r': out += '\r'; return;
  case 'x': hex_escape(out, at); return;
  case 'u': unicode_escape(out, at); return;
  case '\n': newline(); break;
  default: break;
  }
  out += self;
}

void Lexer::hex_escape(std::string &out, Span at) {
  uint32_t cp = 0;
  for (int i = 0; i < 2; ++i) {
    int d = peek() < 0 ? -1 : chars::hex_value(static_cast<unsigned char>(peek()));
    if (d < 0) {
      sink_.error(at, code::InvalidEscape, "invalid escape: \\x must be followed by two hex digits");
      return;
    }
    cp = cp * 16 + static_cast<uint32_t>(d);
    ++pos_;
  }
  gc::text::append_utf8(out, cp);
}

void Lexer::unicode_escape(std::string &out, Span at) {
  uint32_t cp = 0;
  size_t digits = 0, p = pos_;
  if (p < text_.size() && text_[p] == '{') {
    for (++p; p < text_.size() && digits < 7; ++p, ++digits) {
      int d = chars::hex_value(static_cast<unsigned char>(text_[p]));
      if (d < 0)
        break;
      cp = cp * 16 + static_cast<uint32_t>(d);
    }
  }
  if (digits == 0 || digits > 6 || p >= text_.size() || text_[p] != '}') {
    sink_.error(at, code::InvalidEscape, "invalid escape: \\u must be followed by one to six hex digits in { }");
    return;
  }
  pos_ = p + 1;
  if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) {
    std::string literal(text_.substr(p - digits, digits));
    sink_.error(at, code::InvalidEscape, "invalid escape: \\u{" + literal + "} is no code point");
    return;
  }
  gc::text::append_utf8(out, cp);
}

} // namespace evjit::frontend
