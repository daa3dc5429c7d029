// Switching stacks: with switch-inl.hpp the only user of Boost.Context.
//
// A switch puts what the Mutator holds for the running fiber (RunningState) on its stack, makes the other fiber's stack resident, jumps,
// and, when somebody jumps back, restores it. stack_limit and stack_top follow from the slot. Whoever arrives stores the stack
// pointer of whoever left (Boost hands it over), and releases its slot if it has ended.
//
// When the other fiber's home is the very slot that runs now, nobody on this stack can copy it out. Then the switch goes by way
// of the hub, a small stack of its own that only moves stacks.
//
// A fiber that ends and is followed by one that has not begun gives it its stack: no jump at all (follow). Otherwise its stack stays idle in
// its slot, inside `start`, and the next fiber that gets the slot begins there.
#include "sched/switch-inl.hpp"

#include <sys/mman.h>

namespace evjit::sched {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

static constexpr size_t kHubBytes = 256 * 1024;
#if defined(EVJIT_SANITIZED)
static constexpr bool kIdleStacks = false; // the frames of a fiber that has ended are poisoned
#else
static constexpr bool kIdleStacks = true;
#endif

#if defined(EVJIT_SANITIZED)
void before_jump(Runtime &rt, FiberData &from, FiberData &to) {
  const void *bottom;
  size_t size;
  if (&to == &rt.hub) {
    bottom = rt.hub_stack;
    size = kHubBytes;
  } else if (to.slot >= 0) {
    bottom = reinterpret_cast<const void *>(rt.stacks.bottom(to.slot));
    size = rt.stacks.top(to.slot) - rt.stacks.bottom(to.slot);
  } else {
    bottom = reinterpret_cast<const void *>(rt.native_limit - gc::kStackReserve);
    size = rt.native_top - rt.native_limit + gc::kStackReserve;
  }
  __sanitizer_start_switch_fiber(from.ended ? nullptr : &from.fake_stack, bottom, size);
}
#endif

void switch_to(Runtime &rt, FiberData &to) { switch_inline(rt, to); }

void switch_away(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  note_change(rt, from);
  if (metered(rt, from))
    account_fuel(rt, from);
  from.pinned = rt.m.pins != 0;
  rt.current = &to;
  jump(rt, from, to);
  EVJIT_CHECK(false, "an ended fiber ran");
  __builtin_unreachable();
}

static void begin(Runtime &rt, FiberData &f) {
  Value params = f.trace;
  f.trace = kNil;
  load_state(rt, f, {0, 0, 0, params, kNil, kNil});
}

bool follow(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  if (to.status != Status::Alive || to.has_stack || to.ended || rt.m.pins || !rt.stacks.hand_over(from, to))
    return false;
  if (metered(rt, from))
    account_fuel(rt, from);
  rt.current = &to;
  begin(rt, to);
  return true;
}

static __attribute__((noinline)) Runtime &arrive_first(transfer_t t) {
  Runtime &rt = runtime(gc::current_mutator());
  after_jump(*rt.current);
  arrived(rt, t);
  begin(rt, *rt.current);
  return rt;
}

// The fiber that runs has ended. Returns when another begins on this stack; no return instruction lies in between.
static inline __attribute__((always_inline)) void leave_idle(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  if (metered(rt, from))
    account_fuel(rt, from);
  from.pinned = rt.m.pins != 0;
  rt.current = &to;
  rt.leaves_idle = kIdleStacks;
  arrive_first(jump_fcontext(way_to(rt, from, to).sp, &from));
}

// Where stacks begin. Its frame is part of every suspended stack: keep it small.
static void start(transfer_t t) {
  Runtime &rt = arrive_first(t);
  for (;;) {
    FirstCall c = first_call(rt);
    Value r = kError;
    bool none = c.argument == gc::kAbsent;
    if (!c.closure.is_nil())
      r = c.closure.as<gc::Closure>()->proto->code(&rt.m, c.closure, !none, none ? kNil : c.argument, kNil, kNil);
    FiberData &next = end_fiber(rt, r);
    if (!follow(rt, next))
      leave_idle(rt, next);
  }
}

void prepare_stack(FiberData &f, uintptr_t top, size_t bytes) {
  f.sp = make_fcontext(reinterpret_cast<void *>(top), bytes - 4096, start);
}

// --- the hub ---------------------------------------------------------------------------------------------------------------
static void hub_main(transfer_t t) {
  Runtime &rt = runtime(gc::current_mutator());
  for (;;) {
    after_jump(rt.hub);
    arrived(rt, t);
    FiberData &to = *rt.current;
    EVJIT_CHECK(to.resident || rt.stacks.make_resident(to, -1), "the stack cannot be brought in");
    before_jump(rt, rt.hub, to);
    t = jump_fcontext(to.sp, &rt.hub);
  }
}

void hub_create(Runtime &rt) {
  rt.hub_stack = mmap(nullptr, kHubBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  EVJIT_CHECK(rt.hub_stack != MAP_FAILED, "no memory for the hub");
  rt.hub.sp = make_fcontext(static_cast<char *>(rt.hub_stack) + kHubBytes, kHubBytes, hub_main);
  rt.hub.resident = true;
}

void hub_destroy(Runtime &rt) { munmap(rt.hub_stack, kHubBytes); }

} // namespace evjit::sched
