// Argument checks shared by the primitives of sched. Private to sched/.
#pragma once

#include "gc/errors.hpp"
#include "gc/prim.hpp"
#include "sched/fiber.hpp"

#include <string>

namespace evjit::sched {

// Reads bits in any mask form; false after raising: *raised is what the primitive must return.
bool want_signals(Mutator &m, const char *fn, Value spec, int arg, uint64_t *bits, Value *raised);
// A closure callable without arguments; kNil, or what the primitive must return after raising.
Value check_thunk(Mutator &m, const char *fn, Value f);
// A duration as of ev/sleep; false after raising.
bool want_seconds(Mutator &m, const char *fn, Value v, uint64_t *ns, Value *raised);
inline bool is_primitive(Value f) { return gc::is_closure(f) && f.as<gc::Closure>()->proto->prim; }
// The members of an array, list or set (either mutability) as an immutable array; kAbsent if v is none of these.
Value members_of(Mutator &m, Value v);
void observe_targets(Mutator &m, Value target); // a fiber, or the fibers of a sequence: join.cpp
// The scheduler of the running fiber, or null after raising :no-scheduler.
Scheduler *want_scheduler(Mutator &m, const char *fn, const char *op, Value *raised);
// Raises an error that comes from another fiber: its trace first.
Value raise_from(Mutator &m, Value payload, Value trace);

} // namespace evjit::sched
