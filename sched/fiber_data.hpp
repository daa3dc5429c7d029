// FiberData: the Fiber object of the collector's heap, all of it. Only the thread that created it touches it.
//
// Every fiber pays for these words, and a program may have millions: what few fibers need is in FiberExtra, and what belongs to a running
// fiber is on its stack while it is suspended (switch_to). Objects do not move, so fibers point to each other. Who keeps whom alive:
// fiber_trace marks resumer and child; scheduled fibers are roots while they live (Scheduler::live_head).
#pragma once

#include "gc/mutator.hpp"
#include "gc/object/objects.hpp"

#include <cstdint>

namespace evjit::sched {

using gc::kNil;
using gc::Mutator;
using gc::Value;

struct PackedStack;
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

struct FiberExtra {
  int64_t fuel = gc::kFuelUnlimited; // meaningful with FiberData::fuel_limited
  uint64_t outer_forbidden = 0; // what boundaries of the resumers forbid, while alive
  Value boundary = kNil;        // list of the bits that open squelch boundaries forbid, innermost first
  Value pending = kNil;         // with has_pending
  Value cancel_hooks = gc::kEmpty; // sync_prims.cpp
  Value owner = kNil;           // the process whose code it runs, process_prims.cpp
};

struct FiberData : gc::Object {
  // --- stack: owned by switch.cpp and stack.cpp
  void *sp = nullptr;       // Boost context while suspended
  PackedStack *block = nullptr; // copied-out stack: from sp to the top of the slot
  int32_t slot = -1;        // home slot; -1: none yet, or the thread's own stack
  bool resident = false;    // the stack is in its slot
  bool ended = false;       // never runs again; its slot goes to whoever arrives next
  bool has_stack = false;   // started and not ended
  bool pinned = false;      // suspended with objects on the stack that the heap knows by address: it must stay in its slot
  // --- state
  Status status = Status::New;
  In in_kind = In::Return;
  Run run = Run::None;
  bool in_resume = false;   // suspended in (or running below) a fiber/resume of `child`
  bool shielded = false;    // suspended in a cleanup
  bool fuel_limited = false;
  bool catches_io = false;  // some mask between here and the root has :io or :wait
  bool finalizable = false; // the collector tells when it is dropped
  bool observed = false;
  bool unobserved = false;  // failed and on the account of 09 section 7
  bool has_pending = false; // an abort waits for the end of a cleanup
  bool in_later = false;    // which of the two run queues it is in: Scheduler::epoch is odd
  uint32_t aborts = 0;      // errors that aborts have raised in it
  uint32_t wait = kNoWait;  // index of the wait it is parked on
  uint32_t id = 0;
  uint32_t site = 0;        // where it was spawned: SiteTable
  uint32_t joiner = kNoWait; // the wait of whoever joined it first, ahead of `waiters`
  uint64_t mask = 0;
  uint64_t bits = 0;
  uint64_t denied = 0;
  Value value = kNil;       // last payload, or the return value; while new: the closure
  Value trace = kNil;       // of the last error, or of the one delivered; while new: the dynamic parameters
  Value in = kNil;
  FiberData *resumer = nullptr; // fiber/parent
  FiberData *child = nullptr;   // fiber/child
  FiberData *root = nullptr;    // while alive: the outermost fiber of the chain
  FiberExtra *extra = nullptr;
  // --- scheduled fibers (roots)
  Scheduler *sched = nullptr;
  union {
    FiberData *prev = nullptr; // run queue
    uint64_t seq;              // of one that has ended: completion number
  };
  FiberData *next = nullptr;
  FiberData *live_prev = nullptr, *live_next = nullptr; // live fibers in spawn order
  Waiter *waiters = nullptr; // joiners, in parking order: add_waiter
#if defined(EVJIT_SANITIZED)
  void *fake_stack = nullptr;
#endif

  Value self() { return Value::object(this); }
  bool terminal() const { return status == Status::Dead || status == Status::Error; }
  Value boundary() const { return extra ? extra->boundary : kNil; }
  Value owner() const { return extra ? extra->owner : kNil; }
  Value cancel_hooks() const { return extra ? extra->cancel_hooks : gc::kEmpty; }
};

// All of it will be used soon.
inline void prefetch(const FiberData *f) {
  auto *at = reinterpret_cast<const char *>(f);
  for (size_t i = 0; i < sizeof(FiberData); i += 64)
    __builtin_prefetch(at + i);
  __builtin_prefetch(at + sizeof(FiberData) - 1);
}

FiberExtra &extra_of(Mutator &m, FiberData &f); // made when there is none
void want_finalizer(Mutator &m, FiberData &f);

} // namespace evjit::sched
