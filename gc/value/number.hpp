// Exact comparison of numbers: no rounding through binary64 (02 section 3).
#pragma once

#include "gc/value/make.hpp"

#include <cmath>

namespace evjit::gc {

// NaN comes after everything and equals itself.
inline int compare_int_float(int64_t i, double d) {
  if (std::isnan(d) || d >= 9223372036854775808.0)
    return -1;
  if (d < -9223372036854775808.0)
    return 1;
  auto t = static_cast<int64_t>(d); // exact: truncation of a double in range
  if (i != t)
    return i < t ? -1 : 1;
  double fraction = d - static_cast<double>(t);
  return fraction > 0 ? -1 : fraction < 0 ? 1 : 0;
}

inline int compare_floats(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

inline int compare_ints(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

// -1, 0, 1; both are numbers.
inline int compare_numbers(Value a, Value b) {
  bool fa = is_float(a), fb = is_float(b);
  if (fa && fb)
    return compare_floats(float_of(a), float_of(b));
  if (fa)
    return -compare_int_float(int_of(b), float_of(a));
  if (fb)
    return compare_int_float(int_of(a), float_of(b));
  return compare_ints(int_of(a), int_of(b));
}

} // namespace evjit::gc
