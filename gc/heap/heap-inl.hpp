// The fast path of allocation, for constructors of small objects in hot code.
#pragma once

#include "gc/heap/heap_impl.hpp"

namespace evjit::gc {

// Like allocate(), for a size that is a multiple of 8 and at most kMaxSmall, and types without finalizer.
inline __attribute__((always_inline)) Object *allocate_small(Mutator &m, Type type, size_t bytes, uint32_t aux = 0) {
  Heap &h = *m.heap;
  uint8_t *p = h.region.cursor;
  Object *o;
  if (__builtin_expect(h.region.fits(bytes), 1)) {
    h.region.cursor = p + bytes;
    h.space.set_start(p);
    o = reinterpret_cast<Object *>(p);
    o->h = Header{type, 0, 0, aux};
  } else {
    o = h.allocate_slow(m, type, bytes);
    o->h.aux = aux;
  }
  return o;
}

} // namespace evjit::gc
