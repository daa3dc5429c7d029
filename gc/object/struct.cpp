// Structs: sorted arrays of key and value or trees (immutable), hash tables (mutable). A keyword key is found by its address in a
// short struct, every other key by binary search with `compare`.
#include "gc/object/ordered.hpp"
#include "gc/object/scan.hpp"
#include "gc/object/table.hpp"
#include "gc/object/tree.hpp"

#include <algorithm>
#include <cstring>

namespace evjit::gc {

namespace {

constexpr size_t kLinearEntries = 12; // up to here keyword keys are looked for one by one

Struct *allocate_struct(Mutator &m, size_t entries) { return reinterpret_cast<Struct *>(allocate_flat(m, Type::Struct, entries)); }

size_t find_entry(const Struct *s, Value key, bool *found) { return find_sorted(s->kv, s->h.aux, 2, key, found); }

} // namespace

const Value *struct_find(const Struct *s, Value key) {
  size_t n = s->h.aux;
  if (is_keyword(key) && n <= kLinearEntries) {
    for (size_t i = 0; i < n; ++i)
      if (s->kv[2 * i] == key)
        return &s->kv[2 * i + 1];
    return nullptr;
  }
  bool found;
  size_t i = find_entry(s, key, &found);
  return found ? &s->kv[2 * i + 1] : nullptr;
}

size_t find_sorted(const Value *entries, size_t n, size_t words, Value key, bool *found) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t mid = (low + high) / 2;
    int r = compare(entries[mid * words], key);
    if (r == 0) {
      *found = true;
      return mid;
    }
    if (r < 0)
      low = mid + 1;
    else
      high = mid;
  }
  *found = false;
  return low;
}

size_t sort_unique(Value *e, size_t n, unsigned words) {
  struct Entry {
    Value key, value;
  };
  auto drop_equals = [&](auto *items, auto &&key) {
    size_t out = 0;
    for (size_t i = 0; i < n; ++i) {
      if (out > 0 && compare(key(items[out - 1]), key(items[i])) == 0) {
        if (words == 2)
          items[out - 1] = items[i];
      } else {
        items[out++] = items[i];
      }
    }
    return out;
  };
  if (words == 1) {
    std::stable_sort(e, e + n, [](Value a, Value b) { return compare(a, b) < 0; });
    return drop_equals(e, [](Value v) { return v; });
  }
  auto *entries = reinterpret_cast<Entry *>(e);
  auto less = [](const Entry &a, const Entry &b) { return compare(a.key, b.key) < 0; };
  if (n <= 16) { // struct literals: insertion sort, stable, allocates nothing
    for (size_t i = 1; i < n; ++i)
      for (size_t j = i; j > 0 && less(entries[j], entries[j - 1]); --j)
        std::swap(entries[j], entries[j - 1]);
  } else {
    std::stable_sort(entries, entries + n, less);
  }
  return drop_equals(entries, [](const Entry &x) { return x.key; });
}

// Sorted where it will stay: nothing is kept in memory that the collector does not see.
Value make_struct(Mutator &m, const Value *kv, size_t entries) {
  auto *s = allocate_struct(m, entries);
  std::copy(kv, kv + 2 * entries, s->kv);
  size_t left = sort_unique(s->kv, entries, 2);
  s->h.aux = static_cast<uint32_t>(left);
  if (left != entries && left > kFlatMax)
    s->kv[2 * left] = kNil; // the word behind the items: no tree yet
  return Value::object(s);
}

Value make_mstruct(Mutator &m, const Value *kv, size_t entries) {
  Value table = table_new(m, 2, entries);
  for (size_t i = 0; i < entries; ++i)
    table = table_put(m, table, kv[2 * i], kv[2 * i + 1]);
  auto *s = static_cast<MStruct *>(allocate(m, Type::MStruct, sizeof(MStruct)));
  s->table = table;
  return Value::object(s);
}

Value struct_get(Value s, Value key, Value otherwise) {
  if (is(s, Type::MStruct)) {
    const Value *slot = table_find(s.as<MStruct>()->table.as<Table>(), key);
    return slot ? slot[1] : otherwise;
  }
  if (is(s, Type::BigStruct)) {
    const Value *entry = keyed_tree_find(s, key);
    return entry ? entry[1] : otherwise;
  }
  const Value *v = struct_find(s.as<Struct>(), key);
  return v ? *v : otherwise;
}

Value struct_get(Value s, std::string_view keyword_name, Value otherwise) {
  return struct_get(s, keyword(keyword_name), otherwise);
}

