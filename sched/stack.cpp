// Stacks of fibers.
//
// One NORESERVE mapping is cut into slots, each with a large virtual size, so that deep recursion works everywhere and no
// fiber needs a mapping of its own. There are no guard pages: compiled code compares the stack pointer with Mutator::stack_limit,
// which keeps kStackReserve bytes for what has no check.
//
// A fiber takes a slot when it first runs and gives it back when it ends; free slots are reused last in, first out, so a
// spawn-and-finish load stays in one warm slot. A suspended fiber stays in its slot until the slot is wanted. Then its
// live bytes [sp, top) are copied out (packed.cpp), and copied back to the same addresses before it runs again, so
// pointers into its own frames stay right. Nobody else may hold one: the heap's Root objects on a stack count as pins,
// and a pinned fiber is never copied out (if it is dropped without unwinding, its slot is never used again).
//
// The victim is found by a hand that goes round in a window of a few slots: when there are more fibers than slots, no order of eviction saves
// many copies, and a copy is fast while the slots are in the near caches. The window moves on slowly, so that a slot does not belong
// for ever to a fiber that sleeps.
//
// Frames have holes, and the collector reads stacks whole: what an earlier user of a slot left there would keep objects alive, also new
// ones at the addresses of dead ones. A fiber that ends by itself has left its frames one after the other, and wiping what they were
// would cost every spawn; but one that is cancelled or collected while suspended leaves them as they are, and drop() clears them,
// as evict() does those that were copied out.
//
// Pages touched by a deep recursion are given back when the fiber ends. To know how deep it went without asking the
// kernel, compiled code runs against a soft limit that starts kSoftStep below the top and is doubled by grow() when
// a safepoint finds it passed.
//
// Under sanitizers nothing is copied out (their shadow does not follow); there are more and smaller slots instead.
#include "sched/stack.hpp"

#include "base/assert.hpp"
#include "base/reserve.hpp"
#include "sched/switch.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <utility>

#if defined(EVJIT_SANITIZED)
#include <sanitizer/asan_interface.h>
#endif

