// Calling functions of the language from C++, and the builtin table.
#pragma once

#include "gc/prim.hpp"

#include <string_view>

namespace evjit::gc {

// Calls any callable (closure, builtin, struct, array, ...). Runs user code: may allocate, park, raise (kError).
Value call(Mutator &m, Value fn, const Value *args, size_t argc);
inline Value call0(Mutator &m, Value fn) { return call(m, fn, nullptr, 0); }
inline Value call1(Mutator &m, Value fn, Value a) { return call(m, fn, &a, 1); }
inline Value call2(Mutator &m, Value fn, Value a, Value b) {
  Value v[2] = {a, b};
  return call(m, fn, v, 2);
}

// --- builtins: one table per process, filled before the first unit runs -------------------------------------------------
void register_prims(std::span<const PrimDef> defs);
void register_builtin(std::string_view name, Value fn); // of the prelude; fn is kept alive for ever
void register_builtin_macro(std::string_view name, Value transformer);
Value find_builtin(std::string_view name);       // kAbsent if there is none
Value find_builtin_macro(std::string_view name); // kAbsent if there is none
const PrimDef *find_prim(std::string_view name); // by name or alias; null if there is none
void each_builtin_name(void (*visit)(void *, std::string_view), void *self); // sorted
void each_builtin_macro_name(void (*visit)(void *, std::string_view), void *self); // sorted; of the prelude

// --- units ---------------------------------------------------------------------------------------------------------------
// Fills the constants (once) and makes them roots.
void register_unit(Mutator &m, UnitDesc *unit);
// One run of a unit: a fresh instance, the value of the top level. kError if it raised.
Value run_unit(Mutator &m, UnitDesc *unit, Value *instance_out = nullptr);

} // namespace evjit::gc
