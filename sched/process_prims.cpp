// What stdlib/process.lisp is built on: who owns a fiber, and the end of a process.
//
// The owner of a scheduled fiber is an @array of the library: the process, then the fibers that the process has started (its
// sub-fibers, which inherit the owner). Those that ended well are dropped from it now and then; failures nobody has observed stay, since
// they decide the fate of the process.
//
// Unwinding is an abort whose error no handler catches (kUnwind, frontend/ir/build_guard.cpp): cleanups run, nothing else. What
// std/sync handed to the victim goes on by its cancel hooks, as for fiber/cancel.
#include "sched/fiber.hpp"
#include "sched/prims.hpp"

#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/object/mutate.hpp"
#include "gc/trace.hpp"
#include "sched/prim_util.hpp"
#include "sched/wait-inl.hpp"

#include <bit>

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

static constexpr size_t kCompactFrom = 16;

// --- owners --------------------------------------------------------------------------------------------------------------------
static bool still_matters(Value v) {
  return !is_fiber(v) || !data_of(v).terminal() || data_of(v).unobserved;
}

static void compact(Mutator &m, Value owner) {
  size_t n = gc::array_length(owner), kept = 0;
  for (size_t i = 0; i < n; ++i) {
    Value v = gc::array_items(owner)[i];
    if (!still_matters(v))
      continue;
    gc::write_barrier(m, owner.as(), v);
    const_cast<Value *>(gc::array_items(owner))[kept++] = v;
  }
  gc::marray_splice(m, owner, kept, n - kept, nullptr, 0);
}

void own_fiber(Mutator &m, FiberData &f) {
  FiberData *root = runtime(m).current->root;
  if (!root || root->owner().is_nil())
    return;
  Value owner = root->owner();
  extra_of(m, f).owner = owner;
  size_t n = gc::array_length(owner);
  if (n >= kCompactFrom && std::has_single_bit(n))
    compact(m, owner);
  gc::marray_push(m, owner, f.self());
}

EVJIT_PRIM(evrt_fiber_owner) {
  FiberData *root = m.sched ? runtime(m).current->root : nullptr;
  return root ? root->owner() : kNil;
}

EVJIT_PRIM(evrt_fiber_unobserved) {
  return Value::boolean(is_fiber(args[0]) && data_of(args[0]).unobserved);
}

EVJIT_PRIM(evrt_fiber_parked) { return Value::boolean(is_fiber(args[0]) && data_of(args[0]).run == Run::Parked); }

// --- ending --------------------------------------------------------------------------------------------------------------------
static void run_hooks_of(Mutator &m, FiberData &f) {
  run_cancel_hooks(m, take_cancel_hooks(f));
}

EVJIT_PRIM(evrt_proc_unwind) {
  if (!is_fiber(args[0]))
    return type_error(m, "%%proc-unwind", "fiber", args[0], 0);
  FiberData &f = data_of(args[0]);
  mark_observed(f);
  if (f.terminal())
    return kNil;
  run_hooks_of(m, f);
  if (runtime(m).current->root == &f) {
    m.trace = gc::capture_trace(m);
    m.error = kUnwind;
    return kError;
  }
  f.has_pending = false; // an abort that waited for the end of a cleanup gives way
  return abort_fiber(m, f, kUnwind);
}

// The caller goes to the tail of the queue.
EVJIT_PRIM(evrt_proc_yield) {
  Runtime &rt = runtime(m);
  return scheduler_of(*rt.current) ? yield_here(rt) : kNil;
}

EVJIT_PRIM(evrt_wait_timer) {
  uint64_t ns;
  Value raised;
  if (!want_seconds(m, "timeout-s", args[1], &ns, &raised))
    return raised;
  auto bits = static_cast<uint64_t>(gc::int_of(args[0]));
  Runtime &rt = runtime(m);
  WaitId id{static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
  if (Wait *w = rt.waits.find(id); w && w->state <= WaitState::Parked && !w->has_timer)
    add_timer(rt, id.index, ns);
  return kNil;
}

static const PrimDef kTable[] = {
    {.name = "%%fiber-owner", EVJIT_PRIM_FN(evrt_fiber_owner), .arity = {0, 0}, .signals = gc::sig::kSilent,
     .doc = "The owner of the running fiber, nil if it belongs to no process."},
    {.name = "%%fiber-unobserved?", EVJIT_PRIM_FN(evrt_fiber_unobserved), .arity = {1, 1}, .params = "f",
     .doc = "Has f failed without anybody noticing?"},
    {.name = "%%fiber-parked?", EVJIT_PRIM_FN(evrt_fiber_parked), .arity = {1, 1}, .params = "f", .doc = "Does the scheduled fiber f wait?"},
    {.name = "%%proc-unwind", EVJIT_PRIM_FN(evrt_proc_unwind), .arity = {1, 1}, .signals = gc::sig::kError | gc::sig::kWait, .params = "f",
     .doc = "Ends f: its cleanups run, at once if f belongs to the caller's scheduler; no handler takes part."},
    {.name = "%%proc-yield", EVJIT_PRIM_FN(evrt_proc_yield), .arity = {0, 0}, .signals = gc::sig::kError | gc::sig::kWait,
     .doc = "The caller goes to the tail of the run queue."},
    {.name = "%%wait-timer", EVJIT_PRIM_FN(evrt_wait_timer), .arity = {2, 2}, .params = "wait seconds",
     .doc = "The wait ends after so many seconds at the latest."},
};
const std::span<const PrimDef> kProcessPrims = kTable;

} // namespace evjit::sched