namespace evjit::sched {

namespace {
struct Shape {
  size_t slots, megabytes; // of each
};
} // namespace
// The first for which there is address space.
#if defined(EVJIT_SANITIZED)
static constexpr Shape kShapes[] = {{131072, 64}, {131072, 16}, {131072, 4}, {131072, 1}};
static constexpr bool kCopyOut = false;
// Frames that were left for good keep their red zones, and whoever gets the stack next would run into them.
static void forget_frames(uintptr_t from, uintptr_t to) { __asan_unpoison_memory_region(reinterpret_cast<void *>(from), to - from); }
#else
static constexpr Shape kShapes[] = {{1024, 256}, {1024, 64}, {1024, 16}, {256, 16}, {64, 16}, {64, 4}, {16, 4}};
static constexpr bool kCopyOut = true;
static void forget_frames(uintptr_t, uintptr_t) {}
#endif
static constexpr size_t kBelow = 1024; // bytes below a suspended stack that the calls before its last switch may have used
static void clear_words(uintptr_t from, uintptr_t to) {
  forget_frames(from, to);
  std::memset(reinterpret_cast<void *>(from), 0, to - from);
}
static constexpr size_t kWindow = 32, kPatience = 8192; // slots; evictions before it moves by one
static constexpr size_t kOtherBytes = size_t{256} << 20; // under a limit of the system: what stays for malloc

StackPool::StackPool() { reserve(); }

StackPool::~StackPool() { munmap(reinterpret_cast<void *>(base_), reserved_bytes_); }

void StackPool::reserve() {
  void *p = MAP_FAILED;
  size_t left = base::address_space_left(), most = left - std::min(left / 2, kOtherBytes);
  for (const Shape &shape : kShapes) {
    slot_bytes_ = shape.megabytes << 20;
    reserved_bytes_ = shape.slots * slot_bytes_;
    slots_.resize(shape.slots);
    if (reserved_bytes_ <= most)
      p = mmap(nullptr, reserved_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED)
      break;
  }
  EVJIT_CHECK(p != MAP_FAILED, "no address space for stacks");
  madvise(p, reserved_bytes_, MADV_NOHUGEPAGE); // a stack of some hundred bytes must not take 2 MB
  base_ = reinterpret_cast<uintptr_t>(p);
}

size_t StackPool::resident_stacks() const {
  return static_cast<size_t>(std::count_if(slots_.begin(), slots_.begin() + static_cast<long>(used_), [](const Slot &s) { return s.user; }));
}

// Tops of all slots at one offset of a power of two would share a few sets of the caches and of the TLB: they differ in the cache line
// and, where slots are large, in the page.
uintptr_t StackPool::stagger(int32_t slot) const {
  auto i = static_cast<uintptr_t>(slot);
  uintptr_t pages = std::min<uintptr_t>(509, slot_bytes_ / 8 / 4096);
  return i * 7 % 48 * 64 + i % pages * 4096;
}

void StackPool::unlink_free(int32_t slot) {
  Slot &s = slots_[slot];
  (s.prev >= 0 ? slots_[s.prev].next : free_) = s.next;
  if (s.next >= 0)
    slots_[s.next].prev = s.prev;
  s.free = false;
  s.idle = nullptr;
}

bool StackPool::evict(int32_t slot) {
  Slot &s = slots_[slot];
  FiberData *f = s.user;
  if (!f)
    return true;
  if (!kCopyOut || f->pinned)
    return false;
  auto *sp = static_cast<const uintptr_t *>(f->sp);
  f->block = packer_.pack(sp, (top(slot) - reinterpret_cast<uintptr_t>(sp)) / sizeof(uintptr_t));
  copied_bytes_ += f->block->bytes();
  ++copied_stacks_;
  f->resident = false;
  s.user = nullptr;
  clear_words(reinterpret_cast<uintptr_t>(sp) - kBelow, top(slot)); // the next frames here have holes
  return true;
}

// A slot for a new fiber: a free one, one never used, or that of a suspended fiber.
int32_t StackPool::choose(int32_t running_slot) {
  if (free_ >= 0)
    return take_free();
  if (used_ < slots_.size()) {
    auto slot = static_cast<int32_t>(used_++);
    uintptr_t top = bottom(slot) + slot_bytes_ - stagger(slot);
    slots_[slot].range = {top, std::max(top - kSoftStep, bottom(slot) + gc::kStackReserve)};
    return slot;
  }
  for (size_t tries = 1; tries <= (slots_.size() + 1) * kWindow; ++tries) {
    auto slot = static_cast<int32_t>((hand_ / kPatience + hand_ % kWindow) % slots_.size());
    ++hand_;
    if (slot != running_slot && evict(slot))
      return slot;
    if (tries % kWindow == 0)
      hand_ += kPatience;
  }
  return -1;
}

void StackPool::drop_block(FiberData &f) {
  copied_bytes_ -= f.block->bytes();
  --copied_stacks_;
  packer_.drop(f.block);
  f.block = nullptr;
}

const uintptr_t *StackPool::words_of(const FiberData &f, std::vector<uintptr_t> &scratch) const {
  if (!f.block)
    return static_cast<const uintptr_t *>(f.sp);
  scratch.resize(f.block->words);
  packer_.unpack(*f.block, reinterpret_cast<uintptr_t>(f.sp), scratch.data());
  return scratch.data();
}

bool StackPool::bring_in(FiberData &f, int32_t running_slot) {
  if (!f.has_stack) {
    int32_t slot = choose(running_slot);
    EVJIT_CHECK(slot >= 0, "no free stack slot");
    begin_in(f, slot);
    return true;
  }
  int32_t slot = f.slot;
  if (slot == running_slot)
    return false;
  if (slots_[slot].free)
    unlink_free(slot);
  else
    EVJIT_CHECK(evict(slot), "the slot of a suspended fiber is pinned");
  occupy(f, slot);
  packer_.unpack(*f.block, reinterpret_cast<uintptr_t>(f.sp), static_cast<uintptr_t *>(f.sp));
  drop_block(f);
  return true;
}

void StackPool::clean_up(FiberData &f) {
  if (!f.has_stack)
    return;
  f.has_stack = false;
  if (f.block) {
    drop_block(f);
    return;
  }
  int32_t slot = f.slot;
  Slot &s = slots_[slot];
  f.resident = false;
  f.slot = -1;
  if (s.user != &f)
    return; // an ended fiber whose slot was taken over already
  s.user = nullptr;
  if (f.pinned)
    return; // roots on the dropped stack are still registered: the slot is given up
  forget_frames(std::max(bottom(slot), s.range.limit - gc::kStackReserve), top(slot));
  uintptr_t normal = top(slot) - kSoftStep;
  if (s.range.limit < normal) {
    uintptr_t from = bottom(slot), to = normal & ~uintptr_t{4095};
    madvise(reinterpret_cast<void *>(from), to - from, MADV_DONTNEED);
    s.range.limit = normal;
  }
  push_free(slot);
}

void StackPool::drop(FiberData &f) {
  if (f.has_stack && f.resident && slots_[f.slot].user == &f && !f.pinned) {
    uintptr_t normal = top(f.slot) - kSoftStep; // what lies below it is given back
    clear_words(std::max(normal, reinterpret_cast<uintptr_t>(f.sp) - kBelow), top(f.slot));
  }
  release(f);
}

bool StackPool::hand_over(FiberData &from, FiberData &to) {
  Slot &s = slots_[from.slot];
  if (s.range.limit < s.range.top - kSoftStep)
    return false;
  s.user = &to;
  to.slot = std::exchange(from.slot, -1);
  to.resident = to.has_stack = true;
  from.resident = from.has_stack = false;
  return true;
}

uintptr_t StackPool::grow(int32_t slot, uintptr_t sp) {
  Slot &s = slots_[slot];
  uintptr_t hard = bottom(slot) + gc::kStackReserve;
  if (sp <= hard)
    return 0;
  size_t depth = top(slot) - s.range.limit;
  while (top(slot) - depth >= sp && depth < slot_bytes_)
    depth *= 2;
  s.range.limit = depth >= top(slot) - hard ? hard : top(slot) - depth;
  return s.range.limit;
}

} // namespace evjit::sched
