// Numbers beyond the operators (05 section 1): inc, dec, abs, min, max, sum, product, range, xor.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/value/number.hpp"

#include <algorithm>

namespace evjit::gc {

namespace {

Value step(Mutator &m, std::string_view fn, Value x, int64_t by) {
  if (is_int(x))
    return make_int(m, static_cast<int64_t>(static_cast<uint64_t>(int_of(x)) + static_cast<uint64_t>(by)));
  if (is_float(x))
    return make_float(m, float_of(x) + static_cast<double>(by));
  return type_error(m, fn, "number", x, 0);
}

bool is_nan(Value v) { return is_float(v) && std::isnan(float_of(v)); }

Value extreme(Mutator &m, std::string_view fn, const Value *args, size_t argc, int direction) {
  Value best = args[0];
  for (size_t i = 0; i < argc; ++i) {
    if (!is_number(args[i]))
      return type_error(m, fn, "number", args[i], static_cast<int>(i));
    if (is_nan(best))
      continue;
    if (is_nan(args[i]) || compare_numbers(args[i], best) * direction > 0)
      best = args[i];
  }
  return best;
}

Value fold_numbers(Mutator &m, std::string_view fn, Value c, Value acc, Value (*op)(Mutator *, Value, Value)) {
  Value items = collection_elements(m, c);
  if (items == kAbsent)
    return not_a_sequence(m, fn, c);
  for (size_t i = 0; i < array_length(items); ++i) {
    Value x = array_items(items)[i];
    if (!is_number(x))
      return type_error(m, fn, "number", x);
    acc = op(&m, acc, x);
    if (acc.is_error())
      return acc;
  }
  return acc;
}

constexpr size_t kMaxRange = size_t{1} << 31;

Value too_long(Mutator &m) { return argument_error(m, "range", "the range has too many elements"); }

Value int_range(Mutator &m, int64_t start, int64_t end, int64_t step) {
  if (step > 0 ? start >= end : start <= end)
    return make_array(m, nullptr, 0);
  uint64_t span = step > 0 ? static_cast<uint64_t>(end) - static_cast<uint64_t>(start)
                           : static_cast<uint64_t>(start) - static_cast<uint64_t>(end);
  uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
  uint64_t n = (span - 1) / stride + 1;
  if (n > kMaxRange)
    return too_long(m);
  Value out = make_array(m, nullptr, n);
  for (uint64_t i = 0; i < n; ++i) {
    Value v = make_int(m, static_cast<int64_t>(static_cast<uint64_t>(start) + i * static_cast<uint64_t>(step)));
    write_barrier(m, out.as(), v);
    out.as<Array>()->items[i] = v;
  }
  return out;
}

Value float_range(Mutator &m, double start, double end, double step) {
  double count = std::ceil((end - start) / step);
  if (std::isnan(count) || count <= 0)
    return make_array(m, nullptr, 0);
  if (count > static_cast<double>(kMaxRange))
    return too_long(m);
  auto n = static_cast<size_t>(count);
  auto inside = [&](size_t i) {
    double x = start + static_cast<double>(i) * step;
    return step > 0 ? x < end : x > end;
  };
  while (n > 0 && !inside(n - 1)) // rounding of the division
    --n;
  Value out = make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i) {
    Value v = make_float(m, start + static_cast<double>(i) * step);
    write_barrier(m, out.as(), v);
    out.as<Array>()->items[i] = v;
  }
  return out;
}

} // namespace

EVJIT_PRIM(evrt_num_inc) { return step(m, "inc", args[0], 1); }
EVJIT_PRIM(evrt_num_dec) { return step(m, "dec", args[0], -1); }
EVJIT_PRIM(evrt_num_abs) {
  Value x = args[0];
  if (is_float(x))
    return make_float(m, std::fabs(float_of(x)));
  if (!is_int(x))
    return type_error(m, "abs", "number", x, 0);
  int64_t i = int_of(x);
  if (i == INT64_MIN)
    return raise_error(m, "overflow", "abs: the minimum integer has no magnitude");
  return i < 0 ? make_int(m, -i) : x;
}
EVJIT_PRIM(evrt_num_min) { return extreme(m, "min", args, argc, -1); }
EVJIT_PRIM(evrt_num_max) { return extreme(m, "max", args, argc, 1); }
EVJIT_PRIM(evrt_num_sum) { return fold_numbers(m, "sum", args[0], Value::fixnum(0), evrt_add); }
EVJIT_PRIM(evrt_num_product) { return fold_numbers(m, "product", args[0], Value::fixnum(1), evrt_mul); }
EVJIT_PRIM(evrt_num_range) {
  for (size_t i = 0; i < argc; ++i)
    if (!is_number(args[i]))
      return type_error(m, "range", "number", args[i], static_cast<int>(i));
  Value start = argc > 1 ? args[0] : Value::fixnum(0), end = args[argc > 1], step = argc > 2 ? args[2] : Value::fixnum(1);
  if (number_as_double(step) == 0)
    return argument_error(m, "range", "step must not be 0");
  if (is_int(start) && is_int(end) && is_int(step))
    return int_range(m, int_of(start), int_of(end), int_of(step));
  return float_range(m, number_as_double(start), number_as_double(end), number_as_double(step));
}
EVJIT_PRIM(evrt_num_xor) {
  bool odd = false;
  for (size_t i = 0; i < argc; ++i)
    odd ^= args[i].truthy();
  return Value::boolean(odd);
}

static const PrimDef kRows[] = {
    {.name = "inc", EVJIT_PRIM_FN(evrt_num_inc), .arity = {1, 1}, .params = "x", .doc = "x + 1.", .example = "(inc 1) # => 2"},
    {.name = "dec", EVJIT_PRIM_FN(evrt_num_dec), .arity = {1, 1}, .params = "x", .doc = "x - 1.", .example = "(dec 1) # => 0"},
    {.name = "abs", EVJIT_PRIM_FN(evrt_num_abs), .arity = {1, 1}, .params = "x", .doc = "The magnitude of x.",
     .example = "(abs -2) # => 2"},
    {.name = "min", EVJIT_PRIM_FN(evrt_num_min), .arity = {1, kAny}, .params = "x & more",
     .doc = "The least argument, unchanged; NaN if any is NaN.", .example = "(min 3 2.5) # => 2.5"},
    {.name = "max", EVJIT_PRIM_FN(evrt_num_max), .arity = {1, kAny}, .params = "x & more",
     .doc = "The greatest argument, unchanged; NaN if any is NaN.", .example = "(max 3 2.5) # => 3"},
    {.name = "sum", EVJIT_PRIM_FN(evrt_num_sum), .arity = {1, 1}, .params = "c", .doc = "The sum of the elements of c.",
     .example = "(sum [1 2 3]) # => 6"},
    {.name = "product", EVJIT_PRIM_FN(evrt_num_product), .arity = {1, 1}, .params = "c", .doc = "The product of the elements of c.",
     .example = "(product [2 3]) # => 6"},
    {.name = "range", EVJIT_PRIM_FN(evrt_num_range), .arity = {1, 3}, .params = "start &opt end step",
     .doc = "An array from start (0) in steps (1) up to but without end. (range end) begins at 0.",
     .example = "(range 10 0 -4) # => [10 6 2]"},
    {.name = "xor", EVJIT_PRIM_FN(evrt_num_xor), .arity = {0, kAny}, .signals = sig::kSilent, .params = "& xs",
     .doc = "Whether an odd number of arguments is truthy.", .example = "(xor true nil) # => true"},
};
const std::span<const PrimDef> kNumberPrims = kRows;

} // namespace evjit::gc
