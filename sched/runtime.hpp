// Runtime: what sched keeps per OS thread (Mutator::sched), and the Scheduler, of which there may be several, nested. Internal to
// sched/. Essays: fiber.cpp (fibers and signals), scheduler.cpp (turns), waits.cpp (waits and timers).
#pragma once

#include "base/assert.hpp"
#include "gc/heap/heap.hpp"
#include "gc/value/make.hpp"
#include "sched/fiber_data.hpp"
#include "sched/scheduler.hpp"
#include "sched/stack.hpp"
#include "sched/timers.hpp"
#include "sched/visible.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace evjit::sched {

using gc::kError;
using gc::kFalse;
using gc::kTrue;
using gc::keyword;

// --- joiners -------------------------------------------------------------------------------------------------------------
struct Pool; // of ev/as-completed and ev/scope: completed.cpp

// One membership in the waiter list of a fiber: of a wait (join, select), or of a pool, which lists its members itself. From a pool.
struct Waiter {
  FiberData *target = nullptr;
  Waiter *prev = nullptr, *next = nullptr; // in the target's list: the first's prev is the last; both null: in none
  Waiter *sibling = nullptr;               // of the same wait
  WaitId id;
  Pool *pool = nullptr;
  size_t position = 0;                     // in the pool
};

// --- scheduler -----------------------------------------------------------------------------------------------------------
struct RunQueue {
  FiberData *head = nullptr, *tail = nullptr;
  bool empty() const { return !head; }
  void push(FiberData *f);
  void remove(FiberData *f);
  FiberData *pop();
  void take_all(RunQueue &from); // to the empty queue *this
};

struct Failure {
  FiberData *fiber; // null once nobody can observe it any more
  Value payload, trace;
  Value name;
  uint32_t id;
  uint64_t due_ns; // of the late report
  bool reported;
  bool cancelled = false; // by fiber/cancel
};

struct Runtime;
struct FutexTable;
class Plan; // plan.hpp

struct Scheduler {
  explicit Scheduler(Runtime &r) : rt(r) {}
  Runtime &rt;
  Scheduler *outer = nullptr;
  FiberData *host = nullptr; // whose stack the loop runs on, while it turns
  WaitId host_wait;          // the host is parked in the outer scheduler until something here is ready
  RunQueue current, later;
  uint32_t epoch = 1;    // of `later`; fibers in `current` carry older ones
  std::vector<FiberData *> urgent; // callers of ev/abort, ahead of the queue; innermost last
  FiberData *run_now = nullptr;
  FiberData *live_head = nullptr, *live_tail = nullptr;
  size_t live = 0;
  FiberData *main = nullptr;
  FiberData *running = nullptr;
  uint64_t completions = 0;
  uint32_t next_id = 1;
  uint32_t seen_id = 0; // next_id when a collection ended: live fibers from there on are young
  uint32_t runs = 0;           // fibers run since run_turn began
  bool turning_freely = false; // run_turns
  bool halted = false, main_failed = false;
  bool shutting_down = false, shutdown_requested = false;
  uint64_t shutdown_timeout_ns = 0;
  bool isolated = false;
  bool of_run = false; // of ev/run: ends with the fiber that called it
  bool dropped = false;        // in Runtime::dropped, or taken from there
  size_t index = 0;            // in Runtime::schedulers
  Value halt_value = kNil;
  // std/process (slice.cpp): fuel that a root may spend before others run, 0: no limit; what is left of it; what the
  // Mutator was given when the running fiber arrived. How many fibers are parked on something outside.
  int64_t slice = 0, slice_left = 0, loaded = 0;
  size_t outside = 0;
  // 09 section 7
  std::vector<Failure> failures;
  size_t more_failures = 0;    // unobserved ones beyond those kept
  size_t accounts = 0;         // fibers with FiberData::unobserved
  bool gone = false;           // deleted but for the memory: such fibers still point here
  bool reports = false;        // in Runtime::reporting
  size_t held_back = 0;        // late lines not written
  uint64_t late_window_ns = 0; // start of the second that late_lines counts
  uint32_t late_lines = 0;
  Value handle = kNil; // of a scheduler that is a value: its fibers live as long as that is reachable, dropped.cpp
};

