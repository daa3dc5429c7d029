// Schedulers as values (09 section 9).
//
// A scheduler struct holds closures over one opaque object, whose data is the Scheduler. Its methods are closures with a C++ body
// (method). The loop of an inner scheduler runs on the stack of the fiber that steps it; when nothing is ready inside,
// that fiber parks in the scheduler around it (idle in scheduler.cpp).
#include "sched/prims.hpp"

#include "gc/call.hpp"
#include "gc/trace.hpp"
#include "sched/prim_util.hpp"
#include "sched/program.hpp"

#include <utility>

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

// --- turning an inner scheduler ------------------------------------------------------------------------------------------------------
static Value reentrant(Mutator &m, Scheduler &s) {
  for (Scheduler *p = scheduler_of(*runtime(m).current); p; p = p->running ? p->outer : nullptr)
    if (p == &s)
      return state_error(m, "reentrant", "step: a scheduler cannot be stepped from one of its own fibers");
  return s.running ? state_error(m, "reentrant", "step: the scheduler is running already") : kNil;
}

static Value halted(Mutator &m, Scheduler &s) {
  Value v = std::exchange(s.halt_value, kNil);
  s.halted = false;
  return send(m, gc::sig::kHalt, v);
}

// On the stack of whoever turns a scheduler: nothing else may refer to its handle.
#define EVJIT_KEEP(handle) asm volatile("" : : "g"(&(handle)) : "memory")

// One turn, or several short ones. :done, :pending, or an error (an abort of the stepping fiber while it was parked, a deadlock).
static Value step_kept(Mutator &m, Scheduler &s, int64_t timeout_ns, void (*turn)(Scheduler &)) {
  if (Value r = reentrant(m, s); !r.is_nil())
    return r;
  Runtime &rt = runtime(m);
  s.outer = scheduler_of(*rt.current);
  if (s.shutdown_requested)
    apply_shutdown(s);
  turn(s);
  if (s.shutdown_requested && !s.halted)
    apply_shutdown(s);
  if (s.halted)
    return halted(m, s);
  if (Value r = let_main_run(rt); r.is_error())
    return r;
  if (s.live && !s.later.empty()) {
    poll_events(rt, 0);
  } else if (s.live && timeout_ns != 0) {
    serve_all_pools(rt);
    if (!s.outer && s.later.empty() && !outside_pending(rt))
      return gc::raise(m, deadlock_error(s, nullptr));
    if (Value r = idle(s, timeout_ns); r.is_error())
      return r;
  } else if (s.live) {
    poll_events(rt, 0);
  }
  return keyword(s.live ? "pending" : "done");
}

static Value step(Mutator &m, Scheduler &s, int64_t timeout_ns, void (*turn)(Scheduler &) = run_turn) {
  Value handle = s.handle;
  Value r = step_kept(m, s, timeout_ns, turn);
  EVJIT_KEEP(handle);
  return r;
}

// Ends the fibers of `s`, as ev/scope ends its members: its pumping fiber was aborted. That waits for their cleanups, itself shielded.
// The error in flight stays.
static Value end_inner(Mutator &m, Scheduler &s) {
  Value error = m.error, trace = m.trace;
  Value e = gc::make_error(m, "aborted", "fiber aborted: its scheduler has ended");
  abort_all(s, e, nullptr);
  ++m.shield;
  while (s.live && !s.halted && !step(m, s, -1, run_turns).is_error()) {
  }
  --m.shield;
  cancel_all(s, e); // a deadlock among the cleanups
  m.error = error;
  m.trace = trace;
  return kError;
}

static Value pump(Mutator &m, Scheduler &s) {
  while (s.live) {
    Value r = step(m, s, -1, run_turns);
    if (r.is_error())
      return s.running ? r : end_inner(m, s);
  }
  return kNil;
}

static Value first_unobserved(Mutator &m, Scheduler &s) {
  if (s.failures.empty())
    return kNil;
  Failure f = s.failures.front();
  forget_failures(s);
  return raise_from(m, f.payload, f.trace);
}

static Value pump_and_report(Mutator &m, Scheduler &s) {
  Value r = pump(m, s);
  return r.is_error() ? r : first_unobserved(m, s);
}

// --- the struct ------------------------------------------------------------------------------------------------------------------------
static void drop_scheduler(void *data) {
  auto *s = static_cast<Scheduler *>(data);
  if (gc::current_mutator().sched && !s->live) // else end_dropped does it
    delete_scheduler(s);
}

static void trace_scheduler(void *data, gc::Marker &k) {
  if (!gc::current_mutator().sched)
    return;
  auto *s = static_cast<Scheduler *>(data);
  visit_live(*s, k);
  visit_kept(*s, k);
}

