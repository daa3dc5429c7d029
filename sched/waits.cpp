// Waits and timers.
//
// A wait is a record in a table, named by index and generation; nothing outside sched holds its address. States:
//
//     Free -> Begun -> Parked -> Done | Failed | Aborted -> Free
//                 \----------------^ (ended before anybody parked)
//
// resolve, fail and abort_wait are the only ways from Begun or Parked to an end state, each a single step on the loop thread, so
// whichever comes first wins and the others see an end state. The fiber that parked takes the outcome and frees the record; the
// generation then makes every old WaitId harmless. A wait has at most one timer: the sleep itself or its deadline.
#include "sched/boundary.hpp"
#include "sched/fiber.hpp"
#include "sched/switch-inl.hpp"
#include "sched/wait-inl.hpp"

#include "gc/trace.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace evjit::sched {

// --- the table -----------------------------------------------------------------------------------------------------------------
// Those that nobody has parked on: the others are their fibers' (fiber_trace). As roots they would keep the fibers of a scheduler that
// nobody can step any more, when one of them waits for another.
void WaitTable::add_chunk() {
  chunks_.emplace_back(static_cast<Wait *>(base::take_spans(kSpans)));
}

void WaitTable::shrink() {
  if (used_ > size_ / 4 || size_ < 4 * kChunk)
    return;
  uint32_t end = size_;
  for (; end > 0 && (*this)[end - 1].state == WaitState::Free; --end)
    first_generation_ = std::max(first_generation_, (*this)[end - 1].generation + 1);
  size_ = std::min(size_, (end + kChunk - 1) / kChunk * kChunk);
  chunks_.resize((size_ + kChunk - 1) / kChunk);
  free_ = kNoWait;
  for (uint32_t i = size_; i-- > 0;)
    if ((*this)[i].state == WaitState::Free) {
      (*this)[i].number = free_;
      free_ = i;
    }
}

void visit_waits(Runtime &rt, gc::Marker &k) {
  for (uint32_t i = 0, left = rt.waits.unparked(); left > 0; ++i) {
    Wait &w = rt.waits[i];
    if (w.state == WaitState::Free || w.root)
      continue;
    k.mark(w.value);
    --left;
  }
}

// --- timers ------------------------------------------------------------------------------------------------------------------
void add_timer(Runtime &rt, uint32_t wait, uint64_t timeout_ns) {
  uint64_t now = rt.clock.now_ns();
  rt.visible.now_ms = rt.waits[wait].since_ms = static_cast<uint32_t>(now / 1'000'000); // while it is known
  uint64_t deadline = timeout_ns > ~uint64_t{0} - now ? ~uint64_t{0} : now + timeout_ns;
  rt.timers.push(now, deadline, wait, rt.plan ? plan_tie(rt, rt.waits[wait]) : 0);
}

// The fiber whose timer is due goes on, or fails.
static void expire(Runtime &rt, WaitId id) {
  Wait *w = rt.waits.find(id);
  if (!w || w->state > WaitState::Parked)
    return; // what another one due at the same time did has ended it
  if (w->self && w->kind->cancel)
    w->kind->cancel(std::exchange(w->self, nullptr));
  if (w->timer_fails)
    fail(rt.m, id, w->kind->timeout_error(rt.m, w->kind->op));
  else
    resolve(rt.m, id, kNil);
}

// Of a crowd that is due, waits and fibers have long left the caches: both are fetched for some of them at once.
void expire_timers(Runtime &rt) {
  constexpr size_t kAtOnce = 32;
  if (rt.timers.empty())
    return;
  uint64_t now = rt.clock.now_ns();
  size_t n;
  do {
    TimerQueue::Entry popped[kAtOnce];
    n = rt.timers.pop_due(now, popped, kAtOnce);
    WaitId due[kAtOnce];
    size_t live = 0;
    for (size_t i = 0; i < n; ++i) {
      if (!rt.timers.expires(popped[i]))
        continue;
      const Wait &w = rt.waits[popped[i].wait];
      prefetch(w.root);
      due[live++] = {popped[i].wait, w.generation};
    }
    for (size_t i = 0; i < live; ++i)
      expire(rt, due[i]);
  } while (n == kAtOnce);
}

// --- beginning and ending ------------------------------------------------------------------------------------------------------
const WaitKind &derived_kind(const WaitKind &base, const char *kind, const char *op, const char *name) {
  static thread_local const WaitKind *last_base, *last;
  if (last_base == &base && (!kind || last->kind == kind) && (!op || last->op == op) && (!name || last->name == name))
    return *last;
  static std::mutex mutex;
  static std::deque<WaitKind> all; // a few dozen: they differ in the texts of primitives and keywords
  WaitKind k = base;
  k.kind = kind ? kind : k.kind;
  k.op = op ? op : k.op;
  k.name = name ? name : k.name;
  std::lock_guard lock(mutex);
  auto it = std::find_if(all.begin(), all.end(), [&](const WaitKind &x) { return x.kind == k.kind && x.op == k.op && x.name == k.name && x.cancel == k.cancel; });
  last_base = &base;
  last = it != all.end() ? &*it : &all.emplace_back(k);
  return *last;
}

