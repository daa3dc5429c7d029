// Primitives over hand-driven fibers (07).
#include "sched/prims.hpp"

#include "gc/signals.hpp"
#include "sched/depart-inl.hpp"
#include "sched/prim_util.hpp"

#include <algorithm>

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

static FiberData *want_fiber(Mutator &m, const char *fn, Value v, Value *raised) {
  if (is_fiber(v))
    return &data_of(v);
  *raised = type_error(m, fn, "fiber", v, 0);
  return nullptr;
}

#define WANT_FIBER(f, fn)                                                                                              \
  Value raised_ = kNil;                                                                                                \
  FiberData *f = want_fiber(m, fn, args[0], &raised_);                                                                 \
  if (!f)                                                                                                              \
  return raised_

// The whole set of what (fiber/caps) may name.
static uint64_t all_capabilities() {
  namespace sig = gc::sig;
  return sig::kError | sig::kYield | sig::kDebug | sig::kFfi | sig::kHalt | sig::kIo | sig::kExec | gc::registered_signals();
}

EVJIT_PRIM(evrt_fiber_new) {
  if (!gc::is_closure(args[0]) || is_primitive(args[0]))
    return type_error(m, "fiber/new", "closure", args[0], 0);
  uint64_t mask, denied = 0;
  Value raised;
  if (!want_signals(m, "fiber/new", args[1], 1, &mask, &raised))
    return raised;
  if (argc > 2) {
    if (args[2] != keyword("deny"))
      return gc::argument_error(m, "fiber/new", "unknown option " + gc::print_literal(args[2]));
    if (argc == 3)
      return gc::raise_error(m, "arity-error", "fiber/new: :deny needs a value");
    if (!want_signals(m, "fiber/new", args[3], 3, &denied, &raised))
      return raised;
  }
  return new_fiber(m, args[0], mask, denied & all_capabilities());
}

EVJIT_PRIM(evrt_fiber_resume) {
  WANT_FIBER(f, "fiber/resume");
  return resume(m, *f, argc > 1 ? args[1] : kNil);
}

EVJIT_PRIM(evrt_fiber_abort) {
  WANT_FIBER(f, "fiber/abort");
  Value e = argc > 1 ? args[1] : kNil;
  if (f->run != Run::None && f->run != Run::Terminal)
    return abort_fiber(m, *f, e);
  switch (f->status) {
  case Status::New:
    note_change(runtime(m), *f);
    f->status = Status::Error;
    f->bits = gc::sig::kError;
    f->value = e;
    f->trace = kNil;
    return e;
  case Status::Alive: return state_error(m, "alive", "fiber/abort: the fiber is running");
  case Status::Paused: return abort_paused(m, *f, e);
  case Status::Dead: return f->value;
  case Status::Error: break;
  }
  return state_error(m, "failed", "fiber/abort: the fiber has ended with an error");
}

EVJIT_PRIM(evrt_fiber_cancel) {
  WANT_FIBER(f, "fiber/cancel");
  return cancel_fiber(m, *f, argc > 1 ? args[1] : kNil);
}

EVJIT_PRIM(evrt_fiber_propagate) {
  WANT_FIBER(f, "fiber/propagate");
  return propagate(m, *f);
}

EVJIT_PRIM(evrt_fiber_self) { return m.fiber; }

EVJIT_PRIM(evrt_fiber_status) {
  WANT_FIBER(f, "fiber/status");
  return keyword(status_name(f->status));
}

#define STATUS_PRIM(symbol, fn, test)                                                                                  \
  EVJIT_PRIM(symbol) {                                                                                                 \
    WANT_FIBER(f, fn);                                                                                                 \
    return Value::boolean(test);                                                                                       \
  }
STATUS_PRIM(evrt_fiber_is_new, "fiber/new?", f->status == Status::New)
STATUS_PRIM(evrt_fiber_is_alive, "fiber/alive?", f->status == Status::Alive)
STATUS_PRIM(evrt_fiber_is_paused, "fiber/paused?", f->status == Status::Paused)
STATUS_PRIM(evrt_fiber_is_dead, "fiber/dead?", f->status == Status::Dead)
STATUS_PRIM(evrt_fiber_is_error, "fiber/error?", f->status == Status::Error)
STATUS_PRIM(evrt_fiber_is_done, "fiber/done?", f->terminal())

EVJIT_PRIM(evrt_is_fiber) { return Value::boolean(is_fiber(args[0])); }

