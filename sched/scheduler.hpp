// The scheduler core of one OS thread: run queue with turns, timers, waits, cancellation. Essay: sched/scheduler.cpp.
// Everything here belongs to the loop thread.
//
// A wait is begun, parked on, and ended exactly once, by resolve, fail or cancellation, whichever comes first; the others are
// then no-ops. A WaitId stays harmless for ever: it names a wait by index and generation, never by address, so a late
// libuv callback that resolves an old wait does nothing.
#pragma once

#include "gc/errors.hpp"
#include "sched/poller.hpp"

#include <string_view>

namespace evjit::sched {

struct WaitId {
  uint32_t index = ~0u;
  uint32_t generation = 0;
};

// Called when the wait is withdrawn (abort, cancel, timeout of the same wait). Must release what the wait registered
// (stop a timer, leave a queue, cancel a request) and must not run user code.
using CancelFn = void (*)(void *self);

// What all waits of a sort have in common. The objects live for ever: static, or from derived_kind.
struct WaitKind {
  const char *kind;            // "sleep", "join", "select", "futex", "read", "accept", "connect", ...
  const char *op;              // the primitive: "port/read"
  bool internal_only = false;  // join, select, futex, chan: counts for deadlock detection
  CancelFn cancel = nullptr;
  // Called with `self` when the wait was resolved but its fiber will not see the result: it was aborted or cancelled while ready.
  CancelFn discard = nullptr;
  gc::Value (*timeout_error)(gc::Mutator &, const char *op) = nullptr; // for set_deadline
  const char *name = nullptr;  // of a std/sync object
};
// The same sort of wait under another kind, op or name (null: as in `base`). Strings must live for ever.
const WaitKind &derived_kind(const WaitKind &base, const char *kind, const char *op, const char *name);

// Begins a wait of the running fiber. Without an active scheduler raises :state-error :no-scheduler (begin_wait returns
// false and *raised is what the primitive must return).
// target: what it waits for (fiber, key, port), for dumps and the deadlock report. self: for kind.cancel and discard.
bool begin_wait(gc::Mutator &m, const WaitKind &kind, gc::Value target, void *self, WaitId *id, gc::Value *raised);
// Parks until the wait ends: the resolved value, or kError after fail/abort (payload in m.error). If it was resolved
// before park is called, returns without switching. Runs other fibers.
gc::Value park(gc::Mutator &m, WaitId id);
// End a wait; the fiber becomes ready (tail of the run queue). False: it was over already.
bool resolve(gc::Mutator &m, WaitId id, gc::Value result);
bool fail(gc::Mutator &m, WaitId id, gc::Value error);
// Gives up a wait that has not been parked on (the operation failed to start).
void abandon(gc::Mutator &m, WaitId id);
// A deadline for this wait: on expiry the cancel function runs and the wait fails with what timeout_error of its kind makes.
void set_deadline(gc::Mutator &m, WaitId id, uint64_t timeout_ns);

// --- life of a program ---------------------------------------------------------------------------------------------
struct ProgramResult {
  int exit_code; // 09 section 4; diagnostics are on stderr already
};
void scheduler_create(gc::Mutator &m, Clock &clock, Poller &poller); // sets m.sched and the hooks of Mutator
void scheduler_destroy(gc::Mutator &m);
// Runs `thunk` (a closure without parameters) as the main fiber and turns until every fiber is terminal. `value_out` gets
// the main fiber's value when it returned.
ProgramResult run_main(gc::Mutator &m, gc::Value thunk, gc::Value *value_out);
// For use without a program: macro expansion (a private scheduler, 04 section 9). Runs thunk in a fiber of a nested scheduler to
// its end; kError with m.error set if it failed.
gc::Value run_isolated(gc::Mutator &m, gc::Value thunk);

// SIGINT or SIGTERM arrived (11-15): the first raises :interrupted in the main fiber, the second ends the process. Async-signal-safe.
void request_interrupt(gc::Mutator &m, int signo);

[[noreturn]] void exit_process(gc::Mutator &m, int code); // (sys/exit n): flushes stdout and stderr
void set_exit_flush(void (*flush)());                     // net: flushes buffered standard output

} // namespace evjit::sched
