// What std/regex is made of: RE2 behind an opaque value. RE2 matches in time linear in the text and in bounded memory, so no
// pattern can stall the loop; what it cannot do that way (lookaround, back references) is an error of the pattern.
//
// RE2 counts bytes, the language graphemes: Cursor converts. A match may begin or end inside a grapheme (`e` in "e" + accent): :start
// is then the grapheme it begins in, :end the one after it ends in, and :text is exactly what matched.
//
// A compiled pattern is immutable; RE2's caches in it have a lock of their own, which is never held across a fiber switch.
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/print.hpp"
#include "gc/value/text.hpp"

#include <algorithm>
#include <memory>
#include <re2/re2.h>
#include <vector>

namespace evjit::gc {

namespace {

using re2::RE2;
using re2::StringPiece;

struct Regex {
  std::string source; // as the user wrote it
  RE2 re;
  std::vector<std::pair<std::string, int>> names; // of groups, in the order of the groups
  Regex(std::string_view src, std::string_view pattern, const RE2::Options &options)
      : source(src), re(StringPiece(pattern.data(), pattern.size()), options) {}
};

void print_regex(void *data, std::string &out) { out += "<regex " + static_cast<Regex *>(data)->source + ">"; }
constexpr OpaqueClass kRegexClass = {"regex", nullptr, [](void *data) { delete static_cast<Regex *>(data); }, print_regex};

// --- errors of patterns ----------------------------------------------------------------------------------------------------------
struct Complaint {
  const char *reason, *what, *hint;
};

Complaint complaint(RE2::ErrorCode code) {
  switch (code) {
  case RE2::ErrorBadEscape:
    return {"bad-escape", "unknown escape",
            "back references (\\1) and lookaround need backtracking and are not supported; \\\\ is a plain backslash"};
  case RE2::ErrorBadCharClass: return {"bad-class", "unknown character class", "classes are [a-z], [[:alpha:]], \\d \\w \\s, \\pL"};
  case RE2::ErrorBadCharRange: return {"bad-range", "bad range in a class", "the lower end comes first; write - at the end of the class"};
  case RE2::ErrorMissingBracket: return {"missing-bracket", "[ without ]", "\\[ is a plain bracket"};
  case RE2::ErrorMissingParen: return {"missing-paren", "( without )", "\\( is a plain parenthesis"};
  case RE2::ErrorUnexpectedParen: return {"unexpected-paren", ") without (", "\\) is a plain parenthesis"};
  case RE2::ErrorTrailingBackslash: return {"trailing-backslash", "\\ at the end", "\\\\ is a plain backslash"};
  case RE2::ErrorRepeatArgument: return {"nothing-to-repeat", "nothing to repeat", "\\* \\+ \\? are plain characters"};
  case RE2::ErrorRepeatSize: return {"bad-repeat", "repetition count out of range", "counts go up to 1000, the lower one first"};
  case RE2::ErrorRepeatOp: return {"bad-repeat", "repetition of a repetition", "put the inner one in (?:...)"};
  case RE2::ErrorBadPerlOp:
    return {"unsupported", "unsupported group", "lookaround and the like need backtracking; there are (?:...), (?i), (?<name>...)"};
  case RE2::ErrorBadUTF8: return {"bad-utf8", "not UTF-8", "patterns are strings"};
  case RE2::ErrorBadNamedCapture: return {"bad-name", "bad or repeated group name", "names are letters, digits and _, each used once"};
  case RE2::ErrorPatternTooLarge: return {"too-large", "needs more memory than allowed", "smaller counts, or a larger :max-memory"};
  case RE2::NoError:
  case RE2::ErrorInternal: break;
  }
  return {"internal", "cannot be compiled", "please report this pattern"};
}

Value raise_bad_pattern(Mutator &m, std::string_view source, RE2::ErrorCode code, std::string_view part) {
  bool is_class = part.starts_with("[:") || part.starts_with("\\p") || part.starts_with("\\P"); // RE2 calls them ranges
  Complaint c = complaint(code == RE2::ErrorBadCharRange && is_class ? RE2::ErrorBadCharClass : code);
  std::string message = "regex/compile: " + std::string(c.what) + ": " + std::string(part.empty() ? source : part);
  // RE2 names the faulty part, not its place; it is known when the part occurs once.
  size_t at = part.empty() ? std::string_view::npos : source.find(part);
  bool once = at != std::string_view::npos && source.find(part, at + 1) == std::string_view::npos;
  Value offset = once ? Value::fixnum(static_cast<int64_t>(text::grapheme_count(source.substr(0, at)))) : kNil;
  return raise_error(m, "regex-error", message,
                     {{"reason", keyword(c.reason)},
                      {"pattern", make_string(m, source)},
                      {"part", make_string(m, part)},
                      {"offset", offset},
                      {"hint", make_string(m, c.hint)}});
}

// (?<name> as most languages write it, for RE2 of 2022, which knows (?P<name> only. Escapes, \Q...\E and classes stay.
std::string translate(std::string_view p) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < p.size(); ++i) {
    size_t n = 1;
    if (p[i] == '\\' && p.substr(i, 2) == "\\Q")
      n = std::min(p.find("\\E", i), p.size()) - i;
    else if (p[i] == '\\')
      n = 2;
    else if (in_class)
      in_class = p[i] != ']';
    else if (p[i] == '[') {
      in_class = true; // a ] right at the start stands for itself
      n = p.substr(i, 3) == "[^]" ? 3 : p.substr(i, 2) == "[]" ? 2 : 1;
    } else if (p.substr(i, 3) == "(?<" && i + 3 < p.size() && p[i + 3] != '=' && p[i + 3] != '!') {
      out += "(?P<";
      i += 2;
      continue;
    }
    out += p.substr(i, n);
    i += n - 1;
  }
  return out;
}

