// math/... and bit/... (05 section 1). Math functions answer floats; domain errors give NaN.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace evjit::gc {

namespace {

bool number_arg(Mutator &m, std::string_view fn, Value v, int arg, double *out, Value *raised) {
  if (is_number(v)) {
    *out = number_as_double(v);
    return true;
  }
  *raised = type_error(m, fn, "number", v, arg);
  return false;
}

Value unary(Mutator &m, std::string_view fn, Value x, double (*f)(double)) {
  double d;
  Value raised;
  return number_arg(m, fn, x, 0, &d, &raised) ? make_float(m, f(d)) : raised;
}

Value rounded(Mutator &m, std::string_view fn, Value x, double (*f)(double)) {
  if (is_int(x))
    return x;
  if (!is_float(x))
    return type_error(m, fn, "number", x, 0);
  double d = f(float_of(x));
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
    return value_error(m, fn, "no integer for " + print_literal(x));
  return make_int(m, static_cast<int64_t>(d));
}

// libm is off by one digit for some perfect cubes.
double cube_root(double x) {
  double root = std::cbrt(x), whole = std::nearbyint(root);
  return whole * whole * whole == x ? whole : root;
}

// Wraps modulo 2^64.
int64_t int_power(int64_t base, int64_t exponent) {
  auto b = static_cast<uint64_t>(base);
  uint64_t result = 1;
  for (auto e = static_cast<uint64_t>(exponent); e; e >>= 1) {
    if (e & 1)
      result *= b;
    b *= b;
  }
  return static_cast<int64_t>(result);
}

} // namespace

#define EVJIT_MATH(name_, function_)                                                                                   \
  EVJIT_PRIM(evrt_math_##name_) {                                                                                      \
    return unary(m, "math/" #name_, args[0], [](double x) -> double { return function_(x); });                         \
  }
EVJIT_MATH(sqrt, std::sqrt)
EVJIT_MATH(cbrt, cube_root)
EVJIT_MATH(exp, std::exp)
EVJIT_MATH(exp2, std::exp2)
EVJIT_MATH(log2, std::log2)
EVJIT_MATH(log10, std::log10)
EVJIT_MATH(sin, std::sin)
EVJIT_MATH(cos, std::cos)
EVJIT_MATH(tan, std::tan)
EVJIT_MATH(asin, std::asin)
EVJIT_MATH(acos, std::acos)
EVJIT_MATH(atan, std::atan)
EVJIT_MATH(sinh, std::sinh)
EVJIT_MATH(cosh, std::cosh)
EVJIT_MATH(tanh, std::tanh)
EVJIT_MATH(trunc, std::trunc)
#undef EVJIT_MATH

EVJIT_PRIM(evrt_math_log) {
  double x, base;
  Value raised;
  if (!number_arg(m, "math/log", args[0], 0, &x, &raised))
    return raised;
  if (argc < 2)
    return make_float(m, std::log(x));
  if (!number_arg(m, "math/log", args[1], 1, &base, &raised))
    return raised;
  if (base == 2)
    return make_float(m, std::log2(x));
  return make_float(m, base == 10 ? std::log10(x) : std::log(x) / std::log(base));
}
EVJIT_PRIM(evrt_math_atan2) {
  double y, x;
  Value raised;
  if (!number_arg(m, "math/atan2", args[0], 0, &y, &raised) || !number_arg(m, "math/atan2", args[1], 1, &x, &raised))
    return raised;
  return make_float(m, std::atan2(y, x));
}
EVJIT_PRIM(evrt_math_fmod) {
  double a, b;
  Value raised;
  if (!number_arg(m, "math/fmod", args[0], 0, &a, &raised) || !number_arg(m, "math/fmod", args[1], 1, &b, &raised))
    return raised;
  if (b == 0)
    return raise_error(m, "division-by-zero", "math/fmod: division by zero");
  return make_float(m, std::fmod(a, b));
}
EVJIT_PRIM(evrt_math_pow) {
  double a, b;
  Value raised;
  if (!number_arg(m, "math/pow", args[0], 0, &a, &raised) || !number_arg(m, "math/pow", args[1], 1, &b, &raised))
    return raised;
  if (is_int(args[0]) && is_int(args[1]) && int_of(args[1]) >= 0)
    return make_int(m, int_power(int_of(args[0]), int_of(args[1])));
  return make_float(m, std::pow(a, b));
}
EVJIT_PRIM(evrt_math_floor) { return rounded(m, "math/floor", args[0], [](double x) { return std::floor(x); }); }
EVJIT_PRIM(evrt_math_ceil) { return rounded(m, "math/ceil", args[0], [](double x) { return std::ceil(x); }); }
EVJIT_PRIM(evrt_math_round) { return rounded(m, "math/round", args[0], [](double x) { return std::round(x); }); }
EVJIT_PRIM(evrt_math_pi) { return make_float(m, std::numbers::pi); }
EVJIT_PRIM(evrt_math_e) { return make_float(m, std::numbers::e); }
EVJIT_PRIM(evrt_math_inf) { return make_float(m, INFINITY); }
EVJIT_PRIM(evrt_math_neg_inf) { return make_float(m, -INFINITY); }
EVJIT_PRIM(evrt_math_nan) { return make_float(m, NAN); }
EVJIT_PRIM(evrt_math_f32_bits) {
  double x;
  Value raised;
  if (!number_arg(m, "math/f32-bits", args[0], 0, &x, &raised))
    return raised;
  return Value::fixnum(std::bit_cast<uint32_t>(static_cast<float>(x)));
}
EVJIT_PRIM(evrt_math_f32_from_bits) {
  int64_t i;
  Value raised;
  if (!want_int(m, "math/f32-from-bits", args[0], 0, &i, &raised))
    return raised;
  if (i < 0 || i > 0xFFFFFFFF)
    return value_error(m, "math/f32-from-bits", "not a 32-bit pattern: " + std::to_string(i));
  return make_float(m, static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(i))));
}

