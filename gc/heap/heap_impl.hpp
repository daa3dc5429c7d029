// The Heap behind gc/heap/heap.hpp. For gc/heap/*.cpp and heap-inl.hpp only.
#pragma once

#include "base/chunks.hpp"
#include "base/reserve.hpp"
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

// A list of objects that the collector goes through. There may be millions, and no memory for a second list.
class ObjectList {
public:
  void add(Object *o) {
    objects_.reserve(count_ + 1);
    objects_[count_++] = o;
  }
  bool has_room() const { return count_ < objects_.size(); }
  size_t size() const { return count_; }
  size_t old() const { return old_; } // so many in front were there when a collection ended
  Object *operator[](size_t i) const { return objects_[i]; }
  // Those that are young, or all; `dropped` gets each that does not stay.
  template <class Stays, class Dropped> void filter(Extent extent, Stays &&stays, Dropped &&dropped) {
    size_t kept = extent == Extent::Young ? old_ : 0;
    for (size_t i = kept; i < count_; ++i) {
      Object *o = objects_[i];
      if (stays(o))
        objects_[kept++] = o;
      else
        dropped(o);
    }
    count_ = old_ = kept;
    objects_.shrink(kept);
  }
  Object *take_last() { return objects_[--count_]; }
  void clear() {
    count_ = old_ = 0;
    objects_.shrink(0);
  }

private:
  base::Chunks<Object *> objects_;
  size_t count_ = 0, old_ = 0;
};

inline constexpr size_t kLeastNursery = size_t{2} << 20;
inline constexpr size_t kLeastGrowth = size_t{32} << 20; // of the old objects between two full collections

class Heap {
public:
  explicit Heap(Mutator &m);
  ~Heap();

  // The bump region that heap-inl.hpp allocates from. Under stress and in an ImmortalScope it is empty.
  Region region;
  BlockSpace space;

  Object *allocate_slow(Mutator &m, Type type, size_t bytes);
  void collect(Mutator &m, Extent extent);
  void add_root(RootFn fn, void *self) { roots_.push_back({fn, self}); }
  void remove_root(RootFn fn, void *self);
  HeapStats stats() const;
  void set_limit(size_t bytes) { limit_ = bytes; }
  size_t limit() const { return limit_; }
  size_t in_use() const { return live_ + since_gc_ + outside(); }
  bool help_for_memory(Mutator &m); // memory_is_short: did a collection help?
  bool grant_reserve(); // is the heap over its limit? If so, some more is granted
  void external(int64_t bytes);
  void add_finalizable(Object *o) { finalizable_.add(o); }
  template <class F> void each_finalizable(F &&visit) const {
    for (size_t i = 0; i < finalizable_.size(); ++i)
      visit(finalizable_[i]);
  }
  void remember(Object *o) {
    o->h.flags &= static_cast<uint8_t>(~kOld);
    if (remembered_.has_room() || !base::memory_is_short())
      remembered_.add(o);
    else
      forgets_ = true;
  }
  void add_traced(Object *o) { traced_.add(o); }
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
  Extent next_extent(size_t bytes) const;
  size_t stress_scale() const;
  size_t outside() const { return guests.outside_bytes ? guests.outside_bytes(guests.self) : 0; }
  size_t charged() const { return live_ + outside(); } // towards the limit
  void before_allocation(Mutator &m, size_t bytes);
  void scan_roots(Mutator &m, Marker &k);
  void scan_stack(Mutator &m, Marker &k);
  void scan_old(HeapMarker &k); // old objects that may refer to young ones
  void plan_next(const HeapMarker &k, Extent extent);
  void verify(Mutator &m, const HeapMarker &young); // verify.cpp

  LargeSpace large_;
  Region overflow_;      // for objects longer than a line that do not fit the current run
  Region stress_region_; // the real region when every allocation has to come through allocate_slow
  Region parked_region_; // the real region during an ImmortalScope
  size_t immortal_depth_ = 0;
  std::vector<RootProvider> roots_;
  ObjectList finalizable_; // Opaque, and Fibers that asked
  ObjectList traced_;      // Opaque with OpaqueClass::trace: what they refer to changes without write barriers
  ObjectList remembered_;  // old objects that something was stored in
  bool forgets_ = false;   // there was no memory to remember more: the next collection must be a full one
  size_t live_ = 0;                   // bytes at the last collection, with what was old and has died since the last full one
  size_t live_at_full_ = kLeastGrowth; // at the last full one
  bool grows_ = false;                // most of what was new survived the last one
  size_t full_at_ = kLeastGrowth;     // live bytes from which on the next collection is a full one
  bool last_was_full_ = true;
  size_t trigger_ = kLeastNursery;     // allocation that starts the next one
  size_t since_gc_ = 0;               // handed out since
  size_t total_ = 0;                  // handed out before the last collection
  size_t total_at_full_ = 0;          // and before the last full one
  size_t limit_ = 0, granted_ = 0; // granted beyond the limit
  size_t collections_ = 0;
  size_t stress_every_ = 0, stress_count_ = 0, stress_rounds_ = 0;
  bool collecting_ = false;
};

} // namespace evjit::gc
