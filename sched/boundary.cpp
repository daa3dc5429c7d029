// Boundaries of squelch and attune (08 section 7).
//
// (squelch f bits) is a closure over f and the forbidden bits, whose code opens a boundary in the running fiber for the time of the
// call: the bits, joined with those of the boundaries around it, go in front of FiberData::boundary. A signal on its way out
// (find_cover in fiber.cpp) asks every fiber it leaves. If it is forbidden, the holder unwinds to the boundary that forbids it,
// and :signal-violation is what comes out of that call.
#include "sched/boundary.hpp"

#include "gc/call.hpp"
#include "gc/signals.hpp"
#include "gc/trace.hpp"
#include "sched/fiber.hpp"
#include "sched/switch.hpp"

namespace evjit::sched {

static uint64_t bits_of(Value boundary) { return static_cast<uint64_t>(gc::int_of(gc::head(boundary))); }

static uint64_t own_forbidden(const FiberData &f) { return f.boundary().is_nil() ? 0 : bits_of(f.boundary()); }

uint64_t forbidden_below(const FiberData &f) {
  return f.extra ? f.extra->outer_forbidden | own_forbidden(f) : 0;
}

uint64_t denied_while_running(const FiberData &f) {
  constexpr uint64_t io = gc::sig::kYield | gc::sig::kIo | gc::sig::kExec;
  uint64_t forbidden = forbidden_below(f);
  return f.denied | (forbidden & io ? gc::kBoundaryBit : 0);
}

bool boundary_forbids(const FiberData &f, uint64_t bits) {
  if (bits & (gc::sig::kError | gc::sig::kHalt))
    return false;
  return !f.boundary().is_nil() && (bits_of(f.boundary()) & bits);
}

static Value violation(Mutator &m, uint64_t bits) {
  return gc::make_error(m, "signal-violation", "a signal was sent that the function must not send",
                        {{"signals", gc::signals_to_set(m, bits)}});
}

Value raise_at_boundary(Mutator &m, FiberData &holder, uint64_t bits) {
  Runtime &rt = runtime(m);
  Value e = violation(m, bits);
  if (&holder == rt.current) {
    m.trace = gc::capture_trace(m);
    m.error = e;
    return kError;
  }
  for (FiberData *g = rt.current; g != &holder; g = g->resumer) {
    g->status = Status::Paused;
    g->bits = bits;
  }
  holder.in_resume = false;
  deliver(holder, In::Inject, e, gc::capture_trace(m));
  return suspend_to(rt, holder);
}

Value check_boundaries(Mutator &m, uint64_t bits) {
  FiberData *root = runtime(m).current->root;
  for (FiberData *g = runtime(m).current;; g = g->resumer) {
    if (boundary_forbids(*g, bits))
      return raise_at_boundary(m, *g, bits);
    if (g == root)
      return kNil;
  }
}

// --- the closures ----------------------------------------------------------------------------------------------------------------
static Value boundary_code(Mutator *mp, Value closure, int64_t argc, Value a0, Value a1, Value a2) {
  Mutator &m = *mp;
  auto *c = closure.as<gc::Closure>();
  Value inner = c->captures[0];
  auto forbidden = static_cast<uint64_t>(gc::int_of(c->captures[1]));
  FiberData &f = *runtime(m).current;
  FiberExtra &extra = extra_of(m, f);
  Value before = extra.boundary;
  if (!before.is_nil())
    forbidden |= bits_of(before);
  extra.boundary = gc::cons(m, gc::make_int(m, static_cast<int64_t>(forbidden)), before);
  m.denied = denied_while_running(f);
  Value r = inner.as<gc::Closure>()->proto->code(mp, inner, argc, a0, a1, a2);
  extra.boundary = before;
  m.denied = denied_while_running(f);
  return r;
}

Value make_boundary(Mutator &m, Value f, uint64_t forbidden) {
  auto *proto = f.as<gc::Closure>()->proto;
  auto *p = new gc::FnProto(*proto); // prototypes live for ever
  p->code = boundary_code;
  uint64_t blocked = proto->signals & forbidden;
  p->signals = (proto->signals & ~forbidden) | (blocked ? gc::sig::kError : 0);
  p->captures = 2;
  Value captures[2] = {f, gc::make_int(m, static_cast<int64_t>(forbidden))};
  return gc::make_closure(m, p, f.as<gc::Closure>()->instance, captures, 2);
}

} // namespace evjit::sched
