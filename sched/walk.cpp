// The stacks of fibers as lists of return addresses, for dumps. The stack of a suspended fiber lies in its slot or, copied out, in a
// block; then addresses in its frames are translated. Frame pointers are followed only upwards and inside the stack, so a
// stack that is not as expected ends the walk early and does no harm.
#include "sched/fiber.hpp"
#include "sched/switch.hpp"

namespace evjit::sched {

namespace {

// A stack: addresses as its own frames have them, its bytes where they are now.
struct StackView {
  uintptr_t low, high;
  uintptr_t moved; // to be added to an address
};

} // namespace

// Other frames' memory, in the way of no sanitizer.
__attribute__((no_sanitize("address"))) static uintptr_t word_at(const StackView &s, uintptr_t address) {
  return *reinterpret_cast<const uintptr_t *>(address + s.moved);
}

static size_t walk(const StackView &s, uintptr_t fp, uintptr_t *pcs, size_t most) {
  size_t n = 0;
  while (n < most && fp >= s.low && fp + 16 <= s.high && (fp & 7) == 0) {
    uintptr_t pc = word_at(s, fp + 8), next = word_at(s, fp);
    if (!pc)
      break;
    pcs[n++] = pc;
    if (next <= fp)
      break;
    fp = next;
  }
  return n;
}

static size_t walk_running(const Mutator &m, uintptr_t *pcs, size_t most) {
  auto fp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  return walk({fp, m.stack_top, 0}, fp, pcs, most);
}

static size_t walk_suspended(Runtime &rt, const FiberData &f, uintptr_t *pcs, size_t most) {
  auto low = reinterpret_cast<uintptr_t>(f.sp);
  if (!f.has_stack || f.ended || !low || (!f.block && (!f.resident || f.slot < 0)))
    return 0;
  static thread_local std::vector<uintptr_t> scratch; // a dump looks at very many
  StackView s{low, rt.stacks.top(f.slot), reinterpret_cast<uintptr_t>(rt.stacks.words_of(f, scratch)) - low};
  if (low + kSavedFramePointer + 16 > s.high)
    return 0;
  if (most)
    pcs[0] = word_at(s, low + kSavedFramePointer + 8); // of compiled code, if that called the switch itself
  return most ? 1 + walk(s, word_at(s, low + kSavedFramePointer), pcs + 1, most - 1) : 0;
}

size_t walk_chain(Runtime &rt, FiberData &root, uintptr_t *pcs, size_t most) {
  size_t n = 0;
  for (FiberData *f = &leaf_of(root); f && n < most; f = f->resumer) {
    if (n)
      pcs[n++] = kResumedBy;
    n += f == rt.current ? walk_running(rt.m, pcs + n, most - n) : walk_suspended(rt, *f, pcs + n, most - n);
    if (f == &root)
      break;
  }
  return n;
}

} // namespace evjit::sched
