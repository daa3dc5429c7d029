// Stacks of fibers: slots of one large reservation, and copying out. Essay: stack.cpp. Loop thread only.
#pragma once

#include "sched/fiber_data.hpp"
#include "sched/packed.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evjit::sched {

// Writes the start context of `f` at the top of its slot: switch.cpp.
void prepare_stack(FiberData &f, uintptr_t top, size_t bytes);

inline constexpr size_t kSoftStep = 256 * 1024; // depth of the first soft limit

class StackPool {
public:
  StackPool();
  ~StackPool();
  StackPool(const StackPool &) = delete;
  StackPool &operator=(const StackPool &) = delete;

  // Puts the stack of `f` into its slot (a new fiber gets one). False: not possible while running on `running_slot`; ask again from
  // another stack with running_slot = -1.
  bool make_resident(FiberData &f, int32_t running_slot) {
    if (f.has_stack || free_ < 0)
      return bring_in(f, running_slot);
    begin_in(f, take_free());
    return true;
  }
  // The stack is not needed any more. idle: it waits at `f.sp` for the next fiber that begins (switch.cpp).
  void release(FiberData &f, bool idle = false) {
    Slot *s = f.slot >= 0 ? &slots_[f.slot] : nullptr;
    if (!idle || !s || s->user != &f || f.pinned || s->range.limit < s->range.top - kSoftStep)
      return clean_up(f);
    s->user = nullptr;
    s->idle = f.sp;
    push_free(f.slot);
    f.has_stack = f.resident = false;
    f.slot = -1;
  }
  void drop(FiberData &f); // the same for one that is suspended and will never run again; its words are cleared
  // The stack that `from`, which runs on it and has ended, leaves to the new fiber `to`. False: it has to be cleaned up first.
  bool hand_over(FiberData &from, FiberData &to);
  uintptr_t top(int32_t slot) const { return slots_[slot].range.top; } // of a slot that was used
  struct Range {
    uintptr_t top, limit; // where it begins, how far down it may go for now
  };
  Range range(int32_t slot) const { return slots_[slot].range; }
  uintptr_t bottom(int32_t slot) const { return base_ + static_cast<uintptr_t>(slot) * slot_bytes_; }
  // The running stack went below its soft limit: the new limit, 0 if it is really full.
  uintptr_t grow(int32_t slot, uintptr_t sp);
  // The words of a suspended fiber's stack from its sp upwards: in its slot, or unpacked into `scratch`.
  const uintptr_t *words_of(const FiberData &f, std::vector<uintptr_t> &scratch) const;
  void mark_patterns(gc::Marker &k) const { packer_.mark_patterns(k); }
  size_t slot_count() const { return slots_.size(); }
  size_t slot_bytes() const { return slot_bytes_; }
  size_t copied_bytes() const { return copied_bytes_; }
  size_t copied_stacks() const { return copied_stacks_; }
  size_t resident_stacks() const;

private:
  struct Slot {
    FiberData *user = nullptr;
    Range range{0, 0};
    void *idle = nullptr; // of a free slot: where a stack without a fiber waits; null: it has to be made
    int32_t prev = -1, next = -1; // free list
    bool free = false;
  };
  void begin_in(FiberData &f, int32_t slot); // a new fiber
  bool bring_in(FiberData &f, int32_t running_slot);
  void clean_up(FiberData &f);
  int32_t take_free();
  uintptr_t stagger(int32_t slot) const;
  void reserve();
  int32_t choose(int32_t running_slot);
  bool evict(int32_t slot);
  void push_free(int32_t slot);
  void unlink_free(int32_t slot);
  void occupy(FiberData &f, int32_t slot);
  void drop_block(FiberData &f);

  StackPacker packer_;
  uintptr_t base_ = 0;
  size_t slot_bytes_ = 0;
  size_t reserved_bytes_ = 0;
  std::vector<Slot> slots_;
  int32_t free_ = -1;
  size_t hand_ = 0;      // evictions that were tried: the next victim
  size_t used_ = 0;      // slots ever used
  size_t copied_bytes_ = 0, copied_stacks_ = 0;
};

inline void StackPool::push_free(int32_t slot) {
  Slot &s = slots_[slot];
  s.free = true;
  s.prev = -1;
  s.next = free_;
  if (free_ >= 0)
    slots_[free_].prev = slot;
  free_ = slot;
}

inline int32_t StackPool::take_free() {
  int32_t slot = free_;
  Slot &s = slots_[slot];
  s.free = false;
  free_ = s.next;
  if (free_ >= 0)
    slots_[free_].prev = -1;
  return slot;
}

inline void StackPool::occupy(FiberData &f, int32_t slot) {
  slots_[slot].user = &f;
  f.slot = slot;
  f.resident = true;
}

inline void StackPool::begin_in(FiberData &f, int32_t slot) {
  occupy(f, slot);
  f.has_stack = true;
  f.sp = slots_[slot].idle;
  slots_[slot].idle = nullptr;
  if (!f.sp)
    prepare_stack(f, top(slot), slot_bytes_);
}

} // namespace evjit::sched
