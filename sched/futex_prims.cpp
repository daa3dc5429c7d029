// ev/futex-wait and ev/futex-wake (09 section 5.12).
#include "sched/prims.hpp"

#include "sched/depart-inl.hpp"
#include "sched/futex.hpp"
#include "sched/prim_util.hpp"

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

// The wait, or none and `answer` of the Runtime.
static __attribute__((noinline)) WaitId begin_futex_wait(Mutator &m, const Value *args, size_t argc) {
  static const Value ok = keyword("ok");
  Runtime &rt = runtime(m);
  if (!gc::is(args[1], gc::Type::MArray)) {
    rt.answer = type_error(m, "ev/futex-wait", "@array", args[1], 1);
    return {};
  }
  Value now = gc::array_length(args[1]) ? gc::array_items(args[1])[0] : kNil;
  if (now != args[2] && !gc::equal(now, args[2])) {
    rt.answer = ok;
    return {};
  }
  const char *name = argc > 3 && gc::is_keyword(args[3]) ? args[3].as<gc::Keyword>()->text : nullptr;
  return futex_begin(rt, args[0], name);
}

EVJIT_PRIM(evrt_ev_futex_wait) {
  WaitId id = begin_futex_wait(m, args, argc);
  return id.index == kNoWait ? runtime(m).answer : park(m, id);
}

extern "C" Departed evrt_ev_futex_wait_depart(Mutator &m, Value *args, size_t argc, Value) {
  if (!parks_plainly(runtime(m)))
    return stay(evrt_ev_futex_wait(m, args, argc));
  WaitId id = begin_futex_wait(m, args, argc);
  return id.index == kNoWait ? stay(runtime(m).answer) : depart_to_park(runtime(m), id, args, finish_park, kNil);
}

EVJIT_PRIM(evrt_ev_futex_wake) {
  if (!gc::is_int(args[1]))
    return type_error(m, "ev/futex-wake", "integer", args[1], 1);
  int64_t n = gc::int_of(args[1]);
  if (n < 0)
    return gc::value_error(m, "ev/futex-wake", "the count is negative");
  Value raised;
  if (!want_scheduler(m, "ev/futex-wake", "notify", &raised))
    return raised;
  return Value::fixnum(static_cast<int64_t>(futex_wake(m, args[0], static_cast<size_t>(n))));
}

static const PrimDef kTable[] = {
    {.name = "ev/futex-wait", EVJIT_PRIM_FN(evrt_ev_futex_wait), EVJIT_DEPART_FN(evrt_ev_futex_wait_depart),
     .arity = {3, 3}, .signals = gc::sig::kError | gc::sig::kWait,
     .params = "key cell expected", .doc = "Parks on key while (get cell 0) is expected: true when woken, :ok if it differs already.",
     .example = "(ev/futex-wait :k @[1] 0) # => :ok"},
    {.name = "%%ev-futex-wait", EVJIT_PRIM_FN(evrt_ev_futex_wait), EVJIT_DEPART_FN(evrt_ev_futex_wait_depart),
     .arity = {4, 4}, .signals = gc::sig::kError | gc::sig::kWait,
     .params = "key cell expected name"},
    {.name = "ev/futex-wake", EVJIT_PRIM_FN(evrt_ev_futex_wake), .arity = {2, 2}, .params = "key count",
     .doc = "Wakes up to count of the longest-parked fibers; how many.", .example = "(ev/futex-wake :nobody 1) # => 0"},
};
const std::span<const PrimDef> kFutexPrims = kTable;

} // namespace evjit::sched
