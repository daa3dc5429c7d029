// UTF-8 and graphemes (gc/value/text.hpp). utf8proc knows the Unicode tables; ASCII never gets there.
#include "gc/value/text.hpp"

#include "gc/object/objects.hpp"
#include "gc/value/make.hpp"

#include <atomic>
#include <cstring>
#include <utf8proc.h>

namespace evjit::gc::text {

bool is_plain(std::string_view s) {
  uint64_t high = 0;
  size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    uint64_t w;
    std::memcpy(&w, s.data() + i, 8);
    high |= w;
  }
  for (; i < s.size(); ++i)
    high |= static_cast<unsigned char>(s[i]);
  if (high & 0x8080808080808080u)
    return false;
  return s.find("\r\n") == std::string_view::npos;
}

bool is_valid_utf8(std::string_view s) {
  size_t i = 0;
  while (i < s.size()) {
    if (static_cast<unsigned char>(s[i]) < 0x80) {
      ++i;
      continue;
    }
    utf8proc_int32_t cp;
    auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t *>(s.data()) + i,
                              static_cast<utf8proc_ssize_t>(s.size() - i), &cp);
    if (n <= 0)
      return false;
    i += static_cast<size_t>(n);
  }
  return true;
}

void append_utf8(std::string &out, uint32_t cp) {
  utf8proc_uint8_t buf[4];
  auto n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(cp), buf);
  out.append(reinterpret_cast<char *>(buf), static_cast<size_t>(n));
}

uint32_t decode(std::string_view s, size_t pos, size_t *bytes) {
  auto c = static_cast<unsigned char>(s[pos]);
  if (c < 0x80) {
    *bytes = 1;
    return c;
  }
  utf8proc_int32_t cp;
  auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t *>(s.data()) + pos,
                            static_cast<utf8proc_ssize_t>(s.size() - pos), &cp);
  if (n <= 0) { // cannot happen in a valid string; stay safe
    *bytes = 1;
    return 0xFFFD;
  }
  *bytes = static_cast<size_t>(n);
  return static_cast<uint32_t>(cp);
}

size_t grapheme_end(std::string_view s, size_t pos) {
  auto c = static_cast<unsigned char>(s[pos]);
  if (c < 0x80) {
    if (pos + 1 == s.size())
      return pos + 1;
    auto next = static_cast<unsigned char>(s[pos + 1]);
    if (next < 0x80)
      return c == '\r' && next == '\n' ? pos + 2 : pos + 1;
  }
  size_t n;
  uint32_t prev = decode(s, pos, &n);
  pos += n;
  utf8proc_int32_t state = 0;
  while (pos < s.size()) {
    uint32_t cp = decode(s, pos, &n);
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(prev), static_cast<utf8proc_int32_t>(cp), &state))
      break;
    prev = cp;
    pos += n;
  }
  return pos;
}

size_t grapheme_count(std::string_view s) {
  if (is_plain(s))
    return s.size();
  size_t count = 0;
  for (size_t pos = 0; pos < s.size(); pos = grapheme_end(s, pos))
    ++count;
  return count;
}

size_t grapheme_offset(std::string_view s, size_t index) {
  size_t pos = 0;
  for (; index > 0 && pos < s.size(); --index)
    pos = grapheme_end(s, pos);
  return pos;
}

namespace {

size_t code_point_before(std::string_view s, size_t pos) {
  while (--pos > 0 && (static_cast<unsigned char>(s[pos]) & 0xC0) == 0x80) {
  }
  return pos;
}

// Whether cp begins a cluster behind `before`, whatever stands in front of that: said of ordinary characters only.
bool always_begins(uint32_t before, uint32_t cp) {
  auto kind = utf8proc_get_property(static_cast<utf8proc_int32_t>(cp))->boundclass;
  return (kind == UTF8PROC_BOUNDCLASS_OTHER || kind == UTF8PROC_BOUNDCLASS_CONTROL || kind == UTF8PROC_BOUNDCLASS_CR ||
          kind == UTF8PROC_BOUNDCLASS_LF) &&
         utf8proc_grapheme_break(static_cast<utf8proc_int32_t>(before), static_cast<utf8proc_int32_t>(cp));
}

} // namespace

size_t last_grapheme(std::string_view s) {
  size_t from = code_point_before(s, s.size()), n;
  while (from > 0) { // back to where some cluster begins for certain
    size_t before = code_point_before(s, from);
    if (always_begins(decode(s, before, &n), decode(s, from, &n)))
      break;
    from = before;
  }
  for (size_t end; (end = grapheme_end(s, from)) < s.size();)
    from = end;
  return from;
}

bool string_is_plain(Value str) {
  if (is(str, Type::String))
    return (str.as()->h.flags & kAscii) != 0;
  return is_plain(string_view_of(str));
}