// The scheduler of ev/run, which nobody else knows, need not wait for a collection.
static void drop_if_over(Value handle) {
  auto *o = handle.as<gc::Opaque>();
  if (auto *s = static_cast<Scheduler *>(o->data); !s->live && !s->running) {
    o->data = nullptr;
    delete_scheduler(s);
  }
}

static const gc::OpaqueClass kSchedulerClass{"scheduler", trace_scheduler, drop_scheduler, nullptr};

static Value make_handle(Mutator &m, Scheduler *s) {
  Value handle = gc::make_opaque(m, &kSchedulerClass, s);
  s->handle = handle;
  return handle;
}

static bool is_scheduler(Value v) { return gc::is(v, gc::Type::Opaque) && v.as<gc::Opaque>()->cls == &kSchedulerClass; }
static Scheduler &scheduler_data(Value handle) { return *static_cast<Scheduler *>(handle.as<gc::Opaque>()->data); }

static Value spawn_given(Mutator &m, Scheduler &s, Value fiber) {
  if (!is_fiber(fiber))
    return type_error(m, "spawn", "fiber", fiber, 0);
  FiberData &f = data_of(fiber);
  if (f.status != Status::New || f.run != Run::None)
    return state_error(m, "not-new", "spawn: the fiber has started already");
  adopt(s, f, s.rt.visible.sites.here(m));
  return fiber;
}

static bool want_millis(Mutator &m, const char *fn, Value v, int64_t *ns, Value *raised) {
  if (!gc::is_number(v)) {
    *raised = type_error(m, fn, "number", v, 0);
    return false;
  }
  double ms = gc::number_as_double(v);
  *ns = ms < 0 ? -1 : static_cast<int64_t>(std::min(ms, 9e9) * 1e6);
  return true;
}

static Value request_shutdown(Mutator &m, Scheduler &s, Value ms) {
  int64_t ns;
  Value raised;
  if (!want_millis(m, "ev/shutdown", ms, &ns, &raised))
    return raised;
  if (ns < 0)
    return gc::argument_error(m, "ev/shutdown", "the time is negative");
  s.shutdown_requested = true;
  s.shutdown_timeout_ns = static_cast<uint64_t>(ns);
  return kNil;
}

enum Method { kSpawn, kStep, kPump, kShutdown, kMarkJoined };

template <Method which> static Value method(Mutator *mp, Value closure, int64_t argc, Value a0, Value, Value) {
  Mutator &m = *mp;
  auto *c = closure.as<gc::Closure>();
  auto n = static_cast<size_t>(argc);
  if (n < c->proto->required || n > c->proto->max_args())
    return gc::arity_error(m, c->proto, n);
  Scheduler &s = scheduler_data(c->captures[0]);
  int64_t ns = 0;
  Value raised;
  switch (which) {
  case kSpawn: return spawn_given(m, s, a0);
  case kStep: return !n || want_millis(m, "step", a0, &ns, &raised) ? step(m, s, ns) : raised;
  case kPump: return pump_and_report(m, s);
  case kShutdown: return request_shutdown(m, s, n ? a0 : Value::fixnum(0));
  case kMarkJoined:
    if (!is_fiber(a0))
      return type_error(m, "mark-joined", "fiber", a0, 0);
    mark_observed(data_of(a0));
    return kNil;
  }
  return kNil;
}

static gc::FnProto method_proto(gc::Code code, const char *name, uint32_t required, uint32_t optional) {
  gc::FnProto p{};
  p.code = code;
  p.name = name;
  p.required = required;
  p.optional = optional;
  p.named = kNil;
  p.signals = gc::sig::kError;
  p.captures = 1;
  return p;
}

static Value make_scheduler_struct(Mutator &m, Scheduler *s) {
  static const gc::FnProto protos[] = {
      method_proto(method<kSpawn>, "spawn", 1, 0),       method_proto(method<kStep>, "step", 0, 1),
      method_proto(method<kPump>, "pump", 0, 0),         method_proto(method<kShutdown>, "shutdown", 0, 1),
      method_proto(method<kMarkJoined>, "mark-joined", 1, 0),
  };
  Value handle = make_handle(m, s);
  Value kv[12];
  size_t n = 0;
  for (const gc::FnProto &p : protos) {
    kv[2 * n] = keyword(p.name);
    kv[2 * n + 1] = gc::make_closure(m, &p, kNil, &handle, 1);
    ++n;
  }
  kv[2 * n] = keyword("backend");
  kv[2 * n + 1] = handle;
  return gc::make_struct(m, kv, 6);
}

static Scheduler *want_struct(Mutator &m, const char *fn, Value v, Value *raised) {
  Value handle = gc::is_struct(v) ? gc::struct_get(v, "backend") : kNil;
  if (is_scheduler(handle))
    return &scheduler_data(handle);
  *raised = type_error(m, fn, "scheduler", v, 0);
  return nullptr;
}