// --- matching ---------------------------------------------------------------------------------------------------------------------
StringPiece piece(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const StringPiece &p) { return {p.data(), p.size()}; }

// Graphemes of a text up to byte positions that only grow.
class Cursor {
public:
  explicit Cursor(std::string_view s) : s_(s), plain_(text::is_plain(s)) {}
  size_t start(size_t byte) { // the grapheme that byte is in
    if (plain_)
      return byte;
    for (size_t next; at_ < byte && (next = text::grapheme_end(s_, at_)) <= byte; at_ = next)
      ++index_;
    return index_;
  }
  size_t end(size_t byte) {
    size_t i = start(byte);
    return !plain_ && at_ < byte ? i + 1 : i;
  }

private:
  std::string_view s_;
  bool plain_;
  size_t at_ = 0, index_ = 0;
};

// The matches of a text from left to right. An empty match right behind another one does not count.
class Matches {
public:
  Matches(const Regex &regex, std::string_view s, size_t from)
      : re_(regex.re), s_(s), pos_(from), groups(static_cast<size_t>(regex.re.NumberOfCapturingGroups()) + 1) {}
  bool next() {
    while (pos_ <= s_.size() && re_.Match(piece(s_), pos_, s_.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
      size_t from = start(), to = end();
      bool empty_behind_last = from == to && any_ && from == last_end_;
      pos_ = to > from ? to : to < s_.size() ? to + char_bytes(to) : to + 1;
      if (empty_behind_last)
        continue;
      any_ = true;
      last_end_ = to;
      return true;
    }
    return false;
  }
  size_t start() const { return static_cast<size_t>(groups[0].data() - s_.data()); }
  size_t end() const { return start() + groups[0].size(); }

private:
  size_t char_bytes(size_t at) const {
    size_t n;
    text::decode(s_, at, &n);
    return n;
  }
  const RE2 &re_;
  std::string_view s_;
  size_t pos_, last_end_ = 0;
  bool any_ = false;

public:
  std::vector<StringPiece> groups; // of the current match; group 0 is all of it
};

Value group_text(Mutator &m, const StringPiece &g) { return g.data() ? make_string(m, view(g)) : kNil; }

Value match_value(Mutator &m, const Regex &regex, const Matches &match, Cursor &cursor) {
  size_t n = match.groups.size() - 1;
  Value groups = make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i) {
    Value text = group_text(m, match.groups[i + 1]);
    groups.as<Array>()->items[i] = text;
    write_barrier(m, groups.as(), text);
  }
  Value kv = make_marray(m, nullptr, 0);
  for (const auto &[name, index] : regex.names) {
    marray_push(m, kv, keyword(name));
    marray_push(m, kv, array_items(groups)[index - 1]);
  }
  Value named = make_struct(m, array_items(kv), array_length(kv) / 2);
  Value start = Value::fixnum(static_cast<int64_t>(cursor.start(match.start())));
  Value end = Value::fixnum(static_cast<int64_t>(cursor.end(match.end())));
  Value fields[] = {keyword("text"), make_string(m, view(match.groups[0])), keyword("start"), start, keyword("end"), end,
                    keyword("groups"), groups, keyword("named"), named};
  return make_struct(m, fields, 5);
}

// The arguments (name regex text ...) that every primitive below begins with.
struct Call {
  std::string name;
  const Regex *regex = nullptr;
  std::string_view s;
  Value raised = kNil;
  bool check(Mutator &m, const Value *args) {
    name = string_view_of(args[0]);
    if (type_name(args[1]) != "regex")
      raised = type_error(m, name, "regex or string", args[1], 0);
    else if (!is_string(args[2]))
      raised = type_error(m, name, "string", args[2], 1);
    else {
      regex = static_cast<const Regex *>(args[1].as<Opaque>()->data);
      s = string_view_of(args[2]);
      return true;
    }
    return false;
  }
};