// --- per thread ----------------------------------------------------------------------------------------------------------
struct Runtime {
  Runtime(Mutator &mm, Clock &c, Poller &p);
  ~Runtime();
  Mutator &m;
  Clock &clock;
  Poller &poller;
  StackPool stacks;
  FiberData *native = nullptr; // the OS thread's own stack
  FiberData hub;    // copies stacks when the running one is in the way
  void *hub_stack = nullptr;
  FiberData *current = nullptr; // owner of the stack that runs
  bool leaves_idle = false;     // the fiber that ends now leaves its stack in `start` of switch.cpp
  uintptr_t native_limit = 0, native_top = 0;
  WaitTable waits;
  TimerQueue timers{waits};
  std::vector<Scheduler *> schedulers; // all that exist
  std::vector<Scheduler *> reporting;  // those that may have late reports to make
  std::unordered_set<Scheduler *> gone; // Scheduler::gone
  std::vector<Scheduler *> dropped;    // nobody knows them any more, and fibers live there
  size_t stacks_peak = 0;              // bytes of copied stacks since memory was given back
  uint32_t crowd_gone_ms = 0;          // since when most of them are gone; 0: they are not
  std::vector<Waiter *> free_waiters;
  std::vector<std::unique_ptr<Waiter[]>> waiter_chunks;
  FutexTable *futexes = nullptr;
  std::vector<Pool *> changed_pools; // a member completed
  uint64_t pool_tickets = 0;
  std::vector<Pool *> open_pools;    // with parked calls; the program may change the array meanwhile
  Value answer = kNil;     // of a primitive that could not begin its wait; returned at once
  uint64_t error_bits = 1; // bits of the error being raised
  volatile std::sig_atomic_t interrupt_signal = 0, interrupts = 0;
  volatile std::sig_atomic_t interrupt_told = 0; // main knows; what is left of the request is for fibers in its way
  bool metering = false; // some fiber has had a budget, or some scheduler slices
  int interrupt_exit = 0; // 128 + signal once an interrupt was delivered
  volatile std::sig_atomic_t session = 0; // begin_session
  uint32_t turns_since_poll = 0;
  Visibility visible;
  Plan *plan = nullptr; // seeded schedules
};

inline Runtime &runtime(Mutator &m) { return *static_cast<Runtime *>(m.sched); }
// The scheduler that the running fiber belongs to; null: none.
inline Scheduler *scheduler_of(const FiberData &f) { return f.root ? f.root->sched : nullptr; }

FiberData *allocate_fiber(Mutator &m);
// A fiber is written without write barriers. Instead this is said of every fiber that leaves the CPU, of the root of its chain, and of
// one that somebody else leaves something for; those of the chain that runs are always looked into (visit_runtime).
inline void note_change(Runtime &rt, FiberData &f) { gc::note_change(rt.m, &f); }
Waiter *allocate_waiter(Runtime &rt);
void free_waiter(Runtime &rt, Waiter *w);
void add_waiter(Waiter *w);    // at the end of its target's list
void remove_waiter(Waiter *w); // from there

// waits.cpp
void add_timer(Runtime &rt, uint32_t wait, uint64_t timeout_ns);
void expire_timers(Runtime &rt);
Value park_here(Runtime &rt, WaitId id);       // parks the chain of the running fiber
void abort_wait(Runtime &rt, uint32_t index, Value error); // the waiting fiber will find `error`; does not enqueue it
void visit_waits(Runtime &rt, gc::Marker &k);

// join.cpp: the wait for fibers to end
extern const WaitKind kSelect;                                // wait_on one or more
void wait_on(Runtime &rt, FiberData &target, WaitId id);      // adds a waiter
void release_waiters(Runtime &rt, FiberData &done);           // resolves them in parking order

// slice.cpp
inline constexpr Value kUnwind = gc::kAbsent;   // the payload of an error that no handler catches: the end of a process
void account_fuel(Runtime &rt, FiberData &f);   // what the running fiber has spent: to its budget and its slice
void load_fuel(Runtime &rt, FiberData &f);      // what it may spend now
bool slice_is_over(Runtime &rt, FiberData &f);  // and the running code may be interrupted
Value preempt_here(Runtime &rt);                // when slice_is_over
Value yield_here(Runtime &rt);                  // the chain that runs goes to the tail of the run queue
bool is_library(const gc::FnProto &p);          // a function of the prelude or of a std module
bool in_library(const Mutator &m);              // the innermost function on the running stack is one
void own_fiber(Mutator &m, FiberData &f);       // a new scheduled fiber belongs to the process of its creator

