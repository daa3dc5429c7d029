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

// --- joining -----------------------------------------------------------------------------------------------------------------------
enum class JoinMode { Raise, Protected };

static const char *join_name(JoinMode mode) { return mode == JoinMode::Raise ? "ev/join" : "ev/join-protected"; }

static Value join_misuse(Mutator &m, const char *fn, const char *reason, const char *text) {
  return state_error(m, reason, std::string(fn) + ": " + text);
}

// kNil, or what the primitive must return after raising.
static Value check_joinable(Mutator &m, const char *fn, FiberData &f) {
  FiberData *self = runtime(m).current->root;
  if (&f == self && f.sched)
    return join_misuse(m, fn, "self-join", "a fiber cannot join itself");
  if (f.terminal())
    return kNil;
  if (f.run == Run::None)
    return join_misuse(m, fn, "not-scheduled", "the fiber was never given to a scheduler");
  Value raised;
  Scheduler *s = want_scheduler(m, fn, "join", &raised);
  if (!s)
    return raised;
  return f.sched == s ? kNil : join_misuse(m, fn, "foreign-scheduler", "the fiber lives in another scheduler");
}

static Value check_targets(Mutator &m, const char *fn, Value target) {
  if (gc::stack_is_low(m))
    return gc::stack_overflow(m);
  if (is_fiber(target))
    return check_joinable(m, fn, data_of(target));
  Value members = members_of(m, target);
  if (members == gc::kAbsent)
    return type_error(m, fn, "fiber or sequence of fibers", target, 0);
  for (size_t i = 0; i < gc::array_length(members); ++i)
    if (Value r = check_targets(m, fn, gc::array_items(members)[i]); !r.is_nil())
      return r;
  return kNil;
}

static void observe_targets(Mutator &m, Value target) {
  if (is_fiber(target)) {
    mark_observed(data_of(target));
    return;
  }
  Value members = members_of(m, target);
  for (size_t i = 0; i < gc::array_length(members); ++i)
    observe_targets(m, gc::array_items(members)[i]);
}

// Parks until `f` is terminal; kNil, or kError.
static Value wait_terminal(Mutator &m, FiberData &f, JoinMode mode) {
  while (!f.terminal()) {
    WaitId id;
    Value raised;
    if (!begin_wait(m, mode == JoinMode::Raise ? kJoin : kJoinProtected, f.self(), nullptr, &id, &raised))
      return raised;
    wait_on(runtime(m), f, id);
    Value r = park(m, id);
    if (r.is_error())
      return r;
    if (!f.terminal())
      return kNil; // answered by an outer fiber
  }
  return kNil;
}

static Value pair_of(Mutator &m, Value ok, Value v) {
  Value two[2] = {ok, v};
  return gc::make_array(m, two, 2);
}

static Value outcome(Mutator &m, FiberData &f, JoinMode mode) {
  bool failed = f.status == Status::Error;
  if (mode == JoinMode::Protected)
    return pair_of(m, Value::boolean(!failed), f.value);
  return failed ? raise_from(m, f.value, f.trace) : f.value;
}

static Value join(Mutator &m, Value target, JoinMode mode) {
  if (is_fiber(target)) {
    FiberData &f = data_of(target);
    Value r = wait_terminal(m, f, mode);
    return r.is_error() ? r : outcome(m, f, mode);
  }
  Value members = members_of(m, target);
  size_t n = gc::array_length(members);
  Value out = gc::make_array(m, nullptr, n);
  for (size_t i = 0; i < n; ++i) {
    Value v = join(m, gc::array_items(members)[i], mode);
    if (v.is_error())
      return v;
    gc::write_barrier(m, out.as(), v);
    out.as<gc::Array>()->items[i] = v;
  }
  return out;
}

static Value join_prim(Mutator &m, Value target, JoinMode mode) {
  bool one = is_fiber(target);
  Value r = one ? check_joinable(m, join_name(mode), data_of(target)) : check_targets(m, join_name(mode), target);
  if (!r.is_nil())
    return r;
  observe_targets(m, target);
  return join(m, target, mode);
}

EVJIT_PRIM(evrt_ev_join) { return join_prim(m, args[0], JoinMode::Raise); }
EVJIT_PRIM(evrt_ev_join_protected) { return join_prim(m, args[0], JoinMode::Protected); }

template <JoinMode mode> static Value finish_join(Runtime &rt, Value target) {
  Value r = come_back(rt);
  return r.is_error() ? r : outcome(rt.m, data_of(target), mode);
}

