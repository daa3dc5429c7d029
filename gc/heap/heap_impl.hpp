// The Heap behind gc/heap/heap.hpp. For gc/heap/*.cpp and heap-inl.hpp only.
#pragma once

#include "base/chunks.hpp"
#include "gc/heap/large.hpp"
#include "gc/heap/marker.hpp"
#include "gc/heap/pressure.hpp"
#include "gc/heap/space.hpp"

namespace evjit::gc {

struct RootProvider {
  RootFn fn;
  void *self;
};

// Payloads caught most recently and their traces, so that a cleanup that catches errors of its own does not lose
// the trace of the error that goes on after it.
struct CaughtRing {
  static constexpr size_t kSize = 4;
  Value payload[kSize] = {kAbsent, kAbsent, kAbsent, kAbsent};
  Value trace[kSize] = {kNil, kNil, kNil, kNil};
  size_t next = 0;
};

inline constexpr size_t kMinTrigger = size_t{32} << 20;

class Heap {
public:
  explicit Heap(Mutator &m);
  ~Heap();

  // The bump region that heap-inl.hpp allocates from. Under stress and in an ImmortalScope it is empty.
  Region region;
  BlockSpace space;

  Object *allocate_slow(Mutator &m, Type type, size_t bytes);
  void collect(Mutator &m);
  void add_root(RootFn fn, void *self) { roots_.push_back({fn, self}); }
  void remove_root(RootFn fn, void *self);
  HeapStats stats() const;
  void set_limit(size_t bytes) { limit_ = bytes; }
  size_t limit() const { return limit_; }
  size_t in_use() const { return live_ + since_gc_ + outside(); }
  bool help_for_memory(Mutator &m); // memory_is_short: did a collection help?
  bool grant_reserve(); // is the heap over its limit? If so, some more is granted
  void external(int64_t bytes);
  void add_finalizable(Object *o) {
    finalizable_.reserve(finalizable_count_ + 1);
    finalizable_[finalizable_count_++] = o;
  }
  template <class F> void each_finalizable(F &&visit) const {
    for (size_t i = 0; i < finalizable_count_; ++i)
      visit(finalizable_[i]);
  }
  void begin_immortal();
  void end_immortal();
  void finish_finalizers(); // of every object; at the end

  TraitTable traits;
  HeapGuests guests;
  CaughtRing caught;

private:
  Object *allocate_small(Mutator &m, Type type, size_t bytes);
  Object *allocate_large(Mutator &m, Type type, size_t bytes);
  Object *bump(Region &r, Type type, size_t bytes);
  void take(Region &into, Region fresh);
  bool must_collect(size_t bytes) const;
  size_t stress_scale() const;
  size_t outside() const { return guests.outside_bytes ? guests.outside_bytes(guests.self) : 0; }
  size_t charged() const { return live_ + outside(); } // towards the limit
  void before_allocation(Mutator &m, size_t bytes);
  void scan_roots(Mutator &m, HeapMarker &k);
  void scan_stack(Mutator &m, HeapMarker &k);
  void run_finalizers(const HeapMarker &k);

  LargeSpace large_;
  Region overflow_;      // for objects longer than a line that do not fit the current run
  Region stress_region_; // the real region when every allocation has to come through allocate_slow
  Region parked_region_; // the real region during an ImmortalScope
  size_t immortal_depth_ = 0;
  std::vector<RootProvider> roots_;
  base::Chunks<Object *> finalizable_; // Opaque, and Fibers that asked
  size_t finalizable_count_ = 0;
  size_t live_ = 0;                   // bytes at the last collection
  size_t trigger_ = kMinTrigger;      // allocation that starts the next one
  size_t since_gc_ = 0;               // handed out since
  size_t total_ = 0;                  // handed out before the last collection
  size_t limit_ = 0, granted_ = 0; // granted beyond the limit
  size_t collections_ = 0;
  size_t stress_every_ = 0, stress_count_ = 0;
  bool collecting_ = false;
};

} // namespace evjit::gc
