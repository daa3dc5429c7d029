// The heap of one OS thread: a non-moving mark-region collector (Immix-like) with conservative roots.
// Implementation and the essay: gc/heap/heap.cpp.
#pragma once

#include "gc/mutator.hpp"

#include <cstddef>
#include <string_view>

namespace evjit::gc {

// Passed to trace functions during marking.
class Marker {
public:
  virtual void mark(Value v) = 0;                                     // a precise reference
  virtual void mark_range(const Value *from, size_t n) = 0;           // precise
  virtual void mark_conservative(const void *low, const void *high) = 0; // words that may point anywhere into objects
  // For root providers:
  virtual void mark_all() {}                       // everything reachable from what is marked now
  virtual bool only_young() const { return false; } // references of old objects are known, unless something was stored in them
  virtual void look_into(Object *o) { mark(Value::object(o)); } // also of an old one: it changes without write barriers
protected:
  ~Marker() = default;
};

// --- allocation: may collect; returns an object whose header is set and whose other words are zero ----------------
// Raises nothing: when the limit is reached after a collection, the reserve is used and `out_of_memory` is requested
// at the next safepoint.
Object *allocate(Mutator &m, Type type, size_t bytes);
// Immortal objects: never freed, never moved, may refer to immortal objects and immediates only. Any thread.
Object *allocate_immortal(Type type, size_t bytes);

// While one is alive, everything this mutator allocates is immortal: for what all threads are to share (the prelude's functions). No
// object made before may be referred to, unless it is immortal itself.
class ImmortalScope {
public:
  explicit ImmortalScope(Mutator &m);
  ~ImmortalScope();
  ImmortalScope(const ImmortalScope &) = delete;
  ImmortalScope &operator=(const ImmortalScope &) = delete;

private:
  Mutator &m_;
};
inline bool is_immortal(Value v) { return !v.is_object() || (v.as()->h.flags & kImmortal); }

// Every store of a reference into a heap object goes together with one of these, for the very object that is written, and no allocation
// lies between the two: a collection of the young objects looks into old ones only if they say so. A new object needs none until the
// next allocation.
void remember(Mutator &m, Object *o);
inline void note_change(Mutator &m, Object *o) {
  if (__builtin_expect(o->h.flags & kOld, 0))
    remember(m, o);
}
inline void write_barrier(Mutator &m, Object *o, Value v) {
  if (v.is_object())
    note_change(m, o);
}

// --- roots -----------------------------------------------------------------------------------------------------------
using RootFn = void (*)(void *self, Marker &);
void add_root_provider(Mutator &m, RootFn fn, void *self);
void remove_root_provider(Mutator &m, RootFn fn, void *self);

// Fibers are laid out by sched (FiberData): their size, and what the collector calls. Set once, before the first fiber.
struct FiberHooks {
  size_t bytes;
  void (*trace)(Object *fiber, Marker &);
  void (*prefetch)(Object *fiber); // what trace will read beside the fiber; the fiber itself is in the cache
  void (*finalize)(Object *fiber);
};
extern FiberHooks g_fiber_hooks;
void request_finalizer(Mutator &m, Object *fiber); // opaque objects have theirs always
void each_finalizable_fiber(Mutator &m, void (*visit)(Object *fiber, void *self), void *self); // dropped ones too, if not collected
void set_fiber_hooks(FiberHooks hooks);

// --- whole heap ------------------------------------------------------------------------------------------------------
void heap_create(Mutator &m);  // sets m.heap; EVJIT_GC_STRESS=N: see heap.cpp; finds the thread's stack if m.stack_top is 0
void heap_destroy(Mutator &m); // runs every finalizer
void collect(Mutator &m);      // a full collection
void collect_young(Mutator &m);

struct HeapStats {
  size_t live_bytes;      // at the last collection, with what was old and has died since the last full one
  size_t allocated_bytes; // since the start
  size_t committed_bytes; // resident blocks and large objects
  size_t collections;
};
HeapStats heap_stats(const Mutator &m);
void set_heap_limit(Mutator &m, size_t bytes); // 0: none

// Memory outside the heap that objects hold (stacks, buffers): counts towards the next collection.
void note_external(Mutator &m, int64_t bytes);

// Trait tables (05 section 14): a side table, so that objects without traits pay nothing. The table value is kept alive by the object.
void set_traits(Mutator &m, Object *o, Value table);
Value get_traits(const Mutator &m, const Object *o); // nil: none

// --- interned names (process-wide, thread-safe) -----------------------------------------------------------------------
Value intern_symbol(std::string_view name);
Value intern_keyword(std::string_view name); // without ':'
Value make_uninterned_symbol(Mutator &m, std::string_view name);

} // namespace evjit::gc
