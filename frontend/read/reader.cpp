// The reader: tokens to syntax objects, with a stack of its own, so that no input can exhaust the native one.
//
// `values_` holds the elements of all open brackets one after the other (it is a root); a Frame remembers where its elements
// start. A prefix token is a frame that takes one element. A finished datum is delivered to the innermost frame, which may
// finish that one in turn.
//
// Recovery: a bad token stands for one datum. A closer that does not fit the innermost opener closes everything up to the
// innermost opener that it fits; if there is none it is ignored. What is open at the end is reported once, at the innermost
// opener. Markdown: every code block is read on its own, so that no form spans two.
#include "frontend/read/reader.hpp"

#include "frontend/read/chars.hpp"
#include "frontend/read/lexer.hpp"
#include "frontend/read/markdown.hpp"
#include "frontend/read/outline.hpp"

#include <algorithm>

namespace evjit::frontend {
namespace {

LiteralKind kind_of(Opener o) {
  switch (o) {
  case Opener::List: return LiteralKind::None;
  case Opener::Array: return LiteralKind::Array;
  case Opener::MArray: return LiteralKind::MArray;
  case Opener::Struct: return LiteralKind::Struct;
  case Opener::MStruct: return LiteralKind::MStruct;
  case Opener::Set: return LiteralKind::Set;
  case Opener::MSet: return LiteralKind::MSet;
  case Opener::Bytes: return LiteralKind::Bytes;
  case Opener::MBytes: return LiteralKind::MBytes;
  }
  return LiteralKind::None;
}

const char *closer_name(char c) {
  switch (c) {
  case ')': return "parenthesis )";
  case ']': return "bracket ]";
  case '}': return "brace }";
  default: return "bar |";
  }
}

const char *prefix_text(gc::Value head) {
  std::string_view name = gc::name_of(head);
  if (name == "quote")
    return "'";
  if (name == "quasiquote")
    return "`";
  if (name == "unquote")
    return ",";
  return name == "splice" ? ";" : ",;";
}

class Reader {
public:
  Reader(gc::Mutator &m, uint32_t file, DiagSink &sink, gc::RootVector &forms, std::vector<Span> *spans)
      : m_(m), file_(file), sink_(sink), forms_(forms), spans_(spans), values_(m) {}

  // False: give up on the whole source.
  bool read(std::string_view text, Segment s);

private:
  struct Frame {
    Span at;
    size_t base;       // its elements start here in values_
    uint32_t delim;    // in outline_; kNone: a prefix
    Opener opener;     // brackets
    gc::Value head;    // prefixes: the symbol (immortal)
    bool is_prefix() const { return delim == Outline::kNone; }
  };

  bool step(const Token &t, Lexer &lex);
  bool push(const Token &t, Lexer &lex);
  void close(const Token &t, char closer);
  void mismatch(const Token &t, char closer, size_t innermost);
  void finish_top();
  void deliver(gc::Value v, Span at);
  void form(gc::Value v, Span at);
  void drop_prefixes(const Token &t, char closer);
  void end_of_input(const Token &t, bool in_string);
  size_t innermost() const; // index of the innermost bracket; npos if there is none
  gc::Value syntax(gc::Value datum, Span at, LiteralKind kind = LiteralKind::None);
  gc::Value build(const Frame &f);

