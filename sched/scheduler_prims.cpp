// Schedulers as values (09 section 9).
#include "sched/prims.hpp"

#include "sched/prim_util.hpp"
#include "sched/program.hpp"

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

EVJIT_PRIM(evrt_ev_shutdown) {
  Scheduler *s = m.sched ? scheduler_of(*runtime(m).current) : nullptr;
  if (!s)
    return gc::raise_error(m, "state-error", "ev/shutdown: no event loop is active", {{"reason", keyword("no-event-loop")}});
  if (argc && !gc::is_int(args[0]))
    return type_error(m, "ev/shutdown", "integer", args[0], 0);
  int64_t ms = argc ? gc::int_of(args[0]) : 0;
  if (ms < 0)
    return gc::argument_error(m, "ev/shutdown", "the time is negative");
  s->shutdown_requested = true;
  s->shutdown_timeout_ns = static_cast<uint64_t>(ms) * 1'000'000;
  return kNil;
}

static const PrimDef kTable[] = {
    {.name = "ev/shutdown", EVJIT_PRIM_FN(evrt_ev_shutdown), .arity = {0, 1}, .params = "&opt timeout-ms",
     .doc = "Asks the scheduler to abort every fiber and end."},
};
const std::span<const PrimDef> kSchedulerPrims = kTable;

} // namespace evjit::sched
