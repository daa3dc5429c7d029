// What the collector has to know of memory that is not its own, and of objects that outlive their last reference by a step. For sched.
#pragma once

#include "gc/heap/heap.hpp"

namespace evjit::gc {

struct HeapGuests {
  void *self = nullptr;
  // Memory outside the heap that counts towards the limit.
  size_t (*outside_bytes)(void *self) = nullptr;
  // Everything reachable is marked, no finalizer has run: what it marks now, with Marker::mark_all, stays for this collection.
  void (*after_marking)(void *self, Marker &) = nullptr;
};
void set_heap_guests(Mutator &m, HeapGuests guests);
bool is_marked(Marker &k, Value object); // by after_marking

// The system gave up its reserve of memory (base/reserve.hpp): kError after raising :out-of-memory, kNil if a collection helped.
Value refuse_for_memory(Mutator &m);

} // namespace evjit::gc