// plan.cpp: only with a plan
void plan_scheduler(Scheduler &s);             // a new one
void plan_turn(Scheduler &s);                  // `current` has just been filled
int64_t plan_slice(Scheduler &s);
void plan_events(Runtime &rt, int64_t timeout_ns); // polls, lets timers expire
uint32_t plan_tie(Runtime &rt, const Wait &w); // see TimerQueue::push

// futex.cpp
FutexTable *futex_create();
void futex_destroy(FutexTable *t);

// completed.cpp
void pool_member_completed(Runtime &rt, Waiter *member); // it is in no list any more
bool serve_pools(Runtime &rt);                           // parked calls get members that have completed; was there any?
bool serve_all_pools(Runtime &rt);                       // the same with a look at all members
inline bool pools_want_service(const Runtime &rt) { return !rt.changed_pools.empty() || !rt.open_pools.empty(); }

// dropped.cpp: what collections do to schedulers and memory
void visit_live(Scheduler &s, gc::Marker &k);       // from an object that is being traced
void visit_kept(Scheduler &s, gc::Marker &k);       // what it keeps beside its fibers
void visit_live_roots(Scheduler &s, gc::Marker &k); // one after the other: a million at once would need a large mark stack
void know_memory(Runtime &rt);                 // tells the heap of the Runtime
void end_dropped(Runtime &rt);                 // from the loop
void give_back_memory(Runtime &rt, bool quiet); // from the loop, when it is about to wait; quiet: no timer is near

// failures.cpp: 09 section 7
void note_failure(Scheduler &s, FiberData &f); // it has failed and was not observed
std::vector<Failure>::iterator find_failure(Scheduler &s, const FiberData &f);
void mark_observed(FiberData &f);
void nobody_can_observe(FiberData &f);         // the data of a failed fiber is about to go
void forget_failures(Scheduler &s);            // they count as observed

// scheduler.cpp
Scheduler *new_scheduler(Runtime &rt);
void delete_scheduler(Scheduler *s);
void enqueue(FiberData &root);
// A new fiber becomes scheduled, at the tail of the queue; site: SiteTable::here
void adopt(Scheduler &s, FiberData &f, uint32_t site);
void run_turn(Scheduler &s);                   // the fibers that are ready now
void run_turns(Scheduler &s);                  // and a few turns more if they are short
FiberData &next_to_run(Scheduler &s);          // where a fiber of `s` that stops switches to: the next one, or the host of the loop
void poll_events(Runtime &rt, int64_t timeout_ns);
void poll_outside(Runtime &rt, int64_t timeout_ns); // the poller alone
int64_t idle_timeout(Runtime &rt);             // until the next timer or late report; negative: none
bool outside_pending(Runtime &rt);             // something outside can wake a fiber
void complete(FiberData &root, bool ok, Value value, Value trace);
void park_root(FiberData &root);               // state change only
void interrupt(FiberData &root, Value error);  // raises at its suspension point; makes it ready
void end_hopeless_wait(FiberData &root, Value error); // the same for a parked one, cleanup or not: a deadlock
void cancel_scheduled(FiberData &root, Value error);
Value take_cancel_hooks(FiberData &f);           // sync_prims.cpp
void run_cancel_hooks(Mutator &m, Value hooks);
Value abort_fiber(Mutator &m, FiberData &root, Value error); // ev/abort
Value take_pending(Mutator &m, FiberData &root, bool *raised);
// Waits for an event; kError if the fiber that runs the loop was aborted meanwhile.
Value idle(Scheduler &s, int64_t limit_ns);

bool shielded(const FiberData &root); // some fiber of the suspended chain executes a cleanup
bool running_shielded(const Mutator &m, const FiberData &leaf, const FiberData &root);
void end_turn(Scheduler &s);                    // of run_turns: no further turn begins without the loop

// interrupt.cpp: SIGINT, SIGTERM
void interrupt_idle(Runtime &rt);               // from the loop
Value interrupt_running(Runtime &rt);           // at a safepoint; kError if the running fiber ends
Value let_main_run(Runtime &rt);                // between two turns of an inner scheduler; kError: an abort that its host had coming

// report.cpp
std::string describe_error(Value payload, Value trace);      // 06 section 6, with newline
std::string describe_error_line(Value payload, Value trace); // 09 section 7
std::string frame_text(const gc::FrameInfo &f);               // f (file:1:2)
void write_stderr(const std::string &text);
void late_reports(Runtime &rt);
bool report_failures(Scheduler &s); // at the end; true if there were any
Value deadlock_error(Scheduler &s, std::string *listing);

} // namespace evjit::sched
