// Structs and sets beyond gc/value/make.hpp: removal, insertion into sets, and looking at the contents in `compare`
// order. Immutable ones are sorted arrays or trees of such (gc/object/tree.hpp); mutable ones hash tables that are sorted when looked
// at in order.
//
// A view of a mutable one or a tree is in malloc'ed memory, which the collector does not scan: whoever allocates while using it must hold
// the viewed value until then (keep_alive).
#pragma once

#include "gc/value/make.hpp"

#include <vector>

namespace evjit::gc {

// The contents in `compare` order: of a struct key0 value0 key1 value1 ..., of a set the elements. Points into an
// immutable object, or at the sorted copy in `own` (of a tree too: what only reads forwards uses a Scan). Valid until the next allocation or mutation, unless the viewed
// value stays reachable and unchanged.
struct OrderedView {
  const Value *items;
  size_t n; // values, so twice the entries of a struct
  std::vector<Value> own;
};
OrderedView ordered_view(Value struct_or_set);

// Joining: what is so much smaller than an immutable collection is put into it entry by entry.
inline constexpr size_t kSmallPart = 64;

// Makes the compiler keep v in a register or on the stack up to here, where the collector sees it.
inline void keep_alive(Value v) { asm volatile("" : : "r"(v.bits)); }

// Where a flat struct holds the value of `key`, or null.
const Value *struct_find(const Struct *s, Value key);
Value struct_remove(Mutator &m, Value s, Value key); // immutable: a new struct; mutable: s itself
// An immutable Array of [k v] arrays in key order.
Value struct_pairs_array(Mutator &m, Value s);
// All entries of b over those of a, with the mutability of a; a new value if a is mutable.
Value struct_merge(Mutator &m, Value a, Value b);

size_t set_length(Value s);
Value set_add(Mutator &m, Value s, Value v); // v is deep-frozen already; immutable: a new set; mutable: s itself
Value set_remove(Mutator &m, Value s, Value v);

// Sorts by `compare`, stably, `words` values per entry (the first is the key), keeping the last of equal keys
// (words 2) or the first (words 1). Returns the number of entries left.
size_t sort_unique(Value *entries, size_t n, unsigned words);
// Where `key` stands or would stand among n entries sorted by `compare`.
size_t find_sorted(const Value *entries, size_t n, size_t words, Value key, bool *found);

} // namespace evjit::gc
