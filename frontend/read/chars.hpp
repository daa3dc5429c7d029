// Characters as the reader and the renderer of diagnostics see them (01 section 1, 4): classes, decoding that survives bad
// input, widths on a terminal. Nothing here allocates. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evjit::frontend::chars {

inline constexpr uint32_t kInvalid = 0xFFFFFFFF;

// The code point at `pos` < s.size() and its length; kInvalid with length 1 at a byte that starts no valid sequence (overlong
// forms, surrogates and values above U+10FFFF are invalid).
uint32_t decode(std::string_view s, size_t pos, size_t *bytes);
// Offset of the first byte that is not UTF-8; s.size() if there is none.
size_t first_invalid(std::string_view s);

bool is_space(uint32_t cp);    // Unicode white space
bool is_symstart(uint32_t cp); // a letter of any script or one of _ - + * / ! ? < > =
// Bytes that end a number or symbol whatever stands around; white space beyond ASCII is is_space's.
inline bool is_ascii_delimiter(unsigned char c) {
  switch (c) {
  case '(': case ')': case '[': case ']': case '{': case '}': case '\'': case '`': case ',': case ';': case '@': case '|':
  case ':': case '"': case ' ': case '\t': case '\n': case '\v': case '\f': case '\r':
    return true;
  default:
    return false;
  }
}
inline bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
int hex_value(unsigned char c); // -1: no hex digit

size_t columns(uint32_t cp); // 0, 1 or 2 cells of a terminal

} // namespace evjit::frontend::chars
