// The standard library as a program sees it: every primitive, and the units that are written in the language. Part of evrt:
// knows no compiler. Essay: stdlib/library.cpp.
#pragma once

#include "gc/call.hpp"

#include <string_view>

namespace evjit::stdlib {

// Fills the builtin table with the primitives of the run-time. Once per process, before anything is compiled or run.
void register_all_prims();

// Runs the prelude that was compiled into this program and makes its names builtins. False: there is none (stage 1; see
// stdlib/bootstrap.hpp).
bool run_prelude(gc::Mutator &m);

// The compiled unit of a library module, "std/sync"; null if there is none.
gc::UnitDesc *find_std_unit(std::string_view name);

// Makes what a unit exports builtins and standard macros.
void export_unit(const gc::UnitDesc *unit, gc::Value instance);

// What stage 2 links in: written by CMake into the build tree (units.cpp); empty in stage 1 (no_units.cpp).
struct StdUnit {
  const char *name; // "std/sync"; "" is the prelude
  gc::UnitDesc *unit;
};
extern const std::span<const StdUnit> kStdUnits;

} // namespace evjit::stdlib
