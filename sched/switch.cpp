// Switching stacks: the only user of Boost.Context.
//
// A switch saves what the Mutator holds for the running fiber (handlers, shield, params, fuel, caught, pins) in its FiberData,
// makes the other fiber's stack resident, jumps, and, when somebody jumps back, restores it. stack_limit and
// stack_top follow from the slot. Whoever arrives stores the stack pointer of whoever left (Boost hands it over), and
// releases its slot if it has ended.
//
// When the other fiber's home is the very slot that runs now, nobody on this stack can copy it out. Then the switch goes by way
// of the hub, a small stack of its own that only moves stacks.
#include "sched/switch.hpp"

#include "sched/boundary.hpp"
#include "sched/runtime.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <sys/mman.h>

#if defined(EVJIT_SANITIZED)
#include <sanitizer/common_interface_defs.h>
#endif

namespace evjit::sched {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

static constexpr size_t kHubBytes = 256 * 1024;

// Somebody counts what the fiber spends: a budget of its own, or the slices of its scheduler.
static bool metered(const FiberData &f) { return f.fuel_limited || (f.root && f.root->sched && f.root->sched->slice); }

static inline void save(Mutator &m, FiberData &f) {
  if (__builtin_expect(metered(f), 0))
    account_fuel(runtime(m), f);
  f.handlers = static_cast<uint32_t>(m.handlers);
  f.shield = static_cast<uint32_t>(m.shield);
  f.pins = static_cast<uint32_t>(m.pins);
  f.params = m.params;
  f.caught = m.caught;
  f.caught_trace = m.caught_trace;
}

static inline void load(Runtime &rt, FiberData &f) {
  Mutator &m = rt.m;
  m.handlers = f.handlers;
  m.shield = f.shield;
  m.pins = f.pins;
  m.fuel = gc::kFuelUnlimited;
  if (__builtin_expect(metered(f), 0))
    load_fuel(rt, f);
  m.params = f.params;
  m.caught = f.caught;
  m.caught_trace = f.caught_trace;
  m.denied = __builtin_expect(f.outer_forbidden || !f.boundary.is_nil(), 0) ? denied_while_running(f) : f.denied;
  m.fiber = f.fiber;
  if (f.slot >= 0) {
    m.stack_top = rt.stacks.top(f.slot);
    gc::set_stack_limit(m, rt.stacks.limit(f.slot));
  } else {
    m.stack_top = rt.native_top;
    gc::set_stack_limit(m, rt.native_limit);
  }
}

// --- sanitizer hooks -------------------------------------------------------------------------------------------------------
#if defined(EVJIT_SANITIZED)
static void before_jump(Runtime &rt, FiberData &from, FiberData &to) {
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
static void after_jump(FiberData &self) { __sanitizer_finish_switch_fiber(self.fake_stack, nullptr, nullptr); }
#else
static inline void before_jump(Runtime &, FiberData &, FiberData &) {}
static inline void after_jump(FiberData &) {}
#endif

// ---------------------------------------------------------------------------------------------------------------------------
static inline void arrived(Runtime &rt, transfer_t t) {
  auto *from = static_cast<FiberData *>(t.data);
  from->sp = t.fctx;
  if (from->ended)
    rt.stacks.release(*from);
}

static inline void jump(Runtime &rt, FiberData &from, FiberData &to) {
  FiberData *next = &to;
  if (__builtin_expect(!to.resident, 0) && !rt.stacks.make_resident(to, from.slot))
    next = &rt.hub;
  before_jump(rt, from, *next);
  transfer_t t = jump_fcontext(next->sp, &from);
  after_jump(from);
  arrived(rt, t);
}

void switch_to(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  if (&to == &from)
    return; // the only one that is ready
  save(rt.m, from);
  rt.current = &to;
  jump(rt, from, to);
  load(rt, from);
}

void switch_away(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  account_fuel(rt, from);
  from.pins = static_cast<uint32_t>(rt.m.pins);
  rt.current = &to;
  jump(rt, from, to);
  EVJIT_CHECK(false, "an ended fiber ran");
  __builtin_unreachable();
}

static void start(transfer_t t) {
  Runtime &rt = runtime(gc::current_mutator());
  after_jump(*rt.current);
  arrived(rt, t);
  load(rt, *rt.current);
  fiber_main(rt);
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
