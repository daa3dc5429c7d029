// The tables of primitives of sched, one per topic; listed in stdlib/prim_tables.cpp.
#pragma once

#include "gc/prim.hpp"

extern "C" {
evjit::gc::Value evrt_fiber_resume(evjit::gc::Mutator &m, const evjit::gc::Value *args, size_t argc);
}

namespace evjit::sched {

extern const std::span<const gc::PrimDef> kFiberPrims;  // fiber/...
extern const std::span<const gc::PrimDef> kSignalPrims; // emit, signals, squelch, attune, sys/halt, sys/exit, error/trace
extern const std::span<const gc::PrimDef> kEvPrims;     // ev/...
extern const std::span<const gc::PrimDef> kJoinPrims;   // ev/join, ev/select and the like
extern const std::span<const gc::PrimDef> kPoolPrims;   // %%...: for ev/as-completed and ev/scope
extern const std::span<const gc::PrimDef> kFutexPrims;  // ev/futex-wait, ev/futex-wake
extern const std::span<const gc::PrimDef> kSchedulerPrims; // schedulers as values, ev/run
extern const std::span<const gc::PrimDef> kProcessPrims; // %%...: slices, owners and unwinding for std/process
extern const std::span<const gc::PrimDef> kVisiblePrims; // ev/dump, ev/name, ev/set-name, ev/stats
extern const std::span<const gc::PrimDef> kSyncPrims;  // %%...: waits and cancel hooks for std/sync
extern const std::span<const gc::PrimDef> kPlanPrims;  // %%...: seeded schedules

} // namespace evjit::sched
