// Entry points of compiled code that belong to sched (gc/rt/evrt.def).
#include "gc/rt/evrt.hpp"

using namespace evjit::gc;

extern "C" {

// The end of a cleanup region. An abort that came meanwhile is raised at the next suspension point (decision 09-14), where
// take_pending looks.
Value evrt_shield_leave(Mutator *m) noexcept {
  --m->shield;
  return kNil;
}
}
