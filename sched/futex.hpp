// Futex queues. Loop thread only.
#pragma once

#include "sched/runtime.hpp"

namespace evjit::sched {

// Parks on `key` until woken: true. `name` is a kind for the deadlock report, or null; it must live for ever.
Value futex_wait(Mutator &m, Value key, const char *name);
size_t futex_wake(Mutator &m, Value key, size_t count); // the longest-parked first; how many became ready

} // namespace evjit::sched
