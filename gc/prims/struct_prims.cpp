// Structs and sets (05 sections 6 and 7).
#include "gc/object/ordered.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

namespace evjit::gc {

namespace {

Value list_of(Mutator &m, Value array) { return make_list(m, array_items(array), array_length(array)); }

// Both arguments are sets of one mutability, or false after raising.
bool two_sets(Mutator &m, std::string_view fn, const Value *args, Value *raised) {
  for (int i = 0; i < 2; ++i)
    if (!is_set(args[i])) {
      *raised = type_error(m, fn, "set", args[i], i);
      return false;
    }
  if (type_name(args[0]) == type_name(args[1]))
    return true;
  *raised = type_error(m, fn, type_name(args[0]), args[1], 1);
  return false;
}

Value set_like(Mutator &m, Value like, Value items) {
  return is(like, Type::MSet) ? make_mset(m, array_items(items), array_length(items))
                              : make_set(m, array_items(items), array_length(items));
}

// The elements of a whose membership in b is `wanted`.
Value filter_set(Mutator &m, Value a, Value b, bool wanted) {
  Value items = set_items_array(m, a);
  Value out = make_marray(m, nullptr, 0);
  for (size_t i = 0; i < array_length(items); ++i)
    if (set_contains(b, array_items(items)[i]) == wanted)
      marray_push(m, out, array_items(items)[i]);
  return set_like(m, a, out);
}

Value merge_error(Mutator &m, std::string_view reason, std::string_view text, Value got, size_t arg) {
  return raise_error(m, "type-error", prefixed("merge", text),
                     {{"reason", keyword(reason)}, {"got", type_keyword(got)}, {"arg", Value::fixnum(static_cast<int64_t>(arg))}});
}

} // namespace

EVJIT_PRIM(evrt_struct_keys) {
  return is_struct(args[0]) ? list_of(m, struct_keys_array(m, args[0])) : type_error(m, "keys", "struct", args[0], 0);
}
EVJIT_PRIM(evrt_struct_values) {
  if (!is_struct(args[0]))
    return type_error(m, "values", "struct", args[0], 0);
  OrderedView view = ordered_view(args[0]); // the caller holds the arguments
  Value list = kEmpty;
  for (size_t i = view.n; i > 0; i -= 2)
    list = cons(m, view.items[i - 1], list);
  return list;
}
EVJIT_PRIM(evrt_struct_pairs) {
  return is_struct(args[0]) ? list_of(m, struct_pairs_array(m, args[0])) : type_error(m, "pairs", "struct", args[0], 0);
}
EVJIT_PRIM(evrt_struct_from_pairs) {
  Value items = collection_elements(m, args[0]);
  if (items == kAbsent)
    return not_a_sequence(m, "from-pairs", args[0]);
  return build_like(m, "from-pairs", make_struct(m, nullptr, 0), array_items(items), array_length(items));
}
EVJIT_PRIM(evrt_struct_merge) {
  for (size_t i = 0; i < argc; ++i)
    if (!is_struct(args[i]))
      return merge_error(m, "not-a-struct", "expected struct, got " + std::string(type_name(args[i])), args[i], i);
  for (size_t i = 1; i < argc; ++i)
    if (type_name(args[i]) != type_name(args[0]))
      return merge_error(m, "mutability-mismatch", "expected " + std::string(type_name(args[0])) + " as the first argument, got " +
                                                       std::string(type_name(args[i])), args[i], i);
  return join_collections(m, "merge", args, argc);
}
EVJIT_PRIM(evrt_set_union) {
  Value raised;
  return two_sets(m, "union", args, &raised) ? join_collections(m, "union", args, 2) : raised;
}
EVJIT_PRIM(evrt_set_intersection) {
  Value raised;
  return two_sets(m, "intersection", args, &raised) ? filter_set(m, args[0], args[1], true) : raised;
}
EVJIT_PRIM(evrt_set_difference) {
  Value raised;
  return two_sets(m, "difference", args, &raised) ? filter_set(m, args[0], args[1], false) : raised;
}

static const PrimDef kRows[] = {
    {.name = "keys", EVJIT_PRIM_FN(evrt_struct_keys), .arity = {1, 1}, .params = "s", .doc = "A list of the keys of s, in order.",
     .example = "(keys {:b 1 :a 2}) # => (:a :b)"},
    {.name = "values", EVJIT_PRIM_FN(evrt_struct_values), .arity = {1, 1}, .params = "s",
     .doc = "A list of the values of s, in the order of the keys.", .example = "(values {:b 1 :a 2}) # => (2 1)"},
    {.name = "pairs", EVJIT_PRIM_FN(evrt_struct_pairs), .arity = {1, 1}, .params = "s",
     .doc = "A list of [key value] arrays, in the order of the keys.", .example = "(pairs {:a 1}) # => ([:a 1])"},
    {.name = "from-pairs", EVJIT_PRIM_FN(evrt_struct_from_pairs), .arity = {1, 1}, .params = "c",
     .doc = "A struct of the [key value] arrays or lists in c.", .example = "(from-pairs [[:a 1]]) # => {:a 1}"},
    {.name = "merge", EVJIT_PRIM_FN(evrt_struct_merge), .arity = {1, kAny}, .params = "a & more",
     .doc = "A new struct of the entries of all; of equal keys the last wins.", .example = "(merge {:a 1} {:a 2}) # => {:a 2}"},
    {.name = "union", EVJIT_PRIM_FN(evrt_set_union), .arity = {2, 2}, .params = "a b", .doc = "The elements of a or b.",
     .example = "(union |1| |2|) # => |1 2|"},
    {.name = "intersection", EVJIT_PRIM_FN(evrt_set_intersection), .arity = {2, 2}, .params = "a b", .doc = "The elements of both.",
     .example = "(intersection |1 2| |2|) # => |2|"},
    {.name = "difference", EVJIT_PRIM_FN(evrt_set_difference), .arity = {2, 2}, .params = "a b",
     .doc = "The elements of a that are not in b.", .example = "(difference |1 2 3| |2|) # => |1 3|"},
};
const std::span<const PrimDef> kStructPrims = kRows;

} // namespace evjit::gc
