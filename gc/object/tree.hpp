// Large immutable arrays, structs and sets: B+-trees with path copying, so that a changed copy costs O(log n) time and memory.
// The essay is in gc/object/tree.cpp. A value of up to kFlatMax entries is always flat (gc/object/objects.hpp); a longer one is flat
// when it was made at once, and a tree (BigArray, BigStruct, BigSet) when it was made by put, push, add or del. The language cannot tell
// the two forms apart: what looks inside a value uses the functions of make.hpp, or a Scan (gc/object/scan.hpp).
#pragma once

#include "gc/object/object_size.hpp"
#include "gc/value/make.hpp"

namespace evjit::gc {

inline constexpr size_t kTreeBits = 5;
inline constexpr size_t kTreeFan = size_t{1} << kTreeBits; // entries of a full node
inline constexpr size_t kTreeMin = kTreeFan / 4;           // a node that gets shorter is joined with a neighbour
inline constexpr unsigned kTreeMaxHeight = 16;             // 2^32 entries in nodes of kTreeMin

inline bool is_tree(Value v) { return is(v, Type::BigArray) || is(v, Type::BigStruct) || is(v, Type::BigSet); }

// Values of one entry in a leaf, of either form.
inline unsigned entry_words(Type t) { return t == Type::Struct || t == Type::BigStruct ? 2 : 1; }
// Of an entry in an inner node: a child, in keyed trees behind the first key in it.
inline unsigned link_words(Type t) { return t == Type::BigArray ? 1 : 2; }

// A flat Array, Struct or Set for so many entries, which are yet to be stored (Struct and Set have the layout of Array).
Array *allocate_flat(Mutator &m, Type type, size_t entries);

// The tree of an immutable array, struct or set: itself, or one that is made from the flat form. A long flat value remembers it.
Value tree_of(Mutator &m, Value v);
// The flat form of a tree, always a new value.
Value tree_flattened(Mutator &m, Value tree);
// Another object for the same tree.
Value tree_clone(Mutator &m, Value tree);

// Arrays. The index is in bounds.
Value array_tree_ref(Value tree, size_t i);
void array_tree_copy(Value tree, size_t from, size_t end, Value *to);
Value array_tree_put(Mutator &m, Value tree, size_t i, Value v);
Value array_tree_push(Mutator &m, Value tree, Value v);

// Structs and sets. An entry is a key and its value, or an element.
const Value *keyed_tree_find(Value tree, Value key); // the entry, or null
// With the entry; an equal key that is there stays, its value is replaced.
Value keyed_tree_put(Mutator &m, Value tree, const Value *entry);
// Without the entry of `key`, which is there. Flat again when few are left.
Value keyed_tree_remove(Mutator &m, Value tree, Value key);

} // namespace evjit::gc
