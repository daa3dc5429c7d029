// What compiled `match` and destructuring call (frontend/ir/build_match.cpp, build_destructure.cpp). Names start with %%: programs
// cannot reach these.
//
// The checks raise a :type-error whose message starts with "destructuring:". Where the error is answered by an outer fiber, the
// answer replaces the value and is checked in turn, so a check that returns normally always returns what it promises.
#include "gc/errors.hpp"
#include "gc/prim.hpp"
#include "gc/prims/prims.hpp"
#include "gc/roots/root.hpp"
#include "gc/value/seq.hpp"

#include <string>

namespace evjit::gc {

namespace {

// Header flag of a Pair: this list is known to end in (). Lists are immutable, so what was found once holds for ever, and
// walking down a list with `(head & tail)` patterns stays linear.
inline constexpr uint8_t kProper = 64;

bool is_proper(Value list) {
  Value v = list;
  while (is_pair(v) && (v.as()->h.flags & kProper) == 0)
    v = tail(v);
  if (!v.is_empty_list() && !is_pair(v))
    return false;
  for (Value p = list; is_pair(p) && (p.as()->h.flags & (kProper | kImmortal)) == 0; p = tail(p))
    p.as()->h.flags |= kProper;
  return true;
}

Value mismatch(Mutator &m, std::string expected, Value got) {
  std::string message = "destructuring: expected " + expected + ", got ";
  message += type_name(got);
  return raise_error(m, "type-error", message, {{"got", type_keyword(got)}});
}

Value missing(Mutator &m, std::string what, Value got) {
  return raise_error(m, "type-error", "destructuring: " + what, {{"got", type_keyword(got)}});
}

} // namespace

EVJIT_PRIM(evrt_pattern_list_check) {
  Value v = args[0];
  while (!is_list(v)) {
    v = mismatch(m, "a list", v);
    if (v.is_error())
      return v;
  }
  return v;
}

EVJIT_PRIM(evrt_pattern_list_mismatch) {
  if (args[0].is_empty_list())
    return missing(m, "the list has too few elements", args[0]);
  return mismatch(m, "a list", args[0]);
}

EVJIT_PRIM(evrt_pattern_array_check) {
  Value v = args[0];
  auto n = static_cast<size_t>(args[1].as_fixnum());
  while (!is_array(v) || array_length(v) < n) {
    if (is_array(v))
      v = missing(m, "expected at least " + std::to_string(n) + " elements, got " + std::to_string(array_length(v)), v);
    else
      v = mismatch(m, "an array", v);
    if (v.is_error())
      return v;
  }
  return is_immutable_array(v) ? v : flat_array(m, v);
}

// (mutable-array n more-allowed?): its first n elements; kAbsent when it has fewer, or more and that is not allowed. An arm copies
// no more than it looks at, however long the array is.
EVJIT_PRIM(evrt_pattern_array_head) {
  auto n = static_cast<size_t>(args[1].as_fixnum());
  size_t length = array_length(args[0]);
  return length == n || (length > n && args[2] == kTrue) ? make_array(m, array_items(args[0]), n) : kAbsent;
}

EVJIT_PRIM(evrt_pattern_array_rest) {
  auto n = static_cast<size_t>(args[1].as_fixnum());
  size_t length = array_length(args[0]);
  if (is(args[0], Type::MArray)) // what a pattern takes out does not change
    return make_array(m, array_items(args[0]) + n, length - n);
  return slice_of(m, args[0], n, length, length);
}

EVJIT_PRIM(evrt_pattern_is_proper_list) { return Value::boolean(is_proper(args[0])); }

EVJIT_PRIM(evrt_pattern_struct_check) {
  Value v = args[0];
  while (!is_struct(v)) {
    v = mismatch(m, "a struct", v);
    if (v.is_error())
      return v;
  }
  return v;
}

EVJIT_PRIM(evrt_pattern_struct_get) {
  if (!is_struct(args[0]))
    return mismatch(m, "a struct", args[0]);
  Value v = struct_get(args[0], args[1], kAbsent);
  return v == kAbsent ? missing(m, "no key " + print_literal(args[1]), args[0]) : v;
}

EVJIT_PRIM(evrt_pattern_struct_lookup) { return struct_get(args[0], args[1], kAbsent); }

EVJIT_PRIM(evrt_pattern_struct_rest) {
  Value s = args[0];
  if (!is_struct(s))
    return mismatch(m, "a struct", s);
  Value keys = struct_keys_array(m, s);
  RootVector kv(m);
  for (uint32_t i = 0; i < keys.as<Array>()->h.aux; ++i) {
    Value key = keys.as<Array>()->items[i];
    bool named = false;
    for (size_t k = 1; k < argc; ++k)
      named = named || equal(key, args[k]);
    if (named)
      continue;
    kv.push(key);
    kv.push(struct_get(s, key));
  }
  return make_struct(m, kv.data(), kv.size() / 2);
}

EVJIT_PRIM(evrt_pattern_match_fail) {
  return raise_error(m, "type-error", "match: no arm matches " + print_literal(args[0]), {{"got", type_keyword(args[0])}});
}

// An error left a function that promised none with (muffle :error).
EVJIT_PRIM(evrt_muffled_error) {
  Value error_key = keyword("error");
  Value signals = make_set(m, &error_key, 1);
  return raise_error(m, "signal-violation", "a signal left a function that declares it muffled",
                     {{"reason", keyword("muffled")}, {"signals", signals}, {"value", args[0]}});
}

// (error before failed?): what goes on when a cleanup raised `error`. It replaces the error in flight, if there was one (failed?), and
// carries that as its :cause if both are structs (07 section 6). Its trace stays.
EVJIT_PRIM(evrt_cleanup_error) {
  Value error = args[0], before = args[1];
  bool replaces = args[2] == kTrue && error != before && is_immutable_struct(error) && is_struct(before);
  if (!replaces || struct_get(error, "cause", kAbsent) != kAbsent)
    return error;
  Value extended = struct_put(m, error, keyword("cause"), before);
  if (m.caught == error)
    m.caught = extended;
  return extended;
}

namespace {

const PrimDef kDefs[] = {
    {.name = "%%list-check", EVJIT_PRIM_FN(evrt_pattern_list_check), .arity = {1, 1}},
    {.name = "%%list-mismatch", EVJIT_PRIM_FN(evrt_pattern_list_mismatch), .arity = {1, 1}},
    {.name = "%%array-check", EVJIT_PRIM_FN(evrt_pattern_array_check), .arity = {2, 2}},
    {.name = "%%array-head", EVJIT_PRIM_FN(evrt_pattern_array_head), .arity = {3, 3}, .signals = sig::kSilent},
    {.name = "%%array-rest", EVJIT_PRIM_FN(evrt_pattern_array_rest), .arity = {2, 2}, .signals = sig::kSilent},
    {.name = "%%proper-list?", EVJIT_PRIM_FN(evrt_pattern_is_proper_list), .arity = {1, 1}, .signals = sig::kSilent},
    {.name = "%%struct-check", EVJIT_PRIM_FN(evrt_pattern_struct_check), .arity = {1, 1}},
    {.name = "%%struct-get-strict", EVJIT_PRIM_FN(evrt_pattern_struct_get), .arity = {2, 2}},
    {.name = "%%struct-lookup", EVJIT_PRIM_FN(evrt_pattern_struct_lookup), .arity = {2, 2}, .signals = sig::kSilent},
    {.name = "%%struct-rest", EVJIT_PRIM_FN(evrt_pattern_struct_rest), .arity = {1, kAny}},
    {.name = "%%muffled-error", EVJIT_PRIM_FN(evrt_muffled_error), .arity = {1, 1}},
    {.name = "%%cleanup-error", EVJIT_PRIM_FN(evrt_cleanup_error), .arity = {3, 3}, .signals = sig::kSilent},
    {.name = "%%match-fail", EVJIT_PRIM_FN(evrt_pattern_match_fail), .arity = {1, 1}},
};

} // namespace

const std::span<const PrimDef> kPatternPrims{kDefs};

} // namespace evjit::gc
