// See decode.hpp. "Maximal bad sequence" as in Unicode, chapter 3: the longest prefix of a well-formed sequence, else one byte.
#include "net/decode.hpp"

#include <cstdint>

namespace evjit::net {

namespace {

struct Lead {
  size_t length;        // of the sequence; 0: no lead byte
  uint8_t low, high;    // range of the second byte
};

Lead lead_of(uint8_t b) {
  if (b < 0x80)
    return {1, 0, 0};
  if (b >= 0xC2 && b <= 0xDF)
    return {2, 0x80, 0xBF};
  if (b >= 0xE0 && b <= 0xEF)
    return {3, static_cast<uint8_t>(b == 0xE0 ? 0xA0 : 0x80), static_cast<uint8_t>(b == 0xED ? 0x9F : 0xBF)};
  if (b >= 0xF0 && b <= 0xF4)
    return {4, static_cast<uint8_t>(b == 0xF0 ? 0x90 : 0x80), static_cast<uint8_t>(b == 0xF4 ? 0x8F : 0xBF)};
  return {0, 0, 0};
}

enum class Kind : uint8_t { Good, Bad, Incomplete };

// The sequence that starts at s[0], its kind and size (of a bad one: the maximal subpart).
Kind scan(std::string_view s, size_t *size) {
  Lead lead = lead_of(static_cast<uint8_t>(s[0]));
  *size = 1;
  if (lead.length == 0)
    return Kind::Bad;
  for (size_t i = 1; i < lead.length; ++i) {
    if (i == s.size())
      return Kind::Incomplete;
    auto b = static_cast<uint8_t>(s[i]);
    if (i == 1 ? (b < lead.low || b > lead.high) : (b < 0x80 || b > 0xBF))
      return Kind::Bad;
    *size = i + 1;
  }
  return Kind::Good;
}

} // namespace

size_t incomplete_tail(std::string_view s) {
  for (size_t back = 1; back <= 3 && back <= s.size(); ++back) {
    auto b = static_cast<uint8_t>(s[s.size() - back]);
    if ((b & 0xC0) == 0x80)
      continue;
    size_t size;
    return scan(s.substr(s.size() - back), &size) == Kind::Incomplete ? back : 0;
  }
  return 0;
}

std::string sanitize_utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size() + 8);
  while (!s.empty()) {
    size_t size;
    if (scan(s, &size) == Kind::Good)
      out.append(s.substr(0, size));
    else
      out.append("\xEF\xBF\xBD");
    s.remove_prefix(size);
  }
  return out;
}

size_t text_prefix(std::string_view s, size_t n, bool final) {
  if (s.empty())
    return 0;
  std::string_view head = s.substr(0, n);
  size_t tail = incomplete_tail(head);
  if (head.size() == s.size() && final)
    return head.size();
  if (tail < head.size())
    return head.size() - tail;
  size_t size; // the first character does not fit
  Kind kind = scan(s, &size);
  return kind == Kind::Incomplete && !final ? 0 : size;
}

} // namespace evjit::net
