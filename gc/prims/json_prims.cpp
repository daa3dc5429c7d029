// json/parse, json/serialize, json/pretty (05 section 11). Reading is json_reader.cpp. Writing recurses, no deeper than reading goes.
#include "gc/object/scan.hpp"
#include "gc/prims/json_reader.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace evjit::gc {

namespace {

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
  bool items(Scan items);
  bool members(Scan kv);
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
  if (path_.size() == kJsonDepth)
    return fail("nested deeper than " + std::to_string(kJsonDepth));
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
    return items(Scan(all.data(), all.size()));
  }
  return is_struct(v) ? members(Scan(v)) : items(Scan(v));
}

bool JsonWriter::items(Scan items) {
  out_ += '[';
  size_t n = 0;
  for (; items.more(); ++n) {
    if (n > 0)
      out_ += ',';
    line();
    if (!value(items.next()))
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

bool JsonWriter::members(Scan kv) {
  out_ += '{';
  size_t n = 0;
  for (; kv.more(); ++n) {
    if (n > 0)
      out_ += ',';
    line();
    Value key = kv.next();
    if (!is_string(key) && !is_keyword(key))
      return fail("no JSON form for the key " + print_literal(key));
    text(is_string(key) ? string_view_of(key) : name_of(key));
    out_ += layout_ == Layout::Compact ? ":" : ": ";
    if (!value(kv.next()))
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
  JsonKeys keys = JsonKeys::String;
  if (argc == 3) {
    if (args[1] != keyword("keys") || (args[2] != keyword("keyword") && args[2] != keyword("string")))
      return argument_error(m, "json/parse", "the only option is :keys :keyword, got " + print_literal(args[1]) + " " +
                                                 print_literal(args[2]));
    keys = args[2] == keyword("keyword") ? JsonKeys::Keyword : JsonKeys::String;
  }
  return json_read(m, string_view_of(args[0]), keys);
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