static Value no_scheduler(Mutator &m, const WaitKind &info) {
  std::string_view kind = info.kind;
  std::string_view op = kind == "join" ? "join" : kind == "select" ? "select" : "park";
  return gc::raise_error(m, "state-error", std::string(info.op) + ": no scheduler is active",
                         {{"reason", keyword("no-scheduler")}, {"op", keyword(op)}});
}

bool begin_wait(Mutator &m, const WaitKind &kind, Value target, void *self, WaitId *id, Value *raised) {
  if (!m.sched) {
    *raised = no_scheduler(m, kind);
    return false;
  }
  Runtime &rt = runtime(m);
  FiberData *root = rt.current->root;
  if (!root || !root->sched) {
    *raised = no_scheduler(m, kind);
    return false;
  }
  bool aborted = false;
  *raised = take_pending(m, *root, &aborted);
  if (aborted)
    return false;
  *id = begin_wait_now(rt, kind, target, self);
  return true;
}

bool resolve(Mutator &m, WaitId id, Value result) {
  Runtime &rt = runtime(m);
  Wait *w = rt.waits.find(id);
  if (!w || w->state > WaitState::Parked)
    return false;
  end_wait(rt, *w, WaitState::Done, result);
  return true;
}

bool fail(Mutator &m, WaitId id, Value error) {
  Runtime &rt = runtime(m);
  Wait *w = rt.waits.find(id);
  if (!w || w->state > WaitState::Parked)
    return false;
  end_wait(rt, *w, WaitState::Failed, error);
  return true;
}

static void cancel_wait(Runtime &rt, Wait &w) {
  if (w.has_timer)
    rt.timers.cancel(w);
  CancelFn fn = w.state <= WaitState::Parked ? w.kind->cancel : w.state == WaitState::Done ? w.kind->discard : nullptr;
  if (fn && w.self)
    fn(std::exchange(w.self, nullptr));
}

void abandon(Mutator &m, WaitId id) {
  Runtime &rt = runtime(m);
  Wait *w = rt.waits.find(id);
  if (!w)
    return;
  cancel_wait(rt, *w);
  rt.waits.free(id.index);
}

void abort_wait(Runtime &rt, uint32_t index, Value error) {
  Wait &w = rt.waits[index];
  note_change(rt, *w.root);
  cancel_wait(rt, w);
  w.state = WaitState::Aborted;
  w.value = error;
}

void set_deadline(Mutator &m, WaitId id, uint64_t timeout_ns) {
  Runtime &rt = runtime(m);
  Wait *w = rt.waits.find(id);
  if (!w || w->state > WaitState::Parked || w->has_timer)
    return;
  w->timer_fails = true;
  add_timer(rt, id.index, timeout_ns);
}

// --- parking -------------------------------------------------------------------------------------------------------------------
__attribute__((noinline)) Value take_failure(Runtime &rt, WaitState state, Value error) {
  Mutator &m = rt.m;
  if (state == WaitState::Failed)
    return gc::raise(m, error); // an ordinary error of the call: an outer fiber may answer it
  m.trace = gc::capture_trace(m);
  m.error = error;
  return kError;
}

// Its frame is part of every parked stack: keep it small.
Value park_here(Runtime &rt, WaitId id) {
  Wait *w = rt.waits.find(id);
  if (!w || w->state > WaitState::Parked)
    return take_wait(rt, id);
  switch_inline(rt, leave_for(rt, *w, id.index));
  return come_back(rt);
}

static uint64_t request_bits(const Wait &w) {
  return w.kind->internal_only ? gc::sig::kWait : gc::sig::kYield | gc::sig::kIo;
}

// Some fiber of the chain has :io or :wait in its mask: the request goes there as a signal.
static Value park_as_signal(Runtime &rt, WaitId id) {
  Wait *w = rt.waits.find(id);
  uint64_t bits = request_bits(*w);
  for (FiberData *g = rt.current; g != rt.current->root; g = g->resumer) {
    if (!covers(g->mask, bits))
      continue;
    Value answer = send(rt.m, bits, make_request(rt.m, id, bits));
    if (rt.waits.find(id))
      abandon(rt.m, id);
    return answer;
  }
  return park_here(rt, id);
}

static bool boundary_in_chain(FiberData &f) {
  for (FiberData *g = &f;; g = g->resumer) {
    if (!g->boundary().is_nil())
      return true;
    if (g == f.root)
      return false;
  }
}

// The chain that runs has masks or boundaries to be asked.
static __attribute__((noinline)) Value park_in_chain(Runtime &rt, WaitId id) {
  FiberData &f = *rt.current;
  Wait *w = rt.waits.find(id);
  if (w->state <= WaitState::Parked && f.catches_io)
    return park_as_signal(rt, id);
  if (w->state <= WaitState::Parked && !w->kind->internal_only && boundary_in_chain(f)) {
    Value violation = check_boundaries(rt.m, gc::sig::kYield | gc::sig::kIo);
    if (violation.is_error()) {
      abandon(rt.m, id);
      return kError;
    }
  }
  return park_here(rt, id);
}

Value park(Mutator &m, WaitId id) {
  Runtime &rt = runtime(m);
  if (!rt.waits.find(id))
    return kNil; // it is over, and somebody took the outcome
  FiberData &f = *rt.current;
  if (__builtin_expect(&f != f.root || f.extra, 0))
    return park_in_chain(rt, id);
  return park_here(rt, id);
}

} // namespace evjit::sched
