// + - * / rem mod, the comparisons and `not` as function values. Calls with two operands in source code never come here:
// they are IR operations.
#include "gc/arith.hpp"
#include "gc/prims/prims.hpp"

namespace evjit::gc {

static Value fold(Mutator &m, Arith op, const Value *args, size_t argc) {
  Value acc = args[0];
  for (size_t i = 1; i < argc; ++i) {
    acc = arith(m, op, acc, args[i], static_cast<int>(i) - 1);
    if (acc.is_error())
      return acc;
  }
  return acc;
}

// Zero operands: the neutral element; one: itself, if it is a number.
static Value fold_from(Mutator &m, Arith op, int64_t neutral, const Value *args, size_t argc) {
  if (argc == 0)
    return Value::fixnum(neutral);
  if (argc == 1 && !is_number(args[0]))
    return type_error(m, arith_name(op), "number", args[0], 0);
  return fold(m, op, args, argc);
}

// Every adjacent pair is checked, also after one that does not hold.
static Value chain(Mutator &m, Order op, const Value *args, size_t argc) {
  Value result = kTrue;
  for (size_t i = 0; i + 1 < argc; ++i) {
    Value r = order(m, op, args[i], args[i + 1], static_cast<int>(i));
    if (r.is_error())
      return r;
    if (r == kFalse)
      result = kFalse;
  }
  return result;
}

EVJIT_PRIM(evrt_prim_add) { return fold_from(m, Arith::Add, 0, args, argc); }
EVJIT_PRIM(evrt_prim_mul) { return fold_from(m, Arith::Mul, 1, args, argc); }

EVJIT_PRIM(evrt_prim_sub) {
  if (argc > 1)
    return fold(m, Arith::Sub, args, argc);
  if (is_float(args[0]))
    return make_float(m, -float_of(args[0]));
  if (!is_int(args[0]))
    return type_error(m, "-", "number", args[0], 0);
  return arith(m, Arith::Sub, Value::fixnum(0), args[0]);
}

EVJIT_PRIM(evrt_prim_div) {
  if (argc > 1)
    return fold(m, Arith::Div, args, argc);
  if (!is_number(args[0]))
    return type_error(m, "/", "number", args[0], 0);
  double d = number_as_double(args[0]);
  return d == 0 ? raise_error(m, "division-by-zero", "/: division by zero") : make_float(m, 1.0 / d);
}

EVJIT_PRIM(evrt_prim_rem) { return arith(m, Arith::Rem, args[0], args[1]); }
EVJIT_PRIM(evrt_prim_mod) { return arith(m, Arith::Mod, args[0], args[1]); }
EVJIT_PRIM(evrt_prim_lt) { return chain(m, Order::Lt, args, argc); }
EVJIT_PRIM(evrt_prim_le) { return chain(m, Order::Le, args, argc); }
EVJIT_PRIM(evrt_prim_gt) { return chain(m, Order::Gt, args, argc); }
EVJIT_PRIM(evrt_prim_ge) { return chain(m, Order::Ge, args, argc); }

EVJIT_PRIM(evrt_prim_eq) {
  for (size_t i = 0; i + 1 < argc; ++i)
    if (!equal(args[i], args[i + 1]))
      return kFalse;
  return kTrue;
}

EVJIT_PRIM(evrt_prim_ne) { return Value::boolean(!equal(args[0], args[1])); }

EVJIT_PRIM(evrt_prim_not) {
  for (size_t i = 0; i < argc; ++i)
    if (args[i].truthy())
      return kFalse;
  return kTrue;
}

#define EVJIT_BINARY(name_, symbol_, example_)                                                                         \
  {.name = name_, EVJIT_PRIM_FN(symbol_), .arity = {2, 2}, .params = "a b",                                             \
   .doc = "The operator of that name with exactly two operands.", .example = example_}

static const PrimDef kRows[] = {
    {.name = "+", EVJIT_PRIM_FN(evrt_prim_add), .arity = {0, kAny}, .params = "& numbers",
     .doc = "Sum; integers wrap modulo 2^64, a float operand makes the result a float.", .example = "(+ 1 2 0.5) # => 3.5"},
    {.name = "-", EVJIT_PRIM_FN(evrt_prim_sub), .arity = {1, kAny}, .params = "x & numbers",
     .doc = "Difference, from left to right; with one operand its negation.", .example = "(- 10 1 2) # => 7"},
    {.name = "*", EVJIT_PRIM_FN(evrt_prim_mul), .arity = {0, kAny}, .params = "& numbers",
     .doc = "Product; integers wrap modulo 2^64.", .example = "(* 2 3 0.5) # => 3.0"},
    {.name = "/", EVJIT_PRIM_FN(evrt_prim_div), .arity = {1, kAny}, .params = "x & numbers",
     .doc = "Quotient, from left to right; of integers truncated toward zero. With one operand the float reciprocal.",
     .example = "(/ 7 2) # => 3"},
    {.name = "rem", EVJIT_PRIM_FN(evrt_prim_rem), .arity = {2, 2}, .params = "a b",
     .doc = "Remainder with the sign of a.", .example = "(rem -7 2) # => -1"},
    {.name = "mod", EVJIT_PRIM_FN(evrt_prim_mod), .arity = {2, 2}, .params = "a b",
     .doc = "Floored modulus of integers, with the sign of b.", .example = "(mod -7 2) # => 1"},
    {.name = "<", EVJIT_PRIM_FN(evrt_prim_lt), .arity = {2, kAny}, .params = "a b & more",
     .doc = "Are the operands (numbers, strings or keywords) strictly ascending?", .example = "(< 1 2 3) # => true"},
    {.name = "<=", EVJIT_PRIM_FN(evrt_prim_le), .arity = {2, kAny}, .params = "a b & more",
     .doc = "Are the operands ascending?", .example = "(<= 1 1 2) # => true"},
    {.name = ">", EVJIT_PRIM_FN(evrt_prim_gt), .arity = {2, kAny}, .params = "a b & more",
     .doc = "Are the operands strictly descending?", .example = "(> 3 2 2) # => false"},
    {.name = ">=", EVJIT_PRIM_FN(evrt_prim_ge), .arity = {2, kAny}, .params = "a b & more",
     .doc = "Are the operands descending?", .example = "(>= 3 2 2) # => true"},
    {.name = "=", EVJIT_PRIM_FN(evrt_prim_eq), .arity = {2, kAny}, .signals = sig::kSilent, .params = "a b & more",
     .doc = "Are all operands structurally equal? Numbers compare by value, mutability is ignored.",
     .example = "(= [1 2] @[1 2.0]) # => true", .aliases = "eq?"},
    {.name = "not=", EVJIT_PRIM_FN(evrt_prim_ne), .arity = {2, 2}, .signals = sig::kSilent, .params = "a b",
     .doc = "Are the operands different?", .example = "(not= 1 2) # => true", .aliases = "%ne"},
    {.name = "not", EVJIT_PRIM_FN(evrt_prim_not), .arity = {1, kAny}, .signals = sig::kSilent, .params = "x & more",
     .doc = "true if every operand is nil or false, else false.", .example = "(not nil) # => true"},
    // The binary forms of the operators (05 section 16).
    EVJIT_BINARY("%add", evrt_prim_add, "(%add 1 2) # => 3"),
    EVJIT_BINARY("%sub", evrt_prim_sub, "(%sub 1 2) # => -1"),
    EVJIT_BINARY("%mul", evrt_prim_mul, "(%mul 2 3) # => 6"),
    EVJIT_BINARY("%div", evrt_prim_div, "(%div 7 2) # => 3"),
    EVJIT_BINARY("%rem", evrt_prim_rem, "(%rem -7 2) # => -1"),
    EVJIT_BINARY("%mod", evrt_prim_mod, "(%mod -7 2) # => 1"),
    EVJIT_BINARY("%lt", evrt_prim_lt, "(%lt 1 2) # => true"),
    EVJIT_BINARY("%le", evrt_prim_le, "(%le 1 2) # => true"),
    EVJIT_BINARY("%gt", evrt_prim_gt, "(%gt 1 2) # => false"),
    EVJIT_BINARY("%ge", evrt_prim_ge, "(%ge 1 2) # => false"),
    EVJIT_BINARY("%eq", evrt_prim_eq, "(%eq 1 1.0) # => true"),
    {.name = "%not", EVJIT_PRIM_FN(evrt_prim_not), .arity = {1, 1}, .signals = sig::kSilent, .params = "x", .doc = "(not x).",
     .example = "(%not nil) # => true"},
};

#undef EVJIT_BINARY
const std::span<const PrimDef> kArithPrims = kRows;

} // namespace evjit::gc
