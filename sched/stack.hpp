// Stacks of fibers: slots of one large reservation, and copying out. Essay: stack.cpp. Loop thread only.
#pragma once

#include "sched/fiber_data.hpp"
#include "sched/packed.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evjit::sched {


inline constexpr size_t kSoftStep = 256 * 1024; // depth of the first soft limit

class StackPool {
public:
  StackPool();
  ~StackPool();
  StackPool(const StackPool &) = delete;
  StackPool &operator=(const StackPool &) = delete;

  // Puts the stack of `f` into its slot (a new fiber gets one). False: not possible while running on `running_slot`; ask again from
  // another stack with running_slot = -1.
  bool make_resident(FiberData &f, int32_t running_slot);
  void release(FiberData &f); // the stack is not needed any more
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
  void limit_slots_for_test(size_t n);

private:
  struct Slot {
    FiberData *user = nullptr;
    Range range{0, 0};
    int32_t prev = -1, next = -1; // free list
    bool free = false;
  };
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
  size_t hand_ = 0;      // next victim
  size_t used_ = 0;      // slots ever used
  size_t copied_bytes_ = 0, copied_stacks_ = 0;
};

} // namespace evjit::sched
