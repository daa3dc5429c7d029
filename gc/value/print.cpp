// Literal and display text of values (02 section 7).
//
// Printing works on a list of collections in progress (Frame), so nesting uses no native stack. A collection that is met
// while it is in progress prints as <cycle>. Nothing allocates on the heap of the language.
#include "gc/value/print.hpp"

#include "gc/errors.hpp"
#include "gc/value/print_frames.hpp"
#include "gc/value/syntax.hpp"
#include "gc/value/text.hpp"

namespace evjit::gc {

const char *(*fiber_status_hook)(Value fiber) = nullptr;

void append_quoted(std::string &out, std::string_view s) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < s.size(); ++i) {
    auto c = static_cast<unsigned char>(s[i]);
    switch (c) {
    case '\\': out += "\\\\"; continue;
    case '"': out += "\\\""; continue;
    case '\n': out += "\\n"; continue;
    case '\t': out += "\\t"; continue;
    case '\r': out += "\\r"; continue;
    default: break;
    }
    bool c1 = c == 0xC2 && i + 1 < s.size() && static_cast<unsigned char>(s[i + 1]) < 0xA0; // U+0080..U+009F
    if (c1)
      c = static_cast<unsigned char>(s[++i]);
    if (c1 || c < 0x20 || c == 0x7F) {
      out += "\\x";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  out += '"';
}

namespace {

void append_bytes(std::string &out, Value v) {
  out += is(v, Type::MBytes) ? "@b[" : "b[";
  bool first = true;
  for (char c : bytes_view_of(v)) {
    if (!first)
      out += ' ';
    first = false;
    out += std::to_string(static_cast<unsigned char>(c));
  }
  out += ']';
}

void append_closure(std::string &out, Value v) {
  const FnProto *p = v.as<Closure>()->proto;
  out += type_name(v) == "native-fn" ? "<native-fn" : "<fn";
  if (p->name && *p->name) {
    out += ' ';
    out += p->name;
  }
  out += '>';
}

void append_opaque(std::string &out, Value v) {
  auto *o = v.as<Opaque>();
  if (o->cls->print) {
    o->cls->print(o->data, out);
    return;
  }
  out += '<';
  out += o->cls->type_name;
  out += '>';
}

void append_fiber(std::string &out, Value v) {
  out += "<fiber";
  if (fiber_status_hook) {
    out += ':';
    out += fiber_status_hook(v);
  }
  out += '>';
}

void append_immediate(std::string &out, Value v) {
  if (v.is_fixnum())
    out += std::to_string(v.as_fixnum());
  else if (v == kTrue)
    out += "true";
  else if (v == kFalse)
    out += "false";
  else if (v == kEmpty)
    out += "()";
  else
    out += "nil";
}

void append_atom(std::string &out, Value v) {
  switch (v.as()->h.type) {
  case Type::Int64: out += std::to_string(v.as<Int64>()->v); return;
  case Type::Float: append_float(out, float_of(v)); return;
  case Type::Keyword: out += ':'; [[fallthrough]];
  case Type::Symbol: out += name_of(v); return;
  case Type::MString: out += '@'; [[fallthrough]];
  case Type::String: append_quoted(out, string_view_of(v)); return;
  case Type::Bytes:
  case Type::MBytes: append_bytes(out, v); return;
  case Type::Closure: append_closure(out, v); return;
  case Type::Fiber: append_fiber(out, v); return;
  case Type::Opaque: append_opaque(out, v); return;
  default:
    out += '<';
    out += type_name(v);
    out += '>';
  }
}

} // namespace

void Printer::literal(Value v) {
  size_t base = frames_.size();
  visit(v);
  while (frames_.size() > base)
    step();
}

void Printer::visit(Value v) {
  if (!v.is_object()) {
    append_immediate(out_, v);
    return;
  }
  switch (v.as()->h.type) {
  case Type::Pair:
  case Type::Array:
  case Type::BigArray:
  case Type::MArray:
  case Type::Struct:
  case Type::BigStruct:
  case Type::MStruct:
  case Type::Set:
  case Type::BigSet:
  case Type::MSet:
  case Type::Box:
  case Type::Parameter:
  case Type::Syntax: open(v); return;
  default: append_atom(out_, v);
  }
}

bool Printer::enter(Value v) {
  if (frames_.size() < kLinearPath) {
    for (const Frame &f : frames_)
      if (f.object == v)
        return false;
    return true;
  }
  if (deep_.empty()) // from here on the path is also kept in a table
    for (const Frame &f : frames_)
      deep_.insert(f.object.bits);
  return deep_.insert(v.bits).second;
}

void Printer::leave() {
  if (!deep_.empty())
    deep_.erase(frames_.back().object.bits);
  if (is(frames_.back().object, Type::Syntax))
    --in_syntax_;
  frames_.pop_back();
  if (frames_.size() < kLinearPath) // what is entered from here on is not in the table
    deep_.clear();
}

// As the data it stands for: <syntax (a {b c})>.
void Printer::open_syntax(Value v, Frame &f) {
  static constexpr struct {
    const char *opener, *closer, *outer_closer;
  } kShapes[] = {{"", "", ">"},     {"[", "]", "]>"},   {"@[", "]", "]>"},   {"{", "}", "}>"},   {"@{", "}", "}>"},
                 {"|", "|", "|>"},  {"@|", "|", "|>"},  {"b[", "]", "]>"},   {"@b[", "]", "]>"}, {"@", "", ">"}};
  const auto &shape = kShapes[static_cast<size_t>(literal_kind(v))];
  bool outermost = in_syntax_++ == 0;
  out_ += outermost ? "<syntax " : "";
  out_ += shape.opener;
  f.closer = outermost ? shape.outer_closer : shape.closer;
  const Value *datum = &v.as<Syntax>()->datum;
  bool brackets = *shape.closer != 0 && is_array(*datum);
  f.items = brackets ? Scan(*datum) : Scan(datum, 1);
}

void Printer::open(Value v) {
  if (!enter(v)) {
    out_ += "<cycle>";
    return;
  }
  Frame f;
  f.object = v;
  auto one = [&](const char *opener, const Value *item) {
    out_ += opener;
    f.closer = ">";
    f.items = Scan(item, 1);
  };
  switch (v.as()->h.type) {
  case Type::Pair:
    out_ += '(';
    f.closer = ")";
    f.list = v;
    break;
  case Type::MArray: out_ += '@'; [[fallthrough]];
  case Type::Array:
  case Type::BigArray:
    out_ += '[';
    f.closer = "]";
    f.items = Scan(v);
    break;
  case Type::Box: one("<box ", &v.as<Box>()->v); break;
  case Type::Parameter: one("<parameter ", &v.as<Parameter>()->initial); break;
  case Type::Syntax: open_syntax(v, f); break;
  default: { // structs and sets
    bool s = is_struct(v);
    out_ += is(v, Type::MStruct) ? "@{" : is(v, Type::MSet) ? "@|" : s ? "{" : "|";
    f.closer = s ? "}" : "|";
    f.items = Scan(v);
  }
  }
  frames_.push_back(std::move(f));
}

void Printer::step() {
  Frame &f = frames_.back();
  if (is_pair(f.list)) { // visit may push a frame, so f is not used after it
    Value item = head(f.list);
    f.list = tail(f.list);
    if (f.printed++ > 0)
      out_ += ' ';
    visit(item);
    return;
  }
  if (f.list != kAbsent && !f.list.is_empty_list()) {
    Value rest = f.list;
    f.list = kEmpty;
    out_ += " . ";
    visit(rest);
    return;
  }
  if (f.items.more()) {
    if (f.printed++ > 0)
      out_ += ' ';
    visit(f.items.next());
    return;
  }
  out_ += f.closer;
  leave();
}

void print_value(std::string &out, Value v, PrintMode mode) {
  if (mode == PrintMode::Display && v.is_object()) {
    if (is_string(v)) {
      out += string_view_of(v);
      return;
    }
    if (is_keyword(v) || is_symbol(v)) {
      out += name_of(v);
      return;
    }
    if (is_bytes(v) && text::is_valid_utf8(bytes_view_of(v))) {
      out += bytes_view_of(v);
      return;
    }
  }
  Printer(out).literal(v);
}

std::string print_literal(Value v) {
  std::string out;
  print_value(out, v, PrintMode::Literal);
  return out;
}

bool display_all(Mutator &m, std::string_view fn, const Value *args, size_t n, std::string &out, Value *raised) {
  for (size_t i = 0; i < n; ++i) {
    if (is_bytes(args[i]) && !text::is_valid_utf8(bytes_view_of(args[i]))) {
      *raised = raise_error(m, "encoding-error", std::string(fn) + ": bytes are not valid UTF-8");
      return false;
    }
    print_value(out, args[i], PrintMode::Display);
  }
  return true;
}

} // namespace evjit::gc
