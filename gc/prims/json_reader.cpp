// JSON text to values (05 section 11), by RapidJSON's event reader: strict RFC 8259, iterative (no native recursion), in a copy of
// the text whose strings are unescaped in place. The handler keeps all unfinished values on one @array: an end event takes the
// elements of its collection off the top. Numbers arrive as text, because those that do not fit 64 bits become floats. Why it is
// not simdjson: docs/adr/005-json-by-rapidjson.md.
#include "gc/prims/json_reader.hpp"

#include "base/assert.hpp"
#include "gc/errors.hpp"
#include "gc/object/mutate.hpp"
#include "gc/value/make.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
#define RAPIDJSON_NO_SIZETYPEDEFINE // its default, 32 bits, would cut long strings
#define RAPIDJSON_ASSERT(x) EVJIT_ASSERT(x, #x)
namespace rapidjson {
typedef std::size_t SizeType;
}
#include <rapidjson/reader.h>

namespace evjit::gc {

namespace {

namespace rj = rapidjson;

constexpr const char *kHalf = "invalid \\u escape: half of a surrogate pair";

// Every event returns false to stop the reader; `why` says then what was wrong.
class Builder : public rj::BaseReaderHandler<rj::UTF8<>, Builder> {
public:
  Builder(Mutator &m, JsonKeys keys) : m_(m), keys_(keys), pending_(make_marray(m, nullptr, 0)) {}
  const char *why = nullptr;
  const char *reason = nullptr;
  const char *where = nullptr; // null: where the reader stopped
  Value result() const { return array_items(pending_)[0]; }

  bool Null() { return add(kNil); }
  bool Bool(bool b) { return add(b ? kTrue : kFalse); }
  bool String(const char *s, size_t n, bool) { return check({s, n}) && add(make_string(m_, {s, n})); }
  bool Key(const char *s, size_t n, bool) {
    return check({s, n}) && add(keys_ == JsonKeys::Keyword ? keyword({s, n}) : make_string(m_, {s, n}));
  }
  bool RawNumber(const char *s, size_t n, bool);
  bool StartArray() { return enter(); }
  bool StartObject() { return enter(); }
  bool EndArray(size_t n) { return leave(n, make_list(m_, top(n), n)); }
  bool EndObject(size_t n) { return leave(2 * n, make_mstruct(m_, top(2 * n), n)); }

private:
  bool add(Value v) {
    marray_push(m_, pending_, v);
    return true;
  }
  // RapidJSON 1.1 lets \uDC00 to \uDFFF pass when no first half stands before it: it comes out as ED B0.. to ED BF..
  bool check(std::string_view s) {
    for (size_t i = s.find('\xED'); i != std::string_view::npos; i = s.find('\xED', i + 1))
      if (static_cast<unsigned char>(s[i + 1]) >= 0xA0) {
        why = kHalf;
        where = s.data() - 1; // the opening quote
        return false;
      }
    return true;
  }
  bool enter() {
    if (++depth_ <= kJsonDepth)
      return true;
    why = "nested too deeply";
    reason = "too-deep";
    return false;
  }
  const Value *top(size_t n) { return array_items(pending_) + array_length(pending_) - n; }
  bool leave(size_t n, Value v) {
    --depth_;
    marray_splice(m_, pending_, array_length(pending_) - n, n, &v, 1);
    return true;
  }

  Mutator &m_;
  JsonKeys keys_;
  size_t depth_ = 0;
  Value pending_;
};

bool Builder::RawNumber(const char *s, size_t n, bool) {
  const char *end = s + n;
  int64_t i;
  if (auto [rest, err] = std::from_chars(s, end, i); rest == end && err == std::errc())
    return add(make_int(m_, i));
  double d = 0;
  if (std::from_chars(s, end, d).ec == std::errc::result_out_of_range)
    d = std::strtod(std::string(s, n).c_str(), nullptr); // infinite, or too small
  if (std::isinf(d)) {
    why = "number too large";
    reason = "too-large";
    return false;
  }
  return add(make_float(m_, d));
}

const char *describe(rj::ParseErrorCode code, bool at_end) {
  switch (code) {
  case rj::kParseErrorDocumentEmpty: return at_end ? "unexpected end" : "unexpected character";
  case rj::kParseErrorDocumentRootNotSingular: return "unexpected text after the value";
  case rj::kParseErrorObjectMissName: return "expected a key";
  case rj::kParseErrorObjectMissColon: return "expected :";
  case rj::kParseErrorObjectMissCommaOrCurlyBracket: return "expected , or }";
  case rj::kParseErrorArrayMissCommaOrSquareBracket: return "expected , or ]";
  case rj::kParseErrorStringUnicodeEscapeInvalidHex: return "invalid \\u escape: four hexadecimal digits wanted";
  case rj::kParseErrorStringUnicodeSurrogateInvalid: return kHalf;
  case rj::kParseErrorStringEscapeInvalid: return "invalid escape";
  case rj::kParseErrorStringMissQuotationMark: return "unfinished string";
  case rj::kParseErrorStringInvalidEncoding: return "control character in a string";
  case rj::kParseErrorNumberTooBig: return "number too large";
  case rj::kParseErrorNumberMissFraction:
  case rj::kParseErrorNumberMissExponent: return "expected a digit";
  case rj::kParseErrorNone:
  case rj::kParseErrorValueInvalid:
  case rj::kParseErrorTermination:
  case rj::kParseErrorUnspecificSyntaxError: break;
  }
  return at_end ? "unexpected end" : "unexpected character";
}

// `at` is a byte offset; the language counts graphemes.
Value fail(Mutator &m, std::string_view text, size_t at, const char *what, const char *reason) {
  std::string_view before = text.substr(0, std::min(at, text.size()));
  size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  auto count = [](size_t n) { return Value::fixnum(static_cast<int64_t>(n)); };
  size_t offset = text::grapheme_count(before);
  Value line = count(static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1);
  Value col = count(text::grapheme_count(before.substr(line_start)) + 1);
  std::string message = "json/parse: " + std::string(what) + " at offset " + std::to_string(offset);
  if (reason)
    return raise_error(m, "parse-error", message,
                       {{"offset", count(offset)}, {"line", line}, {"col", col}, {"reason", keyword(reason)}});
  return raise_error(m, "parse-error", message, {{"offset", count(offset)}, {"line", line}, {"col", col}});
}

} // namespace

Value json_read(Mutator &m, std::string_view text, JsonKeys keys) {
  constexpr size_t kSlack = 32; // the end marker, and what the reader's 16 byte loads may touch behind it
  auto copy = std::make_unique_for_overwrite<char[]>(text.size() + kSlack);
  std::memcpy(copy.get(), text.data(), text.size());
  std::memset(copy.get() + text.size(), 0, kSlack);
  rj::InsituStringStream in(copy.get());
  rj::Reader reader;
  Builder builder(m, keys);
  auto result = reader.Parse<rj::kParseInsituFlag | rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag>(in, builder);
  if (!result) {
    bool at_end = result.Offset() >= text.size();
    size_t at = builder.where ? static_cast<size_t>(builder.where - copy.get()) : result.Offset();
    if (builder.why)
      return fail(m, text, at, builder.why, builder.reason);
    const char *reason = result.Code() == rj::kParseErrorNumberTooBig ? "too-large" : nullptr;
    return fail(m, text, result.Offset(), describe(result.Code(), at_end), reason);
  }
  if (in.Tell() < text.size()) // a NUL in the text looks like its end
    return fail(m, text, in.Tell(), "unexpected text after the value", nullptr);
  return builder.result();
}

} // namespace evjit::gc
