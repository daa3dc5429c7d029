// Departures: the first halves of primitives that switch stacks, for compiled code (gc/prim.hpp). The second half is evrt_arrive in
// hot_paths.cpp. For sched/ only.
#pragma once

#include "gc/prim.hpp"
#include "sched/fiber.hpp"
#include "sched/switch-inl.hpp"
#include "sched/wait-inl.hpp"

namespace evjit::sched {

// The two words of a departure, in the registers where Boost's transfer_t has them, as a number: compilers turn a call into a jump when
// its result is one, and not when it is a struct.
__extension__ typedef unsigned __int128 Departed;
extern "C" Departed evrt_jump(void *context, void *data) __asm__("jump_fcontext");

using Finish = Value (*)(Runtime &rt, Value subject);

// What a suspended fiber leaves in the argument buffer of the compiled code that it goes on in.
struct Departure {
  RunningState state;
  Finish finish; // makes the result; null: it is in the inbox
  Value subject; // of `finish`
};
static_assert(sizeof(Departure) <= gc::kDepartWords * sizeof(Value));

// The result was there at once.
inline Departed stay(Value v) { return static_cast<Departed>(v.bits) << 64; }

Departed yield_departure(Mutator &m, Value *args, Value payload); // of (emit :yield payload)
extern "C" Departed evrt_fiber_resume_depart(Mutator &m, Value *args, size_t argc, Value self);

// What the running fiber finds after the switch.
inline Value inbox(Runtime &rt, FiberData &f) {
  if (__builtin_expect(f.in_kind != In::Return, 0))
    return take_inbox(rt);
  Value v = f.in;
  f.in = kNil;
  return v;
}

inline __attribute__((always_inline)) Departed depart(Runtime &rt, FiberData &to, Value *args, Finish finish, Value subject) {
  FiberData &from = *rt.current;
  if (__builtin_expect(&to == &from, 0)) // the only one that is ready
    return stay(finish ? finish(rt, subject) : inbox(rt, from));
  auto &d = *reinterpret_cast<Departure *>(args);
  save_state(rt, from, to, d.state);
  d.finish = finish;
  d.subject = subject;
  return evrt_jump(way_to(rt, from, to).sp, &from);
}

// No mask and no boundary of the chain that runs wants to be asked before it parks.
inline bool parks_plainly(const Runtime &rt) {
  const FiberData &f = *rt.current;
  return &f == f.root && f.sched && !f.extra;
}

inline Value finish_park(Runtime &rt, Value) { return come_back(rt); }

// As park, where the chain parks plainly and the wait is not over. `finish` calls come_back.
inline __attribute__((always_inline)) Departed depart_to_park(Runtime &rt, WaitId id, Value *args, Finish finish, Value subject) {
  return depart(rt, leave_for(rt, rt.waits[id.index], id.index), args, finish, subject);
}

} // namespace evjit::sched
