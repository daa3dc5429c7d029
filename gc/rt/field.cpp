// Access to parts of collections by compiled code: fields named by constant keywords, elements, lengths.
//
// Every place in compiled code that names a keyword owns a 32-bit word: the position at which that key stood last time, as entry of
// a Struct or slot of a Table. Positions are never trusted: whoever uses one checks that it is inside the object and that the key
// is there, so stale, foreign and torn words are harmless and nothing is ever invalidated (docs/adr/004-position-caches.md).
// Compiled code does this inline for Struct; what misses there, and everything else, comes here. Any thread: words are relaxed atomics.
#include "gc/object/ordered.hpp"
#include "gc/object/table.hpp"
#include "gc/call.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/value/access.hpp"

#include "base/assert.hpp"

#include <atomic>
#include <initializer_list>

using namespace evjit::gc;

namespace {

std::atomic_ref<uint32_t> word_at(void *word) { return std::atomic_ref(*static_cast<uint32_t *>(word)); }

// Remembers where `value` was found, behind its key in `entries`.
const Value *remember(const Value *entries, const Value *value, void *word) {
  word_at(word).store(static_cast<uint32_t>((value - entries) / 2), std::memory_order_relaxed);
  return value;
}

const Value *find_in_struct(const Struct *s, Value key, void *word) {
  uint32_t at = word_at(word).load(std::memory_order_relaxed);
  if (at < s->h.aux && s->kv[2 * at] == key)
    return &s->kv[2 * at + 1];
  const Value *v = struct_find(s, key);
  return v ? remember(s->kv, v, word) : nullptr;
}

const Value *find_in_table(Table *t, Value key, void *word) {
  uint32_t at = word_at(word).load(std::memory_order_relaxed);
  if (at < t->cap && t->slots[2 * size_t{at}] == key)
    return &t->slots[2 * size_t{at} + 1];
  const Value *slot = table_find(t, key);
  return slot ? remember(t->slots, slot + 1, word) : nullptr;
}

// The value of a keyword in a struct of any kind, or `otherwise`.
Value struct_field(Value object, Value key, Value otherwise, void *word) {
  const Value *found;
  if (object.as()->h.type == Type::Struct)
    found = find_in_struct(object.as<Struct>(), key, word);
  else if (object.as()->h.type == Type::MStruct)
    found = find_in_table(object.as<MStruct>()->table.as<Table>(), key, word);
  else
    return struct_get(object, key, otherwise);
  return found ? *found : otherwise;
}

// The element of a flat array, or kAbsent for everything else.
Value array_element(Value c, Value index) {
  if (!index.is_fixnum() || !c.is_object())
    return kAbsent;
  auto at = static_cast<uint64_t>(index.as_fixnum()); // negative: too large
  if (c.as()->h.type == Type::Array)
    return at < c.as()->h.aux ? c.as<Array>()->items[at] : kAbsent;
  if (c.as()->h.type == Type::MArray)
    return at < c.as<MArray>()->len ? c.as<MArray>()->buf.as<ValueBuf>()->items[at] : kAbsent;
  return kAbsent;
}

Value element(Mutator &m, std::string_view fn, Value c, Value key, Value otherwise) {
  Value v = array_element(c, key);
  return v != kAbsent ? v : access_get(m, fn, c, key, otherwise);
}

// The primitives that compiled code does without have the signal :error: a fiber from which that is withheld may not call them.
bool is_denied(const Mutator &m) { return (m.denied & sig::kError) != 0; }

Value deny(Mutator &m, std::string_view name, std::initializer_list<Value> args) {
  auto *first = const_cast<Value *>(args.begin());
  return evrt_denied(&m, first, static_cast<int64_t>(args.size()), find_builtin(name));
}

} // namespace

extern "C" {

// What an array pattern takes out: compiled code itself looks into flat arrays only.
Value evrt_array_ref(Mutator *, Value array, int64_t i) noexcept { return array_ref(array, static_cast<size_t>(i)); }

Value evrt_field(Mutator *m, Value object, Value key, Value otherwise, void *word) noexcept {
  if (is_struct(object)) [[likely]]
    return struct_field(object, key, otherwise, word);
  return access_get(*m, "get", object, key, otherwise);
}

Value evrt_field_strict(Mutator *m, Value object, Value key, void *word) noexcept {
  if (is_struct(object)) [[likely]] {
    Value v = struct_field(object, key, kAbsent, word);
    if (v != kAbsent) [[likely]]
      return v;
  }
  static const PrimDef *strict = find_prim("%%struct-get-strict"); // knows the errors
  EVJIT_CHECK(strict, "destructuring is a primitive");
  Value args[2] = {object, key};
  return strict->fn(*m, args, 2);
}

Value evrt_call_field(Mutator *m, Value callee, int64_t argc, Value key, Value a1, Value a2) noexcept {
  if (!is_struct(callee))
    return evrt_call_value(m, callee, argc, key, a1, a2);
  auto *word = reinterpret_cast<void *>(argc == 1 ? a1.bits : a2.bits);
  return struct_field(callee, key, argc == 1 ? kNil : a1, word);
}

Value evrt_get_field(Mutator *m, Value object, Value key, Value otherwise, void *word) noexcept {
  bool given = otherwise != kAbsent;
  if (is_denied(*m)) [[unlikely]]
    return given ? deny(*m, "get", {object, key, otherwise}) : deny(*m, "get", {object, key});
  return evrt_field(m, object, key, given ? otherwise : kNil, word);
}

Value evrt_element(Mutator *m, Value c, Value key, Value otherwise) noexcept { return element(*m, "get", c, key, otherwise); }

Value evrt_get(Mutator *m, Value c, Value key, Value otherwise) noexcept {
  if (is_denied(*m)) [[unlikely]]
    return otherwise != kAbsent ? deny(*m, "get", {c, key, otherwise}) : deny(*m, "get", {c, key});
  return element(*m, "get", c, key, otherwise);
}

Value evrt_nth(Mutator *m, Value c, Value index, Value otherwise) noexcept {
  if (is_denied(*m)) [[unlikely]]
    return deny(*m, "nth", {index, c});
  return element(*m, "nth", c, index, otherwise);
}

Value evrt_length(Mutator *m, Value c) noexcept {
  if (is_denied(*m)) [[unlikely]]
    return deny(*m, "length", {c});
  if (is(c, Type::Array))
    return Value::fixnum(c.as()->h.aux);
  if (is(c, Type::MArray))
    return Value::fixnum(static_cast<int64_t>(c.as<MArray>()->len));
  return access_length(*m, "length", c);
}
}
