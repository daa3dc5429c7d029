// The library that comes with evjit: primitive tables and units compiled ahead of time (the prelude and the std/ modules).
//
// Stage 1 of the build links stdlib/units_none.cpp (no unit is there yet): its cli then compiles the prelude's sources, named by
// --prelude-from, at start. The finished evjit and every program link stdlib/units.cpp with the emitted objects.
#pragma once

#include "gc/fn.hpp"
#include "gc/mutator.hpp"

#include <string_view>

namespace evjit::stdlib {

void register_all_prims(); // every primitive table of gc, sched and net (the front end registers its own)

gc::UnitDesc *prelude_unit();                         // null in stage 1
gc::UnitDesc *find_std_unit(std::string_view module); // "sync" of "std/sync"; null if there is none

// Runs a prelude unit and publishes its exports as builtins and macros. False if it raised (payload in m.error).
bool run_prelude(gc::Mutator &m, gc::UnitDesc *unit);

} // namespace evjit::stdlib
