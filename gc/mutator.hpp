// The Mutator: what compiled code and runtime functions of one OS thread work on. A function that may allocate, park or
// run user code takes `Mutator &` first; one that does not promises to do none of these.
//
// The first fields are read and written by compiled code at fixed offsets (jit/lower uses offsetof). Only the owning
// thread touches a Mutator, except `fuel`: a signal handler or another thread may store a negative number there to get the
// mutator's attention at its next safepoint (relaxed; the reason is in `attention`, stored before with release and
// read with acquire in evrt_safepoint).
#pragma once

#include "gc/fn.hpp"

#include <atomic>
#include <cstdint>

namespace evjit::gc {

class Heap;

inline constexpr int64_t kFuelUnlimited = int64_t{1} << 62;

enum Attention : uint32_t { kAttentionInterrupt = 1, kAttentionDump = 2, kAttentionGc = 4 };

struct Mutator {
  // --- read and written by compiled code -----------------------------------------------------------------------
  uintptr_t stack_limit = 0;   // rsp below it: evrt_safepoint
  int64_t fuel = kFuelUnlimited;
  Value error = kNil;          // payload of the error in flight (valid while a call returns kError)
  Value *xargs = nullptr;      // arguments 3.. of the call being made
  uint64_t handlers = 0;       // try/protect regions open in the current fiber: 0 = an error may suspend (07 section 8)
  uint64_t shield = 0;         // cleanup regions open in the current fiber (09 section 6)
  Value params = kNil;         // dynamic bindings of the current fiber: list of (parameter . value) pairs
  Value spread[3] = {kNil, kNil, kNil}; // first arguments of a spread call (evrt_spread)
  uint64_t barriers = 0;       // write barriers executed, for statistics
  // --- the runtime's ---------------------------------------------------------------------------------------------
  uint64_t xargs_cap = 0;
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
};

Mutator &current_mutator(); // of this OS thread; for signal handlers and libuv callbacks only

} // namespace evjit::gc
