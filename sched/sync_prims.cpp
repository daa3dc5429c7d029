// What stdlib/sync.lisp is built on: waits that the library itself begins and ends, and being told when a fiber is cancelled.
//
// The queues of waiters are values of the library. A wait is named by an integer that packs its WaitId, so a name that is kept
// too long is harmless: ending a wait that is over answers false.
//
// Cancel hooks: fiber/cancel runs no code of its victim, yet a lock that was handed to it must go on. So a fiber carries a list of
// closures, set by the library around its waits; fiber/cancel calls them in the canceller, innermost first. They must not
// wait. An abort needs none of this: it comes as an error in the victim.
#include "sched/fiber.hpp"
#include "sched/prims.hpp"

#include "gc/call.hpp"
#include "gc/errors.hpp"

namespace evjit::sched {

using gc::PrimDef;

namespace {

Value pack(Mutator &m, WaitId id) {
  return gc::make_int(m, static_cast<int64_t>((static_cast<uint64_t>(id.generation) << 32) | id.index));
}

WaitId unpack(Value v) {
  auto bits = static_cast<uint64_t>(gc::int_of(v));
  return {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

// The fiber whose outcome the scheduler manages: the root of the chain that runs; null outside a scheduler.
FiberData *scheduled_fiber(Mutator &m) { return m.sched ? runtime(m).current->root : nullptr; }

} // namespace

Value take_cancel_hooks(FiberData &f) {
  Value hooks = f.cancel_hooks();
  if (f.extra)
    f.extra->cancel_hooks = gc::kEmpty;
  return hooks;
}

void run_cancel_hooks(Mutator &m, Value hooks) {
  for (; gc::is_pair(hooks); hooks = gc::tail(hooks))
    gc::call0(m, gc::head(hooks)); // a hook that raises does not keep the others from running
}

EVJIT_PRIM(evrt_wait_begin) {
  if (!gc::is_keyword(args[0]))
    return gc::type_error(m, "%%wait-begin", "keyword", args[0], 0);
  WaitId id;
  Value raised;
  static const WaitKind kWait{.kind = "futex", .op = "std/sync", .internal_only = true};
  const char *name = gc::name_of(args[0]).data(); // interned names live for ever
  if (!begin_wait(m, derived_kind(kWait, nullptr, nullptr, name), args[0], nullptr, &id, &raised))
    return raised;
  return pack(m, id);
}
EVJIT_PRIM(evrt_wait_park) {
  if (!gc::is_int(args[0]))
    return gc::type_error(m, "%%wait-park", "integer", args[0], 0);
  return park(m, unpack(args[0]));
}
EVJIT_PRIM(evrt_wait_end) {
  if (!gc::is_int(args[0]))
    return gc::type_error(m, "%%wait-end", "integer", args[0], 0);
  return Value::boolean(m.sched && resolve(m, unpack(args[0]), kNil));
}
EVJIT_PRIM(evrt_cancel_hooks) {
  FiberData *f = scheduled_fiber(m);
  return f ? f->cancel_hooks() : gc::kEmpty;
}
EVJIT_PRIM(evrt_set_cancel_hooks) {
  if (FiberData *f = scheduled_fiber(m))
    extra_of(m, *f).cancel_hooks = args[0];
  return kNil;
}
EVJIT_PRIM(evrt_abort_count) {
  FiberData *f = scheduled_fiber(m);
  return Value::fixnum(f ? static_cast<int64_t>(f->aborts) : 0);
}

static const PrimDef rows[] = {
    {.name = "%%wait-begin", EVJIT_PRIM_FN(evrt_wait_begin), .arity = {1, 1}, .params = "kind",
     .doc = "Begins a wait of the running fiber, shown as `kind` in dumps; its name, an integer."},
    {.name = "%%wait-park", EVJIT_PRIM_FN(evrt_wait_park), .arity = {1, 1}, .signals = gc::sig::kError | gc::sig::kWait,
     .params = "wait", .doc = "Parks until the wait has ended. Once per wait."},
    {.name = "%%wait-end", EVJIT_PRIM_FN(evrt_wait_end), .arity = {1, 1}, .params = "wait",
     .doc = "Ends the wait: true; false if it is over already."},
    {.name = "%%cancel-hooks", EVJIT_PRIM_FN(evrt_cancel_hooks), .arity = {0, 0}, .signals = gc::sig::kSilent,
     .doc = "The list of closures that fiber/cancel of the current fiber calls."},
    {.name = "%%set-cancel-hooks", EVJIT_PRIM_FN(evrt_set_cancel_hooks), .arity = {1, 1}, .signals = gc::sig::kSilent,
     .params = "hooks", .doc = "Replaces the list of cancel hooks."},
    {.name = "%%abort-count", EVJIT_PRIM_FN(evrt_abort_count), .arity = {0, 0}, .signals = gc::sig::kSilent,
     .doc = "How often the current scheduled fiber has been aborted so far."},
};
const std::span<const PrimDef> kSyncPrims = rows;

} // namespace evjit::sched