EVJIT_PRIM(evrt_fiber_value) {
  WANT_FIBER(f, "fiber/value");
  return f->status == Status::New ? kNil : f->value;
}
EVJIT_PRIM(evrt_fiber_bits) {
  WANT_FIBER(f, "fiber/bits");
  return gc::make_int(m, static_cast<int64_t>(f->bits));
}
EVJIT_PRIM(evrt_fiber_mask) {
  WANT_FIBER(f, "fiber/mask");
  return gc::make_int(m, static_cast<int64_t>(f->mask));
}
EVJIT_PRIM(evrt_fiber_parent) {
  WANT_FIBER(f, "fiber/parent");
  return f->resumer ? f->resumer->self() : kNil;
}
EVJIT_PRIM(evrt_fiber_child) {
  WANT_FIBER(f, "fiber/child");
  return f->child ? f->child->self() : kNil;
}
EVJIT_PRIM(evrt_fiber_caps) {
  uint64_t denied = runtime(m).current->denied;
  if (argc == 1) {
    WANT_FIBER(f, "fiber/caps");
    denied = f->denied;
  }
  return gc::signals_to_set(m, all_capabilities() & ~denied);
}

// --- fuel --------------------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_fiber_fuel) {
  WANT_FIBER(f, "fiber/fuel");
  if (!f->fuel_limited)
    return kNil;
  if (f == runtime(m).current) {
    account_fuel(runtime(m), *f);
    load_fuel(runtime(m), *f);
  }
  int64_t left = f->extra->fuel;
  return gc::make_int(m, left < 0 ? 0 : left);
}

static void set_fuel(Mutator &m, FiberData &f, bool limited, int64_t n) {
  Runtime &rt = runtime(m);
  if (&f == rt.current)
    account_fuel(rt, f);
  f.fuel_limited = limited;
  rt.metering = true;
  extra_of(m, f).fuel = n;
  if (&f == rt.current)
    load_fuel(rt, f);
}

EVJIT_PRIM(evrt_fiber_set_fuel) {
  WANT_FIBER(f, "fiber/set-fuel");
  if (!gc::is_int(args[1]) || gc::int_of(args[1]) < 0)
    return type_error(m, "fiber/set-fuel", "non-negative integer", args[1], 1);
  set_fuel(m, *f, true, std::min(gc::int_of(args[1]), gc::kFuelUnlimited - 1));
  return kNil;
}

EVJIT_PRIM(evrt_fiber_clear_fuel) {
  WANT_FIBER(f, "fiber/clear-fuel");
  set_fuel(m, *f, false, gc::kFuelUnlimited);
  return kNil;
}