EVJIT_PRIM(evrt_make_async_scheduler) {
  Value none;
  if (!m.sched)
    return want_scheduler(m, "make-async-scheduler", "spawn", &none), none;
  return make_scheduler_struct(m, new_scheduler(runtime(m)));
}

// --- ev/run ----------------------------------------------------------------------------------------------------------------------------
// The fibers of the thunks, spawned in order; kAbsent and *raised after raising.
static Value spawn_thunks(Mutator &m, Scheduler &s, const char *fn, const Value *thunks, size_t n, Value *raised) {
  for (size_t i = 0; i < n; ++i)
    if (*raised = check_thunk(m, fn, thunks[i]); !raised->is_nil())
      return gc::kAbsent;
  Value fibers = gc::make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i) {
    Value f = new_fiber(m, thunks[i], kScheduledMask, 0);
    gc::write_barrier(m, fibers.as(), f);
    fibers.as<gc::Array>()->items[i] = f;
    data_of(f).observed = true;
    if (FiberData *root = runtime(m).current->root; root && !root->owner().is_nil())
      extra_of(m, data_of(f)).owner = root->owner();
    adopt(s, data_of(f), s.rt.visible.sites.here(m));
  }
  return fibers;
}

static Value run_thunks(Mutator &m, Scheduler &s, const char *fn, const Value *thunks, size_t n) {
  Value raised;
  Value fibers = spawn_thunks(m, s, fn, thunks, n, &raised);
  if (fibers == gc::kAbsent)
    return raised;
  Value r = pump(m, s);
  if (r.is_error())
    return r;
  for (size_t i = 0; i < n; ++i) {
    FiberData &f = data_of(gc::array_items(fibers)[i]);
    if (f.status == Status::Error)
      return raise_from(m, f.value, f.trace);
  }
  if (r = first_unobserved(m, s); r.is_error())
    return r;
  return n ? data_of(gc::array_items(fibers)[n - 1]).value : kNil;
}

EVJIT_PRIM(evrt_ev_run) {
  Value none;
  if (!m.sched)
    return want_scheduler(m, "ev/run", "spawn", &none), none;
  Value handle = make_handle(m, new_scheduler(runtime(m)));
  scheduler_data(handle).of_run = true;
  Value r = run_thunks(m, scheduler_data(handle), "ev/run", args, argc);
  drop_if_over(handle);
  return r;
}

EVJIT_PRIM(evrt_ev_with_scheduler) {
  Value raised;
  Scheduler *s = want_struct(m, "ev/with-scheduler", args[0], &raised);
  if (!s)
    return raised;
  Value r = run_thunks(m, *s, "ev/with-scheduler", args + 1, argc - 1);
  return r.is_error() ? r : kNil;
}

EVJIT_PRIM(evrt_ev_step) {
  Value raised;
  Scheduler *s = want_scheduler(m, "ev/step", "park", &raised);
  if (!s)
    return raised;
  int64_t ns = 0;
  if (argc && !want_millis(m, "ev/step", args[0], &ns, &raised))
    return raised;
  return step(m, *s, ns);
}

EVJIT_PRIM(evrt_ev_shutdown) {
  Scheduler *s = m.sched ? scheduler_of(*runtime(m).current) : nullptr;
  if (!s)
    return gc::raise_error(m, "state-error", "ev/shutdown: no event loop is active", {{"reason", keyword("no-event-loop")}});
  return request_shutdown(m, *s, argc ? args[0] : Value::fixnum(0));
}

// --- std/process turns its scheduler itself ----------------------------------------------------------------------------------------
static Scheduler *want_handle(Mutator &m, const char *fn, Value v, Value *raised) {
  if (is_scheduler(v))
    return &scheduler_data(v);
  *raised = type_error(m, fn, "scheduler", v, 0);
  return nullptr;
}

static bool has_ready(const Scheduler &s) { return !s.current.empty() || !s.later.empty(); }

// One round, and a turn for the fibers around. :ready, :outside (all wait, somebody for an event), :idle (all wait for each other), :done.
static Value turn_once(Mutator &m, Scheduler *s, int64_t slice) {
  if (Value r = reentrant(m, *s); !r.is_nil())
    return r;
  Runtime &rt = runtime(m);
  s->outer = scheduler_of(*rt.current);
  s->slice = slice;
  s->rt.metering = s->rt.metering || s->slice;
  run_turn(*s);
  if (s->halted)
    return halted(m, *s);
  if (Value r = let_main_run(rt); r.is_error())
    return r;
  if (!s->live)
    return keyword("done");
  if (!has_ready(*s))
    return keyword(s->outside ? "outside" : "idle");
  poll_events(rt, 0);
  if (s->outer && has_ready(*s->outer) && yield_here(rt).is_error())
    return kError;
  return keyword("ready");
}

