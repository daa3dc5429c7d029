// Floats as text: the shortest digits that read back to the same float; the exponent form is used iff the decimal
// exponent is below -7 or at least 21.
#include "gc/value/print.hpp"

#include <charconv>
#include <cmath>

namespace evjit::gc {

namespace {

struct Shortest {
  std::string digits; // d1 d2 ... of d1.d2... * 10^exponent
  int exponent = 0;
};

Shortest shortest(double magnitude) {
  char buf[64];
  auto end = std::to_chars(buf, buf + sizeof buf, magnitude, std::chars_format::scientific).ptr;
  std::string_view s(buf, static_cast<size_t>(end - buf));
  size_t e = s.find('e');
  Shortest out;
  out.digits = s[0];
  if (e > 1)
    out.digits += s.substr(2, e - 2);
  std::string_view exponent = s.substr(e + 1);
  if (exponent[0] == '+')
    exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
  return out;
}

} // namespace

void append_fixed(std::string &out, double magnitude) {
  Shortest s = shortest(magnitude);
  auto n = static_cast<int>(s.digits.size());
  if (s.exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-s.exponent - 1), '0');
    out += s.digits;
    return;
  }
  int whole = s.exponent + 1;
  out.append(s.digits, 0, static_cast<size_t>(whole));
  if (whole > n)
    out.append(static_cast<size_t>(whole - n), '0');
  out += '.';
  if (whole < n)
    out.append(s.digits, static_cast<size_t>(whole));
  else
    out += '0';
}

void append_float(std::string &out, double d) {
  if (std::isnan(d)) {
    out += "NaN";
    return;
  }
  if (std::signbit(d))
    out += '-';
  if (std::isinf(d)) {
    out += "inf";
    return;
  }
  d = std::fabs(d);
  Shortest s = shortest(d);
  if (d == 0 || (s.exponent >= -7 && s.exponent < 21)) {
    append_fixed(out, d);
    return;
  }
  out += s.digits[0];
  if (s.digits.size() > 1)
    out.append(".").append(s.digits, 1);
  out += 'e';
  out += std::to_string(s.exponent);
}

} // namespace evjit::gc
