// Names of fibers, for people: in dumps and reports. They live in a table beside the fibers and are forgotten with them.
#include "sched/fiber.hpp"

namespace evjit::sched {

Value fiber_name(Runtime &rt, const FiberData &f) {
  auto &names = rt.visible.names;
  if (names.empty())
    return kNil;
  auto it = names.find(&f);
  return it == names.end() ? kNil : it->second;
}

void set_fiber_name(Runtime &rt, FiberData &f, Value name) {
  if (name.is_nil())
    rt.visible.names.erase(&f);
  else
    rt.visible.names[&f] = name, want_finalizer(rt.m, f);
}

std::string label_text(uint32_t id, Value name) {
  std::string label = "#" + std::to_string(id);
  return name.is_nil() ? label : label + " " + gc::print_literal(name);
}

std::string fiber_label(Runtime &rt, const FiberData &f) { return label_text(f.id, fiber_name(rt, f)); }

void visit_names(Runtime &rt, gc::Marker &k) {
  for (auto &[fiber, name] : rt.visible.names)
    k.mark(name);
}

} // namespace evjit::sched
