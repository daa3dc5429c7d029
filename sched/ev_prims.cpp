// Primitives of scheduled fibers (09 section 5), and what the prelude builds the structured ones on.
#include "sched/prims.hpp"

#include "base/reserve.hpp"
#include "gc/heap/pressure.hpp"
#include "gc/trace.hpp"
#include "sched/depart-inl.hpp"
#include "sched/prim_util.hpp"

#include <cmath>

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

static constexpr uint64_t kPark = gc::sig::kError | gc::sig::kWait;

// --- checks --------------------------------------------------------------------------------------------------------------------
Value check_thunk(Mutator &m, const char *fn, Value f) {
  if (!gc::is_closure(f) || is_primitive(f))
    return type_error(m, fn, "closure", f, 0);
  auto *p = f.as<gc::Closure>()->proto;
  return p->required ? gc::arity_error(m, p, 0) : kNil;
}

bool want_seconds(Mutator &m, const char *fn, Value v, uint64_t *ns, Value *raised) {
  if (!gc::is_number(v)) {
    *raised = type_error(m, fn, "number", v, 0);
    return false;
  }
  double s = gc::number_as_double(v);
  if (!(s >= 0) || std::isinf(s)) {
    *raised = gc::argument_error(m, fn, "the duration is negative or not finite");
    return false;
  }
  double exact = std::ceil(s * 1e9);
  *ns = exact >= 9e18 ? uint64_t{9'000'000'000'000'000'000} : static_cast<uint64_t>(exact);
  return true;
}

Value members_of(Mutator &m, Value v) {
  if (gc::is_array(v))
    return gc::flat_array(m, v);
  if (gc::is_set(v))
    return gc::set_items_array(m, v);
  auto n = gc::is_list(v) ? gc::list_length(v) : std::nullopt;
  if (!n)
    return gc::kAbsent;
  Value out = gc::make_array(m, nullptr, *n);
  Value *items = out.as<gc::Array>()->items;
  for (; gc::is_pair(v); v = gc::tail(v))
    *items++ = gc::head(v);
  return out;
}

__attribute__((noinline, cold)) static void raise_no_scheduler(Mutator &m, const char *fn, const char *op, Value *raised) {
  *raised = gc::raise_error(m, "state-error", std::string(fn) + ": no scheduler is active",
                            {{"reason", keyword("no-scheduler")}, {"op", keyword(op)}});
}

Scheduler *want_scheduler(Mutator &m, const char *fn, const char *op, Value *raised) {
  Scheduler *s = m.sched ? scheduler_of(*runtime(m).current) : nullptr;
  if (!s)
    raise_no_scheduler(m, fn, op, raised);
  return s;
}

Value raise_from(Mutator &m, Value payload, Value trace) {
  Value here = gc::capture_trace(m);
  m.trace = trace.is_nil() ? here : gc::join_traces(m, trace, here);
  m.error = payload;
  return m.raise_hook(m, payload);
}

// --- spawning ----------------------------------------------------------------------------------------------------------------------
static Value spawn(Mutator &m, Value thunk, bool observed, const void *frame) {
  Value raised = check_thunk(m, "ev/spawn", thunk);
  if (!raised.is_nil())
    return raised;
  Scheduler *s = want_scheduler(m, "ev/spawn", "spawn", &raised);
  if (!s)
    return raised;
  if (__builtin_expect(base::memory_is_short(), 0))
    if (raised = gc::refuse_for_memory(m); raised.is_error())
      return raised;
  Value fiber = new_fiber(m, thunk, kScheduledMask, 0);
  data_of(fiber).observed = observed;
  own_fiber(m, data_of(fiber));
  adopt(*s, data_of(fiber), runtime(m).visible.sites.here(m, frame));
  return fiber;
}

EVJIT_PRIM(evrt_ev_spawn) { return spawn(m, args[0], false, __builtin_frame_address(0)); }
EVJIT_PRIM(evrt_ev_owned_spawn) { return spawn(m, args[0], true, __builtin_frame_address(0)); }

EVJIT_PRIM(evrt_ev_self) {
  Value raised;
  if (!want_scheduler(m, "ev/self", "park", &raised))
    return raised;
  return runtime(m).current->root->self();
}

// --- aborting, sleeping ------------------------------------------------------------------------------------------------------------
// The same for all: whoever ends a crowd need not make it a million times.
static Value aborted_error(Mutator &m) {
  static const Value e = [&] {
    gc::ImmortalScope scope(m);
    return gc::make_error(m, "aborted", "fiber aborted");
  }();
  return e;
}

static Value abort_one(Mutator &m, const char *fn, Value target) {
  if (!is_fiber(target))
    return type_error(m, fn, "fiber", target, 0);
  FiberData &f = data_of(target);
  if (f.run == Run::None && !f.terminal())
    return state_error(m, "not-scheduled", std::string(fn) + ": the fiber was never given to a scheduler");
  if (f.terminal()) {
    mark_observed(f);
    return kNil;
  }
  Value raised;
  if (!want_scheduler(m, fn, "abort", &raised))
    return raised;
  return abort_fiber(m, f, aborted_error(m));
}

