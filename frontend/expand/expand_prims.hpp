// Running code while compiling. See expand_prims.cpp.
#pragma once

#include "frontend/compiler.hpp"

namespace evjit::frontend {

// Calls `fn` in a private scheduler; kError with m.error set if it raised.
gc::Value run_isolated_call(gc::Mutator &m, Evaluator &ev, gc::Value fn, const gc::Value *args, size_t argc);
// Runs a unit's top level there. `instance` gets its variables.
gc::Value run_isolated_unit(gc::Mutator &m, Evaluator &ev, gc::UnitDesc *unit, gc::Value *instance);

} // namespace evjit::frontend
