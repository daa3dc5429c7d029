// The scheduler of one OS thread (09 sections 3 to 5).
//
// One turn: the fibers that were ready when it began run in order (`current`); those made ready meanwhile wait in `later`. Then
// the poller is asked, without waiting if somebody is ready. A ready fiber is in exactly one place: `current`, `later`,
// `urgent` (it called ev/abort and goes on when its target stops) or run_now. The loop runs on the stack of `host`: the
// OS thread's own for the program, a fiber's for ev/run.
//
// A fiber that stops switches straight to the next ready one (next_to_run); the loop's own stack is needed only for what lies between
// turns: timers, the poller, reports, the end. When few fibers are ready a turn is short, so `turning_freely` lets the next one begin
// without the loop until kRunsPerTurn fibers have run.
//
// When nobody in the program has a request outside, the poller is asked only every 64th turn: asking costs a system call,
// and only messages from other threads could have come.
//
// Wake-ups cannot be lost: everything that ends a wait runs on this thread, between fibers or inside one; signal handlers and other
// threads only store a flag and wake the poller.
#include "sched/fiber.hpp"
#include "sched/program.hpp"
#include "sched/switch.hpp"

#include "gc/trace.hpp"

#include <algorithm>
#include <utility>
#include <unistd.h>

namespace evjit::sched {

static constexpr uint32_t kTurnsPerPoll = 64;
static constexpr uint32_t kRunsPerTurn = 64;
static constexpr int64_t kQuietNs = 20'000'000;

// --- the run queue ---------------------------------------------------------------------------------------------------------------
void RunQueue::push(FiberData *f) {
  f->prev = tail;
  f->next = nullptr;
  (tail ? tail->next : head) = f;
  tail = f;
}

void RunQueue::remove(FiberData *f) {
  (f->prev ? f->prev->next : head) = f->next;
  (f->next ? f->next->prev : tail) = f->prev;
  f->prev = f->next = nullptr;
}

FiberData *RunQueue::pop() {
  FiberData *f = head;
  head = f->next;
  (head ? head->prev : tail) = nullptr;
  f->next = nullptr;
  return f;
}

void RunQueue::take_all(RunQueue &from) {
  head = std::exchange(from.head, nullptr);
  tail = std::exchange(from.tail, nullptr);
}

static bool in_queue(const RunQueue &q, const FiberData *f) {
  return f->prev || f->next || q.head == f;
}

void enqueue(FiberData &root) {
  Scheduler &s = *root.sched;
  note_change(s.rt, root);
  root.run = Run::Ready;
  root.in_later = s.epoch & 1;
  s.later.push(&root);
  if (__builtin_expect(s.host_wait.index != kNoWait, 0)) {
    WaitId id = s.host_wait;
    s.host_wait = WaitId{};
    resolve(s.rt.m, id, kNil);
  }
}

// Takes a ready fiber out of wherever it waits for its turn.
static void dequeue(FiberData &f) {
  Scheduler &s = *f.sched;
  if (auto it = std::find(s.urgent.begin(), s.urgent.end(), &f); it != s.urgent.end()) {
    s.urgent.erase(it);
    return;
  }
  if (s.run_now == &f) {
    s.run_now = nullptr;
    return;
  }
  RunQueue &q = f.in_later == (s.epoch & 1) ? s.later : s.current;
  if (in_queue(q, &f))
    q.remove(&f);
}

// --- life of a scheduled fiber -----------------------------------------------------------------------------------------------------
void adopt(Scheduler &s, FiberData &f, uint32_t site) {
  f.sched = &s;
  f.root = &f;
  f.id = s.next_id++;
  f.site = site;
  f.live_prev = s.live_tail;
  (s.live_tail ? s.live_tail->live_next : s.live_head) = &f;
  s.live_tail = &f;
  ++s.live;
  enqueue(f);
}

static void leave_live(Scheduler &s, FiberData &f) {
  (f.live_prev ? f.live_prev->live_next : s.live_head) = f.live_next;
  (f.live_next ? f.live_next->live_prev : s.live_tail) = f.live_prev;
  f.live_prev = f.live_next = nullptr;
  --s.live;
}

void complete(FiberData &f, bool ok, Value value, Value trace) {
  Scheduler &s = *f.sched;
  note_change(s.rt, f);
  f.status = ok ? Status::Dead : Status::Error;
  f.run = Run::Terminal;
  f.value = value == kUnwind ? kNil : value;
  f.trace = trace;
  f.bits = ok ? 0 : gc::sig::kError;
  f.seq = ++s.completions;
  f.has_pending = false;
  leave_live(s, f);
  s.main_failed |= !ok && &f == s.main;
  if (!ok && !f.observed)
    note_failure(s, f);
  release_waiters(s.rt, f);
  if (pools_want_service(s.rt))
    serve_pools(s.rt);
}

// --- running -----------------------------------------------------------------------------------------------------------------------
// Whoever ev/abort puts before the rest of the queue; null: nobody.
static FiberData *take_urgent(Scheduler &s) {
  FiberData *f = s.run_now;
  s.run_now = nullptr;
  if (!f && !s.urgent.empty()) {
    f = s.urgent.back();
    s.urgent.pop_back();
  }
  return f;
}

static void begin_turn(Scheduler &s) {
  s.current.take_all(s.later);
  ++s.epoch;
  if (__builtin_expect(s.rt.plan != nullptr, 0))
    plan_turn(s);
}

// Nothing lies between this turn and the next that cannot wait a little.
static bool may_turn_freely(const Scheduler &s) {
  return s.turning_freely && s.runs < kRunsPerTurn && !s.later.empty() && !s.shutdown_requested && !s.main_failed;
}

// A crowd that wakes up at once has long left the caches: what the switch to the next one reads is fetched while this one runs.
static inline void prefetch_next(Runtime &rt, const FiberData *f) {
  if (!f)
    return;
  auto *stack = f->block ? reinterpret_cast<const char *>(f->block) : static_cast<const char *>(f->sp);
  __builtin_prefetch(stack);
  __builtin_prefetch(stack + 64);
  if (f->wait != kNoWait)
    __builtin_prefetch(&rt.waits[f->wait]);
  prefetch(f->next);
}

// The next fiber of this turn, marked as running; null: the turn is over.
static FiberData *take_next(Scheduler &s) {
  if (__builtin_expect(s.halted, 0))
    return nullptr;
  FiberData *f = __builtin_expect(s.run_now || !s.urgent.empty(), 0) ? take_urgent(s) : nullptr;
  if (!f) {
    if (s.current.empty() && may_turn_freely(s))
      begin_turn(s);
    if (s.current.empty())
      return nullptr;
    f = s.current.pop();
    prefetch_next(s.rt, s.current.head);
  }
  f->run = Run::Running;
  f->status = Status::Alive;
  s.running = f;
  s.slice_left = __builtin_expect(s.rt.plan != nullptr, 0) ? plan_slice(s) : s.slice;
  ++s.runs;
  s.rt.visible.count_switch();
  return f->in_resume ? &leaf_of(*f) : f;
}

FiberData &next_to_run(Scheduler &s) {
  FiberData *f = take_next(s);
  return f ? *f : *s.host;
}

void run_turn(Scheduler &s) {
  s.host = s.rt.current;
  s.runs = 0;
  if (s.current.empty())
    begin_turn(s);
  while (FiberData *f = take_next(s))
    switch_to(s.rt, *f);
  s.running = nullptr;
}

void end_turn(Scheduler &s) { s.runs = kRunsPerTurn; }

void run_turns(Scheduler &s) {
  s.turning_freely = true;
  run_turn(s);
  s.turning_freely = false;
}

// --- waiting for the outside ---------------------------------------------------------------------------------------------------------
bool outside_pending(Runtime &rt) { return !rt.timers.empty() || rt.poller.has_pending(); }

int64_t idle_timeout(Runtime &rt) {
  uint64_t due = ~uint64_t{0};
  if (!rt.timers.empty())
    due = rt.timers.top().deadline_ns;
  for (Scheduler *s : rt.reporting)
    for (const Failure &f : s->failures)
      if (!f.reported)
        due = std::min(due, f.due_ns);
  if (due == ~uint64_t{0})
    return -1;
  uint64_t now = rt.clock.now_ns();
  return due > now ? static_cast<int64_t>(std::min<uint64_t>(due - now, INT64_MAX)) : 0;
}

void poll_outside(Runtime &rt, int64_t timeout_ns) {
  if (timeout_ns == 0 && ++rt.turns_since_poll < kTurnsPerPoll && !rt.poller.has_pending())
    return;
  rt.turns_since_poll = 0;
  if (timeout_ns != 0)
    give_back_memory(rt, timeout_ns < 0 || timeout_ns > kQuietNs);
  rt.visible.idle.store(timeout_ns != 0, std::memory_order_relaxed);
  rt.poller.poll(timeout_ns);
  rt.visible.idle.store(false, std::memory_order_relaxed);
  rt.visible.now_ms = static_cast<uint32_t>(rt.clock.now_ns() / 1'000'000);
  print_wanted_dump(rt); // before timers are looked at: what was waited for
}

void poll_events(Runtime &rt, int64_t timeout_ns) {
  rt.stacks_peak = std::max(rt.stacks_peak, rt.stacks.copied_bytes());
  if (!rt.open_pools.empty() && serve_pools(rt))
    timeout_ns = 0;
  if (__builtin_expect(rt.plan != nullptr, 0)) {
    plan_events(rt, timeout_ns);
  } else {
    poll_outside(rt, timeout_ns);
    expire_timers(rt);
  }
  if (!rt.dropped.empty())
    end_dropped(rt);
  late_reports(rt);
  if (rt.m.attention.load(std::memory_order_acquire) & gc::kAttentionInterrupt) {
    rt.m.attention.fetch_and(~uint32_t{gc::kAttentionInterrupt}, std::memory_order_acq_rel);
    interrupt_idle(rt);
  }
  if (rt.m.attention.load(std::memory_order_acquire) & gc::kAttentionDump) {
    rt.m.attention.fetch_and(~uint32_t{gc::kAttentionDump}, std::memory_order_acq_rel);
    print_wanted_dump(rt);
  }
}

// The loop of `s` runs on a fiber of an outer scheduler: that fiber parks there, so that the others go on.
static Value park_host(Scheduler &s, int64_t limit_ns) {
  Value raised;
  WaitId id;
  static const WaitKind kHost{.kind = "scheduler", .op = "ev/run"};
  if (!begin_wait(s.rt.m, kHost, kNil, nullptr, &id, &raised))
    return raised;
  s.host_wait = id;
  if (limit_ns >= 0)
    add_timer(s.rt, id.index, static_cast<uint64_t>(limit_ns));
  Value r = park_here(s.rt, id);
  s.host_wait = WaitId{};
  return r;
}

Value idle(Scheduler &s, int64_t limit_ns) {
  Runtime &rt = s.rt;
  if (s.outer && !s.isolated && rt.current->root && rt.current->root->sched == s.outer)
    return park_host(s, limit_ns);
  int64_t timeout = idle_timeout(rt);
  if (limit_ns >= 0 && (timeout < 0 || limit_ns < timeout))
    timeout = limit_ns;
  poll_events(rt, timeout);
  return kNil;
}

// --- aborting ------------------------------------------------------------------------------------------------------------------------
bool shielded(const FiberData &root) {
  for (const FiberData *p = &root; p; p = p->in_resume ? p->child : nullptr)
    if (p->shielded)
      return true;
  return false;
}

bool running_shielded(const Mutator &m, const FiberData &leaf, const FiberData &root) {
  if (m.shield)
    return true;
  for (const FiberData *p = &leaf; p != &root;) {
    p = p->resumer;
    if (p->shielded)
      return true;
  }
  return false;
}

static void remember(FiberData &root, Value error) {
  if (root.has_pending)
    return;
  root.has_pending = true;
  extra_of(root.sched->rt.m, root).pending = error;
}

static Value inject_here(Mutator &m, FiberData &root, Value error) {
  ++root.aborts;
  m.trace = gc::capture_trace(m);
  m.error = error;
  return kError;
}

Value take_pending(Mutator &m, FiberData &root, bool *raised) {
  if (__builtin_expect(!root.has_pending, 1) || running_shielded(m, *runtime(m).current, root))
    return kNil;
  Value e = std::exchange(root.extra->pending, kNil);
  root.has_pending = false;
  *raised = true;
  return inject_here(m, root, e);
}

// The suspended fiber will find `error`. It is in no queue afterwards.
static void withdraw(FiberData &f, Value error) {
  Runtime &rt = f.sched->rt;
  ++f.aborts;
  if (f.run == Run::Ready)
    dequeue(f);
  if (f.wait != kNoWait)
    abort_wait(rt, f.wait, error);
  else {
    FiberData &leaf = leaf_of(f);
    note_change(rt, leaf);
    deliver(leaf, In::Inject, error);
  }
  f.run = Run::Ready;
}

void interrupt(FiberData &f, Value error) {
  if (f.run == Run::Terminal || f.run == Run::None)
    return;
  if (f.status == Status::New) {
    dequeue(f);
    complete(f, false, error, kNil);
    return;
  }
  if (f.run == Run::Running || shielded(f)) {
    remember(f, error);
    return;
  }
  withdraw(f, error);
  enqueue(f);
}

void end_hopeless_wait(FiberData &f, Value error) {
  withdraw(f, error);
  enqueue(f);
}

Value abort_fiber(Mutator &m, FiberData &f, Value error) {
  Runtime &rt = runtime(m);
  FiberData &caller = *rt.current;
  FiberData *self = caller.root;
  mark_observed(f);
  if (f.run == Run::Terminal)
    return kNil;
  if (&f == self && !running_shielded(m, caller, *self))
    return inject_here(m, f, error);
  if (f.status == Status::New || f.run == Run::Running || shielded(f)) {
    interrupt(f, error);
    return kNil;
  }
  Scheduler &s = *f.sched;
  if (!self || self->sched != &s) {
    interrupt(f, error);
    return kNil;
  }
  withdraw(f, error);
  s.run_now = &f;
  note_change(rt, *self);
  self->run = Run::Ready;
  self->status = Status::Paused;
  s.urgent.push_back(self);
  deliver(caller, In::Return, kNil);
  return suspend_to(rt, next_to_run(s));
}

// The schedulers of ev/run whose loop is on the suspended chain of `f`: nobody else will ever turn them.
static std::vector<Scheduler *> run_by(const FiberData &f) {
  std::vector<Scheduler *> found;
  if (f.sched->rt.schedulers.size() > 1)
    for (const FiberData *p = &f; p; p = p->in_resume ? p->child : nullptr)
      for (Scheduler *s : f.sched->rt.schedulers)
        if (s->of_run && s->live && s->host == p)
          found.push_back(s);
  return found;
}

// Ends a scheduled fiber without running any of its code.
void cancel_scheduled(FiberData &f, Value error) {
  Scheduler &s = *f.sched;
  Runtime &rt = s.rt;
  bool self = rt.current->root == &f;
  std::vector<Scheduler *> inner = run_by(f);
  if (f.run == Run::Ready)
    dequeue(f);
  if (f.wait != kNoWait) {
    uint32_t w = f.wait;
    f.wait = kNoWait;
    if (rt.waits[w].counted)
      --s.outside;
    abandon(rt.m, WaitId{w, rt.waits[w].generation});
  }
  for (FiberData *p = f.in_resume ? f.child : nullptr; p; p = p->in_resume ? p->child : nullptr)
    if (p != rt.current)
      p->status = Status::Paused;
  drop_stack(rt, f);
  Value hooks = take_cancel_hooks(f);
  complete(f, false, error, kNil);
  if (auto it = find_failure(s, f); it != s.failures.end())
    it->cancelled = true;
  run_cancel_hooks(rt.m, hooks);
  for (Scheduler *i : inner)
    cancel_all(*i, error);
  if (!self)
    return;
  rt.current->ended = true;
  rt.current->status = Status::Error;
  switch_away(rt, next_to_run(s));
}

} // namespace evjit::sched
