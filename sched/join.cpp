// Waiting for fibers to end: ev/join, ev/select and what the prelude builds on them.
//
// A fiber that has not ended knows who waits for it. The first is usually alone: its wait stands in FiberData::joiner, without any record. The
// others, the waits for one of several, and pools (completed.cpp) are Waiters in a list behind it, in parking order.
#include "sched/depart-inl.hpp"
#include "sched/prim_util.hpp"
#include "sched/prims.hpp"

#include "gc/trace.hpp"

#include <algorithm>

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

static constexpr uint64_t kPark = gc::sig::kError | gc::sig::kWait;

// --- joiners -------------------------------------------------------------------------------------------------------------------
Waiter *allocate_waiter(Runtime &rt) {
  constexpr uint32_t kChunk = 256;
  if (rt.free_waiters.empty()) {
    rt.waiter_chunks.emplace_back(new Waiter[kChunk]);
    for (uint32_t i = kChunk; i-- > 0;)
      rt.free_waiters.push_back(&rt.waiter_chunks.back()[i]);
  }
  Waiter *w = rt.free_waiters.back();
  rt.free_waiters.pop_back();
  *w = Waiter{};
  return w;
}

void free_waiter(Runtime &rt, Waiter *w) {
  rt.free_waiters.push_back(w);
}

void add_waiter(Waiter *w) {
  Waiter *&first = w->target->waiters;
  Waiter *last = first ? first->prev : w;
  (first ? last->next : first) = w;
  first->prev = w;
  w->prev = last;
  w->next = nullptr;
}

void remove_waiter(Waiter *w) {
  Waiter *&first = w->target->waiters;
  if (Waiter *after = w->next ? w->next : first)
    after->prev = w->prev;
  (w == first ? first : w->prev->next) = w->next;
  w->prev = w->next = nullptr;
}

static void unlink_waiters(Runtime &rt, Waiter *n) {
  while (n) {
    Waiter *sibling = n->sibling;
    remove_waiter(n);
    free_waiter(rt, n);
    n = sibling;
  }
}

static void cancel_waiters(void *self) { unlink_waiters(runtime(gc::current_mutator()), static_cast<Waiter *>(self)); }
static void cancel_joiner(void *self) { static_cast<FiberData *>(self)->joiner = kNoWait; }

static const WaitKind kJoin{.kind = "join", .op = "ev/join", .internal_only = true, .cancel = cancel_waiters};
static const WaitKind kJoinProtected{.kind = "join", .op = "ev/join-protected", .internal_only = true, .cancel = cancel_waiters};
// Of FiberData::joiner.
static const WaitKind kJoinFirst{.kind = "join", .op = "ev/join", .internal_only = true, .cancel = cancel_joiner};
static const WaitKind kJoinProtectedFirst{.kind = "join", .op = "ev/join-protected", .internal_only = true, .cancel = cancel_joiner};
const WaitKind kSelect{.kind = "select", .op = "ev/select", .internal_only = true, .cancel = cancel_waiters};

void wait_on(Runtime &rt, FiberData &target, WaitId id) {
  Wait &w = rt.waits[id.index];
  Waiter *n = allocate_waiter(rt);
  n->target = &target;
  n->id = id;
  n->sibling = static_cast<Waiter *>(w.self);
  add_waiter(n);
  w.self = n;
}

void release_waiters(Runtime &rt, FiberData &done) {
  if (done.joiner != kNoWait) {
    Wait &w = rt.waits[done.joiner];
    done.joiner = kNoWait;
    w.self = nullptr;
    end_wait(rt, w, WaitState::Done, done.self());
  }
  while (Waiter *n = done.waiters) {
    if (n->pool) {
      pool_member_completed(rt, n);
      continue;
    }
    WaitId id = n->id;
    Wait *w = rt.waits.find(id);
    auto *all = static_cast<Waiter *>(w->self);
    w->self = nullptr;
    unlink_waiters(rt, all); // the memberships of that wait in other fibers' lists too
    resolve(rt.m, id, done.self());
  }
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

void observe_targets(Mutator &m, Value target) {
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

template <JoinMode mode> static inline Departed depart_to_join(Mutator &m, Value *args, gc::PrimFn otherwise) {
  Runtime &rt = runtime(m);
  if (!is_fiber(args[0]) || !parks_plainly(rt))
    return stay(otherwise(m, args, 1));
  FiberData &f = data_of(args[0]), &self = *rt.current;
  if (f.run == Run::Terminal) {
    mark_observed(f);
    return stay(outcome(m, f, mode));
  }
  if (f.run == Run::None || f.sched != self.sched || &f == &self || f.joiner != kNoWait || f.waiters)
    return stay(otherwise(m, args, 1));
  f.observed = true;
  WaitId id = begin_wait_now(rt, mode == JoinMode::Raise ? kJoinFirst : kJoinProtectedFirst, f.self(), &f);
  f.joiner = id.index;
  return depart_to_park(rt, id, args, finish_join<mode>, f.self());
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

static const PrimDef kTable[] = {
    {.name = "ev/join", EVJIT_PRIM_FN(evrt_ev_join), EVJIT_DEPART_FN(evrt_ev_join_depart),
     .arity = {1, 1}, .signals = kPark, .params = "target",
     .doc = "Waits for a fiber, or each of a sequence: its value, or its error raised.",
     .example = "(ev/join [(ev/spawn (fn [] 1)) [(ev/spawn (fn [] 2))]]) # => [1 [2]]"},
    {.name = "ev/join-protected", EVJIT_PRIM_FN(evrt_ev_join_protected), EVJIT_DEPART_FN(evrt_ev_join_protected_depart),
     .arity = {1, 1}, .signals = kPark, .params = "target",
     .doc = "Like ev/join, with [true value] or [false error].", .example = "(ev/join-protected (ev/spawn (fn [] 1))) # => [true 1]"},
    {.name = "ev/select", EVJIT_PRIM_FN(evrt_ev_select), .arity = {1, 1}, .signals = kPark, .params = "fibers",
     .doc = "Waits until one has ended: [fiber others].", .example = "(ev/select []) # => [nil []]"},
    {.name = "%%ev-wait-any", EVJIT_PRIM_FN(evrt_ev_wait_any), .arity = {1, 2}, .signals = kPark, .params = "fibers &opt seconds"},
    {.name = "%%ev-wait-all", EVJIT_PRIM_FN(evrt_ev_wait_all), .arity = {1, 1}, .signals = kPark, .params = "fibers"},
    {.name = "%%ev-completion-seq", EVJIT_PRIM_FN(evrt_ev_completion_seq), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-result", EVJIT_PRIM_FN(evrt_ev_result), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-reraise", EVJIT_PRIM_FN(evrt_ev_reraise), .arity = {1, 1}, .params = "f"},
    {.name = "%%ev-observe", EVJIT_PRIM_FN(evrt_ev_observe), .arity = {1, 1}, .params = "fibers"},
};
const std::span<const PrimDef> kJoinPrims = kTable;

} // namespace evjit::sched
