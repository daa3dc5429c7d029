// Boundaries that signals must not cross: squelch and attune (08 section 7). Essay: boundary.cpp.
#pragma once

#include "sched/fiber_data.hpp"

namespace evjit::sched {

// What the boundaries open in `f` itself forbid.
uint64_t forbidden_below(const FiberData &f); // what boundaries forbid to the fibers that f resumes
// Mutator::denied while `f` runs: the capabilities withheld, and kBoundaryBit if a boundary of the chain forbids I/O.
uint64_t denied_while_running(const FiberData &f);
// True if the innermost boundaries of `f` stop a signal with these bits (never errors, halt, fuel, wait).
bool boundary_forbids(const FiberData &f, uint64_t bits);
// Unwinds from the running fiber to the boundary that forbids the bits; there :signal-violation is raised.
Value raise_at_boundary(Mutator &m, FiberData &holder, uint64_t bits);

// The closure `f` with a boundary around each call.
Value make_boundary(Mutator &m, Value f, uint64_t forbidden);
// Tests the boundaries of the running chain: kNil, or kError after raising.
Value check_boundaries(Mutator &m, uint64_t bits);

} // namespace evjit::sched
