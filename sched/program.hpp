// Ending fibers as a whole. Internal to sched/.
#pragma once

#include "sched/runtime.hpp"

namespace evjit::sched {

void abort_all(Scheduler &s, Value error, const FiberData *except); // in spawn order
void cancel_all(Scheduler &s, Value error);
void turn_for(Scheduler &s, uint64_t limit_ns); // until no fiber lives, nothing can happen any more, or the time is up
void apply_shutdown(Scheduler &s);

} // namespace evjit::sched
