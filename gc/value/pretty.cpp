// (pp v): literal text, collections broken over lines with 2-space indentation where a line would get too long; and the
// one-line summaries of (describe v).
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/value/print.hpp"
#include "gc/value/print_frames.hpp"
#include "gc/value/text.hpp"

namespace evjit::gc {

namespace {

class Pretty {
public:
  Pretty(std::string &out, size_t columns) : out_(out), columns_(columns), printer_(flat_) {}
  // `used`: columns already taken on this line; `depth`: indentation steps of the enclosing collection.
  void value(Value v, size_t used, size_t depth);

private:
  static constexpr size_t kMaxDepth = 100; // deeper parts stay on one line

  static bool breakable(Value v) { return is_pair(v) || is_array(v) || is_struct(v) || is_set(v); }
  void items(Scan items, size_t per_line, size_t depth);
  void list(Value v, size_t depth);
  void line(size_t depth) {
    out_ += '\n';
    out_.append(2 * depth, ' ');
  }

  std::string &out_;
  size_t columns_;
  std::string flat_; // the printer's output: one part at a time
  Printer printer_;
};

void Pretty::value(Value v, size_t used, size_t depth) {
  flat_.clear();
  printer_.literal(v);
  if (used + text::grapheme_count(flat_) <= columns_ || !breakable(v) || depth >= kMaxDepth) {
    out_ += flat_;
    return;
  }
  if (!printer_.enter_outer(v)) {
    out_ += flat_; // <cycle>
    return;
  }
  bool twin = is(v, Type::MArray) || is(v, Type::MStruct) || is(v, Type::MSet);
  if (twin)
    out_ += '@';
  if (is_pair(v)) {
    out_ += '(';
    list(v, depth + 1);
  } else if (is_array(v)) {
    out_ += '[';
    items(Scan(v), 1, depth + 1);
  } else {
    out_ += is_struct(v) ? '{' : '|';
    items(Scan(v), is_struct(v) ? 2 : 1, depth + 1);
  }
  line(depth);
  out_ += is_pair(v) ? ')' : is_array(v) ? ']' : is_struct(v) ? '}' : '|';
  printer_.leave_outer();
}

void Pretty::items(Scan items, size_t per_line, size_t depth) {
  while (items.more()) {
    line(depth);
    size_t used = 2 * depth;
    if (per_line == 2) {
      flat_.clear();
      printer_.literal(items.next());
      out_ += flat_;
      out_ += ' ';
      used += text::grapheme_count(flat_) + 1;
    }
    value(items.next(), used, depth);
  }
}

void Pretty::list(Value v, size_t depth) {
  for (; is_pair(v); v = tail(v)) {
    line(depth);
    value(head(v), 2 * depth, depth);
  }
  if (!v.is_empty_list()) {
    line(depth);
    out_ += ". ";
    value(v, 2 * depth + 2, depth);
  }
}

std::string counted(std::string_view type, size_t n, std::string_view unit) {
  std::string s = "<";
  s += type;
  s += " (" + std::to_string(n) + " ";
  s += unit;
  if (n != 1)
    s += "s";
  return s + ")>";
}

std::string describe_function(Value v) {
  const FnProto *p = v.as<Closure>()->proto;
  std::string s = "<";
  s += type_name(v);
  if (p->name && *p->name) {
    s += ' ';
    s += p->name;
  }
  s += " (arity " + std::to_string(p->required);
  if (p->collector != Collector::None)
    s += "+";
  else if (p->optional)
    s += "-" + std::to_string(p->required + p->optional);
  return s + ")>";
}

} // namespace

std::string pretty_print(Value v, size_t columns) {
  std::string out;
  Pretty(out, columns).value(v, 0, 0);
  return out;
}

std::string describe_value(Value v) {
  std::string_view type = type_name(v);
  if (is_array(v))
    return counted(type, array_length(v), "element");
  if (is_set(v))
    return counted(type, set_length(v), "element");
  if (is_bytes(v))
    return counted(type, bytes_view_of(v).size(), "byte");
  if (is_struct(v)) {
    size_t n = struct_length(v);
    return "<" + std::string(type) + " (" + std::to_string(n) + (n == 1 ? " entry)>" : " entries)>");
  }
  if (is_list(v)) {
    auto n = list_length(v);
    return n ? counted(type, *n, "element") : "<list (improper)>";
  }
  if (is_string(v)) {
    size_t n = text::string_length(v);
    std::string s = "<" + std::string(type) + " ";
    append_quoted(s, string_view_of(v));
    return s + " (" + std::to_string(n) + (n == 1 ? " char)>" : " chars)>");
  }
  if (is_closure(v))
    return describe_function(v);
  if (v.is_nil())
    return "<nil>";
  std::string literal = print_literal(v);
  return literal.starts_with('<') ? literal : "<" + std::string(type) + " " + literal + ">";
}

} // namespace evjit::gc