// A count argument: nil stands for no limit.
bool want_count(Mutator &m, std::string_view fn, Value v, int arg, size_t *out, Value *raised) {
  int64_t n = INT64_MAX;
  if (!v.is_nil() && !want_int(m, fn, v, arg, &n, raised))
    return false;
  if (n < 0) {
    *raised = argument_error(m, fn, "negative number " + std::to_string(n));
    return false;
  }
  *out = static_cast<size_t>(n);
  return true;
}

// --- templates of replacements: $1 ${1} $name ${name} $$ ----------------------------------------------------------------------------
struct Part {
  std::string_view text;
  int group = -1; // -1: the text itself
};

int group_number(const Regex &regex, std::string_view name) {
  for (const auto &[known, index] : regex.names)
    if (known == name)
      return index;
  if (name.empty() || name.size() > 4 || name.find_first_not_of("0123456789") != std::string_view::npos)
    return -1;
  int n = std::stoi(std::string(name));
  return n <= regex.re.NumberOfCapturingGroups() ? n : -1;
}

// The parts of a template; the name of an unknown group in *unknown.
std::vector<Part> parse_template(const Regex &regex, std::string_view t, std::string *unknown) {
  std::vector<Part> parts;
  while (!t.empty()) {
    size_t plain = std::min(t.find('$'), t.size());
    if (plain > 0)
      parts.push_back({t.substr(0, plain)});
    t.remove_prefix(plain);
    if (t.size() < 2 || t[1] == '$') { // $$, or a $ at the end
      if (!t.empty())
        parts.push_back({t.substr(0, 1)});
      t.remove_prefix(std::min<size_t>(2, t.size()));
      continue;
    }
    bool braces = t[1] == '{';
    size_t from = braces ? 2 : 1, to = from;
    auto word = [](char c) { return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); };
    bool number = t[from] >= '0' && t[from] <= '9' && !braces; // $1st is group 1 and "st"
    while (to < t.size() && (number ? t[to] >= '0' && t[to] <= '9' : word(t[to])))
      ++to;
    std::string_view name = t.substr(from, to - from);
    int group = !braces || t.substr(to, 1) == "}" ? group_number(regex, name) : -1;
    if (group < 0) {
      *unknown = t.substr(0, to + (braces && to < t.size() ? 1 : 0));
      return {};
    }
    parts.push_back({{}, group});
    t.remove_prefix(to + (braces ? 1 : 0));
  }
  return parts;
}

} // namespace

// (%%regex-compile pattern ignore-case multi-line dot-all literal max-memory)
EVJIT_PRIM(evrt_regex_compile) {
  if (type_name(args[0]) == "regex")
    return args[0];
  if (!is_string(args[0]))
    return type_error(m, "regex/compile", "string", args[0], 0);
  int64_t max_memory = RE2::Options::kDefaultMaxMem;
  Value raised;
  if (!args[5].is_nil() && !want_int(m, "regex/compile", args[5], 1, &max_memory, &raised))
    return raised;
  if (max_memory < 1)
    return argument_error(m, "regex/compile", ":max-memory is not positive");
  auto on = [&](size_t i) { return !args[i].is_nil() && args[i] != kFalse; };
  RE2::Options options(RE2::Quiet);
  options.set_case_sensitive(!on(1));
  options.set_dot_nl(on(3));
  options.set_literal(on(4));
  options.set_max_mem(max_memory);
  std::string_view source = string_view_of(args[0]);
  std::string pattern = on(4) ? std::string(source) : translate(source);
  if (on(2) && !on(4))
    pattern.insert(0, "(?m)");
  auto regex = std::make_unique<Regex>(source, pattern, options);
  if (!regex->re.ok())
    return raise_bad_pattern(m, source, regex->re.error_code(), regex->re.error_arg());
  for (const auto &[index, name] : regex->re.CapturingGroupNames()) {
    if (group_number(*regex, name) >= 0)
      return raise_bad_pattern(m, source, RE2::ErrorBadNamedCapture, name);
    regex->names.emplace_back(name, index);
  }
  note_external(m, 1024 + 32 * static_cast<int64_t>(regex->re.ProgramSize() + regex->re.ReverseProgramSize()));
  return make_opaque(m, &kRegexClass, regex.release());
}

// (%%regex-test name regex s whole?)
EVJIT_PRIM(evrt_regex_test) {
  Call c;
  if (!c.check(m, args))
    return c.raised;
  auto anchor = args[3] == kTrue ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
  return Value::boolean(c.regex->re.Match(piece(c.s), 0, c.s.size(), anchor, nullptr, 0));
}

