// Floats as text: the shortest digits that read back to the same float; the exponent form is used iff the decimal
// exponent is below -7 or at least 21.
#include "gc/value/print.hpp"

#include <charconv>
#include <cmath>

namespace evjit::gc {

void append_float(std::string &out, double d) {
  if (std::isnan(d)) {
    out += "NaN";
    return;
  }
  if (std::isinf(d)) {
    out += d < 0 ? "-inf" : "inf";
    return;
  }
  char buf[64];
  auto end = std::to_chars(buf, buf + sizeof buf, d, std::chars_format::scientific).ptr;
  std::string_view s(buf, static_cast<size_t>(end - buf));
  size_t e = s.find('e');
  std::string_view mantissa = s.substr(0, e), exponent_text = s.substr(e + 1);
  if (exponent_text[0] == '+')
    exponent_text.remove_prefix(1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (d != 0 && (exponent < -7 || exponent >= 21)) {
    out += mantissa;
    out += 'e';
    out += std::to_string(exponent);
    return;
  }
  char fixed[64];
  auto fixed_end = std::to_chars(fixed, fixed + sizeof fixed, d, std::chars_format::fixed).ptr;
  std::string_view f(fixed, static_cast<size_t>(fixed_end - fixed));
  out += f;
  if (f.find('.') == std::string_view::npos)
    out += ".0";
}

} // namespace evjit::gc
