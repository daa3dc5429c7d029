// Sorting by `compare` (05 section 3), stable. sort-by and sort-with call back and are written in the language.
#include "gc/object/mutate.hpp"
#include "gc/prims/prim_util.hpp"
#include "gc/prims/prims.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace evjit::gc {

namespace {

// Fixnums and floats alone are compared inline; everything else by `compare`. Nothing allocates on the heap meanwhile, so the
// scratch memory of stable_sort needs no roots.
void sort_values(Value *from, Value *to) {
  if (std::all_of(from, to, [](Value v) { return v.is_fixnum(); }))
    std::sort(from, to, [](Value a, Value b) { return a.as_fixnum() < b.as_fixnum(); }); // equal ones are the same
  else
    std::stable_sort(from, to, [](Value a, Value b) { return compare(a, b) < 0; });
}

} // namespace

EVJIT_PRIM(evrt_sort) {
  Value s = seq_datum(args[0]);
  if (is(s, Type::MArray)) {
    Value *items = s.as<MArray>()->buf.as<ValueBuf>()->items;
    sort_values(items, items + array_length(s));
    return s;
  }
  if (!is_list(s) && !is_array(s))
    return type_error(m, "sort", "list or array", args[0], 0);
  Value items = collection_elements(m, s);
  if (items == kAbsent)
    return type_error_text(m, "sort", "expected proper list, got improper list", s);
  if (items == s) // the immutable array itself
    items = make_array(m, array_items(s), array_length(s));
  sort_values(items.as<Array>()->items, items.as<Array>()->items + array_length(items));
  return is_array(s) ? items : make_list(m, array_items(items), array_length(items));
}
EVJIT_PRIM(evrt_sort_pairs) {
  if (!is_array(args[0]) || !is_array(args[1]) || array_length(args[0]) != array_length(args[1]))
    return type_error(m, "%%sort-pairs", "two arrays of one length", args[0], 0);
  Value held = flat_array(m, args[0]);
  const Value *keys = array_items(held);
  size_t n = array_length(held);
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [keys](size_t a, size_t b) { return compare(keys[a], keys[b]) < 0; });
  Value out = make_marray(m, nullptr, n);
  Value *items = out.as<MArray>()->buf.as<ValueBuf>()->items;
  for (size_t i = 0; i < n; ++i)
    items[i] = array_ref(args[1], order[i]);
  return out;
}

static const PrimDef kRows[] = {
    {.name = "sort", EVJIT_PRIM_FN(evrt_sort), .arity = {1, 1}, .params = "s",
     .doc = "The elements in ascending order by compare; an @array is sorted in place.", .example = "(sort [3 1 2]) # => [1 2 3]"},
    {.name = "%%sort-pairs", EVJIT_PRIM_FN(evrt_sort_pairs), .arity = {2, 2}, .params = "keys values"},
};
const std::span<const PrimDef> kSortPrims = kRows;

} // namespace evjit::gc