size_t string_length(Value str) {
  if (!is(str, Type::String))
    return grapheme_count(string_view_of(str));
  auto *s = str.as<String>();
  if (s->h.flags & kAscii)
    return s->len;
  // Several threads may count the same immortal string: each stores the same number.
  std::atomic_ref<uint64_t> cached(s->graphemes);
  uint64_t n = cached.load(std::memory_order_relaxed);
  if (n == kUnknownCount) {
    n = grapheme_count(s->view());
    cached.store(n, std::memory_order_relaxed);
  }
  return n;
}

bool is_space(uint32_t cp) {
  if (cp < 0x80)
    return cp == ' ' || (cp >= 9 && cp <= 13) || (cp >= 0x1c && cp <= 0x1f);
  if (cp == 0x85)
    return true;
  auto cat = utf8proc_category(static_cast<utf8proc_int32_t>(cp));
  return cat == UTF8PROC_CATEGORY_ZS || cat == UTF8PROC_CATEGORY_ZL || cat == UTF8PROC_CATEGORY_ZP;
}

std::string_view trim(std::string_view s) {
  size_t from = 0, n;
  while (from < s.size() && is_space(decode(s, from, &n)))
    from += n;
  size_t to = s.size();
  while (to > from) {
    size_t p = to - 1;
    while (p > from && (static_cast<unsigned char>(s[p]) & 0xC0) == 0x80)
      --p;
    if (!is_space(decode(s, p, &n)))
      break;
    to = p;
  }
  return s.substr(from, to - from);
}

namespace {

// Mappings to several code points (SpecialCasing.txt, the unconditional ones) that utf8proc's one-to-one tables lack.
struct Special {
  uint32_t from;
  uint32_t to[3];
};
constexpr Special kUpper[] = {
    {0xDF, {'S', 'S'}},          {0x149, {0x2BC, 'N'}},       {0x1F0, {'J', 0x30C}},       {0x390, {0x399, 0x308, 0x301}},
    {0x3B0, {0x3A5, 0x308, 0x301}}, {0x587, {0x535, 0x552}},  {0x1E96, {'H', 0x331}},      {0x1E97, {'T', 0x308}},
    {0x1E98, {'W', 0x30A}},      {0x1E99, {'Y', 0x30A}},      {0x1E9A, {'A', 0x2BE}},      {0x1F50, {0x3A5, 0x313}},
    {0x1FB6, {0x391, 0x342}},    {0x1FC6, {0x397, 0x342}},    {0x1FD6, {0x399, 0x342}},    {0x1FE6, {0x3A5, 0x342}},
    {0x1FF6, {0x3A9, 0x342}},    {0xFB00, {'F', 'F'}},        {0xFB01, {'F', 'I'}},        {0xFB02, {'F', 'L'}},
    {0xFB03, {'F', 'F', 'I'}},   {0xFB04, {'F', 'F', 'L'}},   {0xFB05, {'S', 'T'}},        {0xFB06, {'S', 'T'}},
};

bool append_special_upper(std::string &out, uint32_t cp) {
  for (const auto &s : kUpper)
    if (s.from == cp) {
      for (uint32_t t : s.to)
        if (t)
          append_utf8(out, t);
      return true;
    }
  return false;
}

bool is_cased(uint32_t cp) {
  auto cat = utf8proc_category(static_cast<utf8proc_int32_t>(cp));
  return cat == UTF8PROC_CATEGORY_LU || cat == UTF8PROC_CATEGORY_LL || cat == UTF8PROC_CATEGORY_LT;
}

// Greek capital sigma is written differently at the end of a word.
bool final_sigma(std::string_view s, size_t pos, size_t after, uint32_t prev) {
  size_t n;
  return pos > 0 && is_cased(prev) && (after >= s.size() || !is_cased(decode(s, after, &n)));
}

} // namespace

std::string upcase(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (size_t i = 0, n; i < s.size(); i += n) {
    uint32_t cp = decode(s, i, &n);
    if (cp < 0x80)
      out += cp >= 'a' && cp <= 'z' ? static_cast<char>(cp - 32) : static_cast<char>(cp);
    else if (!append_special_upper(out, cp))
      append_utf8(out, static_cast<uint32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(cp))));
  }
  return out;
}

std::string downcase(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  uint32_t prev = 0;
  for (size_t i = 0, n; i < s.size(); i += n) {
    uint32_t cp = decode(s, i, &n);
    if (cp < 0x80)
      out += cp >= 'A' && cp <= 'Z' ? static_cast<char>(cp + 32) : static_cast<char>(cp);
    else if (cp == 0x130) { // I with dot: i and a combining dot
      out += 'i';
      append_utf8(out, 0x307);
    } else if (cp == 0x3A3 && final_sigma(s, i, i + n, prev))
      append_utf8(out, 0x3C2);
    else
      append_utf8(out, static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(cp))));
    prev = cp;
  }
  return out;
}

} // namespace evjit::gc::text
