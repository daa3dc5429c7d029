// json/parse, json/serialize, json/pretty (05 section 11). The reader is strict RFC 8259 and builds values as it goes; it is not
// simdjson, because integers beyond 64 bits must become floats and errors must carry their offset. Both directions recurse
// with a check of the native stack.
#include "gc/object/ordered.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace evjit::gc {

namespace {

enum class Keys { String, Keyword };

class JsonReader {
public:
  JsonReader(Mutator &m, std::string_view text, Keys keys) : m_(m), s_(text), keys_(keys) {}
  Value document();

private:
  Value value();
  Value object();
  Value array();
  Value number();
  Value literal(std::string_view word, Value v);
  bool string(std::string &out);
  bool escape(std::string &out);
  bool hex4(uint32_t *out);
  void space() {
    while (pos_ < s_.size() && (s_[pos_] == ' ' || s_[pos_] == '\t' || s_[pos_] == '\n' || s_[pos_] == '\r'))
      ++pos_;
  }
  bool eat(char c) {
    if (pos_ >= s_.size() || s_[pos_] != c)
      return false;
    ++pos_;
    return true;
  }
  bool digits() {
    size_t start = pos_;
    while (pos_ < s_.size() && s_[pos_] >= '0' && s_[pos_] <= '9')
      ++pos_;
    return pos_ > start;
  }
  Value fail(std::string_view what) {
    return raise_error(m_, "parse-error", "json/parse: " + std::string(what) + " at offset " + std::to_string(pos_),
                       {{"offset", Value::fixnum(static_cast<int64_t>(pos_))}});
  }

  Mutator &m_;
  std::string_view s_;
  Keys keys_;
  size_t pos_ = 0;
  bool failed_ = false; // told apart from a value that answers an error
  Value stop(Value v) {
    failed_ = true;
    return v;
  }
};

Value JsonReader::document() {
  Value v = value();
  if (failed_)
    return v;
  space();
  return pos_ == s_.size() ? v : fail("unexpected text after the value");
}

Value JsonReader::value() {
  if (stack_is_low(m_))
    return stop(stack_overflow(m_));
  space();
  if (pos_ >= s_.size())
    return stop(fail("unexpected end"));
  switch (s_[pos_]) {
  case '{': return object();
  case '[': return array();
  case 't': return literal("true", kTrue);
  case 'f': return literal("false", kFalse);
  case 'n': return literal("null", kNil);
  case '"': {
    std::string text;
    return string(text) ? make_string(m_, text) : stop(fail("invalid string"));
  }
  default: return number();
  }
}

Value JsonReader::literal(std::string_view word, Value v) {
  if (!s_.substr(pos_).starts_with(word))
    return stop(fail("unexpected character"));
  pos_ += word.size();
  return v;
}

Value JsonReader::array() {
  ++pos_;
  Value items = make_marray(m_, nullptr, 0);
  space();
  if (!eat(']')) {
    do {
      Value v = value();
      if (failed_)
        return v;
      marray_push(m_, items, v);
      space();
    } while (eat(','));
    if (!eat(']'))
      return stop(fail("expected , or ]"));
  }
  return make_list(m_, array_items(items), array_length(items));
}

Value JsonReader::object() {
  ++pos_;
  Value kv = make_marray(m_, nullptr, 0);
  space();
  if (!eat('}')) {
    do {
      space();
      std::string key;
      if (pos_ >= s_.size() || s_[pos_] != '"' || !string(key))
        return stop(fail("expected a key"));
      space();
      if (!eat(':'))
        return stop(fail("expected :"));
      marray_push(m_, kv, keys_ == Keys::Keyword ? keyword(key) : make_string(m_, key));
      Value v = value();
      if (failed_)
        return v;
      marray_push(m_, kv, v);
      space();
    } while (eat(','));
    if (!eat('}'))
      return stop(fail("expected , or }"));
  }
  return make_mstruct(m_, array_items(kv), array_length(kv) / 2);
}

Value JsonReader::number() {
  size_t start = pos_;
  bool whole = true;
  eat('-');
  if (!eat('0') && !digits()) {
    pos_ = start;
    return stop(fail("unexpected character"));
  }
  if (eat('.')) {
    whole = false;
    if (!digits())
      return stop(fail("expected a digit"));
  }
  if (eat('e') || eat('E')) {
    whole = false;
    if (!eat('+'))
      eat('-');
    if (!digits())
      return stop(fail("expected a digit"));
  }
  const char *from = s_.data() + start, *to = s_.data() + pos_;
  int64_t i;
  if (whole && std::from_chars(from, to, i).ec == std::errc())
    return make_int(m_, i);
  double d = 0;
  if (std::from_chars(from, to, d).ec == std::errc::result_out_of_range)
    d = std::strtod(std::string(from, to).c_str(), nullptr); // infinite, or too small
  return make_float(m_, d);
}

// At the opening quote. false: pos_ is where it went wrong.
bool JsonReader::string(std::string &out) {
  ++pos_;
  while (pos_ < s_.size()) {
    size_t start = pos_;
    while (pos_ < s_.size() && s_[pos_] != '"' && s_[pos_] != '\\' && static_cast<unsigned char>(s_[pos_]) >= 0x20)
      ++pos_;
    out += s_.substr(start, pos_ - start);
    if (eat('"'))
      return true;
    if (!eat('\\') || !escape(out))
      return false;
  }
  return false;
}

bool JsonReader::hex4(uint32_t *out) {
  if (pos_ + 4 > s_.size())
    return false;
  auto [end, err] = std::from_chars(s_.data() + pos_, s_.data() + pos_ + 4, *out, 16);
  if (err != std::errc() || end != s_.data() + pos_ + 4)
    return false;
  pos_ += 4;
  return true;
}

bool JsonReader::escape(std::string &out) {
  static constexpr std::string_view kNames = "\"\\/bfnrt", kChars = "\"\\/\b\f\n\r\t";
  if (pos_ >= s_.size())
    return false;
  char c = s_[pos_++];
  if (size_t i = kNames.find(c); i != std::string_view::npos) {
    out += kChars[i];
    return true;
  }
  uint32_t cp, low;
  if (c != 'u' || !hex4(&cp))
    return false;
  if (cp >= 0xDC00 && cp < 0xE000)
    return false;
  if (cp >= 0xD800 && cp < 0xDC00) { // the other half must follow
    if (!eat('\\') || !eat('u') || !hex4(&low) || low < 0xDC00 || low >= 0xE000)
      return false;
    cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
  }
  text::append_utf8(out, cp);
  return true;
}

// --- writing -------------------------------------------------------------------------------------------------------------------
enum class Layout { Compact, Pretty };

class JsonWriter {
public:
  JsonWriter(Mutator &m, std::string_view fn, Layout layout) : m_(m), fn_(fn), layout_(layout) {}
  Value document(Value v) { return value(v) ? make_string(m_, out_) : raised_; }

private:
  bool value(Value v);
  bool atom(Value v);
  bool collection(Value v);
  bool items(const Value *items, size_t n);
  bool members(const Value *kv, size_t n);
  void text(std::string_view s);
  void line() {
    if (layout_ == Layout::Compact)
      return;
    out_ += '\n';
    out_.append(2 * path_.size(), ' ');
  }
  bool fail(std::string what) {
    raised_ = value_error(m_, fn_, what);
    return false;
  }

