// Conversions, freezing, equality, order, hashing and text of values (02).
#include "gc/object/ordered.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace evjit::gc {

// --- numbers ---------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_conv_integer) {
  Value x = args[0];
  if (is_int(x))
    return x;
  if (!is_float(x))
    return type_error(m, "integer", "number", x, 0);
  double d = std::trunc(float_of(x));
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
    return value_error(m, "integer", "no integer for " + print_literal(x));
  return make_int(m, static_cast<int64_t>(d));
}
EVJIT_PRIM(evrt_conv_float) {
  Value x = args[0];
  if (is_float(x))
    return x;
  return is_int(x) ? make_float(m, static_cast<double>(int_of(x))) : type_error(m, "float", "number", x, 0);
}

namespace {

Value parse_error(Mutator &m, std::string_view fn, std::string_view what, std::string_view input) {
  std::string shown;
  append_quoted(shown, input);
  return raise_error(m, "parse-error", prefixed(fn, what) + " " + shown, {{"input", make_string(m, input)}});
}

bool radix_arg(Mutator &m, std::string_view fn, Value v, int *radix, Value *raised) {
  int64_t r;
  if (!want_int(m, fn, v, 1, &r, raised))
    return false;
  if (r < 2 || r > 36) {
    *raised = argument_error(m, fn, "radix must be from 2 to 36, got " + std::to_string(r));
    return false;
  }
  *radix = static_cast<int>(r);
  return true;
}

// The text argument of parse-int and parse-float: a string or keyword.
bool text_arg(Mutator &m, std::string_view fn, Value v, std::string_view *text, Value *raised) {
  if (is_string(v)) {
    *text = string_view_of(v);
    return true;
  }
  if (is_keyword(v)) {
    *text = name_of(v);
    return true;
  }
  *raised = type_error(m, fn, "string", v, 0);
  return false;
}

bool parse_whole(std::string_view s, int radix, int64_t *out) {
  bool negative = s.starts_with('-');
  if (negative || s.starts_with('+'))
    s.remove_prefix(1);
  uint64_t magnitude;
  auto [end, err] = std::from_chars(s.data(), s.data() + s.size(), magnitude, radix);
  uint64_t limit = (uint64_t{1} << 63) - !negative;
  if (s.empty() || err != std::errc() || end != s.data() + s.size() || magnitude > limit)
    return false;
  *out = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  return true;
}

bool parse_real(std::string_view s, double *out) {
  if (s == "inf" || s == "+inf" || s == "-inf") {
    *out = s[0] == '-' ? -INFINITY : INFINITY;
    return true;
  }
  if (s == "NaN") {
    *out = NAN;
    return true;
  }
  bool negative = s.starts_with('-');
  if (negative || s.starts_with('+'))
    s.remove_prefix(1);
  if (s.empty() || s.find_first_not_of("0123456789.eE+-") != std::string_view::npos || s[0] == '-' || s[0] == '+')
    return false;
  auto [end, err] = std::from_chars(s.data(), s.data() + s.size(), *out);
  if (end != s.data() + s.size())
    return false;
  if (err == std::errc::result_out_of_range) { // too small is zero, too large no number
    auto e = s.find_first_of("eE");
    bool tiny = (e != std::string_view::npos && e + 1 < s.size() && s[e + 1] == '-') ||
                (e == std::string_view::npos && (s[0] == '0' || s[0] == '.'));
    if (!tiny)
      return false;
    *out = 0;
  }
  if (negative)
    *out = -*out;
  return true;
}

} // namespace

EVJIT_PRIM(evrt_conv_parse_int) {
  std::string_view text;
  Value raised;
  int radix = 10;
  if (!text_arg(m, "parse-int", args[0], &text, &raised) || (argc > 1 && !radix_arg(m, "parse-int", args[1], &radix, &raised)))
    return raised;
  int64_t n;
  return parse_whole(text, radix, &n) ? make_int(m, n) : parse_error(m, "parse-int", "invalid integer", text);
}
EVJIT_PRIM(evrt_conv_parse_float) {
  std::string_view text;
  Value raised;
  if (!text_arg(m, "parse-float", args[0], &text, &raised))
    return raised;
  double d;
  return parse_real(text, &d) ? make_float(m, d) : parse_error(m, "parse-float", "invalid float", text);
}
EVJIT_PRIM(evrt_conv_number_to_string) {
  Value n = args[0], raised;
  int radix = 10;
  if (!is_number(n))
    return type_error(m, "number->string", "number", n, 0);
  if (argc > 1) {
    if (!radix_arg(m, "number->string", args[1], &radix, &raised))
      return raised;
    if (is_float(n))
      return type_error(m, "number->string", "integer with a radix", n, 0);
  }
  if (is_float(n))
    return make_string(m, print_literal(n));
  char buf[72];
  auto end = std::to_chars(buf, buf + sizeof buf, int_of(n), radix).ptr;
  return make_string(m, {buf, static_cast<size_t>(end - buf)});
}