  static constexpr size_t npos = ~size_t{0};
  gc::Mutator &m_;
  uint32_t file_;
  DiagSink &sink_;
  gc::RootVector &forms_;
  std::vector<Span> *spans_; // may be null
  gc::RootVector values_;
  std::vector<Frame> frames_;
  Outline outline_;
};

gc::Value Reader::syntax(gc::Value datum, Span at, LiteralKind kind) {
  gc::Value s = gc::make_syntax(m_, datum, 0, at.file, at.line, at.col);
  s.as()->h.aux = static_cast<uint32_t>(kind);
  return s;
}

size_t Reader::innermost() const {
  for (size_t i = frames_.size(); i-- > 0;)
    if (!frames_[i].is_prefix())
      return i;
  return npos;
}

gc::Value Reader::build(const Frame &f) {
  const gc::Value *items = values_.data() + f.base;
  size_t n = values_.size() - f.base;
  if (f.is_prefix()) {
    gc::Value parts[2] = {syntax(f.head, f.at), items[0]};
    return syntax(gc::make_list(m_, parts, 2), f.at);
  }
  gc::Value datum = f.opener == Opener::List ? gc::make_list(m_, items, n) : gc::make_array(m_, items, n);
  return syntax(datum, f.at, kind_of(f.opener));
}

// The innermost frame is complete.
void Reader::finish_top() {
  Frame f = frames_.back();
  gc::Value v = build(f);
  values_.resize(f.base);
  frames_.pop_back();
  deliver(v, f.at);
}

void Reader::form(gc::Value v, Span at) {
  forms_.push(v);
  if (spans_)
    spans_->push_back(at);
}

void Reader::deliver(gc::Value v, Span at) {
  if (frames_.empty()) {
    form(v, at);
    return;
  }
  values_.push(v);
  while (!frames_.empty() && frames_.back().is_prefix()) { // no recursion: prefixes may stack up by thousands
    Frame f = frames_.back();
    gc::Value q = build(f);
    values_.resize(f.base);
    frames_.pop_back();
    if (frames_.empty())
      form(q, f.at);
    else
      values_.push(q);
  }
}

bool Reader::push(const Token &t, Lexer &lex) {
  if (frames_.size() >= kMaxNesting) {
    sink_.error(t.at, code::TooDeep, "nested more than " + std::to_string(kMaxNesting) + " levels deep");
    return false;
  }
  Frame f{t.at, values_.size(), Outline::kNone, t.open, t.value};
  if (t.kind != TokenKind::Prefix)
    f.delim = outline_.open(t.open, t.at, lex.indentation());
  frames_.push_back(f);
  return true;
}

void Reader::drop_prefixes(const Token &t, char closer) {
  if (frames_.empty() || !frames_.back().is_prefix())
    return;
  sink_.error(t.at, code::UnexpectedCloser,
              std::string("unexpected closing ") + closer_name(closer) + " after " + prefix_text(frames_.back().head) +
                  ", which needs a datum");
  while (!frames_.empty() && frames_.back().is_prefix())
    frames_.pop_back();
}

// A closer that is not the innermost bracket's.
void Reader::mismatch(const Token &t, char closer, size_t top) {
  std::string message = std::string("unexpected closing ") + closer_name(closer);
  if (top == npos) {
    sink_.error(t.at, code::UnexpectedCloser, message + ": nothing is open here");
    return;
  }
  const Frame &open = frames_[top];
  message += std::string(": expected ") + closer_of(open.opener) + " for the " + opener_text(open.opener) + " at " +
             std::to_string(open.at.line) + ":" + std::to_string(open.at.col);
  std::vector<Note> notes;
  if (auto n = outline_.note())
    notes.push_back(std::move(*n));
  else
    notes.push_back({std::string("the ") + opener_text(open.opener) + " at {at} is open", open.at, 0});
  sink_.error(t.at, code::UnexpectedCloser, message, {}, std::move(notes));
  sink_.mismatch(std::string(1, closer_of(open.opener)), std::string(1, closer));
  size_t fits = top + 1;
  while (fits > 0 && (frames_[fits - 1].is_prefix() || closer_of(frames_[fits - 1].opener) != closer))
    --fits;
  while (fits > 0 && frames_.size() >= fits) // those inside it, then itself
    finish_top();
}

void Reader::close(const Token &t, char closer) {
  outline_.closer(t.at, t.first_on_line);
  drop_prefixes(t, closer);
  size_t top = innermost();
  if (top != npos && closer_of(frames_[top].opener) == closer)
    finish_top();
  else
    mismatch(t, closer, top);
}

bool Reader::step(const Token &t, Lexer &lex) {
  size_t top = innermost();
  bool closes_set = t.kind == TokenKind::Bar && top != npos && closer_of(frames_[top].opener) == '|';
  if (t.kind == TokenKind::Close || closes_set) {
    close(t, closes_set ? '|' : t.closer);
    return true;
  }
  if (frames_.empty())
    outline_.start_form(t.at);
  bool is_name = t.kind == TokenKind::Atom && gc::is_symbol(t.value);
  outline_.token(top == npos ? Outline::kNone : frames_[top].delim, t.at, t.first_on_line,
                 is_name ? Outline::Token::Symbol : Outline::Token::Other);
  switch (t.kind) {
  case TokenKind::Prefix: case TokenKind::Open: return push(t, lex);
  case TokenKind::Bar: {
    Token set = t;
    set.kind = TokenKind::Open;
    set.open = Opener::Set;
    return push(set, lex);
  }
  case TokenKind::Atom: deliver(is_name ? syntax(t.value, t.at) : t.value, t.at); return true;
  case TokenKind::MString: deliver(syntax(t.value, t.at, LiteralKind::MString), t.at); return true;
  case TokenKind::Bad: deliver(gc::kNil, t.at); return true;
  case TokenKind::Close: case TokenKind::End: return true;
  }
  return true;
}

void Reader::end_of_input(const Token &t, bool in_string) {
  if (frames_.empty() || in_string)
    return;
  size_t top = innermost();
  if (top == npos) {
    sink_.error(t.at, code::UnexpectedEnd,
                std::string("unexpected end of input after ") + prefix_text(frames_.back().head) + ", which needs a datum");
    return;
  }
  const Frame &f = frames_[top];
  std::vector<Note> notes;
  if (auto n = outline_.note())
    notes.push_back(std::move(*n));
  sink_.error(f.at, code::Unterminated, std::string("unterminated ") + opener_name(f.opener), {}, std::move(notes));
}

bool Reader::read(std::string_view text, Segment s) {
  Lexer lex(m_, file_, text, s.begin, s.end, s.line, sink_);
  frames_.clear();
  values_.clear();
  for (;;) {
    Token t = lex.next();
    if (t.kind == TokenKind::End) {
      end_of_input(t, lex.string_was_open());
      return true;
    }
    if (!step(t, lex))
      return false;
  }
}

void report_invalid(uint32_t file, std::string_view text, size_t bad, DiagSink &sink) {
  uint32_t line = 1, col = 1;
  for (size_t i = 0; i < bad; ++i) {
    if (text[i] == '\n') {
      ++line;
      col = 1;
    } else {
      col += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    }
  }
  constexpr char digits[] = "0123456789ABCDEF";
  unsigned char b = static_cast<unsigned char>(text[bad]);
  sink.error({file, line, col}, code::InvalidUtf8,
             std::string("invalid UTF-8: unexpected byte 0x") + digits[b >> 4] + digits[b & 15]);
}

} // namespace

void read_text(gc::Mutator &m, uint32_t file, std::string_view text, SourceKind kind, DiagSink &sink, gc::RootVector &forms,
               std::vector<Span> *spans) {
  size_t bad = chars::first_invalid(text);
  if (bad < text.size()) {
    report_invalid(file, text, bad, sink);
    return;
  }
  Reader reader(m, file, sink, forms, spans);
  for (Segment s : code_segments(text, kind))
    if (!reader.read(text, s))
      return;
}

void read_source(gc::Mutator &m, uint32_t file, DiagSink &sink, gc::RootVector &forms) {
  const Source &s = sources().at(file);
  read_text(m, file, without_bom(s.text), s.kind, sink, forms);
}

bool is_incomplete(const std::vector<Diagnostic> &all) {
  bool any = false;
  for (const Diagnostic &d : all) {
    if (d.severity != Severity::Error)
      continue;
    if (d.code != code::Unterminated && d.code != code::UnexpectedEnd)
      return false;
    any = true;
  }
  return any;
}

} // namespace evjit::frontend
