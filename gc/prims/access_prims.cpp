// get, put, has?, del, length and their path forms (05 section 2). The work is in gc/value/access.cpp.
#include "gc/object/ordered.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"
#include "gc/value/access.hpp"

namespace evjit::gc {

namespace {

Value add_to_set(Mutator &m, std::string_view fn, Value s, Value v) {
  if (!is_set(s))
    return type_error(m, fn, "set", s, 0);
  v = deep_freeze(m, v);
  return v.is_error() ? v : set_add(m, s, v);
}

Value put_arity(Mutator &m, int64_t expected, size_t argc) {
  return raise_error(m, "arity-error",
                     "put: expected " + std::to_string(expected) + " arguments, got " + std::to_string(argc),
                     {{"expected", Value::fixnum(expected)}, {"actual", Value::fixnum(static_cast<int64_t>(argc))}});
}

// The path as an array, or false after raising.
bool path_of(Mutator &m, std::string_view fn, Value ks, Value *path) {
  *path = is_sequence(kind_of(ks)) ? collection_elements(m, ks) : kAbsent;
  if (*path != kAbsent)
    return true;
  *path = not_a_sequence(m, fn, ks, 1);
  return false;
}

// Whether c holds something at k, for get-in: the value, kAbsent or kError.
Value lookup_level(Mutator &m, Value c, Value k) {
  if (c.is_nil())
    return kAbsent;
  Value v = is_struct(c) && valid_key(k) ? struct_get(c, k, kAbsent) : access_get(m, "get-in", c, k, kUnset);
  return v == kUnset ? kAbsent : v;
}

Value put_level(Mutator &m, Value c, const Value *path, size_t n, Value v) {
  if (stack_is_low(m))
    return stack_overflow(m);
  if (n == 1)
    return access_put(m, "put-in", c, path[0], v);
  Value inner = lookup_level(m, c, path[0]);
  if (inner.is_error())
    return inner;
  if (inner == kAbsent || inner.is_nil())
    inner = make_struct(m, nullptr, 0);
  inner = put_level(m, inner, path + 1, n - 1, v);
  return inner.is_error() ? inner : access_put(m, "put-in", c, path[0], inner);
}

} // namespace

EVJIT_PRIM(evrt_col_get) { return access_get(m, "get", args[0], args[1], optional_arg(args, argc, 2, kAbsent)); }
EVJIT_PRIM(evrt_col_nth) { return access_get(m, "nth", args[1], args[0], kAbsent); }
// What loops do most: replaces an element of an @array that is there.
static inline bool put_element(Mutator &m, Value c, Value k, Value v) {
  if (!is(c, Type::MArray) || !k.is_fixnum())
    return false;
  auto *a = c.as<MArray>();
  auto i = static_cast<uint64_t>(k.as_fixnum()); // a negative one is larger than any length
  if (i >= a->len)
    return false;
  write_barrier(m, a->buf.as(), v);
  a->buf.as<ValueBuf>()->items[i] = v;
  return true;
}

EVJIT_PRIM(evrt_col_put) {
  if (argc == 3 && put_element(m, args[0], args[1], args[2]))
    return args[0];
  if (is_set(args[0]))
    return argc == 2 ? add_to_set(m, "put", args[0], args[1]) : put_arity(m, 2, argc);
  return argc == 3 ? access_put(m, "put", args[0], args[1], args[2]) : put_arity(m, 3, argc);
}
EVJIT_PRIM(evrt_col_add) { return add_to_set(m, "add", args[0], args[1]); }
EVJIT_PRIM(evrt_col_has) { return access_has(m, "has?", args[0], args[1]); }
EVJIT_PRIM(evrt_col_del) { return access_del(m, "del", args[0], args[1]); }
EVJIT_PRIM(evrt_col_length) { return access_length(m, "length", args[0]); }
EVJIT_PRIM(evrt_col_get_in) {
  Value path;
  if (!path_of(m, "get-in", args[1], &path))
    return path;
  Value otherwise = optional_arg(args, argc, 2);
  Value c = args[0];
  for (size_t i = 0; i < path.as()->h.aux; ++i) {
    c = lookup_level(m, c, path.as<Array>()->items[i]);
    if (c.is_error())
      return c;
    if (c == kAbsent || c.is_nil())
      return otherwise;
  }
  return c;
}
EVJIT_PRIM(evrt_col_put_in) {
  Value path;
  if (!path_of(m, "put-in", args[1], &path))
    return path;
  if (path.as()->h.aux == 0)
    return argument_error(m, "put-in", "the path is empty");
  return put_level(m, args[0], path.as<Array>()->items, path.as()->h.aux, args[2]);
}

static const PrimDef kRows[] = {
    {.name = "get", EVJIT_PRIM_FN(evrt_col_get), .arity = {2, 3}, .params = "c k &opt default",
     .doc = "The element or value of c at k, else default (nil). A negative index counts from the end.",
     .example = "(get {:a 1} :b 0) # => 0", .aliases = "%get"},
    {.name = "nth", EVJIT_PRIM_FN(evrt_col_nth), .arity = {2, 2}, .params = "n c", .doc = "(get c n).",
     .example = "(nth 1 [5 6]) # => 6"},
    {.name = "put", EVJIT_PRIM_FN(evrt_col_put), .arity = {2, 3}, .params = "c k &opt v",
     .doc = "c with v at k: a new collection, or c itself, changed, if it is mutable. (put set v) adds v.",
     .example = "(put {:a 1} :b 2) # => {:a 1 :b 2}", .aliases = "%put"},
    {.name = "add", EVJIT_PRIM_FN(evrt_col_add), .arity = {2, 2}, .params = "s x", .doc = "The set s with x.",
     .example = "(add |:a| :b) # => |:a :b|"},
    {.name = "has?", EVJIT_PRIM_FN(evrt_col_has), .arity = {2, 2}, .params = "c x",
     .doc = "Whether the struct c has the key x, the set c the element x, or the string c the substring x.",
     .example = "(has? |1 2| 2) # => true", .aliases = "contains? has-key? %has?"},
    {.name = "del", EVJIT_PRIM_FN(evrt_col_del), .arity = {2, 2}, .params = "c k",
     .doc = "The struct c without the key k, or the set c without the element k.", .example = "(del {:a 1} :a) # => {}",
     .aliases = "%del"},
    {.name = "length", EVJIT_PRIM_FN(evrt_col_length), .arity = {1, 1}, .params = "c",
     .doc = "The number of elements of a collection, or of graphemes of a symbol or keyword; 0 for nil.",
     .example = "(length \"né\") # => 2", .aliases = "%length"},
    {.name = "get-in", EVJIT_PRIM_FN(evrt_col_get_in), .arity = {2, 3}, .params = "c ks &opt default",
     .doc = "Nested get along the path ks; default as soon as a level is absent or nil.",
     .example = "(get-in {:a [{:b 5}]} [:a 0 :b]) # => 5"},
    {.name = "put-in", EVJIT_PRIM_FN(evrt_col_put_in), .arity = {3, 3}, .params = "c ks v",
     .doc = "Nested put along the path ks; absent levels become structs.", .example = "(put-in {} [:x :y] 1) # => {:x {:y 1}}"},
};
const std::span<const PrimDef> kAccessPrims = kRows;

} // namespace evjit::gc
