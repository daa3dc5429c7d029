// Character classes. Beyond ASCII utf8proc's tables decide; see chars.hpp.
#include "frontend/read/chars.hpp"

#include <utf8proc.h>

namespace evjit::frontend::chars {
namespace {

bool continues(std::string_view s, size_t pos) {
  return pos < s.size() && (static_cast<unsigned char>(s[pos]) & 0xC0) == 0x80;
}

} // namespace

uint32_t decode(std::string_view s, size_t pos, size_t *bytes) {
  auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(s[pos + i])); };
  uint32_t c = at(0);
  *bytes = 1;
  if (c < 0x80)
    return c;
  size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
  if (c < 0xC2 || c > 0xF4)
    return kInvalid;
  uint32_t cp = c & (0x7F >> n);
  for (size_t i = 1; i < n; ++i) {
    if (!continues(s, pos + i))
      return kInvalid;
    cp = cp << 6 | (at(i) & 0x3F);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
    return kInvalid;
  *bytes = n;
  return cp;
}

size_t first_invalid(std::string_view s) {
  size_t pos = 0;
  while (pos < s.size()) {
    if (static_cast<unsigned char>(s[pos]) < 0x80) {
      ++pos;
      continue;
    }
    size_t n;
    if (decode(s, pos, &n) == kInvalid)
      return pos;
    pos += n;
  }
  return pos;
}

bool is_space(uint32_t cp) {
  if (cp < 0x80)
    return cp == ' ' || (cp >= '\t' && cp <= '\r');
  return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
         cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

bool is_symstart(uint32_t cp) {
  if (cp < 0x80) {
    uint32_t lower = cp | 0x20;
    return (lower >= 'a' && lower <= 'z') || (cp != 0 && std::string_view("_-+*/!?<>=").find(static_cast<char>(cp)) != std::string_view::npos);
  }
  if (cp > 0x10FFFF)
    return false;
  utf8proc_category_t c = utf8proc_category(static_cast<utf8proc_int32_t>(cp));
  return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

int hex_value(unsigned char c) {
  if (is_digit(c))
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t columns(uint32_t cp) {
  if (cp < 0x7F)
    return 1;
  if (cp > 0x10FFFF)
    return 1;
  int w = utf8proc_charwidth(static_cast<utf8proc_int32_t>(cp));
  return w < 0 ? 1 : static_cast<size_t>(w);
}

} // namespace evjit::frontend::chars