// A wait for `f`; none if there is nothing to wait for, and `answer` of the Runtime.
template <JoinMode mode> static __attribute__((noinline)) WaitId begin_join(Mutator &m, FiberData &f) {
  Runtime &rt = runtime(m);
  rt.answer = check_joinable(m, join_name(mode), f);
  if (!rt.answer.is_nil())
    return {};
  mark_observed(f);
  WaitId id;
  if (f.terminal())
    rt.answer = outcome(m, f, mode);
  else if (begin_wait(m, mode == JoinMode::Raise ? kJoin : kJoinProtected, f.self(), nullptr, &id, &rt.answer))
    wait_on(rt, f, id);
  return id;
}

template <JoinMode mode> static inline Departed depart_to_join(Mutator &m, Value *args, gc::PrimFn otherwise) {
  if (!is_fiber(args[0]) || !parks_plainly(runtime(m)))
    return stay(otherwise(m, args, 1));
  Value target = args[0];
  WaitId id = begin_join<mode>(m, data_of(target));
  return id.index == kNoWait ? stay(runtime(m).answer) : depart_to_park(runtime(m), id, args, finish_join<mode>, target);
}

extern "C" Departed evrt_ev_join_depart(Mutator &m, Value *args, size_t, Value) {
  return depart_to_join<JoinMode::Raise>(m, args, evrt_ev_join);
}
extern "C" Departed evrt_ev_join_protected_depart(Mutator &m, Value *args, size_t, Value) {
  return depart_to_join<JoinMode::Protected>(m, args, evrt_ev_join_protected);
}

// --- waiting for one of several ------------------------------------------------------------------------------------------------------
// The members as an array of fibers that may be waited for; kError or an answer after raising, told by *ok.
static Value want_fibers(Mutator &m, const char *fn, Value v, bool *ok) {
  *ok = false;
  Value members = members_of(m, v);
  if (members == gc::kAbsent)
    return type_error(m, fn, "sequence of fibers", v, 0);
  for (size_t i = 0; i < gc::array_length(members); ++i) {
    Value f = gc::array_items(members)[i];
    if (!is_fiber(f))
      return type_error(m, fn, "fiber", f, 0);
    if (Value r = check_joinable(m, fn, data_of(f)); !r.is_nil())
      return r;
  }
  *ok = true;
  return members;
}

static Value first_terminal(Value members) {
  Value best = kNil;
  for (size_t i = 0; i < gc::array_length(members); ++i) {
    Value f = gc::array_items(members)[i];
    if (data_of(f).terminal() && (best.is_nil() || data_of(f).seq < data_of(best).seq))
      best = f;
  }
  return best;
}

// The member that completed first; parks while there is none. nil for no members, or after `timeout_ns` (0: no limit).
static Value wait_any(Mutator &m, Value members, uint64_t timeout_ns) {
  Value done = first_terminal(members);
  if (!done.is_nil() || gc::array_length(members) == 0)
    return done;
  WaitId id;
  Value raised;
  if (!begin_wait(m, kSelect, members, nullptr, &id, &raised))
    return raised;
  Runtime &rt = runtime(m);
  for (size_t i = 0; i < gc::array_length(members); ++i)
    wait_on(rt, data_of(gc::array_items(members)[i]), id);
  if (timeout_ns)
    add_timer(rt, id.index, timeout_ns);
  return park(m, id);
}

EVJIT_PRIM(evrt_ev_select) {
  bool ok;
  Value members = want_fibers(m, "ev/select", args[0], &ok);
  if (!ok)
    return members;
  Value done = wait_any(m, members, 0);
  if (done.is_error())
    return done;
  Value rest = gc::make_marray(m, nullptr, 0);
  bool skipped = false;
  for (size_t i = 0; i < gc::array_length(members); ++i) {
    Value f = gc::array_items(members)[i];
    if (f == done && !skipped)
      skipped = true;
    else
      gc::marray_push(m, rest, f);
  }
  return pair_of(m, done, gc::make_array(m, gc::array_items(rest), gc::array_length(rest)));
}

EVJIT_PRIM(evrt_ev_wait_any) {
  bool ok;
  Value members = want_fibers(m, "ev/select", args[0], &ok);
  if (!ok)
    return members;
  uint64_t ns = 0;
  Value raised;
  if (argc > 1 && !want_seconds(m, "ev/timeout", args[1], &ns, &raised))
    return raised;
  return wait_any(m, members, argc > 1 ? std::max<uint64_t>(ns, 1) : 0);
}

EVJIT_PRIM(evrt_ev_wait_all) {
  bool ok;
  Value members = want_fibers(m, "ev/join", args[0], &ok);
  if (!ok)
    return members;
  for (size_t i = 0; i < gc::array_length(members); ++i)
    if (Value r = wait_terminal(m, data_of(gc::array_items(members)[i]), JoinMode::Raise); r.is_error())
      return r;
  return kNil;
}

