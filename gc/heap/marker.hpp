// The collector's marker: an explicit mark stack, so that neither long lists nor deep nesting recurse. Lives during one collection.
// Young: what is marked already is old, and its references are known (essay: heap.cpp).
#pragma once

#include "gc/heap/large.hpp"
#include "gc/heap/space.hpp"
#include "gc/object/trace.hpp"

#include <unordered_map>
#include <vector>

// For functions that read whole stacks, red zones included.
#if defined(__has_feature) // clang
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EVJIT_NO_ASAN __attribute__((no_sanitize_address, noinline))
#else
#define EVJIT_NO_ASAN
#endif

namespace evjit::gc {

using TraitTable = std::unordered_map<const Object *, Value>; // traits of objects with the kTraits flag

bool is_immortal_address(uintptr_t a); // gc/heap/immortal.cpp

class HeapMarker final : public Marker {
public:
  HeapMarker(BlockSpace &space, LargeSpace &large, const TraitTable &traits, Extent extent)
      : space_(space), large_(large), traits_(traits), extent_(extent) {}

  void mark(Value v) override {
    if (v.is_object())
      mark_object(v.as());
  }
  void mark_range(const Value *from, size_t n) override;
  void mark_conservative(const void *low, const void *high) override;

  void mark_all() override;
  bool only_young() const override { return extent_ == Extent::Young; }
  void look_into(Object *o) override;

  void mark_object(Object *o);
  bool is_marked(const Object *o) const {
    return space_.contains(reinterpret_cast<uintptr_t>(o)) ? space_.is_marked(o) : large_.is_marked(o);
  }
  size_t live_bytes() const { return live_; }       // of what it marked
  size_t scanned_bytes() const { return scanned_; } // of stacks and of old objects that were looked into

private:
  struct Range {
    const Value *from;
    size_t n;
  };
  void push(Object *o);
  void account(Object *o); // of a marked object: size, lines, and whether to visit it
  bool take_arrived();

  BlockSpace &space_;
  LargeSpace &large_;
  const TraitTable &traits_;
  const Extent extent_;
  // Marked objects whose headers are on their way from memory: a heap is larger than the caches, and waiting for one header after the other
  // would be most of a collection's time (Cher, Hosking, Vitek: Software prefetching for mark-sweep garbage collection, 2004).
  static constexpr size_t kAhead = 16;
  Object *ahead_[kAhead] = {};
  size_t ahead_at_ = 0;
  std::vector<Object *> stack_;
  std::vector<Range> ranges_; // long arrays are visited in pieces
  size_t live_ = 0;
  size_t scanned_ = 0;
};

} // namespace evjit::gc