EVJIT_PRIM(evrt_ev_abort) { return abort_one(m, "ev/abort", args[0]); }

EVJIT_PRIM(evrt_ev_abort_all) {
  Value members = members_of(m, args[0]);
  if (members == gc::kAbsent)
    return type_error(m, "ev/abort", "sequence of fibers", args[0], 0);
  observe_targets(m, members);
  for (size_t i = 0; i < gc::array_length(members); ++i)
    if (Value r = abort_one(m, "ev/abort", gc::array_items(members)[i]); r.is_error())
      return r;
  return kNil;
}

static const WaitKind kSleep{.kind = "sleep", .op = "ev/sleep"};

// The wait, or none and `answer` of the Runtime.
static __attribute__((noinline)) WaitId begin_sleep(Mutator &m, Value seconds) {
  uint64_t ns;
  Value raised;
  WaitId id;
  if (!want_seconds(m, "ev/sleep", seconds, &ns, &raised) || !begin_wait(m, kSleep, kNil, nullptr, &id, &raised)) {
    runtime(m).answer = raised;
    return {};
  }
  add_timer(runtime(m), id.index, ns);
  return id;
}

EVJIT_PRIM(evrt_ev_sleep) {
  WaitId id = begin_sleep(m, args[0]);
  return id.index == kNoWait ? runtime(m).answer : park(m, id);
}

extern "C" Departed evrt_ev_sleep_depart(Mutator &m, Value *args, size_t argc, Value) {
  if (!parks_plainly(runtime(m)))
    return stay(evrt_ev_sleep(m, args, argc));
  WaitId id = begin_sleep(m, args[0]);
  if (id.index == kNoWait)
    return stay(runtime(m).answer);
  return depart_to_park(runtime(m), id, args, finish_park, kNil);
}

EVJIT_PRIM(evrt_ev_check_seconds) {
  uint64_t ns;
  Value raised;
  std::string fn(gc::is_string(args[0]) ? gc::string_view_of(args[0]) : "ev/sleep");
  return want_seconds(m, fn.c_str(), args[1], &ns, &raised) ? args[1] : raised;
}

EVJIT_PRIM(evrt_ev_check_thunk) {
  std::string fn(gc::is_string(args[0]) ? gc::string_view_of(args[0]) : "ev/spawn");
  Value raised = check_thunk(m, fn.c_str(), args[1]);
  return raised.is_nil() ? args[1] : raised;
}

static const PrimDef kTable[] = {
    {.name = "ev/spawn", EVJIT_PRIM_FN(evrt_ev_spawn), .arity = {1, 1}, .params = "thunk",
     .doc = "Runs thunk in a fiber of its own, scheduled; returns the fiber at once.",
     .example = "(ev/join (ev/spawn (fn [] 1))) # => 1"},
    {.name = "ev/self", EVJIT_PRIM_FN(evrt_ev_self), .arity = {0, 0}, .doc = "The scheduled fiber that runs.",
     .example = "(fiber? (ev/self)) # => true"},
    {.name = "ev/abort", EVJIT_PRIM_FN(evrt_ev_abort), .arity = {1, 1}, .signals = kPark, .params = "fiber",
     .doc = "Raises :aborted where the fiber waits; its cleanups run at once.",
     .example = "(let [f (ev/spawn (fn [] (ev/sleep 60)))] (ev/sleep 0) (ev/abort f) (get (get "
                "(ev/join-protected f) 1) :error)) # => :aborted"},
    {.name = "ev/sleep", EVJIT_PRIM_FN(evrt_ev_sleep), EVJIT_DEPART_FN(evrt_ev_sleep_depart),
     .arity = {1, 1}, .signals = gc::sig::kError | gc::sig::kYield | gc::sig::kIo,
     .params = "seconds", .doc = "Suspends this fiber for at least so many seconds.", .example = "(ev/sleep 0) # => nil"},
    {.name = "%%ev-owned-spawn", EVJIT_PRIM_FN(evrt_ev_owned_spawn), .arity = {1, 1}, .params = "thunk"},
    {.name = "%%ev-abort-all", EVJIT_PRIM_FN(evrt_ev_abort_all), .arity = {1, 1}, .signals = kPark, .params = "fibers"},
    {.name = "%%ev-check-seconds", EVJIT_PRIM_FN(evrt_ev_check_seconds), .arity = {2, 2}, .params = "op x"},
    {.name = "%%ev-check-thunk", EVJIT_PRIM_FN(evrt_ev_check_thunk), .arity = {2, 2}, .params = "op f"},
};
const std::span<const PrimDef> kEvPrims = kTable;

} // namespace evjit::sched
