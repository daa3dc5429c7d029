// Fibers and signals (07, 08).
//
// Every fiber, hand-driven or scheduled, is a FiberData with a stack (stack.cpp). At any moment the fibers form chains: a root
// (a scheduled fiber, or the OS thread itself) has resumed a child, which has resumed another, down to the leaf that
// runs or is suspended. A switch goes directly from the one that stops to the one that goes on; whoever stops first
// leaves in the other's inbox (`in`, `in_kind`) what its suspended expression finds: a value, an ordinary error, or an
// error to unwind with.
//
// A signal walks outwards from its sender without switching: fibers whose mask does not cover it are marked paused with the
// same bits and payload, and the switch goes straight to the resumer of the first that covers it. Resuming the
// outermost paused fiber later walks inwards along `child` and continues the innermost (leaf_of).
//
// An error is different: it is offered to one level at a time, because handlers of the resumer come first. raise_hook suspends
// the fiber before anything unwinds if no handler is open in it (m.handlers == 0) and it has a resumer. Otherwise
// kError unwinds it, and what leaves fiber_main is delivered to the resumer in the same way, without a continuation.
//
// Threads: everything here belongs to the thread of the Mutator.
#include "sched/fiber.hpp"

#include "gc/call.hpp"
#include "gc/signals.hpp"
#include "gc/trace.hpp"
#include "sched/boundary.hpp"
#include "sched/switch.hpp"
#include "sched/wait-inl.hpp"

