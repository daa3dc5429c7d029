// Fibers and signals: creation, resume, emit, errors that suspend, abort, cancel. Essay: fiber.cpp. Loop thread only.
#pragma once

#include "gc/prim.hpp"
#include "sched/runtime.hpp"

namespace evjit::sched {

inline constexpr uint64_t kInternalBits = 0x24E8; // 3, 5, 6, 7, 10, 13
inline constexpr uint64_t kRequestBits = gc::sig::kIo | gc::sig::kWait;
inline constexpr uint64_t kScheduledMask = gc::sig::kError | gc::sig::kIo | gc::sig::kExec | gc::sig::kWait;

// 08 section 3.
inline bool covers(uint64_t mask, uint64_t bits) {
  return (mask & bits) && !(bits & kRequestBits & ~mask) && !(bits & 1024);
}

inline bool is_fiber(Value v) { return gc::is(v, gc::Type::Fiber); }
inline FiberData &data_of(Value fiber) { return *fiber.as<FiberData>(); }

// A new fiber that will call `closure`; it takes the parameters and withheld capabilities of the running one.
Value new_fiber(Mutator &m, Value closure, uint64_t mask, uint64_t denied);
Value resume(Mutator &m, FiberData &f, Value v);
// Sends a signal from the running fiber; the value of the emit expression.
Value send(Mutator &m, uint64_t bits, Value payload);
Value propagate(Mutator &m, FiberData &f);
Value abort_paused(Mutator &m, FiberData &f, Value error); // fiber/abort of a paused hand-driven fiber
Value cancel_fiber(Mutator &m, FiberData &f, Value error); // fiber/cancel, any status
// Suspends until somebody switches back, then what the inbox says.
Value suspend_to(Runtime &rt, FiberData &to);
Value take_inbox(Runtime &rt); // of the running fiber; an ordinary error may suspend it again, further out
void deliver(FiberData &f, In kind, Value v, Value trace = kNil);
FiberData &leaf_of(FiberData &f); // where the chain below f is suspended
void drop_stack(Runtime &rt, FiberData &f);
Value send_hook(Mutator &m, uint64_t bits, Value payload); // gc::kBoundaryBit: may the primitive `payload` run?
Value raise_hook(Mutator &m, Value payload);
Value safepoint_hook(Mutator &m);
bool stack_hook(Mutator &m, uintptr_t sp);
void fiber_trace(gc::Object *fiber, gc::Marker &k);
void fiber_prefetch(gc::Object *fiber);
void fiber_finalize(gc::Object *fiber);

// Requests to the scheduler as values (08 section 3).
bool is_request(Value v);
Value make_request(Mutator &m, WaitId id, uint64_t bits);
WaitId request_wait(Value request);

const char *status_name(Status s);
Value unhandled_signal(Mutator &m, uint64_t bits, Value payload);
// :state-error with a reason
Value state_error(Mutator &m, std::string_view reason, std::string_view message);

} // namespace evjit::sched
