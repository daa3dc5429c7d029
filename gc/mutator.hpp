// The Mutator: what compiled code and runtime functions of one OS thread work on. A function that may allocate, park or
// run user code takes `Mutator &` first; one that does not promises to do none of these.
//
// The first fields are read and written by compiled code at fixed offsets (jit/lower uses offsetof). Only the owning
// thread touches a Mutator, except `attention` and `stack_check`: see request_attention.
#pragma once

#include "gc/fn.hpp"

#include <atomic>
#include <cstdint>

namespace evjit::gc {

class Heap;

inline constexpr int64_t kFuelUnlimited = int64_t{1} << 62;

enum Attention : uint32_t { kAttentionInterrupt = 1, kAttentionDump = 2, kAttentionGc = 4, kAttentionOom = 8 };

// Stack kept free below stack_limit for native code, error handlers and cleanups; native recursion over data may use half of it.
inline constexpr size_t kStackReserve = 256 * 1024;

struct Mutator {
  // --- read and written by compiled code -----------------------------------------------------------------------
  std::atomic<uintptr_t> stack_check{0}; // rsp below it: evrt_safepoint. The stack limit, or ~0 to get the fiber's attention
  int64_t fuel = kFuelUnlimited;
  Value error = kNil;          // payload of the error in flight (valid while a call returns kError)
  Value *xargs = nullptr;      // arguments 3.. of the call being made
  uint64_t handlers = 0;       // try/protect regions open in the current fiber: 0 = an error may suspend (07 section 8)
  uint64_t shield = 0;         // cleanup regions open in the current fiber (09 section 6)
  Value params = kNil;         // dynamic bindings of the current fiber: list of (parameter . value) pairs
  Value spread[3] = {kNil, kNil, kNil}; // first arguments of a spread call (evrt_spread)
  uint64_t denied = 0;         // capabilities withheld from the current fiber: a primitive whose signals meet it: evrt_denied
  // --- the runtime's ---------------------------------------------------------------------------------------------
  uintptr_t stack_limit = 0;   // set_stack_limit
  uint64_t xargs_cap = 0;
  uint64_t pins = 0;           // Root objects on the running stack: while there are any it is not copied out
  uintptr_t stack_top = 0;     // high end of the stack that runs now; the collector scans [sp, stack_top)
  Value fiber = kNil;          // current Fiber object; nil outside any fiber
  Value trace = kNil;          // trace of the error in flight (Bytes of return addresses, see base of gc/trace.hpp)
  Value caught = kNil;         // value most recently caught, and its trace: (error e) re-raises with it
  Value caught_trace = kNil;
  std::atomic<uint32_t> attention{0};
  Heap *heap = nullptr;
  void *sched = nullptr;       // sched::Scheduler of this thread
  void *frontend = nullptr;    // frontend::Evaluator, null in programs without a compiler

  // What layers above give to those below. Null until set.
  Value (*raise_hook)(Mutator &, Value payload) = nullptr;  // sched: suspends to a resumer or returns kError
  Value (*safepoint_hook)(Mutator &) = nullptr;             // sched: fuel, interrupts; returns kError when it raised
  Value (*send_hook)(Mutator &, uint64_t bits, Value payload) = nullptr; // sched: emit from the current fiber
  bool (*stack_hook)(Mutator &, uintptr_t sp) = nullptr;    // sched: sp is below stack_limit; true: lowered the limit, go on
};

// From the owning thread or a signal handler on it: the next safepoint looks at `attention`.
inline void request_attention(Mutator &m, Attention reason) {
  m.attention.fetch_or(reason, std::memory_order_release);
  m.stack_check.store(~uintptr_t{0}, std::memory_order_relaxed);
}
// Lets compiled code run until its stack is full, unless attention is wanted. A request that falls between the store and the
// look is seen by the look, a later one stores after it: none is lost.
inline void renew_stack_check(Mutator &m) {
  m.stack_check.store(m.stack_limit, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (m.attention.load(std::memory_order_relaxed))
    m.stack_check.store(~uintptr_t{0}, std::memory_order_relaxed);
}
inline void set_stack_limit(Mutator &m, uintptr_t limit) {
  m.stack_limit = limit;
  renew_stack_check(m);
}

Mutator &current_mutator(); // of this OS thread; for signal handlers and libuv callbacks only

} // namespace evjit::gc
