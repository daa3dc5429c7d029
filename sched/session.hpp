// What a program that goes on after errors (a REPL) needs beyond scheduler.hpp. Main thread.
#pragma once

#include "gc/mutator.hpp"

#include <string>

namespace evjit::sched {

// Called once: SIGINT raises :interrupted in the main fiber each time instead of ending the process at the second, and a
// deadlock is an error of the main fiber that leaves the other fibers alone.
void begin_session(gc::Mutator &m);
std::string describe_error(gc::Value payload, gc::Value trace); // as for an uncaught error (06 section 6), with newlines
void set_exit_hook(void (*hook)());                             // called first by exit_process; null: none

} // namespace evjit::sched