static const PrimDef kTable[] = {
    {.name = "fiber/new", EVJIT_PRIM_FN(evrt_fiber_new), .arity = {2, 4}, .params = "closure mask &opt :deny caps",
     .doc = "A fiber that will call closure when it is first resumed; mask names the signals its resumer receives.",
     .example = "(fiber/resume (fiber/new (fn [] (yield 1)) :yield)) # => 1", .aliases = "fiber"},
    {.name = "fiber/resume", EVJIT_PRIM_FN(evrt_fiber_resume), EVJIT_DEPART_FN(evrt_fiber_resume_depart),
     .arity = {1, 2}, .signals = ~uint64_t{0x24E8}, .params = "f &opt value",
     .doc = "Runs f until it returns or signals.",
     .example = "(let [f (fiber/new (fn [] (+ 1 (yield 10))) :yield)] [(fiber/resume f) (fiber/resume f "
                "5)]) # => [10 6]", .aliases = "resume"},
    {.name = "fiber/abort", EVJIT_PRIM_FN(evrt_fiber_abort), .arity = {1, 2}, .signals = ~uint64_t{0x24E8}, .params = "f &opt e",
     .doc = "Raises e where f is suspended, so that its cleanups run.",
     .example = "(let [f (fiber/new (fn [] (try (yield 1) (catch e [:cleaned e]))) :yield)] (fiber/resume "
                "f) (fiber/abort f :stop)) # => [:cleaned :stop]", .aliases = "abort"},
    {.name = "fiber/cancel", EVJIT_PRIM_FN(evrt_fiber_cancel), .arity = {1, 2}, .params = "f &opt e",
     .doc = "Ends f at once; none of its code runs.",
     .example = "(let [f (fiber/new (fn [] (yield 1)) :yield)] (fiber/resume f) (fiber/cancel f) "
                "(fiber/status f)) # => :error", .aliases = "cancel"},
    {.name = "fiber/propagate", EVJIT_PRIM_FN(evrt_fiber_propagate), .arity = {1, 1}, .signals = ~uint64_t{0x24E8}, .params = "f",
     .doc = "Sends the last signal of f on from the current fiber.",
     .example = "(let [inner (fiber/new (fn [] (yield 5)) :yield)] (fiber/resume inner) (fiber/resume "
                "(fiber/new (fn [] (fiber/propagate inner)) :yield))) # => 5"},
    {.name = "fiber/self", EVJIT_PRIM_FN(evrt_fiber_self), .arity = {0, 0}, .signals = 0, .doc = "The fiber that executes the call.",
     .example = "(fiber? (fiber/self)) # => true"},
    {.name = "fiber/status", EVJIT_PRIM_FN(evrt_fiber_status), .arity = {1, 1}, .params = "f",
     .doc = ":new, :alive, :paused, :dead or :error.", .example = "(fiber/status (fiber/new (fn [] 1) 0)) # => :new"},
    {.name = "fiber/new?", EVJIT_PRIM_FN(evrt_fiber_is_new), .arity = {1, 1}, .params = "f", .doc = "Was f never resumed?",
     .example = "(fiber/new? (fiber/new (fn [] 1) 0)) # => true"},
    {.name = "fiber/alive?", EVJIT_PRIM_FN(evrt_fiber_is_alive), .arity = {1, 1}, .params = "f", .doc = "Is f on the current resume chain?",
     .example = "(fiber/alive? (fiber/self)) # => true"},
    {.name = "fiber/paused?", EVJIT_PRIM_FN(evrt_fiber_is_paused), .arity = {1, 1}, .params = "f", .doc = "Is f stopped at a signal?",
     .example = "(let [f (fiber/new (fn [] (yield 1)) :yield)] (fiber/resume f) (fiber/paused? f)) # => true"},
    {.name = "fiber/dead?", EVJIT_PRIM_FN(evrt_fiber_is_dead), .arity = {1, 1}, .params = "f", .doc = "Did f return?",
     .example = "(let [f (fiber/new (fn [] 1) 0)] (fiber/resume f) (fiber/dead? f)) # => true"},
    {.name = "fiber/error?", EVJIT_PRIM_FN(evrt_fiber_is_error), .arity = {1, 1}, .params = "f", .doc = "Did f end with an error?",
     .example = "(let [f (fiber/new (fn [] (error :oops)) 0)] (protect (fiber/resume f)) (fiber/error? f)) # => true"},
    {.name = "fiber/done?", EVJIT_PRIM_FN(evrt_fiber_is_done), .arity = {1, 1}, .params = "f", .doc = "Is f :dead or :error?",
     .example = "(fiber/done? (fiber/new (fn [] 1) 0)) # => false", .aliases = "stream/done?"},
    {.name = "fiber?", EVJIT_PRIM_FN(evrt_is_fiber), .arity = {1, 1}, .signals = 0, .params = "x", .doc = "Is x a fiber?",
     .example = "(fiber? 1) # => false", .aliases = "coroutine? coro?"},
    {.name = "fiber/value", EVJIT_PRIM_FN(evrt_fiber_value), .arity = {1, 1}, .params = "f",
     .doc = "The payload of the last signal, or the return value.",
     .example = "(let [f (fiber/new (fn [] (yield 7)) :yield)] (fiber/resume f) (fiber/value f)) # => 7", .aliases = "stream/value"},
    {.name = "fiber/bits", EVJIT_PRIM_FN(evrt_fiber_bits), .arity = {1, 1}, .params = "f", .doc = "The bits of the last signal.",
     .example = "(let [f (fiber/new (fn [] (yield 1)) :yield)] (fiber/resume f) (fiber/bits f)) # => 2"},
    {.name = "fiber/mask", EVJIT_PRIM_FN(evrt_fiber_mask), .arity = {1, 1}, .params = "f", .doc = "The mask as an integer.",
     .example = "(fiber/mask (fiber/new (fn [] 1) |:error :yield|)) # => 3"},
    {.name = "fiber/parent", EVJIT_PRIM_FN(evrt_fiber_parent), .arity = {1, 1}, .params = "f", .doc = "The fiber that resumed f last.",
     .example = "(fiber/parent (fiber/new (fn [] 1) 0)) # => nil"},
    {.name = "fiber/child", EVJIT_PRIM_FN(evrt_fiber_child), .arity = {1, 1}, .params = "f",
     .doc = "The child whose signal passes through f, or nil.",
     .example = "(fiber/child (fiber/new (fn [] 1) 0)) # => nil"},
    {.name = "fiber/caps", EVJIT_PRIM_FN(evrt_fiber_caps), .arity = {0, 1}, .params = "&opt f",
     .doc = "The capabilities that are not withheld, a set of keywords.",
     .example = "(has? (fiber/caps) :error) # => true"},
    {.name = "fiber/fuel", EVJIT_PRIM_FN(evrt_fiber_fuel), .arity = {1, 1}, .params = "f", .doc = "What is left of the budget; nil: unlimited.",
     .example = "(fiber/fuel (fiber/new (fn [] 1) 0)) # => nil"},
    {.name = "fiber/set-fuel", EVJIT_PRIM_FN(evrt_fiber_set_fuel), .arity = {2, 2}, .params = "f n", .doc = "Gives f a budget.",
     .example = "(let [f (fiber/new (fn [] (forever nil)) :fuel)] (fiber/set-fuel f 1000) (fiber/resume f) "
                "(fiber/status f)) # => :paused"},
    {.name = "fiber/clear-fuel", EVJIT_PRIM_FN(evrt_fiber_clear_fuel), .arity = {1, 1}, .params = "f", .doc = "Makes the budget unlimited.",
     .example = "(let [f (fiber/new (fn [] 1) 0)] (fiber/set-fuel f 100) (fiber/clear-fuel f) (fiber/fuel "
                "f)) # => nil"},
};
const std::span<const PrimDef> kFiberPrims = kTable;

} // namespace evjit::sched