#define EVJIT_MATH_ROW(name_, symbol_, doc_, example_)                                                                 \
  {.name = "math/" name_, EVJIT_PRIM_FN(evrt_math_##symbol_), .arity = {1, 1}, .params = "x", .doc = doc_,              \
   .example = example_, .aliases = name_}
#define EVJIT_CONSTANT_ROW(name_, symbol_, doc_, example_, aliases_)                                                   \
  {.name = name_, EVJIT_PRIM_FN(evrt_math_##symbol_), .arity = {0, 0}, .signals = sig::kSilent, .doc = doc_,            \
   .example = example_, .aliases = aliases_}

static const PrimDef kRows[] = {
    EVJIT_MATH_ROW("sqrt", sqrt, "The square root.", "(math/sqrt 9) # => 3.0"),
    EVJIT_MATH_ROW("cbrt", cbrt, "The cube root.", "(math/cbrt 27) # => 3.0"),
    EVJIT_MATH_ROW("exp", exp, "e to the power of x.", "(math/exp 0) # => 1.0"),
    EVJIT_MATH_ROW("exp2", exp2, "2 to the power of x.", "(math/exp2 3) # => 8.0"),
    EVJIT_MATH_ROW("log2", log2, "The logarithm to base 2.", "(math/log2 8) # => 3.0"),
    EVJIT_MATH_ROW("log10", log10, "The logarithm to base 10.", "(math/log10 100) # => 2.0"),
    EVJIT_MATH_ROW("sin", sin, "The sine of x radians.", "(math/sin 0) # => 0.0"),
    EVJIT_MATH_ROW("cos", cos, "The cosine of x radians.", "(math/cos 0) # => 1.0"),
    EVJIT_MATH_ROW("tan", tan, "The tangent of x radians.", "(math/tan 0) # => 0.0"),
    EVJIT_MATH_ROW("asin", asin, "The arc sine.", "(math/asin 0) # => 0.0"),
    EVJIT_MATH_ROW("acos", acos, "The arc cosine.", "(math/acos 1) # => 0.0"),
    EVJIT_MATH_ROW("atan", atan, "The arc tangent.", "(math/atan 0) # => 0.0"),
    EVJIT_MATH_ROW("sinh", sinh, "The hyperbolic sine.", "(math/sinh 0) # => 0.0"),
    EVJIT_MATH_ROW("cosh", cosh, "The hyperbolic cosine.", "(math/cosh 0) # => 1.0"),
    EVJIT_MATH_ROW("tanh", tanh, "The hyperbolic tangent.", "(math/tanh 0) # => 0.0"),
    EVJIT_MATH_ROW("trunc", trunc, "x without its fraction, a float.", "(math/trunc -2.5) # => -2.0"),
    EVJIT_MATH_ROW("floor", floor, "The greatest integer not above x.", "(math/floor -2.5) # => -3"),
    EVJIT_MATH_ROW("ceil", ceil, "The least integer not below x.", "(math/ceil 2.1) # => 3"),
    EVJIT_MATH_ROW("round", round, "The nearest integer, halves away from zero.", "(math/round -2.5) # => -3"),
    {.name = "math/log", EVJIT_PRIM_FN(evrt_math_log), .arity = {1, 2}, .params = "x &opt base",
     .doc = "The natural logarithm, or the one to `base`.", .example = "(math/log 8 2) # => 3.0", .aliases = "log"},
    {.name = "math/atan2", EVJIT_PRIM_FN(evrt_math_atan2), .arity = {2, 2}, .params = "y x", .doc = "The angle of the point (x, y).",
     .example = "(math/atan2 0 1) # => 0.0", .aliases = "atan2"},
    {.name = "math/fmod", EVJIT_PRIM_FN(evrt_math_fmod), .arity = {2, 2}, .params = "a b",
     .doc = "The float remainder of a / b with the sign of a.", .example = "(math/fmod 5.5 2) # => 1.5", .aliases = "fmod"},
    {.name = "math/pow", EVJIT_PRIM_FN(evrt_math_pow), .arity = {2, 2}, .params = "a b",
     .doc = "a to the power of b: an integer (wrapping) for integers with b not negative, else a float.",
     .example = "(math/pow 3 4) # => 81", .aliases = "pow"},
    EVJIT_CONSTANT_ROW("math/pi", pi, "The ratio of a circle's circumference to its diameter.",
                       "(math/pi) # => 3.141592653589793", "pi"),
    EVJIT_CONSTANT_ROW("math/e", e, "The base of the natural logarithm.",
                       "(math/e) # => 2.718281828459045", "e"),
    EVJIT_CONSTANT_ROW("math/inf", inf, "Positive infinity.", "(< 1e308 (math/inf)) # => true", "+inf inf math/+inf"),
    EVJIT_CONSTANT_ROW("math/-inf", neg_inf, "Negative infinity.", "(math/-inf) # => -inf", "-inf"),
    EVJIT_CONSTANT_ROW("math/nan", nan, "Not a number.", "(nan? (math/nan)) # => true", "nan"),
    {.name = "math/f32-bits", EVJIT_PRIM_FN(evrt_math_f32_bits), .arity = {1, 1}, .params = "x",
     .doc = "The pattern of x as a 32-bit float, as an integer.", .example = "(math/f32-bits 1.0) # => 1065353216",
     .aliases = "f32-bits"},
    {.name = "math/f32-from-bits", EVJIT_PRIM_FN(evrt_math_f32_from_bits), .arity = {1, 1}, .params = "i",
     .doc = "The 32-bit float with the pattern i.", .example = "(math/f32-from-bits 1065353216) # => 1.0",
     .aliases = "f32-from-bits"},
};
#undef EVJIT_MATH_ROW
#undef EVJIT_CONSTANT_ROW
const std::span<const PrimDef> kMathPrims = kRows;

// --- bits --------------------------------------------------------------------------------------------------------------------
namespace {

bool bits_arg(Mutator &m, std::string_view fn, Value v, int arg, int64_t *out, Value *raised) {
  if (is_int(v)) {
    *out = int_of(v);
    return true;
  }
  if (is_float(v) && std::isfinite(float_of(v))) {
    double d = std::trunc(float_of(v));
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0) {
      *out = static_cast<int64_t>(d);
      return true;
    }
  }
  *raised = type_error(m, fn, is_float(v) ? "finite number in the integer range" : "integer", v, arg);
  return false;
}

template <class Op> Value bit_fold(Mutator &m, std::string_view fn, const Value *args, size_t argc, Op op) {
  int64_t acc = 0, x;
  Value raised;
  for (size_t i = 0; i < argc; ++i) {
    if (!bits_arg(m, fn, args[i], static_cast<int>(i), &x, &raised))
      return raised;
    acc = i == 0 ? x : op(acc, x);
  }
  return make_int(m, acc);
}

bool shift_args(Mutator &m, std::string_view fn, const Value *args, int64_t *x, int *n, Value *raised) {
  int64_t count;
  if (!bits_arg(m, fn, args[0], 0, x, raised) || !bits_arg(m, fn, args[1], 1, &count, raised))
    return false;
  if (count < 0) {
    *raised = argument_error(m, fn, "shift count must not be negative, got " + std::to_string(count));
    return false;
  }
  *n = static_cast<int>(count < 63 ? count : 63);
  return true;
}

} // namespace

EVJIT_PRIM(evrt_bit_and) { return bit_fold(m, "bit/and", args, argc, [](int64_t a, int64_t b) { return a & b; }); }
EVJIT_PRIM(evrt_bit_or) { return bit_fold(m, "bit/or", args, argc, [](int64_t a, int64_t b) { return a | b; }); }
EVJIT_PRIM(evrt_bit_xor) { return bit_fold(m, "bit/xor", args, argc, [](int64_t a, int64_t b) { return a ^ b; }); }
EVJIT_PRIM(evrt_bit_not) {
  int64_t x;
  Value raised;
  return bits_arg(m, "bit/not", args[0], 0, &x, &raised) ? make_int(m, ~x) : raised;
}
EVJIT_PRIM(evrt_bit_shl) {
  int64_t x;
  int n;
  Value raised;
  if (!shift_args(m, "bit/shl", args, &x, &n, &raised))
    return raised;
  return make_int(m, static_cast<int64_t>(static_cast<uint64_t>(x) << n));
}
EVJIT_PRIM(evrt_bit_shr) {
  int64_t x;
  int n;
  Value raised;
  return shift_args(m, "bit/shr", args, &x, &n, &raised) ? make_int(m, x >> n) : raised;
}

static const PrimDef kBitRows[] = {
    {.name = "bit/and", EVJIT_PRIM_FN(evrt_bit_and), .arity = {2, kAny}, .params = "a b & more", .doc = "The bits set in all arguments.",
     .example = "(bit/and 6 3) # => 2", .aliases = "%bit-and"},
    {.name = "bit/or", EVJIT_PRIM_FN(evrt_bit_or), .arity = {2, kAny}, .params = "a b & more", .doc = "The bits set in any argument.",
     .example = "(bit/or 6 3) # => 7", .aliases = "%bit-or"},
    {.name = "bit/xor", EVJIT_PRIM_FN(evrt_bit_xor), .arity = {2, kAny}, .params = "a b & more",
     .doc = "The bits set in an odd number of arguments.", .example = "(bit/xor 6 3) # => 5", .aliases = "%bit-xor"},
    {.name = "bit/not", EVJIT_PRIM_FN(evrt_bit_not), .arity = {1, 1}, .params = "x", .doc = "All bits of x inverted.",
     .example = "(bit/not 0) # => -1", .aliases = "%bit-not"},
    {.name = "bit/shl", EVJIT_PRIM_FN(evrt_bit_shl), .arity = {2, 2}, .params = "x n", .doc = "x shifted left by n bits (at most 63).",
     .example = "(bit/shl 1 4) # => 16", .aliases = "bit/shift-left %shl"},
    {.name = "bit/shr", EVJIT_PRIM_FN(evrt_bit_shr), .arity = {2, 2}, .params = "x n",
     .doc = "x shifted right by n bits (at most 63), keeping the sign.", .example = "(bit/shr -8 1) # => -4",
     .aliases = "bit/shift-right %shr"},
};
const std::span<const PrimDef> kBitPrims = kBitRows;

} // namespace evjit::gc
