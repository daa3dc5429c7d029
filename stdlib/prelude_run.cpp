// Running the prelude: its exports become the builtin and macro tables. Main thread, before the first user unit.
#include "gc/call.hpp"
#include "gc/object/objects.hpp"
#include "stdlib/stdlib.hpp"

namespace evjit::stdlib {

bool run_prelude(gc::Mutator &m, gc::UnitDesc *unit) {
  gc::Value instance = gc::kNil;
  if (gc::run_unit(m, unit, &instance).is_error())
    return false;
  auto *slots = instance.as<gc::Instance>()->slots;
  for (uint32_t i = 0; i < unit->export_count; ++i) {
    const auto &e = unit->exports[i];
    if (e.is_macro)
      gc::register_builtin_macro(e.name, slots[e.slot]);
    else
      gc::register_builtin(e.name, slots[e.slot]);
  }
  return true;
}

} // namespace evjit::stdlib