// (%%regex-find name regex s from): the first match from that grapheme on, or nil
EVJIT_PRIM(evrt_regex_find) {
  Call c;
  size_t from;
  if (!c.check(m, args) || !want_count(m, c.name, args[3], 2, &from, &c.raised))
    return c.raised;
  if (from > text::grapheme_count(c.s))
    return kNil;
  Matches matches(*c.regex, c.s, text::grapheme_offset(c.s, from));
  Cursor cursor(c.s);
  return matches.next() ? match_value(m, *c.regex, matches, cursor) : kNil;
}

// (%%regex-pieces name regex s limit texts?): the first `limit` matches as an @array; with texts? true what is between, before and
// behind them too: text match text match ... text
EVJIT_PRIM(evrt_regex_pieces) {
  Call c;
  size_t limit;
  if (!c.check(m, args) || !want_count(m, c.name, args[3], 2, &limit, &c.raised))
    return c.raised;
  Matches matches(*c.regex, c.s, 0);
  Cursor cursor(c.s);
  Value out = make_marray(m, nullptr, 0);
  size_t done = 0;
  while (limit-- > 0 && matches.next()) {
    if (args[4] == kTrue)
      marray_push(m, out, make_string(m, c.s.substr(done, matches.start() - done)));
    marray_push(m, out, match_value(m, *c.regex, matches, cursor));
    done = matches.end();
  }
  if (args[4] == kTrue)
    marray_push(m, out, make_string(m, c.s.substr(done)));
  return out;
}

// (%%regex-split name regex s limit): an array of at most `limit` texts
EVJIT_PRIM(evrt_regex_split) {
  Call c;
  size_t limit;
  if (!c.check(m, args) || !want_count(m, c.name, args[3], 2, &limit, &c.raised))
    return c.raised;
  Matches matches(*c.regex, c.s, 0);
  Value out = make_marray(m, nullptr, 0);
  size_t done = 0;
  while (array_length(out) + 1 < limit && matches.next()) {
    if (matches.start() == matches.end() && (matches.end() == 0 || matches.end() == c.s.size()))
      continue; // nothing at an end separates nothing
    marray_push(m, out, make_string(m, c.s.substr(done, matches.start() - done)));
    done = matches.end();
  }
  if (limit > 0)
    marray_push(m, out, make_string(m, c.s.substr(done)));
  return make_array(m, array_items(out), array_length(out));
}

// (%%regex-replace name regex s template limit)
EVJIT_PRIM(evrt_regex_replace) {
  Call c;
  size_t limit;
  if (!c.check(m, args) || !want_count(m, c.name, args[4], 3, &limit, &c.raised))
    return c.raised;
  if (!is_string(args[3]))
    return type_error(m, c.name, "string or function", args[3], 2);
  std::string unknown;
  std::vector<Part> parts = parse_template(*c.regex, string_view_of(args[3]), &unknown);
  if (!unknown.empty())
    return argument_error(m, c.name, "no such group: " + unknown + " ($$ is a plain $)");
  Matches matches(*c.regex, c.s, 0);
  std::string out;
  size_t done = 0;
  while (limit-- > 0 && matches.next()) {
    out += c.s.substr(done, matches.start() - done);
    for (const Part &p : parts)
      out += p.group < 0 ? p.text : view(matches.groups[static_cast<size_t>(p.group)]);
    done = matches.end();
  }
  out += c.s.substr(done);
  return make_string(m, out);
}

// (%%regex-escape s)
EVJIT_PRIM(evrt_regex_escape) {
  if (!is_string(args[0]))
    return type_error(m, "regex/escape", "string", args[0], 0);
  return make_string(m, RE2::QuoteMeta(piece(string_view_of(args[0]))));
}

static const PrimDef kRows[] = {
    {.name = "%%regex-compile", EVJIT_PRIM_FN(evrt_regex_compile), .arity = {6, 6}},
    {.name = "%%regex-test", EVJIT_PRIM_FN(evrt_regex_test), .arity = {4, 4}},
    {.name = "%%regex-find", EVJIT_PRIM_FN(evrt_regex_find), .arity = {4, 4}},
    {.name = "%%regex-pieces", EVJIT_PRIM_FN(evrt_regex_pieces), .arity = {5, 5}},
    {.name = "%%regex-split", EVJIT_PRIM_FN(evrt_regex_split), .arity = {4, 4}},
    {.name = "%%regex-replace", EVJIT_PRIM_FN(evrt_regex_replace), .arity = {5, 5}},
    {.name = "%%regex-escape", EVJIT_PRIM_FN(evrt_regex_escape), .arity = {1, 1}},
};
const std::span<const PrimDef> kRegexPrims = kRows;

} // namespace evjit::gc
