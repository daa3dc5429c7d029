// Growing and changing mutable strings, bytes and arrays (gc/object/mutate.hpp). Buffers grow by half at least; they never shrink.
#include "gc/object/mutate.hpp"

#include "gc/object/object_size.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace evjit::gc {

namespace {

// Room for `need` bytes in the RawBuf in *buf, keeping the first `keep`.
void reserve_raw(Mutator &m, Object *owner, Value *buf, size_t keep, size_t need) {
  auto *old = buf->is_object() ? buf->as<RawBuf>() : nullptr;
  if (old && need <= old->cap)
    return;
  size_t cap = round_up8(std::max({need, size_t{24}, old ? old->cap + old->cap / 2 : 0}));
  auto *fresh = static_cast<RawBuf *>(allocate(m, Type::RawBuf, rawbuf_bytes(cap)));
  fresh->cap = cap;
  if (keep)
    std::memcpy(fresh->data, buf->as<RawBuf>()->data, keep);
  write_barrier(m, owner, Value::object(fresh));
  *buf = Value::object(fresh);
}

template <class T> void raw_append(Mutator &m, Value v, std::string_view s) {
  auto *o = v.as<T>();
  reserve_raw(m, o, &o->buf, o->len, o->len + s.size());
  std::memmove(o->buf.template as<RawBuf>()->data + o->len, s.data(), s.size());
  o->len += s.size();
}

template <class T> void raw_assign(Mutator &m, Value v, std::string_view s) {
  auto *o = v.as<T>();
  reserve_raw(m, o, &o->buf, 0, s.size());
  std::memmove(o->buf.template as<RawBuf>()->data, s.data(), s.size());
  o->len = s.size();
}

} // namespace

void mstring_assign(Mutator &m, Value v, std::string_view s) { raw_assign<MString>(m, v, s); }
void mstring_append(Mutator &m, Value v, std::string_view s) { raw_append<MString>(m, v, s); }
void mbytes_assign(Mutator &m, Value v, std::string_view s) { raw_assign<MBytes>(m, v, s); }
void mbytes_append(Mutator &m, Value v, std::string_view s) { raw_append<MBytes>(m, v, s); }

void marray_splice(Mutator &m, Value arr, size_t at, size_t remove, const Value *items, size_t n) {
  auto *a = arr.as<MArray>();
  size_t length = a->len, rest = length - at - remove, after = length - remove + n;
  std::vector<Value> own; // elements of the array itself: they stay reachable through the caller's arguments and `arr`
  Value *base = a->buf.is_object() ? a->buf.as<ValueBuf>()->items : nullptr;
  size_t cap = base ? a->buf.as<ValueBuf>()->cap : 0;
  if (n > 0 && base && items >= base && items < base + cap) {
    own.assign(items, items + n);
    items = own.data();
  }
  if (after > cap) {
    size_t grown = std::max({after, size_t{4}, cap + cap / 2});
    auto *fresh = static_cast<ValueBuf *>(allocate(m, Type::ValueBuf, valuebuf_bytes(grown)));
    fresh->cap = grown;
    for (size_t i = 0; i < grown; ++i)
      fresh->items[i] = i < length ? base[i] : kNil;
    write_barrier(m, a, Value::object(fresh));
    a->buf = Value::object(fresh);
    base = fresh->items;
  }
  if (after == 0 && !base) {
    a->len = 0;
    return;
  }
  std::memmove(static_cast<void *>(base + at + n), base + at + remove, rest * sizeof(Value));
  for (size_t i = 0; i < n; ++i) {
    write_barrier(m, a->buf.as(), items[i]);
    base[at + i] = items[i];
  }
  for (size_t i = after; i < length; ++i)
    base[i] = kNil; // let go of what was removed
  a->len = after;
}

} // namespace evjit::gc
