// FiberData: everything about a fiber that is not a value of the language. One per Fiber object (Fiber::data), from a pool; freed
// by the collector's finalizer. Only the thread that created it touches it.
//
// Who may point to whom: FiberData pointers (resumer, child, leaf, root) are kept alive by fiber_trace, which marks the Fiber
// objects behind them. Scheduled fibers are roots while they live (Scheduler::live).
#pragma once

#include "gc/mutator.hpp"

#include <cstdint>

namespace evjit::sched {

using gc::Mutator;
using gc::Value;

struct Scheduler;
struct Waiter;

enum class Status : uint8_t { New, Alive, Paused, Dead, Error };
// What a suspended fiber finds when it goes on.
enum class In : uint8_t {
  Return, // the suspended expression has the value
  Raise,  // an ordinary error there: may suspend further out (07 section 8)
  Inject  // an error that unwinds from there (abort)
};
// Where a scheduled fiber is. None: not scheduled.
enum class Run : uint8_t { None, Ready, Running, Parked, Terminal };

inline constexpr uint32_t kNoWait = ~0u;

struct FiberData {
  // --- stack and saved Mutator state: owned by switch.cpp and stack.cpp
  void *sp = nullptr;       // Boost context while suspended
  char *block = nullptr;    // copied-out stack
  uint64_t block_bytes = 0;
  int32_t slot = -1;        // home slot; -1: none yet, or the thread's own stack
  uint32_t pins = 0;        // objects on the stack that the heap knows by address: it must stay in its slot
  bool resident = false;    // the stack is in its slot
  bool ended = false;       // never runs again; its slot goes to whoever arrives next
  bool has_stack = false;   // started and not ended
  // --- state
  Status status = Status::New;
  In in_kind = In::Return;
  Run run = Run::None;
  bool in_resume = false;   // suspended in (or running below) a fiber/resume of `child`
  bool fuel_limited = false;
  bool observed = false;
  bool unobserved = false;  // failed and on the account of 09 section 7
  bool from_wait = false;   // scheduled: the result is in the wait `wait`
  bool catches_io = false;  // some mask between here and the root has :io or :wait
  uint32_t handlers = 0;
  uint32_t shield = 0;
  int64_t fuel = gc::kFuelUnlimited;
  Value fiber = gc::kNil;   // the Fiber object
  Value params = gc::kNil;
  Value caught = gc::kNil;
  Value caught_trace = gc::kNil;
#if defined(EVJIT_SANITIZED)
  void *fake_stack = nullptr;
#endif
  uint64_t mask = 0;
  uint64_t bits = 0;
  uint64_t denied = 0;
  Value closure = gc::kNil;
  Value value = gc::kNil;   // last payload, or the return value
  Value trace = gc::kNil;   // of the last error
  Value in = gc::kNil;
  Value in_trace = gc::kNil;
  FiberData *resumer = nullptr; // fiber/parent
  FiberData *child = nullptr;   // fiber/child
  FiberData *root = nullptr;    // while alive: the outermost fiber of the chain
  Value boundary = gc::kNil;    // list of the bits that open squelch boundaries forbid, innermost first
  uint64_t outer_forbidden = 0; // what boundaries of the resumers forbid, while alive
  // --- scheduled fibers (roots)
  Scheduler *sched = nullptr;
  FiberData *leaf = nullptr; // where the chain is suspended
  FiberData *prev = nullptr, *next = nullptr;           // run queue
  FiberData *live_prev = nullptr, *live_next = nullptr; // live fibers in spawn order
  Waiter *waiters = nullptr, *last_waiter = nullptr;    // joiners, in parking order
  uint32_t wait = kNoWait;   // index of the wait it is parked on
  uint32_t id = 0;
  uint32_t site = 0;         // where it was spawned: SiteTable
  uint32_t queue_epoch = 0;  // which of the two queues it is in, see Scheduler::epoch
  uint64_t seq = 0;          // completion number
  Value pending = gc::kNil;  // abort that waits for the end of a cleanup
  bool has_pending = false;
  uint32_t aborts = 0;       // errors that aborts have raised in it
  Value cancel_hooks = gc::kEmpty; // sync_prims.cpp
  Value owner = gc::kNil;       // the process whose code it runs, process_prims.cpp

  bool terminal() const { return status == Status::Dead || status == Status::Error; }
};

} // namespace evjit::sched
