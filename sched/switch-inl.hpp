// The switch itself, inline: it runs tens of millions of times a second, and every return instruction between the jump and the code
// of the language that goes on is one that the processor predicts wrongly. For sched/ only; the essay is in switch.cpp.
#pragma once

#include "sched/boundary.hpp"
#include "sched/runtime.hpp"
#include "sched/switch.hpp"

#include <boost/context/detail/fcontext.hpp>

#if defined(EVJIT_SANITIZED)
#include <sanitizer/common_interface_defs.h>
#endif

namespace evjit::sched {

// Somebody counts what the fiber spends: a budget of its own, or the slices of its scheduler.
inline bool metered(const Runtime &rt, const FiberData &f) {
  return __builtin_expect(rt.metering, 0) && (f.fuel_limited || (f.root && f.root->sched && f.root->sched->slice));
}

// What the Mutator holds for the running fiber. While the fiber is suspended it lies on its stack.
struct RunningState {
  uint32_t handlers, shield;
  uint64_t pins;
  Value params, caught, caught_trace;
};

inline void load_state(Runtime &rt, FiberData &f, const RunningState &s) {
  Mutator &m = rt.m;
  m.handlers = s.handlers;
  m.shield = s.shield;
  m.pins = s.pins;
  m.params = s.params;
  m.caught = s.caught;
  m.caught_trace = s.caught_trace;
  m.fuel = gc::kFuelUnlimited;
  if (metered(rt, f))
    load_fuel(rt, f);
  m.denied = __builtin_expect(f.extra != nullptr, 0) ? denied_while_running(f) : f.denied;
  m.fiber = f.self();
  StackPool::Range range = f.slot >= 0 ? rt.stacks.range(f.slot) : StackPool::Range{rt.native_top, rt.native_limit};
  m.stack_top = range.top;
  gc::set_stack_limit(m, range.limit);
}

#if defined(EVJIT_SANITIZED)
void before_jump(Runtime &rt, FiberData &from, FiberData &to); // switch.cpp
inline void after_jump(FiberData &self) { __sanitizer_finish_switch_fiber(self.fake_stack, nullptr, nullptr); }
#else
inline void before_jump(Runtime &, FiberData &, FiberData &) {}
inline void after_jump(FiberData &) {}
#endif

// Somebody has switched here from the fiber in t.data.
inline void arrived(Runtime &rt, boost::context::detail::transfer_t t) {
  auto *from = static_cast<FiberData *>(t.data);
  from->sp = t.fctx;
  if (__builtin_expect(from->ended, 0)) {
    rt.stacks.release(*from, rt.leaves_idle);
    rt.leaves_idle = false;
  }
}

// Whose stack to jump to in order to get to the one of `to`.
inline __attribute__((always_inline)) FiberData &way_to(Runtime &rt, FiberData &from, FiberData &to) {
  FiberData *next = &to;
  if (__builtin_expect(!to.resident, 0) && !rt.stacks.make_resident(to, from.slot))
    next = &rt.hub;
  before_jump(rt, from, *next);
  return *next;
}

inline __attribute__((always_inline)) void jump(Runtime &rt, FiberData &from, FiberData &to) {
  boost::context::detail::transfer_t t = boost::context::detail::jump_fcontext(way_to(rt, from, to).sp, &from);
  after_jump(from);
  arrived(rt, t);
}

// The running fiber is about to be suspended for `to`.
inline __attribute__((always_inline)) void save_state(Runtime &rt, FiberData &from, FiberData &to, RunningState &state) {
  Mutator &m = rt.m;
  note_change(rt, from);
  if (metered(rt, from))
    account_fuel(rt, from);
  if (__builtin_expect(!from.finalizable, 0))
    want_finalizer(m, from);
  state = {static_cast<uint32_t>(m.handlers), static_cast<uint32_t>(m.shield), m.pins, m.params, m.caught, m.caught_trace};
  from.shielded = m.shield != 0;
  from.pinned = m.pins != 0;
  rt.current = &to;
}

inline __attribute__((always_inline)) void switch_inline(Runtime &rt, FiberData &to) {
  FiberData &from = *rt.current;
  if (&to == &from)
    return; // the only one that is ready
  RunningState state;
  save_state(rt, from, to, state);
  jump(rt, from, to);
  load_state(rt, from, state);
}

} // namespace evjit::sched
