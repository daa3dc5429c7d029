// Size in bytes of a heap object, from its header and the lengths behind it; a multiple of 8. A constructor must therefore set
// the length (or Header::aux) of a new object before anything else is allocated.
#pragma once

#include "gc/heap/heap.hpp"
#include "gc/object/objects.hpp"

namespace evjit::gc {

inline constexpr size_t round_up8(size_t n) { return (n + 7) & ~size_t{7}; }

// Layout helpers shared with the constructors.
inline constexpr size_t name_bytes(size_t len) { return round_up8(sizeof(Object) + 16 + len + 1); }
inline constexpr size_t string_bytes(size_t len) { return round_up8(sizeof(Object) + 16 + len + 1); }
inline constexpr size_t bytes_bytes(size_t len) { return round_up8(sizeof(Object) + 8 + len); }
inline constexpr size_t rawbuf_bytes(size_t cap) { return round_up8(sizeof(Object) + 8 + cap); }
inline constexpr size_t valuebuf_bytes(size_t cap) { return sizeof(Object) + 8 + 8 * cap; }
inline constexpr size_t flat_bytes(size_t entries, size_t words) { // Array, Set: 1 word an entry, Struct: 2
  return sizeof(Object) + 8 * (entries * words + (entries > kFlatMax));
}
inline constexpr size_t node_bytes(size_t words) { return sizeof(Object) + 8 * words; }
inline constexpr size_t closure_bytes(size_t captures) { return sizeof(Object) + 16 + 8 * captures; }
inline constexpr size_t instance_bytes(size_t slots) { return sizeof(Object) + 8 + 8 * slots; }
inline constexpr size_t table_bytes(size_t cap, size_t words) { return sizeof(Object) + 24 + 8 * cap * words; }

inline size_t object_size(const Object *o) {
  switch (o->h.type) {
  case Type::Float:
  case Type::Int64:
  case Type::Cell:
  case Type::Box:
  case Type::Parameter:
  case Type::MStruct:
  case Type::MSet:
  case Type::BigArray:
  case Type::BigStruct:
  case Type::BigSet: return 16;
  case Type::Fiber: return g_fiber_hooks.bytes;
  case Type::MString:
  case Type::MBytes:
  case Type::MArray:
  case Type::Pair: return 24;
  case Type::Syntax:
  case Type::Opaque: return 32;
  case Type::Symbol:
  case Type::Keyword: return name_bytes(static_cast<const Name *>(o)->len);
  case Type::String: return string_bytes(static_cast<const String *>(o)->len);
  case Type::Bytes: return bytes_bytes(static_cast<const Bytes *>(o)->len);
  case Type::RawBuf: return rawbuf_bytes(static_cast<const RawBuf *>(o)->cap);
  case Type::ValueBuf: return valuebuf_bytes(static_cast<const ValueBuf *>(o)->cap);
  case Type::Array:
  case Type::Set: return flat_bytes(o->h.aux, 1);
  case Type::Struct: return flat_bytes(o->h.aux, 2);
  case Type::Closure: return closure_bytes(o->h.aux);
  case Type::Instance: return instance_bytes(o->h.aux);
  case Type::Table: return table_bytes(static_cast<const Table *>(o)->cap, o->h.aux);
  case Type::TreeNode: return node_bytes(o->h.aux);
  }
  __builtin_trap(); // not an object: the heap is damaged
}

static_assert(sizeof(Pair) == 24 && sizeof(Float) == 16 && sizeof(Syntax) == 32 && sizeof(Opaque) == 32);
static_assert(sizeof(MArray) == 24 && sizeof(MString) == 24 && sizeof(MStruct) == 16);
static_assert(sizeof(Tree) == 16);

} // namespace evjit::gc