// --- outcomes ----------------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_ev_completion_seq) {
  if (!is_fiber(args[0]))
    return type_error(m, "%%ev-completion-seq", "fiber", args[0], 0);
  FiberData &f = data_of(args[0]);
  return f.terminal() ? Value::fixnum(static_cast<int64_t>(f.seq)) : kNil;
}
EVJIT_PRIM(evrt_ev_result) {
  if (!is_fiber(args[0]))
    return type_error(m, "%%ev-result", "fiber", args[0], 0);
  FiberData &f = data_of(args[0]);
  return f.terminal() ? outcome(m, f, JoinMode::Protected) : kNil;
}
EVJIT_PRIM(evrt_ev_reraise) {
  if (!is_fiber(args[0]))
    return type_error(m, "%%ev-reraise", "fiber", args[0], 0);
  return outcome(m, data_of(args[0]), JoinMode::Raise);
}
EVJIT_PRIM(evrt_ev_observe) {
  Value members = is_fiber(args[0]) ? args[0] : members_of(m, args[0]);
  if (members == gc::kAbsent)
    return type_error(m, "%%ev-observe", "fiber or sequence of fibers", args[0], 0);
  observe_targets(m, members);
  return kNil;
}

// --- aborting, sleeping ------------------------------------------------------------------------------------------------------------
static Value aborted_error(Mutator &m) { return gc::make_error(m, "aborted", "fiber aborted"); }

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
    {.name = "ev/join", EVJIT_PRIM_FN(evrt_ev_join), EVJIT_DEPART_FN(evrt_ev_join_depart), .arity = {1, 1}, .signals = kPark, .params = "target",
     .doc = "Waits for a fiber, or each of a sequence: its value, or its error raised.",
     .example = "(ev/join [(ev/spawn (fn [] 1)) [(ev/spawn (fn [] 2))]]) # => [1 [2]]"},
    {.name = "ev/join-protected", EVJIT_PRIM_FN(evrt_ev_join_protected), EVJIT_DEPART_FN(evrt_ev_join_protected_depart), .arity = {1, 1}, .signals = kPark, .params = "target",
     .doc = "Like ev/join, with [true value] or [false error].", .example = "(ev/join-protected (ev/spawn (fn [] 1))) # => [true 1]"},
    {.name = "ev/select", EVJIT_PRIM_FN(evrt_ev_select), .arity = {1, 1}, .signals = kPark, .params = "fibers",
     .doc = "Waits until one has ended: [fiber others].", .example = "(ev/select []) # => [nil []]"},
    {.name = "ev/abort", EVJIT_PRIM_FN(evrt_ev_abort), .arity = {1, 1}, .signals = kPark, .params = "fiber",
     .doc = "Raises :aborted where the fiber waits; its cleanups run at once.",
     .example = "(let [f (ev/spawn (fn [] (ev/sleep 60)))] (ev/sleep 0) (ev/abort f) (get (get "
                "(ev/join-protected f) 1) :error)) # => :aborted"},
    {.name = "ev/sleep", EVJIT_PRIM_FN(evrt_ev_sleep), EVJIT_DEPART_FN(evrt_ev_sleep_depart), .arity = {1, 1}, .signals = gc::sig::kError | gc::sig::kYield | gc::sig::kIo,
     .params = "seconds", .doc = "Suspends this fiber for at least so many seconds.", .example = "(ev/sleep 0) # => nil"},
    {.name = "%%ev-owned-spawn", EVJIT_PRIM_FN(evrt_ev_owned_spawn), .arity = {1, 1}, .params = "thunk"},
    {.name = "%%ev-wait-any", EVJIT_PRIM_FN(evrt_ev_wait_any), .arity = {1, 2}, .signals = kPark, .params = "fibers &opt seconds"},
    {.name = "%%ev-wait-all", EVJIT_PRIM_FN(evrt_ev_wait_all), .arity = {1, 1}, .signals = kPark, .params = "fibers"},
    {.name = "%%ev-completion-seq", EVJIT_PRIM_FN(evrt_ev_completion_seq), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-result", EVJIT_PRIM_FN(evrt_ev_result), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-reraise", EVJIT_PRIM_FN(evrt_ev_reraise), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-observe", EVJIT_PRIM_FN(evrt_ev_observe), .arity = {1, 1}, .params = "fibers"},
    {.name = "%%ev-abort-all", EVJIT_PRIM_FN(evrt_ev_abort_all), .arity = {1, 1}, .signals = kPark, .params = "fibers"},
    {.name = "%%ev-check-seconds", EVJIT_PRIM_FN(evrt_ev_check_seconds), .arity = {2, 2}, .params = "op x"},
    {.name = "%%ev-check-thunk", EVJIT_PRIM_FN(evrt_ev_check_thunk), .arity = {2, 2}, .params = "op f"},
};
const std::span<const PrimDef> kEvPrims = kTable;

} // namespace evjit::sched
