// The hash table behind @struct and @set: open addressing, linear probing, tombstones; at most 3/4 full. A slot is `words`
// values (Header::aux), the first of which is the key, or kAbsent (never used), or kUnset (a removed entry). Hashes are
// not stored: those of names are, in the name, and keys are immutable.
#pragma once

#include "gc/value/make.hpp"

namespace evjit::gc {

Value table_new(Mutator &m, unsigned words, size_t entries);
// The slot of `key`, or null.
Value *table_find(Table *t, Value key);
// Stores; `value` is ignored by tables of one word. Returns the table to use from now on (a bigger one after growth).
Value table_put(Mutator &m, Value table, Value key, Value value);
bool table_remove(Table *t, Value key);

inline bool table_slot_used(Value key) { return key != kAbsent && key != kUnset; }

} // namespace evjit::gc
