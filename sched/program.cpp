// The life of a program (09 sections 4, 7, 8): the main fiber, shutdown, deadlock, the exit code; also run_isolated and the
// creation of a thread's Runtime.
#include "sched/fiber.hpp"
#include "sched/plan.hpp"
#include "sched/program.hpp"
#include "sched/session.hpp"
#include "sched/switch.hpp"

#include "gc/heap/pressure.hpp"
#include "gc/roots/root.hpp"
#include "gc/trace.hpp"
#include "gc/value/print.hpp"

#include <algorithm>
#include <cstdio>
#include <pthread.h>
#include <unistd.h>

namespace evjit::sched {

static void (*g_exit_flush)() = nullptr;
void set_exit_flush(void (*flush)()) { g_exit_flush = flush; }

static void flush_output() {
  if (g_exit_flush)
    g_exit_flush();
  std::fflush(stdout);
}

static void (*g_exit_hook)() = nullptr;
void set_exit_hook(void (*hook)()) { g_exit_hook = hook; }
void begin_session(Mutator &m) { runtime(m).session = 1; }

void exit_process(Mutator &, int code) {
  if (g_exit_hook)
    g_exit_hook();
  flush_output();
  std::fflush(stderr);
  _exit(code);
}

// --- the thread's Runtime ------------------------------------------------------------------------------------------------------------
static void visit_scheduler(Scheduler &s, gc::Marker &k) {
  if (!s.handle.is_nil() && !s.running && s.host_wait.index == kNoWait)
    return;
  visit_live_roots(s, k);
  visit_kept(s, k);
}

static void visit_runtime(void *self, gc::Marker &k) {
  Runtime &rt = *static_cast<Runtime *>(self);
  k.look_into(rt.native);
  if (rt.current != rt.native)
    k.mark_conservative(rt.native->sp, reinterpret_cast<void *>(rt.native_top));
  for (FiberData *f = rt.current; f; f = f->resumer)
    k.look_into(f);
  for (Scheduler *s : rt.schedulers)
    visit_scheduler(*s, k);
  rt.stacks.mark_patterns(k);
  visit_waits(rt, k);
  visit_names(rt, k);
}

static void find_native_stack(Runtime &rt) {
  pthread_attr_t a;
  void *low = nullptr;
  size_t size = 0;
  EVJIT_CHECK(pthread_getattr_np(pthread_self(), &a) == 0, "the thread has no stack");
  pthread_attr_getstack(&a, &low, &size);
  pthread_attr_destroy(&a);
  rt.native_top = rt.m.stack_top ? rt.m.stack_top : reinterpret_cast<uintptr_t>(low) + size;
  rt.native_limit = reinterpret_cast<uintptr_t>(low) + gc::kStackReserve;
  rt.m.stack_top = rt.native_top;
  gc::set_stack_limit(rt.m, rt.native_limit);
}

Runtime::Runtime(Mutator &mm, Clock &c, Poller &p) : m(mm), clock(c), poller(p) {
  find_native_stack(*this);
  native = allocate_fiber(m);
  native->resident = native->has_stack = true;
  native->status = Status::Alive;
  native->root = native;
  current = native;
  futexes = futex_create();
  hub_create(*this);
  visible.now_ms = static_cast<uint32_t>(c.now_ns() / 1'000'000);
  plan = make_plan();
}

Runtime::~Runtime() {
  stop_watchdog(*this);
  for (Scheduler *s : gone)
    delete s;
  delete plan;
  hub_destroy(*this);
  futex_destroy(futexes);
}

void scheduler_create(Mutator &m, Clock &clock, Poller &poller) {
  gc::set_fiber_hooks({sizeof(FiberData), fiber_trace, fiber_prefetch, fiber_finalize});
  gc::fiber_status_hook = [](Value fiber) { return status_name(data_of(fiber).status); };
  auto *rt = new Runtime(m, clock, poller);
  m.sched = rt;
  m.raise_hook = raise_hook;
  m.safepoint_hook = safepoint_hook;
  m.stack_hook = stack_hook;
  m.send_hook = send_hook;
  gc::add_root_provider(m, visit_runtime, rt);
  m.fiber = rt->native->self();
  know_memory(*rt);
}

void scheduler_destroy(Mutator &m) {
  Runtime &rt = runtime(m);
  EVJIT_CHECK(rt.current == rt.native, "the scheduler is destroyed from outside its fibers");
  gc::remove_root_provider(m, visit_runtime, &rt);
  gc::set_heap_guests(m, {});
  m.sched = nullptr;
  m.raise_hook = nullptr;
  m.safepoint_hook = nullptr;
  m.stack_hook = nullptr;
  m.send_hook = nullptr;
  m.fiber = kNil;
  while (!rt.schedulers.empty())
    delete_scheduler(rt.schedulers.back());
  delete &rt;
}

Scheduler *new_scheduler(Runtime &rt) {
  auto *s = new Scheduler(rt);
  s->host = rt.current;
  s->index = rt.schedulers.size();
  rt.schedulers.push_back(s);
  if (rt.plan)
    plan_scheduler(*s);
  return s;
}

void delete_scheduler(Scheduler *s) {
  Runtime &rt = s->rt;
  forget_failures(*s);
  rt.visible.spawned += s->next_id - 1;
  rt.visible.completed += s->completions;
  rt.schedulers.back()->index = s->index;
  rt.schedulers[s->index] = rt.schedulers.back();
  rt.schedulers.pop_back();
  if (s->reports)
    std::erase(rt.reporting, s);
  if (s->dropped)
    std::erase(rt.dropped, s);
  if (!s->accounts) {
    delete s;
    return;
  }
  s->gone = true;
  rt.gone.insert(s);
}

// --- ending the other fibers -----------------------------------------------------------------------------------------------------------
void abort_all(Scheduler &s, Value error, const FiberData *except) {
  gc::RootVector all(s.rt.m); // those that end meanwhile are no roots any more
  for (FiberData *f = s.live_head; f; f = f->live_next)
    if (f != except)
      all.push(f->self());
  for (Value v : all) {
    FiberData &f = data_of(v);
    if (f.run == Run::Terminal)
      continue;
    mark_observed(f);
    interrupt(f, error);
  }
}

void cancel_all(Scheduler &s, Value error) {
  while (s.live_head) {
    mark_observed(*s.live_head);
    cancel_scheduled(*s.live_head, error);
  }
}

// Turns until no fiber lives or the time is up.
void turn_for(Scheduler &s, uint64_t limit_ns) {
  Runtime &rt = s.rt;
  uint64_t end = rt.clock.now_ns() + limit_ns;
  while (s.live && !s.halted) {
    run_turn(s);
    uint64_t now = rt.clock.now_ns();
    if (!s.live || now >= end)
      return;
    if (!s.later.empty())
      poll_events(rt, 0);
    else if (!outside_pending(rt))
      return; // they can never go on
    else
      idle(s, static_cast<int64_t>(end - now));
  }
}

static constexpr uint64_t kMainFailedNs = 5'000'000'000;

static void end_after_main_failed(Mutator &m, Scheduler &s) {
  s.main_failed = false; // it is seen
  Value e = gc::make_error(m, "aborted", "fiber aborted: the main fiber failed", {{"reason", keyword("main-failed")}});
  abort_all(s, e, nullptr);
  turn_for(s, kMainFailedNs);
  cancel_all(s, e);
}

void apply_shutdown(Scheduler &s) {
  Mutator &m = s.rt.m;
  s.shutdown_requested = false;
  s.shutting_down = true;
  Value e = gc::make_error(m, "shutdown", "the scheduler is shutting down");
  abort_all(s, e, nullptr);
  if (s.shutdown_timeout_ns)
    turn_for(s, s.shutdown_timeout_ns);
  else
    run_turn(s);
  cancel_all(s, e);
  forget_failures(s);
}

// Nobody can ever go on. True if that ended the program (main is over: the listing is printed). In a session a later entry may
// still wake the others.
static bool handle_deadlock(Mutator &m, Scheduler &s) {
  std::string listing;
  Value e = deadlock_error(s, &listing);
  bool main_waits = s.main && s.main->run == Run::Parked;
  bool main_last = s.rt.plan && s.rt.plan->coin();
  if (main_waits && !main_last)
    end_hopeless_wait(*s.main, e);
  else if (!main_waits)
    write_stderr(describe_error(e, kNil));
  Value others = gc::make_error(m, "aborted", "fiber aborted: deadlock", {{"reason", keyword("deadlock")}});
  if (!main_waits || !s.rt.session)
    abort_all(s, others, s.main);
  if (main_waits && main_last)
    end_hopeless_wait(*s.main, e);
  if (main_waits)
    return false;
  turn_for(s, kMainFailedNs);
  cancel_all(s, others);
  return true;
}

// --- run_main ----------------------------------------------------------------------------------------------------------------------------
namespace {
enum class End { Done, Deadlock, Shutdown, Halted, MainFailed };
}

static End turn_until_end(Mutator &m, Scheduler &s) {
  Runtime &rt = s.rt;
  for (;;) {
    if (s.shutdown_requested) {
      apply_shutdown(s);
      return End::Shutdown;
    }
    run_turns(s);
    if (s.halted)
      return End::Halted;
    if (s.main->run == Run::Terminal && s.main->status == Status::Error)
      return End::MainFailed;
    if (s.shutdown_requested)
      continue;
    if (!s.live)
      return End::Done;
    if (!s.later.empty()) {
      poll_events(rt, 0);
    } else if (outside_pending(rt)) {
      poll_events(rt, idle_timeout(rt));
    } else {
      rt.poller.poll(0); // what other threads left
      expire_timers(rt);
      serve_all_pools(rt);
      if (s.later.empty() && !outside_pending(rt) && handle_deadlock(m, s))
        return End::Deadlock;
    }
  }
}

static bool is_interrupt(Value e) { return gc::is_struct(e) && gc::struct_get(e, "error") == keyword("interrupted"); }

static int exit_code_of(Scheduler &s, End end) {
  Mutator &m = s.rt.m;
  flush_output();
  if (end == End::MainFailed) {
    end_after_main_failed(m, s);
    flush_output();
    report_failures(s);
    if (std::string text = describe_error(s.main->value, s.main->trace); !text.empty())
      write_stderr(text + seed_line(m));
    return is_interrupt(s.main->value) && s.rt.interrupt_exit ? s.rt.interrupt_exit : 1;
  }
  if (end == End::Halted || end == End::Shutdown)
    return 0;
  bool failures = report_failures(s);
  if (!failures && end != End::Deadlock)
    return 0;
  if (std::string seed = seed_line(m); !seed.empty())
    write_stderr(seed);
  return 1;
}

ProgramResult run_main(Mutator &m, Value thunk, Value *value_out) {
  Runtime &rt = runtime(m);
  Scheduler *s = new_scheduler(rt);
  gc::Root main(m, new_fiber(m, thunk, kScheduledMask, 0)); // its data is read after its end
  s->main = &data_of(main.get());
  s->main->observed = true;
  adopt(*s, *s->main, 0);
  End end = turn_until_end(m, *s);
  if (value_out)
    *value_out = end == End::Halted ? s->halt_value : s->main->value;
  int code = exit_code_of(*s, end);
  cancel_all(*s, kNil);
  flush_output();
  delete_scheduler(s);
  return {code};
}

// --- run_isolated --------------------------------------------------------------------------------------------------------------------------
Value run_isolated(Mutator &m, Value thunk) {
  Runtime &rt = runtime(m);
  Scheduler *s = new_scheduler(rt);
  s->isolated = true;
  s->slice = 0;
  s->outer = scheduler_of(*rt.current);
  gc::Root fiber(m, new_fiber(m, thunk, kScheduledMask, 0)); // only its data is used below: the object must outlive it
  FiberData &f = data_of(fiber.get());
  f.observed = true;
  adopt(*s, f, 0);
  while (f.run != Run::Terminal && !s->halted) {
    run_turn(*s);
    if (f.run == Run::Terminal || s->halted)
      break;
    bool aborted = false; // the fiber that waits for us
    take_pending(m, *rt.current->root, &aborted);
    if (aborted)
      interrupt(f, m.error);
    if (!s->later.empty())
      poll_events(rt, 0);
    else if (outside_pending(rt))
      idle(*s, -1);
    else
      end_hopeless_wait(f, deadlock_error(*s, nullptr));
  }
  Value e = gc::make_error(m, "aborted", "fiber aborted: its scheduler has ended");
  abort_all(*s, e, nullptr);
  turn_for(*s, kMainFailedNs);
  cancel_all(*s, e);
  bool failed = f.status == Status::Error;
  delete_scheduler(s);
  if (!failed)
    return f.value;
  m.error = f.value;
  m.trace = f.trace;
  return kError;
}

} // namespace evjit::sched
