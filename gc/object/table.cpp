// The hash table of @struct and @set (gc/object/table.hpp).
#include "gc/object/object_size.hpp"
#include "gc/object/table.hpp"


namespace evjit::gc {

namespace {

Table *allocate_table(Mutator &m, unsigned words, size_t cap) {
  auto *t = static_cast<Table *>(allocate(m, Type::Table, table_bytes(cap, words)));
  t->h.aux = words;
  t->cap = cap;
  t->live = t->used = 0;
  for (size_t i = 0; i < cap * words; ++i)
    t->slots[i] = kAbsent;
  return t;
}

// The slot of `key`, or the one to put it in (the first removed or unused one on its way).
Value *locate(Table *t, Value key, bool *found) {
  size_t mask = t->cap - 1, words = t->h.aux;
  Value *free_slot = nullptr;
  for (size_t i = hash(key) & mask;; i = (i + 1) & mask) {
    Value *slot = t->slots + i * words;
    if (*slot == kAbsent) {
      *found = false;
      return free_slot ? free_slot : slot;
    }
    if (*slot == kUnset) {
      if (!free_slot)
        free_slot = slot;
    } else if (*slot == key || (!is_keyword(key) && equal(*slot, key))) {
      *found = true;
      return slot;
    }
  }
}

Value grow(Mutator &m, Value table) {
  auto *old = table.as<Table>();
  size_t cap = old->cap;
  while ((old->live + 1) * 2 > cap) // at most half full afterwards
    cap *= 2;
  auto *t = allocate_table(m, old->h.aux, cap);
  size_t words = old->h.aux;
  for (size_t i = 0; i < old->cap; ++i) {
    const Value *from = old->slots + i * words;
    if (!table_slot_used(*from))
      continue;
    bool found;
    Value *to = locate(t, *from, &found);
    for (size_t w = 0; w < words; ++w)
      to[w] = from[w];
  }
  t->live = t->used = old->live;
  return Value::object(t);
}

} // namespace

Value table_new(Mutator &m, unsigned words, size_t entries) {
  size_t cap = 8;
  while (entries * 4 > cap * 3)
    cap *= 2;
  return Value::object(allocate_table(m, words, cap));
}

Value *table_find(Table *t, Value key) {
  bool found;
  Value *slot = locate(t, key, &found);
  return found ? slot : nullptr;
}

Value table_put(Mutator &m, Value table, Value key, Value value) {
  auto *t = table.as<Table>();
  bool found;
  Value *slot = locate(t, key, &found);
  if (!found) {
    bool fresh = *slot == kAbsent;
    if (fresh && (t->used + 1) * 4 > t->cap * 3) {
      table = grow(m, table);
      t = table.as<Table>();
      slot = locate(t, key, &found);
    }
    t->used += fresh;
    ++t->live;
    write_barrier(m, t, key);
    slot[0] = key;
  }
  if (t->h.aux == 2) {
    write_barrier(m, t, value);
    slot[1] = value;
  }
  return table;
}

bool table_remove(Table *t, Value key) {
  bool found;
  Value *slot = locate(t, key, &found);
  if (!found)
    return false;
  slot[0] = kUnset;
  if (t->h.aux == 2)
    slot[1] = kNil;
  --t->live;
  return true;
}

} // namespace evjit::gc
