// Entry points of compiled code that belong to sched (gc/rt/evrt.def).
#include "gc/rt/evrt.hpp"
#include "gc/signals.hpp"
#include "gc/value/make.hpp"
#include "sched/fiber.hpp"

using namespace evjit::gc;

extern "C" {

// The end of a cleanup region. An abort that came meanwhile is raised at the next suspension point (decision 09-14), where
// take_pending looks.
Value evrt_shield_leave(Mutator *m) noexcept {
  --m->shield;
  return kNil;
}

// A primitive whose declared signals meet the capabilities withheld from the fiber (08 section 8): the signal instead of the
// call. What the fiber is resumed with is the call's value.
Value evrt_denied(Mutator *m, Value prim, int64_t argc, void *args) noexcept {
  auto *p = prim.as<Closure>()->proto;
  uint64_t bits = p->signals & m->denied;
  Value list = make_array(*m, static_cast<const Value *>(args), static_cast<size_t>(argc));
  Value kv[10] = {keyword("error"),  keyword("capability-denied"), keyword("denied"), signals_to_set(*m, bits), keyword("primitive"),
                  make_string(*m, p->name), keyword("func"), prim, keyword("args"), list};
  return evjit::sched::send(*m, bits, make_struct(*m, kv, 5));
}
}
