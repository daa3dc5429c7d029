// The library that is written in the language. Its sources are compiled when evjit is built:
//
//   stage 1   evjit-stage1 holds the sources as text (bootstrap.cpp) and compiles them through the JIT at every start.
//   stage 2   evjit-stage1 --emit-object writes the prelude and each std/x module as native objects, which are linked into
//             libevrt.a together with the table of their units (kStdUnits). Nothing of the library is parsed or compiled
//             when a program starts, and programs made by `evjit build` need no compiler for it.
//
// The prelude is one unit: its top-level names become builtins, its macros standard macros. It is run once per process,
// before anything else; a module std/x is run by each import of it.
#include "stdlib/stdlib.hpp"

#include "base/assert.hpp"

namespace evjit::stdlib {

void export_unit(const gc::UnitDesc *unit, gc::Value instance) {
  const gc::Value *slots = instance.as<gc::Instance>()->slots;
  for (uint32_t i = 0; i < unit->export_count; ++i) {
    const gc::UnitExport &e = unit->exports[i];
    if (e.is_macro)
      gc::register_builtin_macro(e.name, slots[e.slot]);
    else
      gc::register_builtin(e.name, slots[e.slot]);
  }
}

bool run_prelude(gc::Mutator &m) {
  gc::UnitDesc *unit = find_std_unit("");
  if (!unit)
    return false;
  gc::register_unit(m, unit);
  gc::Value instance;
  gc::Value result = gc::run_unit(m, unit, &instance);
  EVJIT_CHECK(!result.is_error(), "the prelude runs");
  export_unit(unit, instance);
  return true;
}

gc::UnitDesc *find_std_unit(std::string_view name) {
  for (const StdUnit &u : kStdUnits)
    if (u.name == name)
      return u.unit;
  return nullptr;
}

} // namespace evjit::stdlib
