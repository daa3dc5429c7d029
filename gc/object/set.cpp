// Sets: sorted arrays or trees (immutable), hash tables (mutable). Elements are deep-frozen before they get here.
#include "gc/object/ordered.hpp"
#include "gc/object/table.hpp"
#include "gc/object/tree.hpp"

#include <algorithm>

namespace evjit::gc {

namespace {

Set *allocate_set(Mutator &m, size_t n) { return reinterpret_cast<Set *>(allocate_flat(m, Type::Set, n)); }

size_t find_element(const Set *s, Value v, bool *found) { return find_sorted(s->items, s->h.aux, 1, v, found); }

} // namespace

Value make_set(Mutator &m, const Value *items, size_t n) {
  auto *s = allocate_set(m, n);
  std::copy(items, items + n, s->items);
  size_t left = sort_unique(s->items, n, 1);
  s->h.aux = static_cast<uint32_t>(left);
  if (left != n && left > kFlatMax)
    s->items[left] = kNil; // the word behind the items: no tree yet
  return Value::object(s);
}

Value make_mset(Mutator &m, const Value *items, size_t n) {
  Value table = table_new(m, 1, n);
  for (size_t i = 0; i < n; ++i)
    table = table_put(m, table, items[i], kNil);
  auto *s = static_cast<MSet *>(allocate(m, Type::MSet, sizeof(MSet)));
  s->table = table;
  return Value::object(s);
}

size_t set_length(Value s) { return is(s, Type::MSet) ? s.as<MSet>()->table.as<Table>()->live : s.as()->h.aux; }

bool set_contains(Value s, Value v) {
  if (is(s, Type::MSet))
    return table_find(s.as<MSet>()->table.as<Table>(), v) != nullptr;
  if (is(s, Type::BigSet))
    return keyed_tree_find(s, v) != nullptr;
  bool found;
  find_element(s.as<Set>(), v, &found);
  return found;
}

Value set_items_array(Mutator &m, Value s) {
  OrderedView view = ordered_view(s);
  Value items = make_array(m, view.n ? view.items : nullptr, view.n);
  keep_alive(s); // the view does not
  return items;
}

Value set_add(Mutator &m, Value s, Value v) {
  if (is(s, Type::MSet)) {
    auto *ms = s.as<MSet>();
    Value table = table_put(m, ms->table, v, kNil);
    if (table != ms->table) {
      write_barrier(m, ms, table);
      ms->table = table;
    }
    return s;
  }
  size_t n = s.as()->h.aux;
  if (n >= kFlatMax)
    return set_contains(s, v) ? s : keyed_tree_put(m, tree_of(m, s), &v);
  auto *old = s.as<Set>();
  bool found;
  size_t at = find_element(old, v, &found);
  if (found)
    return s;
  auto *t = allocate_set(m, n + 1);
  std::copy(old->items, old->items + at, t->items);
  t->items[at] = v;
  std::copy(old->items + at, old->items + n, t->items + at + 1);
  return Value::object(t);
}

Value set_remove(Mutator &m, Value s, Value v) {
  if (is(s, Type::MSet)) {
    table_remove(s.as<MSet>()->table.as<Table>(), v);
    return s;
  }
  size_t n = s.as()->h.aux;
  if (n > kFlatMax)
    return set_contains(s, v) ? keyed_tree_remove(m, tree_of(m, s), v) : s;
  auto *old = s.as<Set>();
  bool found;
  size_t at = find_element(old, v, &found);
  if (!found)
    return s;
  auto *t = allocate_set(m, n - 1);
  std::copy(old->items, old->items + at, t->items);
  std::copy(old->items + at + 1, old->items + n, t->items + at);
  return Value::object(t);
}

} // namespace evjit::gc
