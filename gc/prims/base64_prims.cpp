// What std/base64 is made of: RFC 4648, sections 4 and 5. Decoding is strict, so that every value has exactly one accepted text (two in
// the URL alphabet, where padding may be missing).
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

#include <array>

namespace evjit::gc {

namespace {

enum class Alphabet { Standard, Url };

constexpr std::string_view kCommon = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr uint8_t kBad = 255;

constexpr std::string_view last_two(Alphabet a) { return a == Alphabet::Url ? "-_" : "+/"; }

constexpr std::array<uint8_t, 256> digits_of(Alphabet a) {
  std::array<uint8_t, 256> table{};
  table.fill(kBad);
  for (size_t i = 0; i < 64; ++i)
    table[static_cast<unsigned char>(i < 62 ? kCommon[i] : last_two(a)[i - 62])] = static_cast<uint8_t>(i);
  return table;
}
constexpr std::array<uint8_t, 256> kDigits[] = {digits_of(Alphabet::Standard), digits_of(Alphabet::Url)};

std::string encode(std::string_view data, Alphabet a) {
  auto digit = [a](uint32_t i) { return i < 62 ? kCommon[i] : last_two(a)[i - 62]; };
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (size_t i = 0; i < data.size(); i += 3) {
    size_t n = std::min<size_t>(3, data.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < n ? static_cast<unsigned char>(data[i + k]) : 0);
    for (size_t k = 0; k <= n; ++k)
      out += digit(bits >> (18 - 6 * k) & 63);
    if (a == Alphabet::Standard)
      out.append(3 - n, '=');
  }
  return out;
}

struct Fault {
  const char *reason = nullptr, *what = nullptr;
  size_t offset = 0;
};

// The text without its padding, which must be what the length asks for.
std::string_view strip_padding(std::string_view s, Alphabet a, Fault *fault) {
  size_t pad = 0;
  while (pad < s.size() && s[s.size() - 1 - pad] == '=')
    ++pad;
  std::string_view body = s.substr(0, s.size() - pad);
  size_t wanted = (4 - body.size() % 4) % 4;
  if (pad != wanted && wanted != 3 && (pad != 0 || a == Alphabet::Standard))
    *fault = {"bad-padding", "wrong padding", pad > wanted ? body.size() + wanted : s.size()};
  return body;
}

Fault decode(std::string_view s, Alphabet a, std::string &out) {
  Fault padding;
  std::string_view body = strip_padding(s, a, &padding);
  const auto &digits = kDigits[a == Alphabet::Url];
  out.reserve(body.size() / 4 * 3 + 2);
  uint32_t bits = 0, have = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    uint8_t d = digits[static_cast<unsigned char>(body[i])];
    if (d == kBad)
      return body[i] == '=' ? Fault{"bad-padding", "= inside the text", i} : Fault{"bad-character", "unexpected character", i};
    bits = bits << 6 | d;
    have += 6;
    if (have < 8)
      continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 255);
    bits &= (1u << have) - 1;
  }
  if (body.size() % 4 == 1)
    return {"bad-length", "one character too many or too few", body.size()};
  if (padding.what)
    return padding;
  if (bits != 0)
    return {"unused-bits", "unused bits are not zero", body.size() - 1};
  return {};
}

Alphabet alphabet(Value url) { return url == kTrue ? Alphabet::Url : Alphabet::Standard; }

} // namespace

// (%%base64-encode name data url?)
EVJIT_PRIM(evrt_base64_encode) {
  Value data = args[1];
  if (!is_string(data) && !is_bytes(data))
    return type_error(m, string_view_of(args[0]), "bytes or string", data, 0);
  return make_string(m, encode(is_string(data) ? string_view_of(data) : bytes_view_of(data), alphabet(args[2])));
}

// (%%base64-decode name s url?)
EVJIT_PRIM(evrt_base64_decode) {
  std::string name(string_view_of(args[0])), out;
  if (!is_string(args[1]))
    return type_error(m, name, "string", args[1], 0);
  Fault fault = decode(string_view_of(args[1]), alphabet(args[2]), out);
  if (fault.what) // what stands before the fault is ASCII: bytes are graphemes
    return raise_error(m, "parse-error", prefixed(name, fault.what) + " at offset " + std::to_string(fault.offset),
                       {{"reason", keyword(fault.reason)}, {"offset", Value::fixnum(static_cast<int64_t>(fault.offset))}});
  return make_bytes(m, out.data(), out.size());
}

static const PrimDef kRows[] = {
    {.name = "%%base64-encode", EVJIT_PRIM_FN(evrt_base64_encode), .arity = {3, 3}},
    {.name = "%%base64-decode", EVJIT_PRIM_FN(evrt_base64_decode), .arity = {3, 3}},
};
const std::span<const PrimDef> kBase64Prims = kRows;

} // namespace evjit::gc