  Mutator &m_;
  std::string_view fn_;
  Layout layout_;
  std::string out_;
  std::vector<Value> path_; // collections in progress; all reachable from the argument
  Value raised_ = kNil;
};

void JsonWriter::text(std::string_view s) {
  static constexpr char kHex[] = "0123456789abcdef";
  out_ += '"';
  for (char ch : s) {
    auto c = static_cast<unsigned char>(ch);
    switch (c) {
    case '"': out_ += "\\\""; break;
    case '\\': out_ += "\\\\"; break;
    case '\b': out_ += "\\b"; break;
    case '\f': out_ += "\\f"; break;
    case '\n': out_ += "\\n"; break;
    case '\r': out_ += "\\r"; break;
    case '\t': out_ += "\\t"; break;
    default:
      if (c < 0x20) {
        out_ += "\\u00";
        out_ += kHex[c >> 4];
        out_ += kHex[c & 15];
      } else {
        out_ += ch;
      }
    }
  }
  out_ += '"';
}

bool JsonWriter::atom(Value v) {
  if (v.is_nil())
    out_ += "null";
  else if (v == kTrue || v == kFalse)
    out_ += v == kTrue ? "true" : "false";
  else if (is_int(v))
    out_ += std::to_string(int_of(v));
  else if (is_float(v) && std::isfinite(float_of(v)))
    append_float(out_, float_of(v));
  else if (is_string(v))
    text(string_view_of(v));
  else if (is_keyword(v))
    text(name_of(v));
  else
    return fail("no JSON form for " + (is_float(v) ? print_literal(v) : std::string(type_name(v))));
  return true;
}

bool JsonWriter::value(Value v) {
  if (!is_list(v) && !is_array(v) && !is_set(v) && !is_struct(v))
    return atom(v);
  if (stack_is_low(m_)) {
    raised_ = stack_overflow(m_);
    return false;
  }
  if (std::find(path_.begin(), path_.end(), v) != path_.end())
    return fail("the value contains itself");
  path_.push_back(v);
  bool ok = collection(v);
  path_.pop_back();
  return ok;
}

bool JsonWriter::collection(Value v) {
  if (is_list(v)) {
    if (!list_length(v))
      return fail("no JSON form for an improper list");
    std::vector<Value> all; // reachable from v
    for (Value rest = v; is_pair(rest); rest = tail(rest))
      all.push_back(head(rest));
    return items(all.data(), all.size());
  }
  if (is_array(v))
    return items(array_items(v), array_length(v));
  OrderedView view = ordered_view(v);
  return is_set(v) ? items(view.items, view.n) : members(view.items, view.n);
}

bool JsonWriter::items(const Value *items, size_t n) {
  out_ += '[';
  for (size_t i = 0; i < n; ++i) {
    if (i > 0)
      out_ += ',';
    line();
    if (!value(items[i]))
      return false;
  }
  Value self = path_.back();
  path_.pop_back(); // the closer stands one step further left
  if (n > 0)
    line();
  path_.push_back(self);
  out_ += ']';
  return true;
}

bool JsonWriter::members(const Value *kv, size_t n) {
  out_ += '{';
  for (size_t i = 0; i < n; i += 2) {
    if (i > 0)
      out_ += ',';
    line();
    if (!is_string(kv[i]) && !is_keyword(kv[i]))
      return fail("no JSON form for the key " + print_literal(kv[i]));
    text(is_string(kv[i]) ? string_view_of(kv[i]) : name_of(kv[i]));
    out_ += layout_ == Layout::Compact ? ":" : ": ";
    if (!value(kv[i + 1]))
      return false;
  }
  Value self = path_.back();
  path_.pop_back();
  if (n > 0)
    line();
  path_.push_back(self);
  out_ += '}';
  return true;
}

} // namespace

