// string/... (05 section 5). Positions count graphemes; searching works on bytes (UTF-8 is self-synchronising) and is turned
// into graphemes at the end. Functions marked so in the spec answer with the mutability of their first argument.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/text.hpp"

#include <vector>

namespace evjit::gc {

namespace {

bool string_arg(Mutator &m, std::string_view fn, const Value *args, int i, std::string_view *out, Value *raised) {
  if (is_string(args[i])) {
    *out = string_view_of(args[i]);
    return true;
  }
  *raised = type_error(m, fn, "string", args[i], i);
  return false;
}

bool two_strings(Mutator &m, std::string_view fn, const Value *args, std::string_view *a, std::string_view *b, Value *raised) {
  return string_arg(m, fn, args, 0, a, raised) && string_arg(m, fn, args, 1, b, raised);
}

Value like_first(Mutator &m, Value first, std::string_view s) {
  return is(first, Type::MString) ? make_mstring(m, s) : make_string(m, s);
}

using Map = std::string (*)(std::string_view);
Value mapped(Mutator &m, std::string_view fn, const Value *args, Map map) {
  std::string_view s;
  Value raised;
  return string_arg(m, fn, args, 0, &s, &raised) ? like_first(m, args[0], map(s)) : raised;
}

enum class Where { Anywhere, Start, End };
Value contains(Mutator &m, std::string_view fn, const Value *args, Where where) {
  std::string_view s, t;
  Value raised;
  if (!two_strings(m, fn, args, &s, &t, &raised))
    return raised;
  switch (where) {
  case Where::Anywhere: return Value::boolean(s.find(t) != std::string_view::npos);
  case Where::Start: return Value::boolean(s.starts_with(t));
  case Where::End: return Value::boolean(s.ends_with(t));
  }
  return kFalse;
}

Value array_of_strings(Mutator &m, std::string_view s, const std::vector<std::pair<size_t, size_t>> &pieces) {
  Value out = make_array(m, nullptr, pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    Value piece = make_string(m, s.substr(pieces[i].first, pieces[i].second));
    write_barrier(m, out.as(), piece);
    out.as<Array>()->items[i] = piece;
  }
  return out;
}

std::string replace_all(std::string_view s, std::string_view from, std::string_view to) {
  std::string out;
  size_t pos = 0;
  for (size_t at; (at = s.find(from, pos)) != std::string_view::npos; pos = at + from.size()) {
    out += s.substr(pos, at - pos);
    out += to;
  }
  out += s.substr(pos);
  return out;
}

} // namespace

EVJIT_PRIM(evrt_str_upcase) { return mapped(m, "string/upcase", args, text::upcase); }
EVJIT_PRIM(evrt_str_downcase) { return mapped(m, "string/downcase", args, text::downcase); }
EVJIT_PRIM(evrt_str_trim) {
  return mapped(m, "string/trim", args, [](std::string_view s) { return std::string(text::trim(s)); });
}
EVJIT_PRIM(evrt_str_contains) { return contains(m, "string/contains?", args, Where::Anywhere); }
EVJIT_PRIM(evrt_str_starts_with) { return contains(m, "string/starts-with?", args, Where::Start); }
EVJIT_PRIM(evrt_str_ends_with) { return contains(m, "string/ends-with?", args, Where::End); }
EVJIT_PRIM(evrt_str_find) {
  std::string_view s, t;
  Value raised;
  int64_t from = 0;
  if (!two_strings(m, "string/find", args, &s, &t, &raised) ||
      (argc > 2 && !want_int(m, "string/find", args[2], 2, &from, &raised)))
    return raised;
  if (from < 0)
    return argument_error(m, "string/find", "start must not be negative, got " + std::to_string(from));
  bool plain = text::string_is_plain(args[0]);
  size_t length = text::string_length(args[0]);
  if (static_cast<uint64_t>(from) > length)
    return kNil;
  auto start = static_cast<size_t>(from);
  size_t at = s.find(t, plain ? start : text::grapheme_offset(s, start));
  if (at == std::string_view::npos)
    return kNil;
  return Value::fixnum(static_cast<int64_t>(plain ? at : text::grapheme_count(s.substr(0, at))));
}
EVJIT_PRIM(evrt_str_split) {
  std::string_view s, sep;
  Value raised;
  if (!two_strings(m, "string/split", args, &s, &sep, &raised))
    return raised;
  if (sep.empty())
    return argument_error(m, "string/split", "the separator is empty");
  std::vector<std::pair<size_t, size_t>> pieces;
  size_t pos = 0;
  for (size_t at; (at = s.find(sep, pos)) != std::string_view::npos; pos = at + sep.size())
    pieces.emplace_back(pos, at - pos);
  pieces.emplace_back(pos, s.size() - pos);
  return array_of_strings(m, s, pieces);
}
EVJIT_PRIM(evrt_str_join) {
  std::string_view sep;
  Value raised;
  if (!string_arg(m, "string/join", args, 1, &sep, &raised))
    return raised;
  Value items = collection_elements(m, args[0]);
  if (items == kAbsent)
    return not_a_sequence(m, "string/join", args[0]);
  std::string out;
  for (size_t i = 0; i < array_length(items); ++i) {
    Value part = array_items(items)[i];
    if (!is_string(part))
      return type_error(m, "string/join", "string", part);
    if (i > 0)
      out += sep;
    out += string_view_of(part);
  }
  return make_string(m, out);
}
EVJIT_PRIM(evrt_str_replace) {
  std::string_view s, from, to;
  Value raised;
  if (!two_strings(m, "string/replace", args, &s, &from, &raised) || !string_arg(m, "string/replace", args, 2, &to, &raised))
    return raised;
  if (from.empty())
    return argument_error(m, "string/replace", "the text to replace is empty");
  return like_first(m, args[0], replace_all(s, from, to));
}
EVJIT_PRIM(evrt_str_repeat) {
  std::string_view s;
  int64_t n;
  Value raised;
  if (!string_arg(m, "string/repeat", args, 0, &s, &raised) || !want_int(m, "string/repeat", args[1], 1, &n, &raised))
    return raised;
  if (n < 0)
    return argument_error(m, "string/repeat", "count must not be negative, got " + std::to_string(n));
  if (!s.empty() && static_cast<uint64_t>(n) > (uint64_t{1} << 31) / s.size())
    return argument_error(m, "string/repeat", "the result is too long");
  std::string out;
  out.reserve(s.size() * static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i)
    out += s;
  return like_first(m, args[0], out);
}
EVJIT_PRIM(evrt_str_size_of) {
  std::string_view s;
  Value raised;
  return string_arg(m, "string/size-of", args, 0, &s, &raised) ? Value::fixnum(static_cast<int64_t>(s.size())) : raised;
}
EVJIT_PRIM(evrt_str_uri_encode) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string_view s;
  Value raised;
  if (!string_arg(m, "uri-encode", args, 0, &s, &raised))
    return raised;
  std::string out;
  for (char ch : s) {
    auto c = static_cast<unsigned char>(ch);
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                 c == '~';
    if (plain) {
      out += ch;
    } else {
      out += '%';
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  return make_string(m, out);
}

static const PrimDef kRows[] = {
    {.name = "string/upcase", EVJIT_PRIM_FN(evrt_str_upcase), .arity = {1, 1}, .params = "s", .doc = "s in upper case.",
     .example = "(string/upcase \"straße\") # => \"STRASSE\"", .aliases = "string/uppercase string-upcase string-uppercase"},
    {.name = "string/downcase", EVJIT_PRIM_FN(evrt_str_downcase), .arity = {1, 1}, .params = "s", .doc = "s in lower case.",
     .example = "(string/downcase \"ÄB\") # => \"äb\"", .aliases = "string/lowercase string-downcase string-lowercase"},
    {.name = "string/trim", EVJIT_PRIM_FN(evrt_str_trim), .arity = {1, 1}, .params = "s",
     .doc = "s without white space at both ends.", .example = "(string/trim \" a \") # => \"a\"", .aliases = "string-trim"},
    {.name = "string/find", EVJIT_PRIM_FN(evrt_str_find), .arity = {2, 3}, .params = "s t &opt from",
     .doc = "The index of the first t in s at or after from (0), else nil.", .example = "(string/find \"banana\" \"an\" 2) # => 3",
     .aliases = "string/index-of string/index string-find string-index-of string-index"},
    {.name = "string/contains?", EVJIT_PRIM_FN(evrt_str_contains), .arity = {2, 2}, .params = "s t", .doc = "Whether t occurs in s.",
     .example = "(string/contains? \"abc\" \"bc\") # => true", .aliases = "string-contains?"},
    {.name = "string/starts-with?", EVJIT_PRIM_FN(evrt_str_starts_with), .arity = {2, 2}, .params = "s t",
     .doc = "Whether s begins with t.", .example = "(string/starts-with? \"abc\" \"ab\") # => true", .aliases = "string-starts-with?"},
    {.name = "string/ends-with?", EVJIT_PRIM_FN(evrt_str_ends_with), .arity = {2, 2}, .params = "s t", .doc = "Whether s ends with t.",
     .example = "(string/ends-with? \"abc\" \"bc\") # => true", .aliases = "string-ends-with?"},
    {.name = "string/split", EVJIT_PRIM_FN(evrt_str_split), .arity = {2, 2}, .params = "s sep",
     .doc = "An array of the pieces of s between the separators; empty ones are kept.",
     .example = "(string/split \"a--b\" \"-\") # => [\"a\" \"\" \"b\"]", .aliases = "string-split"},
    {.name = "string/join", EVJIT_PRIM_FN(evrt_str_join), .arity = {2, 2}, .params = "c sep",
     .doc = "The strings in c with sep between them.", .example = "(string/join [\"a\" \"b\"] \",\") # => \"a,b\"", .aliases = "string-join"},
    {.name = "string/replace", EVJIT_PRIM_FN(evrt_str_replace), .arity = {3, 3}, .params = "s old new",
     .doc = "s with every `old` replaced by `new`.", .example = "(string/replace \"aXbX\" \"X\" \"-\") # => \"a-b-\"",
     .aliases = "string-replace"},
    {.name = "string/repeat", EVJIT_PRIM_FN(evrt_str_repeat), .arity = {2, 2}, .params = "s n", .doc = "s n times.",
     .example = "(string/repeat \"ab\" 2) # => \"abab\"", .aliases = "string-repeat"},
    {.name = "string/size-of", EVJIT_PRIM_FN(evrt_str_size_of), .arity = {1, 1}, .params = "s", .doc = "The size of s in UTF-8, in bytes.",
     .example = "(string/size-of \"né\") # => 3", .aliases = "string-size-of"},
    {.name = "uri-encode", EVJIT_PRIM_FN(evrt_str_uri_encode), .arity = {1, 1}, .params = "s",
     .doc = "s percent-encoded, all but letters, digits and - . _ ~.", .example = "(uri-encode \"a b\") # => \"a%20b\""},
};
const std::span<const PrimDef> kStringPrims = kRows;

} // namespace evjit::gc
