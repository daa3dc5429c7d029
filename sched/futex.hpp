// Futex queues. Loop thread only.
#pragma once

#include "sched/runtime.hpp"

namespace evjit::sched {

// A wait on `key` until woken: true. `name` is a kind for the deadlock report, or null; it must live for ever. None if that raised:
// what the primitive returns is in rt.answer.
WaitId futex_begin(Runtime &rt, Value key, const char *name);
size_t futex_wake(Mutator &m, Value key, size_t count); // the longest-parked first; how many became ready

} // namespace evjit::sched
