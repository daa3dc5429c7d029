// Number tokens. The token is cut at the next delimiter before it comes here, so that a bad number is one error that quotes
// all of it (12abc, 1.2.3), never two tokens. Misplaced underscores are told first, then shape, then range.
#include "frontend/read/number.hpp"

#include "frontend/diag/diag.hpp"
#include "frontend/read/chars.hpp"

#include <charconv>
#include <cstdlib>

namespace evjit::frontend {
namespace {

std::string quoted(std::string_view token) {
  constexpr size_t kMax = 60;
  if (token.size() <= kMax)
    return std::string(token);
  size_t cut = kMax;
  while ((static_cast<unsigned char>(token[cut]) & 0xC0) == 0x80)
    --cut;
  return std::string(token.substr(0, cut)) + "...";
}

Number bad(const char *code, std::string_view what, std::string_view token, std::string_view why) {
  Number n;
  n.code = code;
  n.message = std::string(what) + " " + quoted(token) + (why.empty() ? "" : ": ") + std::string(why);
  return n;
}

Number bad_integer(std::string_view token, std::string_view why) {
  return bad(code::InvalidInteger, "invalid integer", token, why);
}
Number bad_float(std::string_view token, std::string_view why) {
  return bad(code::InvalidFloat, "invalid float", token, why);
}

int base_of(std::string_view digits) { // 0: decimal
  if (digits.size() < 2 || digits[0] != '0')
    return 0;
  switch (digits[1] | 0x20) {
  case 'x': return 16;
  case 'o': return 8;
  case 'b': return 2;
  default: return 0;
  }
}

// Every '_' between two digits. In a radix body letters a-f count, outside they do not: 1_e5 is misplaced.
bool underscores_placed(std::string_view body, int base) {
  auto digit = [&](size_t i) {
    if (i >= body.size())
      return false;
    unsigned char c = static_cast<unsigned char>(body[i]);
    return base == 16 ? chars::hex_value(c) >= 0 : chars::is_digit(c);
  };
  for (size_t i = 0; i < body.size(); ++i)
    if (body[i] == '_' && (i == 0 || !digit(i - 1) || !digit(i + 1)))
      return false;
  return true;
}

Number integer(std::string_view token, std::string_view digits, int base, bool negative) {
  uint64_t value = 0;
  uint64_t limit = negative ? uint64_t{1} << 63 : (uint64_t{1} << 63) - 1;
  const char *kind = base == 16 ? "a hexadecimal digit" : base == 8 ? "an octal digit" : base == 2 ? "0 or 1" : "a digit";
  if (digits.empty())
    return bad_integer(token, "no digits after the prefix");
  for (char c : digits) {
    int d = chars::hex_value(static_cast<unsigned char>(c));
    if (d < 0 || d >= base)
      return bad_integer(token, std::string("expected ") + kind + ", or a delimiter after the number");
    if (value > (limit - static_cast<uint64_t>(d)) / static_cast<uint64_t>(base))
      return bad_integer(token, "outside the 64-bit range");
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(d);
  }
  Number n;
  n.kind = Number::Integer;
  n.integer = static_cast<int64_t>(negative ? 0 - value : value);
  return n;
}

// from_chars calls overflow and underflow alike "out of range": the place of the first digit that is not 0 tells them apart.
bool overflows(std::string_view digits) {
  long place = 0;
  bool seen_dot = false, seen_digit = false;
  size_t i = 0;
  for (; i < digits.size() && (digits[i] | 0x20) != 'e'; ++i) {
    if (digits[i] == '.')
      seen_dot = true;
    else if (digits[i] != '0' || seen_digit) {
      if (!seen_digit && seen_dot)
        place = -place;
      seen_digit = true;
      if (seen_dot)
        break;
      ++place;
    } else if (seen_dot)
      ++place;
  }
  while (i < digits.size() && (digits[i] | 0x20) != 'e')
    ++i;
  long exponent = 0;
  bool minus = false;
  for (++i; i < digits.size(); ++i) {
    if (digits[i] == '-')
      minus = true;
    else if (digits[i] != '+' && exponent < 1000000)
      exponent = exponent * 10 + (digits[i] - '0');
  }
  return place + (minus ? -exponent : exponent) > 0;
}

// digits '.' digits? exp?  |  digits exp
const char *float_problem(std::string_view s) {
  size_t i = 0;
  auto digits = [&] {
    size_t from = i;
    while (i < s.size() && chars::is_digit(static_cast<unsigned char>(s[i])))
      ++i;
    return i > from;
  };
  digits();
  if (i < s.size() && s[i] == '.') {
    ++i;
    digits();
  }
  if (i < s.size() && (s[i] | 0x20) == 'e') {
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-'))
      ++i;
    if (!digits())
      return "the exponent has no digits";
  }
  return i == s.size() ? nullptr : "expected a delimiter after the number";
}

Number real(std::string_view token, const std::string &digits, bool negative) {
  if (const char *why = float_problem(digits))
    return bad_float(token, why);
  double value = 0;
  auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status == std::errc::result_out_of_range) {
    if (overflows(digits))
      return bad_float(token, "larger than the largest float");
    value = 0;
  }
  Number n;
  n.kind = Number::Float;
  n.real = negative ? -value : value;
  return n;
}

} // namespace

Number parse_number(std::string_view token) {
  bool negative = token[0] == '-';
  std::string_view body = token.substr(negative || token[0] == '+' ? 1 : 0);
  int base = base_of(body);
  std::string_view digits = base ? body.substr(2) : body;
  if (!underscores_placed(digits, base))
    return bad(code::InvalidUnderscore, "invalid underscore in", token, "a _ must stand between two digits");
  std::string plain;
  for (char c : digits)
    if (c != '_')
      plain += c;
  if (base)
    return integer(token, plain, base, negative);
  size_t after = 0;
  while (after < plain.size() && chars::is_digit(static_cast<unsigned char>(plain[after])))
    ++after;
  if (after < plain.size() && (plain[after] == '.' || (plain[after] | 0x20) == 'e'))
    return real(token, plain, negative);
  return integer(token, plain, 10, negative);
}

} // namespace evjit::frontend