EVJIT_PRIM(evrt_json_parse) {
  if (!is_string(args[0]))
    return type_error(m, "json/parse", "string", args[0], 0);
  if (argc == 2)
    return raise_error(m, "arity-error", "json/parse: expected 1 or 3 arguments, got 2",
                       {{"expected", cons(m, Value::fixnum(1), Value::fixnum(3))}, {"actual", Value::fixnum(2)}});
  Keys keys = Keys::String;
  if (argc == 3) {
    if (args[1] != keyword("keys") || (args[2] != keyword("keyword") && args[2] != keyword("string")))
      return argument_error(m, "json/parse", "the only option is :keys :keyword, got " + print_literal(args[1]) + " " +
                                                 print_literal(args[2]));
    keys = args[2] == keyword("keyword") ? Keys::Keyword : Keys::String;
  }
  return JsonReader(m, string_view_of(args[0]), keys).document();
}
EVJIT_PRIM(evrt_json_serialize) { return JsonWriter(m, "json/serialize", Layout::Compact).document(args[0]); }
EVJIT_PRIM(evrt_json_pretty) { return JsonWriter(m, "json/pretty", Layout::Pretty).document(args[0]); }

static const PrimDef kRows[] = {
    {.name = "json/parse", EVJIT_PRIM_FN(evrt_json_parse), .arity = {1, 3}, .params = "s &opt option value",
     .doc = "The value of a JSON text: objects as @structs, arrays as lists. With :keys :keyword the keys are keywords.",
     .example = "(json/parse \"{\\\"k\\\":[1,2.5]}\" :keys :keyword) # => @{:k (1 2.5)}", .aliases = "json-parse"},
    {.name = "json/serialize", EVJIT_PRIM_FN(evrt_json_serialize), .arity = {1, 1}, .params = "v", .doc = "v as JSON text.",
     .example = "(json/serialize {:a [1 nil]}) # => \"{\\\"a\\\":[1,null]}\"", .aliases = "json-serialize"},
    {.name = "json/pretty", EVJIT_PRIM_FN(evrt_json_pretty), .arity = {1, 1}, .params = "v",
     .doc = "v as JSON text over several lines, indented by 2.", .example = "(json/pretty []) # => \"[]\"",
     .aliases = "json-serialize-pretty json-pretty"},
};
const std::span<const PrimDef> kJsonPrims = kRows;

} // namespace evjit::gc