EVJIT_PRIM(evrt_sched_turn) {
  Value r, handle = args[0];
  if (Scheduler *s = want_handle(m, "%%sched-turn", handle, &r))
    r = turn_once(m, s, gc::int_of(args[1]));
  EVJIT_KEEP(handle);
  return r;
}

// Waits for an event, at most so many seconds (nil: no limit).
EVJIT_PRIM(evrt_sched_idle) {
  Value raised, handle = args[0];
  Scheduler *s = want_handle(m, "%%sched-idle", handle, &raised);
  if (!s || has_ready(*s))
    return s ? kNil : raised;
  int64_t ns = args[1].is_nil() ? -1 : static_cast<int64_t>(gc::number_as_double(args[1]) * 1e9);
  Value r = idle(*s, ns);
  EVJIT_KEEP(handle);
  return r;
}

// Could something outside this scheduler, other than the fiber that turns it, wake one of its fibers?
EVJIT_PRIM(evrt_sched_others) {
  Value raised;
  Scheduler *s = want_handle(m, "%%sched-others?", args[0], &raised);
  if (!s)
    return raised;
  for (Scheduler *o = s->outer; o; o = o->outer)
    if (o->live > 1)
      return kTrue;
  return Value::boolean(outside_pending(runtime(m)));
}

EVJIT_PRIM(evrt_sched_spawn) {
  Value raised;
  Scheduler *s = want_handle(m, "%%sched-spawn", args[0], &raised);
  if (!s)
    return raised;
  Value fiber = new_fiber(m, args[1], kScheduledMask, 0);
  data_of(fiber).observed = true;
  extra_of(m, data_of(fiber)).owner = args[2];
  adopt(*s, data_of(fiber), s->rt.visible.sites.here(m));
  return fiber;
}

static const PrimDef kTable[] = {
    {.name = "%%sched-turn", EVJIT_PRIM_FN(evrt_sched_turn), .arity = {2, 2}, .signals = ~uint64_t{0x24E8}, .params = "handle slice"},
    {.name = "%%sched-idle", EVJIT_PRIM_FN(evrt_sched_idle), .arity = {2, 2}, .signals = ~uint64_t{0x24E8}, .params = "handle seconds"},
    {.name = "%%sched-others?", EVJIT_PRIM_FN(evrt_sched_others), .arity = {1, 1}, .params = "handle"},
    {.name = "%%sched-spawn", EVJIT_PRIM_FN(evrt_sched_spawn), .arity = {3, 3}, .params = "handle thunk owner"},
    {.name = "make-async-scheduler", EVJIT_PRIM_FN(evrt_make_async_scheduler), .arity = {0, 0},
     .doc = "A scheduler of its own, a struct of :spawn, :step, :pump, :shutdown, :mark-joined and :backend.",
     .example = "(let [s (make-async-scheduler) f (fiber/new (fn [] 42) |:yield|)] (s:spawn f) (s:pump) "
                "(fiber/value f)) # => 42"},
    {.name = "ev/run", EVJIT_PRIM_FN(evrt_ev_run), .arity = {0, gc::kAny}, .signals = ~uint64_t{0x24E8}, .params = "& thunks",
     .doc = "Runs the thunks in a new scheduler until all fibers have ended; the value of the last.",
     .example = "(ev/run (fn [] 1) (fn [] 2)) # => 2"},
    {.name = "ev/with-scheduler", EVJIT_PRIM_FN(evrt_ev_with_scheduler), .arity = {1, gc::kAny}, .signals = ~uint64_t{0x24E8},
     .params = "sched & thunks", .doc = "Runs the thunks in the given scheduler until all its fibers have ended; nil.",
     .example = "(let [out @[]] (ev/with-scheduler (make-async-scheduler) (fn [] (push out 1)) (fn [] "
                "(push out 2))) out) # => @[1 2]"},
    {.name = "ev/step", EVJIT_PRIM_FN(evrt_ev_step), .arity = {0, 1}, .params = "&opt timeout-ms",
     .doc = "One turn of the current scheduler: :done or :pending.",
     .example = "(try (ev/step 0) (catch e e:reason)) # => :reentrant"},
    {.name = "ev/shutdown", EVJIT_PRIM_FN(evrt_ev_shutdown), .arity = {0, 1}, .params = "&opt timeout-ms",
     .doc = "Asks the scheduler to abort every fiber and end.",
     .example = "(get (subprocess/system \"evjit\" [\"-e\" \"(ev/shutdown) (ev/sleep 60)\"]) :exit) # => 0"},
};
const std::span<const PrimDef> kSchedulerPrims = kTable;

} // namespace evjit::sched