namespace evjit::sched {

using gc::raise_error;

const char *status_name(Status s) {
  static const char *const names[] = {"new", "alive", "paused", "dead", "error"};
  return names[static_cast<int>(s)];
}

Value state_error(Mutator &m, std::string_view reason, std::string_view message) {
  return raise_error(m, "state-error", message, {{"reason", keyword(reason)}});
}

void drop_stack(Runtime &rt, FiberData &f) {
  f.ended = true;
  f.in_resume = false;
  if (&f != rt.current)
    rt.stacks.drop(f);
}

// --- suspending and going on -------------------------------------------------------------------------------------------------
void deliver(FiberData &f, In kind, Value v, Value trace) {
  f.in_kind = kind;
  f.in = v;
  if (kind != In::Return)
    f.trace = trace;
}

FiberData &leaf_of(FiberData &f) {
  FiberData *p = &f;
  while (p->in_resume)
    p = p->child;
  return *p;
}

// Lets the error in m.error leave the running fiber `f` if it may suspend here. True: it was answered, the answer is in the inbox.
static bool offer_error(Runtime &rt, FiberData &f, uint64_t bits, Value payload) {
  FiberData *g = f.resumer;
  if (rt.m.handlers || !g || f.run != Run::None || f.root == &f)
    return false;
  f.bits = bits;
  f.value = payload;
  f.trace = rt.m.trace;
  if (covers(f.mask, bits)) {
    f.status = Status::Paused;
    g->child = nullptr;
    deliver(*g, In::Return, payload);
  } else {
    f.status = Status::Error;
    deliver(*g, In::Raise, payload, f.trace);
  }
  g->in_resume = false;
  rt.error_bits = bits;
  switch_to(rt, *g);
  return true;
}

__attribute__((noinline)) Value take_inbox(Runtime &rt) {
  FiberData &f = *rt.current;
  Mutator &m = rt.m;
  for (;;) {
    Value v = f.in;
    f.in = kNil;
    if (f.in_kind == In::Return)
      return v;
    Value trace = f.trace;
    f.trace = kNil;
    m.trace = gc::capture_trace(m);
    if (!trace.is_nil())
      m.trace = gc::join_traces(m, trace, m.trace);
    m.error = v;
    uint64_t bits = rt.error_bits;
    rt.error_bits = gc::sig::kError;
    if (f.in_kind == In::Inject || v == kUnwind || !offer_error(rt, f, bits, v)) {
      m.error = v;
      return kError;
    }
  }
}

Value suspend_to(Runtime &rt, FiberData &to) {
  switch_to(rt, to);
  return take_inbox(rt);
}

Value raise_hook(Mutator &m, Value payload) {
  Runtime &rt = runtime(m);
  uint64_t bits = rt.error_bits;
  rt.error_bits = gc::sig::kError;
  if (!offer_error(rt, *rt.current, bits, payload))
    return kError;
  return take_inbox(rt);
}

// --- the life of a fiber -----------------------------------------------------------------------------------------------------
FirstCall first_call(Runtime &rt) {
  FiberData &f = *rt.current;
  Value closure = f.value;
  f.value = kNil;
  if (f.in_kind != In::Return) {
    take_inbox(rt);
    return {kNil, kNil};
  }
  Value v = f.in;
  f.in = kNil;
  const gc::FnProto *p = closure.as<gc::Closure>()->proto;
  bool none = p->required == 0 && p->optional == 0 && p->collector == gc::Collector::None;
  return {closure, none ? gc::kAbsent : v};
}

// A hand-driven fiber has ended: its resumer goes on.
static void end_hand_driven(Runtime &rt, FiberData &f, Value r) {
  FiberData &g = *f.resumer;
  note_change(rt, f);
  g.in_resume = false;
  if (!r.is_error()) {
    f.status = Status::Dead;
    f.bits = 0;
    f.value = r;
    g.child = nullptr;
    deliver(g, In::Return, r);
    return;
  }
  f.status = Status::Error;
  f.bits = gc::sig::kError;
  f.value = rt.m.error;
  f.trace = rt.m.trace;
  if (r.is_error() && f.value == kUnwind) {
    f.value = kNil;
    deliver(g, In::Inject, kUnwind);
  } else if (covers(f.mask, f.bits)) {
    g.child = nullptr;
    deliver(g, In::Return, f.value);
  } else {
    deliver(g, In::Raise, f.value, f.trace);
  }
}

FiberData &end_fiber(Runtime &rt, Value r) {
  FiberData &f = *rt.current;
  f.ended = true;
  if (f.sched) {
    Scheduler &s = *f.sched;
    complete(f, !r.is_error(), r.is_error() ? rt.m.error : r, r.is_error() ? rt.m.trace : kNil);
    return next_to_run(s);
  }
  end_hand_driven(rt, f, r);
  return *f.resumer;
}

// Makes the suspended chain from `f` inwards part of the running fiber's.
static void join_chain(Mutator &m, FiberData &g, FiberData &f) {
  f.resumer = &g;
  g.child = &f;
  g.in_resume = true;
  const FiberData *outer = &g;
  for (FiberData *p = &f;; p = p->child) {
    note_change(runtime(m), *p);
    p->status = Status::Alive;
    p->root = g.root;
    p->denied |= outer->denied;
    p->catches_io = outer->catches_io || (p->mask & kRequestBits);
    if (uint64_t forbidden = forbidden_below(*outer); __builtin_expect(forbidden != 0 || p->extra, 0))
      extra_of(m, *p).outer_forbidden = forbidden;
    if (!p->in_resume)
      return;
    outer = p;
  }
}

static Value cannot_resume(Mutator &m, FiberData &f) {
  if (f.status == Status::Dead)
    return state_error(m, "completed", "fiber/resume: cannot resume completed fiber");
  if (f.run != Run::None && f.run != Run::Terminal)
    return state_error(m, "scheduled", "fiber/resume: the fiber belongs to a scheduler");
  if (f.status == Status::Alive)
    return state_error(m, "alive", "fiber/resume: the fiber is running already");
  return state_error(m, "no-continuation", "fiber/resume: the fiber ended with an error and cannot go on");
}

Value resume(Mutator &m, FiberData &f, Value v) {
  Runtime &rt = runtime(m);
  FiberData &g = *rt.current;
  bool ok = f.run == Run::None && (f.status == Status::New || f.status == Status::Paused ||
                                   (f.status == Status::Error && f.has_stack && !f.ended));
  if (!ok)
    return cannot_resume(m, f);
  join_chain(m, g, f);
  FiberData &leaf = leaf_of(f);
  deliver(leaf, In::Return, v);
  return suspend_to(rt, leaf);
}

// --- signals -----------------------------------------------------------------------------------------------------------------
Value unhandled_signal(Mutator &m, uint64_t bits, Value payload) {
  return gc::make_error(m, "unhandled-signal", "a signal reached the scheduler and nobody handles it",
                        {{"signals", gc::signals_to_set(m, bits)}, {"value", payload}});
}

static Value no_parent(Mutator &m) { return state_error(m, "no-parent", "emit: there is no fiber that could receive the signal"); }

static void halt_program(Runtime &rt, FiberData &root, Value payload) {
  root.sched->halted = true;
  root.sched->halt_value = payload;
  switch_to(rt, *root.sched->host); // never resumed
}

static bool is_denial(Value payload) {
  return gc::is_struct(payload) && gc::struct_get(payload, "error") == keyword("capability-denied");
}

// A signal that nobody in the chain covers, at the scheduler. `f` runs.
static Value at_scheduler(Mutator &m, FiberData &f, uint64_t bits, Value payload) {
  Runtime &rt = runtime(m);
  FiberData &root = *f.root;
  if (bits & gc::sig::kHalt) {
    halt_program(rt, root, payload);
    return kNil;
  }
  if ((bits & kRequestBits) && is_request(payload) && rt.waits.find(request_wait(payload)))
    return park_here(rt, request_wait(payload));
  if (bits == gc::sig::kYield) {
    bool raised = false;
    Value pending = take_pending(m, root, &raised);
    if (raised)
      return pending;
    return yield_here(rt);
  }
  // It fails the fiber. Cleanups run: the failure unwinds from here.
  Value e = is_denial(payload) ? payload : unhandled_signal(m, bits, payload);
  m.trace = gc::capture_trace(m);
  m.error = e;
  return kError;
}

// Whom the signal reaches: the fiber whose mask covers it, or null.
static FiberData *find_cover(FiberData &f, uint64_t bits, FiberData **blocked) {
  *blocked = nullptr;
  for (FiberData *g = &f; g; g = g->resumer) {
    if (g->extra && boundary_forbids(*g, bits)) {
      *blocked = g;
      return nullptr;
    }
    if (g->root == g || g->run != Run::None)
      return nullptr;
    if (covers(g->mask, bits))
      return g;
  }
  return nullptr;
}

static Value leave_to(Runtime &rt, FiberData &f, FiberData &cover, uint64_t bits, Value payload) {
  bool halt = bits & gc::sig::kHalt;
  for (FiberData *g = &f;; g = g->resumer) {
    note_change(rt, *g);
    g->bits = bits;
    g->value = payload;
    g->status = Status::Paused;
    if (halt) {
      g->status = Status::Dead;
      g->bits = 0;
      drop_stack(rt, *g);
    }
    if (g == &cover)
      break;
  }
  FiberData &to = *cover.resumer;
  to.child = nullptr;
  to.in_resume = false;
  deliver(to, In::Return, payload);
  if (halt)
    switch_away(rt, to);
  return suspend_to(rt, to);
}

Value send(Mutator &m, uint64_t bits, Value payload) {
  Runtime &rt = runtime(m);
  FiberData &f = *rt.current;
  if (!bits)
    return payload;
  if (bits & gc::sig::kError) {
    rt.error_bits = bits;
    return gc::raise(m, payload);
  }
  FiberData *blocked;
  FiberData *cover = find_cover(f, bits, &blocked);
  if (blocked)
    return raise_at_boundary(m, *blocked, bits);
  if (cover)
    return leave_to(rt, f, *cover, bits, payload);
  FiberData &root = *f.root;
  if (!root.sched)
    return no_parent(m);
  for (FiberData *g = &f; g != &root; g = g->resumer) {
    note_change(rt, *g);
    g->bits = bits;
    g->value = payload;
  }
  root.bits = bits;
  root.value = payload;
  return at_scheduler(m, f, bits, payload);
}

Value send_hook(Mutator &m, uint64_t bits, Value payload) {
  if (bits != gc::kBoundaryBit)
    return send(m, bits, payload);
  return check_boundaries(m, payload.as<gc::Closure>()->proto->signals & ~gc::sig::kError);
}

Value propagate(Mutator &m, FiberData &f) {
  if ((f.status != Status::Paused && f.status != Status::Error) || !f.bits)
    return state_error(m, "no-signal", "fiber/propagate: the fiber has no signal");
  Runtime &rt = runtime(m);
  rt.current->child = &f;
  if (!(f.bits & gc::sig::kError))
    return send(m, f.bits, f.value);
  rt.error_bits = f.bits;
  m.error = f.value;
  m.trace = f.trace.is_nil() ? gc::capture_trace(m) : gc::join_traces(m, f.trace, gc::capture_trace(m));
  return raise_hook(m, f.value);
}

// --- ending early ------------------------------------------------------------------------------------------------------------
Value abort_paused(Mutator &m, FiberData &f, Value error) {
  Runtime &rt = runtime(m);
  join_chain(m, *rt.current, f);
  FiberData &leaf = leaf_of(f);
  deliver(leaf, In::Inject, error);
  return suspend_to(rt, leaf);
}

static Value cancel_self(Runtime &rt, FiberData &f, Value error) {
  Value trace = gc::capture_trace(rt.m);
  f.ended = true;
  f.bits = gc::sig::kError;
  f.value = error;
  f.trace = trace;
  f.status = Status::Error;
  FiberData &g = *f.resumer;
  g.in_resume = false;
  deliver(g, In::Raise, error, trace);
  switch_away(rt, g);
}

Value cancel_fiber(Mutator &m, FiberData &f, Value error) {
  Runtime &rt = runtime(m);
  if (f.run == Run::Running && rt.current->root != &f) // it turns the scheduler of the fiber that runs
    return state_error(m, "alive", "fiber/cancel: the fiber is running");
  if (f.run != Run::None && f.run != Run::Terminal) {
    cancel_scheduled(f, error);
    return error;
  }
  if (&f == rt.current && f.resumer && f.root != &f)
    return cancel_self(rt, f, error);
  if (f.status == Status::Alive)
    return state_error(m, "alive", "fiber/cancel: the fiber is running");
  if (f.terminal())
    return state_error(m, "completed", "fiber/cancel: the fiber has ended");
  drop_stack(rt, f);
  note_change(rt, f);
  f.status = Status::Error;
  f.bits = gc::sig::kError;
  f.value = error;
  f.trace = kNil;
  return error;
}

// --- safepoints ----------------------------------------------------------------------------------------------------------------
bool stack_hook(Mutator &m, uintptr_t sp) {
  Runtime &rt = runtime(m);
  if (rt.current->slot < 0)
    return false;
  uintptr_t limit = rt.stacks.grow(rt.current->slot, sp);
  if (!limit)
    return false;
  gc::set_stack_limit(m, limit);
  return true;
}

// Signals :fuel until the budget allows one more unit.
static Value out_of_fuel(Mutator &m, FiberData &f) {
  for (;;) {
    f.extra->fuel = 0;
    load_fuel(runtime(m), f);
    Value r = send(m, gc::sig::kFuel, kNil);
    if (r.is_error())
      return kError;
    account_fuel(runtime(m), f);
    if (f.fuel_limited && f.extra->fuel <= 0)
      continue;
    if (f.fuel_limited)
      --f.extra->fuel;
    load_fuel(runtime(m), f);
    return kNil;
  }
}

Value safepoint_hook(Mutator &m) {
  Runtime &rt = runtime(m);
  FiberData &f = *rt.current;
  uint32_t attention = m.attention.fetch_and(gc::kAttentionOom, std::memory_order_acq_rel);
  gc::renew_stack_check(m);
  if (attention & gc::kAttentionDump)
    answer_requests(rt);
  if (attention & gc::kAttentionInterrupt) {
    Value r = interrupt_running(rt);
    if (r.is_error())
      return kError;
  }
  if (m.fuel >= 0)
    return kNil;
  account_fuel(rt, f);
  if (f.fuel_limited && f.extra->fuel < 0)
    return out_of_fuel(m, f);
  if (slice_is_over(rt, f) && preempt_here(rt).is_error())
    return kError;
  load_fuel(rt, f);
  return kNil;
}

} // namespace evjit::sched