Value struct_put(Mutator &m, Value s, Value key, Value value) {
  if (is(s, Type::MStruct)) {
    auto *ms = s.as<MStruct>();
    Value table = table_put(m, ms->table, key, value);
    if (table != ms->table) {
      write_barrier(m, ms, table);
      ms->table = table;
    }
    return s;
  }
  Value entry[2] = {key, value};
  size_t n = s.as()->h.aux;
  if (n > kFlatMax)
    return keyed_tree_put(m, tree_of(m, s), entry);
  auto *old = s.as<Struct>();
  bool found;
  size_t at = find_entry(old, key, &found);
  if (n + !found > kFlatMax)
    return keyed_tree_put(m, tree_of(m, s), entry);
  auto *t = allocate_struct(m, n + !found);
  std::copy(old->kv, old->kv + 2 * at, t->kv);
  t->kv[2 * at] = found ? old->kv[2 * at] : key;
  t->kv[2 * at + 1] = value;
  size_t rest = at + found;
  std::copy(old->kv + 2 * rest, old->kv + 2 * n, t->kv + 2 * (at + 1));
  return Value::object(t);
}

Value struct_remove(Mutator &m, Value s, Value key) {
  if (is(s, Type::MStruct)) {
    table_remove(s.as<MStruct>()->table.as<Table>(), key);
    return s;
  }
  size_t n = s.as()->h.aux;
  if (n > kFlatMax)
    return struct_get(s, key, kAbsent) == kAbsent ? s : keyed_tree_remove(m, tree_of(m, s), key);
  auto *old = s.as<Struct>();
  bool found;
  size_t at = find_entry(old, key, &found);
  if (!found)
    return s;
  auto *t = allocate_struct(m, n - 1);
  std::copy(old->kv, old->kv + 2 * at, t->kv);
  std::copy(old->kv + 2 * (at + 1), old->kv + 2 * n, t->kv + 2 * at);
  return Value::object(t);
}

size_t struct_length(Value s) {
  return is(s, Type::MStruct) ? s.as<MStruct>()->table.as<Table>()->live : s.as()->h.aux;
}

OrderedView ordered_view(Value v) {
  if (is(v, Type::Struct))
    return {v.as<Struct>()->kv, 2 * size_t{v.as()->h.aux}, {}};
  if (is(v, Type::Set))
    return {v.as<Set>()->items, v.as()->h.aux, {}};
  OrderedView view{nullptr, 0, {}};
  if (is_tree(v)) {
    view.n = size_t{v.as()->h.aux} * entry_words(v.as()->h.type);
    view.own.resize(view.n);
    copy_values(v, view.own.data());
    view.items = view.own.data();
    return view;
  }
  auto *t = (is(v, Type::MStruct) ? v.as<MStruct>()->table : v.as<MSet>()->table).as<Table>();
  unsigned words = t->h.aux;
  view.own.reserve(t->live * words);
  for (size_t i = 0; i < t->cap; ++i)
    if (table_slot_used(t->slots[i * words]))
      view.own.insert(view.own.end(), t->slots + i * words, t->slots + (i + 1) * words);
  sort_unique(view.own.data(), t->live, words);
  view.items = view.own.data();
  view.n = view.own.size();
  return view;
}

Value struct_keys_array(Mutator &m, Value s) {
  OrderedView view = ordered_view(s);
  Value keys = make_array(m, nullptr, view.n / 2);
  for (size_t i = 0; i < view.n / 2; ++i)
    keys.as<Array>()->items[i] = view.items[2 * i];
  keep_alive(s); // the view does not
  return keys;
}

Value struct_pairs_array(Mutator &m, Value s) {
  OrderedView view = ordered_view(s);
  Value pairs = make_array(m, nullptr, view.n / 2);
  for (size_t i = 0; i < view.n / 2; ++i) {
    Value entry = make_array(m, view.items + 2 * i, 2);
    write_barrier(m, pairs.as(), entry);
    pairs.as<Array>()->items[i] = entry;
  }
  keep_alive(s);
  return pairs;
}

Value struct_merge(Mutator &m, Value a, Value b) {
  if (is_immutable_struct(a) && struct_length(b) <= struct_length(a) / kSmallPart) {
    for (Scan entries(b); entries.more();) {
      Value key = entries.next();
      a = struct_put(m, a, key, entries.next());
    }
    keep_alive(b);
    return a;
  }
  OrderedView va = ordered_view(a), vb = ordered_view(b);
  Value all = make_array(m, nullptr, va.n + vb.n);
  Value *kv = all.as<Array>()->items;
  std::copy(va.items, va.items + va.n, kv);
  std::copy(vb.items, vb.items + vb.n, kv + va.n);
  keep_alive(a);
  keep_alive(b);
  size_t entries = (va.n + vb.n) / 2;
  return is(a, Type::MStruct) ? make_mstruct(m, kv, entries) : make_struct(m, kv, entries);
}

} // namespace evjit::gc