// --- text, names -------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_conv_string) {
  if (argc == 1 && is(args[0], Type::String))
    return args[0];
  std::string out;
  Value raised;
  return display_all(m, "string", args, argc, out, &raised) ? make_string(m, out) : raised;
}
EVJIT_PRIM(evrt_conv_keyword) {
  return is_string(args[0]) ? keyword(string_view_of(args[0])) : type_error(m, "keyword", "string", args[0], 0);
}
EVJIT_PRIM(evrt_conv_symbol) {
  return is_string(args[0]) ? symbol(string_view_of(args[0])) : type_error(m, "symbol", "string", args[0], 0);
}
EVJIT_PRIM(evrt_conv_describe) { return make_string(m, describe_value(args[0])); }
EVJIT_PRIM(evrt_conv_literal) { return make_string(m, print_literal(args[0])); }
EVJIT_PRIM(evrt_conv_pretty) {
  return make_string(m, pretty_print(args[0], argc > 1 && is_int(args[1]) ? static_cast<size_t>(int_of(args[1])) : 80));
}

// --- collections ---------------------------------------------------------------------------------------------------------------
namespace {
Value elements_of_collection(Mutator &m, std::string_view fn, Value c) {
  Value items = collection_elements(m, c);
  return items == kAbsent ? not_a_sequence(m, fn, c) : items;
}
} // namespace

EVJIT_PRIM(evrt_conv_to_array) {
  Value c = seq_datum(args[0]);
  return is_immutable_array(c) ? c : elements_of_collection(m, "->array", c);
}
EVJIT_PRIM(evrt_conv_to_list) {
  Value c = seq_datum(args[0]);
  if (is_list(c) && list_length(c))
    return c;
  Value items = elements_of_collection(m, "->list", c);
  return items.is_error() || !is_array(items) ? items : make_list(m, array_items(items), array_length(items));
}
EVJIT_PRIM(evrt_conv_to_set) {
  Value items = elements_of_collection(m, "seq->set", args[0]);
  if (items.is_error() || !is_array(items))
    return items;
  bool twin = is_mutable_kind(kind_of(args[0]));
  Value like = twin ? make_mset(m, nullptr, 0) : make_set(m, nullptr, 0);
  return build_like(m, "seq->set", like, array_items(items), array_length(items));
}
EVJIT_PRIM(evrt_conv_set_to_array) {
  if (!is_set(args[0]))
    return type_error(m, "set->array", "set", args[0], 0);
  Value items = set_items_array(m, args[0]);
  return is(args[0], Type::MSet) ? make_marray(m, array_items(items), array_length(items)) : items;
}
EVJIT_PRIM(evrt_conv_freeze) { return freeze(m, args[0]); }
EVJIT_PRIM(evrt_conv_thaw) { return thaw(m, args[0]); }
EVJIT_PRIM(evrt_conv_deep_freeze) { return deep_freeze(m, args[0]); }

// --- relations -----------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_rel_identical) { return Value::boolean(identical(args[0], args[1])); }
EVJIT_PRIM(evrt_rel_compare) { return Value::fixnum(compare(args[0], args[1])); }
EVJIT_PRIM(evrt_rel_hash) { return Value::fixnum(static_cast<int64_t>(hash(args[0]) >> 2)); }

