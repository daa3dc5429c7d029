// Switching between the stacks of one OS thread. sched/switch.cpp is the only user of Boost.Context and of the sanitizers' fiber
// hooks. What a switch saves and restores of the Mutator is listed there.
#pragma once

#include "sched/fiber_data.hpp"

namespace evjit::sched {

struct Runtime;

// Where a suspended stack keeps the frame pointer of the code that called the switch, and behind it the address where that goes on, from
// FiberData::sp: jump_fcontext of Boost.
#if defined(__aarch64__)
inline constexpr uintptr_t kSavedFramePointer = 0x90;
#else
inline constexpr uintptr_t kSavedFramePointer = 0x30;
#endif

// Suspends the running fiber and runs `to`, which is suspended or new. Returns when somebody switches back. Never raises; the
// caller reads its inbox afterwards.
void switch_to(Runtime &rt, FiberData &to);
// The last switch of a fiber that has ended (rt.current->ended is set): does not return; the slot is released by whoever arrives.
[[noreturn]] void switch_away(Runtime &rt, FiberData &to);
// The same on the stack of the fiber that has ended, if `to` is new: it is the running one afterwards. False: switch_away.
bool follow(Runtime &rt, FiberData &to);
void hub_create(Runtime &rt);
void hub_destroy(Runtime &rt);

// The first call of a fiber: of `closure` with one argument, or none if that is kAbsent. closure nil: an error came first. fiber.cpp
struct FirstCall {
  Value closure, argument;
};
FirstCall first_call(Runtime &rt);
// The fiber that runs has ended with r. Who runs next.
FiberData &end_fiber(Runtime &rt, Value r);

} // namespace evjit::sched
