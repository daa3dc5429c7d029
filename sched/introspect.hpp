// Looking into a running program from outside it: dumps on request, the watchdog. Essays: dump.cpp, watchdog.cpp.
#pragma once

#include "gc/mutator.hpp"

namespace evjit::sched {

// SIGQUIT: the loop thread writes a dump of all fibers to stderr, at the next safepoint or from the poller. Async-signal-safe; on
// the loop thread.
void request_dump(gc::Mutator &m);
// A fiber that holds the loop longer than so many milliseconds is reported on stderr with its stack. 0: no watchdog. Once, after
// scheduler_create.
void start_watchdog(gc::Mutator &m, int limit_ms);

} // namespace evjit::sched