static const PrimDef kRows[] = {
    {.name = "integer", EVJIT_PRIM_FN(evrt_conv_integer), .arity = {1, 1}, .params = "x", .doc = "x as an integer, truncated toward zero.",
     .example = "(integer -3.9) # => -3", .aliases = "int %int"},
    {.name = "float", EVJIT_PRIM_FN(evrt_conv_float), .arity = {1, 1}, .params = "x", .doc = "The float nearest to x.",
     .example = "(float 2) # => 2.0", .aliases = "%float"},
    {.name = "parse-int", EVJIT_PRIM_FN(evrt_conv_parse_int), .arity = {1, 2}, .params = "s &opt radix",
     .doc = "The integer written in s, in a radix from 2 to 36 (10).", .example = "(parse-int \"zz\" 36) # => 1295"},
    {.name = "parse-float", EVJIT_PRIM_FN(evrt_conv_parse_float), .arity = {1, 1}, .params = "s", .doc = "The float written in s.",
     .example = "(parse-float \"2.5\") # => 2.5"},
    {.name = "number->string", EVJIT_PRIM_FN(evrt_conv_number_to_string), .arity = {1, 2}, .params = "n &opt radix",
     .doc = "The text of n; integers in a radix from 2 to 36.", .example = "(number->string -255 16) # => \"-ff\""},
    {.name = "string", EVJIT_PRIM_FN(evrt_conv_string), .arity = {0, kAny}, .params = "& xs",
     .doc = "The display texts of the arguments, joined.", .example = "(string \"n=\" 3 :ok) # => \"n=3ok\"",
     .aliases = "any->string symbol->string"},
    {.name = "keyword", EVJIT_PRIM_FN(evrt_conv_keyword), .arity = {1, 1}, .params = "s", .doc = "The keyword named s.",
     .example = "(keyword \"a\") # => :a", .aliases = "string->keyword"},
    {.name = "symbol", EVJIT_PRIM_FN(evrt_conv_symbol), .arity = {1, 1}, .params = "s", .doc = "The symbol named s.",
     .example = "(symbol \"a\") # => a", .aliases = "string->symbol"},
    {.name = "describe", EVJIT_PRIM_FN(evrt_conv_describe), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "A one-line summary of x.", .example = "(describe [1 2 3]) # => \"<array (3 elements)>\""},
    {.name = "%%literal", EVJIT_PRIM_FN(evrt_conv_literal), .arity = {1, 1}, .signals = sig::kSilent, .params = "x"},
    {.name = "%%pretty", EVJIT_PRIM_FN(evrt_conv_pretty), .arity = {1, 2}, .signals = sig::kSilent, .params = "x &opt columns"},
    {.name = "->array", EVJIT_PRIM_FN(evrt_conv_to_array), .arity = {1, 1}, .params = "c", .doc = "An array of the elements of c.",
     .example = "(->array \"ab\") # => [\"a\" \"b\"]"},
    {.name = "->list", EVJIT_PRIM_FN(evrt_conv_to_list), .arity = {1, 1}, .params = "c", .doc = "A list of the elements of c.",
     .example = "(->list {:a 1}) # => ([:a 1])"},
    {.name = "seq->set", EVJIT_PRIM_FN(evrt_conv_to_set), .arity = {1, 1}, .params = "c",
     .doc = "A set of the elements of c, mutable if c is.", .example = "(seq->set [1 2 1]) # => |1 2|"},
    {.name = "set->array", EVJIT_PRIM_FN(evrt_conv_set_to_array), .arity = {1, 1}, .params = "s",
     .doc = "An array of the elements of the set s, mutable if s is.", .example = "(set->array |2 1|) # => [1 2]"},
    {.name = "freeze", EVJIT_PRIM_FN(evrt_conv_freeze), .arity = {1, 1}, .params = "c", .doc = "A shallow immutable copy of c.",
     .example = "(freeze @[1]) # => [1]", .aliases = "%freeze"},
    {.name = "thaw", EVJIT_PRIM_FN(evrt_conv_thaw), .arity = {1, 1}, .params = "c", .doc = "A shallow mutable copy of c.",
     .example = "(thaw [1]) # => @[1]", .aliases = "%thaw"},
    {.name = "deep-freeze", EVJIT_PRIM_FN(evrt_conv_deep_freeze), .arity = {1, 1}, .params = "v",
     .doc = "v with every collection in it made immutable.", .example = "(deep-freeze [@[1]]) # => [[1]]"},
    {.name = "identical?", EVJIT_PRIM_FN(evrt_rel_identical), .arity = {2, 2}, .signals = sig::kSilent, .params = "a b",
     .doc = "Equality without int/float coercion; mutable data and references by identity.", .example = "(identical? 1 1.0) # => false",
     .aliases = "%identical?"},
    {.name = "compare", EVJIT_PRIM_FN(evrt_rel_compare), .arity = {2, 2}, .signals = sig::kSilent, .params = "a b",
     .doc = "-1, 0 or 1: the total order over all values.", .example = "(compare :b :a) # => 1"},
    {.name = "hash", EVJIT_PRIM_FN(evrt_rel_hash), .arity = {1, 1}, .signals = sig::kSilent, .params = "v",
     .doc = "An integer, the same for equal values of one process.", .example = "(= (hash 1) (hash 1.0)) # => true"},
};
const std::span<const PrimDef> kConvertPrims = kRows;

} // namespace evjit::gc
