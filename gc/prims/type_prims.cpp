// Types and predicates (02 section 1). Predicates of kinds never raise.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

#include <cmath>

namespace evjit::gc {

namespace {

bool is_mutable(Value v) {
  if (!v.is_object())
    return false;
  switch (v.as()->h.type) {
  case Type::MString:
  case Type::MBytes:
  case Type::MArray:
  case Type::MStruct:
  case Type::MSet:
  case Type::Box:
  case Type::Parameter: return true;
  default: return false;
  }
}

bool is_callable(Value v) {
  return is_closure(v) || is(v, Type::Parameter) || is_struct(v) || is_array(v) || is_set(v) || is_string(v) || is_bytes(v);
}

bool is_zero(Value v) { return is_number(v) && number_as_double(v) == 0; }

Value emptiness(Mutator &m, std::string_view fn, Value c, bool want_empty) {
  Value d = seq_datum(c);
  if (is_pair(d)) // improper lists have elements too
    return Value::boolean(!want_empty);
  auto n = collection_length(d);
  if (!n)
    return not_a_sequence(m, fn, c);
  return Value::boolean((*n == 0) == want_empty);
}

Value sign_test(Mutator &m, std::string_view fn, Value v, bool positive) {
  if (is_int(v))
    return Value::boolean(positive ? int_of(v) > 0 : int_of(v) < 0);
  if (is_float(v))
    return Value::boolean(positive ? float_of(v) > 0 : float_of(v) < 0);
  return type_error(m, fn, "number", v, 0);
}

Value parity(Mutator &m, std::string_view fn, Value v, int64_t want) {
  if (!is_int(v))
    return type_error(m, fn, "integer", v, 0);
  return Value::boolean((int_of(v) & 1) == want);
}

} // namespace

#define EVJIT_PREDICATE(symbol_, test)                                                                                 \
  EVJIT_PRIM(symbol_) {                                                                                                \
    Value v = args[0];                                                                                                 \
    return Value::boolean(test);                                                                                       \
  }

EVJIT_PRIM(evrt_type_of) { return type_keyword(args[0]); }
EVJIT_PREDICATE(evrt_is_nil, v.is_nil())
EVJIT_PREDICATE(evrt_is_boolean, v == kTrue || v == kFalse)
EVJIT_PREDICATE(evrt_is_integer, is_int(v))
EVJIT_PREDICATE(evrt_is_float, is_float(v))
EVJIT_PREDICATE(evrt_is_number, is_number(v))
EVJIT_PREDICATE(evrt_is_symbol, is_symbol(v))
EVJIT_PREDICATE(evrt_is_keyword, is_keyword(v))
EVJIT_PREDICATE(evrt_is_string, is_string(v))
EVJIT_PREDICATE(evrt_is_list, is_list(seq_datum(v)))
EVJIT_PREDICATE(evrt_is_pair, is_pair(seq_datum(v)))
EVJIT_PREDICATE(evrt_is_array, is_array(seq_datum(v)))
EVJIT_PREDICATE(evrt_is_struct, is_struct(v))
EVJIT_PREDICATE(evrt_is_set, is_set(v))
EVJIT_PREDICATE(evrt_is_bytes, is_bytes(v))
EVJIT_PREDICATE(evrt_is_closure, is_closure(v) && type_name(v) == "closure")
EVJIT_PREDICATE(evrt_is_native_fn, is_closure(v) && type_name(v) != "closure")
EVJIT_PREDICATE(evrt_is_fn, is_closure(v))
EVJIT_PREDICATE(evrt_is_box, is(v, Type::Box))
EVJIT_PREDICATE(evrt_is_parameter, is(v, Type::Parameter))
EVJIT_PREDICATE(evrt_is_ptr, is(v, Type::Opaque) && type_name(v) == "ptr")
EVJIT_PREDICATE(evrt_is_callable, is_callable(v))
EVJIT_PREDICATE(evrt_is_mutable, is_mutable(v))
EVJIT_PREDICATE(evrt_is_immutable, !is_mutable(v))
EVJIT_PREDICATE(evrt_is_zero, is_zero(v))
EVJIT_PREDICATE(evrt_is_nonzero, !is_zero(v))
EVJIT_PREDICATE(evrt_is_nan, is_float(v) && std::isnan(float_of(v)))
EVJIT_PREDICATE(evrt_is_inf, is_float(v) && std::isinf(float_of(v)))
EVJIT_PRIM(evrt_is_empty) { return emptiness(m, "empty?", args[0], true); }
EVJIT_PRIM(evrt_is_nonempty) { return emptiness(m, "nonempty?", args[0], false); }
EVJIT_PRIM(evrt_is_pos) { return sign_test(m, "pos?", args[0], true); }
EVJIT_PRIM(evrt_is_neg) { return sign_test(m, "neg?", args[0], false); }
EVJIT_PRIM(evrt_is_even) { return parity(m, "even?", args[0], 0); }
EVJIT_PRIM(evrt_is_odd) { return parity(m, "odd?", args[0], 1); }
#undef EVJIT_PREDICATE

#define EVJIT_PREDICATE_ROW(name_, symbol_, doc_, example_, aliases_)                                                  \
  {.name = name_, EVJIT_PRIM_FN(symbol_), .arity = {1, 1}, .signals = sig::kSilent, .params = "x", .doc = doc_,         \
   .example = example_, .aliases = aliases_}

static const PrimDef kRows[] = {
    EVJIT_PREDICATE_ROW("type-of", evrt_type_of, "The type of x as a keyword.", "(type-of @[]) # => :@array", "type %type-of"),
    EVJIT_PREDICATE_ROW("nil?", evrt_is_nil, "Whether x is nil.", "(nil? ()) # => false", "%nil?"),
    EVJIT_PREDICATE_ROW("boolean?", evrt_is_boolean, "Whether x is true or false.", "(boolean? nil) # => false", "bool? %bool?"),
    EVJIT_PREDICATE_ROW("integer?", evrt_is_integer, "Whether x is an integer.", "(integer? 1.0) # => false", "int? %int?"),
    EVJIT_PREDICATE_ROW("float?", evrt_is_float, "Whether x is a float.", "(float? 1.0) # => true", "%float?"),
    EVJIT_PREDICATE_ROW("number?", evrt_is_number, "Whether x is an integer or a float.", "(number? 1) # => true", ""),
    EVJIT_PREDICATE_ROW("symbol?", evrt_is_symbol, "Whether x is a symbol.", "(symbol? 'a) # => true", "%symbol?"),
    EVJIT_PREDICATE_ROW("keyword?", evrt_is_keyword, "Whether x is a keyword.", "(keyword? :a) # => true", "%keyword?"),
    EVJIT_PREDICATE_ROW("string?", evrt_is_string, "Whether x is a string of either mutability.", "(string? @\"a\") # => true",
                        "%string?"),
    EVJIT_PREDICATE_ROW("list?", evrt_is_list, "Whether x is a list.", "(list? ()) # => true", ""),
    EVJIT_PREDICATE_ROW("pair?", evrt_is_pair, "Whether x is a list with at least one cell.", "(pair? ()) # => false", "%pair?"),
    EVJIT_PREDICATE_ROW("array?", evrt_is_array, "Whether x is an array of either mutability.", "(array? @[1]) # => true",
                        "tuple? %array?"),
    EVJIT_PREDICATE_ROW("struct?", evrt_is_struct, "Whether x is a struct of either mutability.", "(struct? {}) # => true",
                        "table? %struct?"),
    EVJIT_PREDICATE_ROW("set?", evrt_is_set, "Whether x is a set of either mutability.", "(set? ||) # => true", "%set?"),
    EVJIT_PREDICATE_ROW("bytes?", evrt_is_bytes, "Whether x is bytes of either mutability.", "(bytes? b[1]) # => true", "%bytes?"),
    EVJIT_PREDICATE_ROW("closure?", evrt_is_closure, "Whether x is a function made by fn.", "(closure? +) # => false", "%closure?"),
    EVJIT_PREDICATE_ROW("native-fn?", evrt_is_native_fn, "Whether x is a builtin function.", "(native-fn? +) # => true",
                        "native? primitive?"),
    EVJIT_PREDICATE_ROW("fn?", evrt_is_fn, "Whether x is a closure or a builtin function.", "(fn? +) # => true", ""),
    EVJIT_PREDICATE_ROW("box?", evrt_is_box, "Whether x is a box.", "(box? (box 1)) # => true", "%box?"),
    EVJIT_PREDICATE_ROW("parameter?", evrt_is_parameter, "Whether x is a dynamic parameter.",
                        "(parameter? (make-parameter 1)) # => true", ""),
    EVJIT_PREDICATE_ROW("ptr?", evrt_is_ptr, "Whether x is a foreign pointer.", "(ptr? 1) # => false", "pointer?"),
    EVJIT_PREDICATE_ROW("callable?", evrt_is_callable, "Whether x can be called.", "(callable? :k) # => false", ""),
    EVJIT_PREDICATE_ROW("mutable?", evrt_is_mutable, "Whether x can change: the @ kinds, boxes, parameters.",
                        "(mutable? @{}) # => true", ""),
    EVJIT_PREDICATE_ROW("immutable?", evrt_is_immutable, "Whether x cannot change.", "(immutable? {}) # => true", ""),
    EVJIT_PREDICATE_ROW("zero?", evrt_is_zero, "Whether x is a number equal to 0.", "(zero? 0.0) # => true", ""),
    EVJIT_PREDICATE_ROW("nonzero?", evrt_is_nonzero, "The negation of zero?.", "(nonzero? :a) # => true", ""),
    EVJIT_PREDICATE_ROW("nan?", evrt_is_nan, "Whether x is the float NaN.", "(nan? (math/nan)) # => true", ""),
    EVJIT_PREDICATE_ROW("inf?", evrt_is_inf, "Whether x is an infinite float.", "(inf? 1.0) # => false", "infinite?"),
    {.name = "empty?", EVJIT_PRIM_FN(evrt_is_empty), .arity = {1, 1}, .params = "c", .doc = "Whether the collection c has no elements.",
     .example = "(empty? ()) # => true", .aliases = "%empty?"},
    {.name = "nonempty?", EVJIT_PRIM_FN(evrt_is_nonempty), .arity = {1, 1}, .params = "c",
     .doc = "Whether the collection c has elements.", .example = "(nonempty? [1]) # => true"},
    {.name = "pos?", EVJIT_PRIM_FN(evrt_is_pos), .arity = {1, 1}, .params = "x", .doc = "Whether the number x is above 0.",
     .example = "(pos? 3) # => true", .aliases = "positive?"},
    {.name = "neg?", EVJIT_PRIM_FN(evrt_is_neg), .arity = {1, 1}, .params = "x", .doc = "Whether the number x is below 0.",
     .example = "(neg? 3) # => false", .aliases = "negative?"},
    {.name = "even?", EVJIT_PRIM_FN(evrt_is_even), .arity = {1, 1}, .params = "x", .doc = "Whether the integer x is even.",
     .example = "(even? 2) # => true"},
    {.name = "odd?", EVJIT_PRIM_FN(evrt_is_odd), .arity = {1, 1}, .params = "x", .doc = "Whether the integer x is odd.",
     .example = "(odd? 2) # => false"},
};
#undef EVJIT_PREDICATE_ROW
const std::span<const PrimDef> kTypePrims = kRows;

} // namespace evjit::gc
