// Primitives over signals (08), the end of the program, traces.
#include "sched/prims.hpp"

#include "gc/rt/evrt.hpp"
#include "gc/signals.hpp"
#include "gc/trace.hpp"
#include "sched/depart-inl.hpp"
#include "sched/prim_util.hpp"

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

bool want_signals(Mutator &m, const char *fn, Value spec, int arg, uint64_t *bits, Value *raised) {
  Value bad;
  switch (gc::signals_from_value(spec, bits, &bad)) {
  case gc::SignalSpec::Ok: return true;
  case gc::SignalSpec::Unknown:
    *raised = gc::raise_error(m, "signal-error", std::string(fn) + ": unknown signal " + gc::print_literal(bad), {{"signal", bad}});
    return false;
  case gc::SignalSpec::NotKeyword: *raised = type_error(m, fn, "keyword", bad, arg); return false;
  case gc::SignalSpec::WrongType: break;
  }
  *raised = type_error(m, fn, "signals (integer, keyword, set or sequence of keywords)", spec, arg);
  return false;
}

static Value emit(Mutator &m, uint64_t bits, Value payload) {
  if (!(bits & gc::sig::kError))
    return send(m, bits, payload);
  runtime(m).error_bits = bits;
  return evrt_raise(&m, payload); // keeps the trace of a caught value
}

EVJIT_PRIM(evrt_emit) {
  static const Value error = keyword("error");
  Value payload = argc > 1 ? args[1] : kNil;
  if (args[0] == error)
    return emit(m, gc::sig::kError, payload);
  uint64_t bits;
  Value raised;
  if (!want_signals(m, "emit", args[0], 0, &bits, &raised))
    return raised;
  if (bits & kInternalBits)
    return gc::raise_error(m, "signal-error", "emit: internal bits cannot be sent", {{"bits", args[0]}});
  return emit(m, bits, payload);
}

extern "C" Departed evrt_emit_depart(Mutator &m, Value *args, size_t argc, Value) {
  static const Value yield = keyword("yield");
  if (args[0] == yield)
    return yield_departure(m, args, argc > 1 ? args[1] : kNil);
  return stay(evrt_emit(m, args, argc));
}

EVJIT_PRIM(evrt_signals) { return gc::signals_struct(m); }

EVJIT_PRIM(evrt_signal_register) {
  if (!gc::is_keyword(args[0]))
    return type_error(m, "signal/register", "keyword", args[0], 0);
  auto name = gc::name_of(args[0]);
  if (gc::is_builtin_signal(name))
    return gc::raise_error(m, "signal-error", "signal/register: :" + std::string(name) + " is built in");
  if (!gc::register_signal(name))
    return gc::raise_error(m, "signal-error", "signal/register: no bit is left");
  return args[0];
}

EVJIT_PRIM(evrt_sys_halt) { return send(m, gc::sig::kHalt, argc ? args[0] : kNil); }

EVJIT_PRIM(evrt_sys_exit) {
  if (argc && !gc::is_int(args[0]))
    return type_error(m, "sys/exit", "integer", args[0], 0);
  int64_t code = argc ? gc::int_of(args[0]) : 0;
  if (code < 0 || code > 255)
    return gc::argument_error(m, "sys/exit", "the code is not in 0..255");
  exit_process(m, static_cast<int>(code));
}

// --- traces --------------------------------------------------------------------------------------------------------------------
static Value frame_struct(Mutator &m, const gc::FrameInfo &f) {
  Value name = f.fn.empty() ? kNil : gc::make_string(m, f.fn);
  Value file = f.file.empty() ? kNil : gc::make_string(m, f.file);
  Value kv[8] = {keyword("fn"),   name,
                 keyword("file"), file,
                 keyword("line"), f.line ? Value::fixnum(f.line) : kNil,
                 keyword("col"),  f.col ? Value::fixnum(f.col) : kNil};
  return gc::make_struct(m, kv, 4);
}

EVJIT_PRIM(evrt_error_trace) {
  if (m.caught_trace.is_nil())
    return kNil;
  auto frames = gc::describe_trace(m.caught_trace, nullptr);
  Value out = gc::make_marray(m, nullptr, 0);
  for (const auto &f : frames)
    gc::marray_push(m, out, frame_struct(m, f));
  return gc::make_array(m, gc::array_items(out), gc::array_length(out));
}

// --- contracts -------------------------------------------------------------------------------------------------------------------
static uint64_t signals_of(Value f) { return f.as<gc::Closure>()->proto->signals; }

EVJIT_PRIM(evrt_is_silent) {
  return Value::boolean(gc::is_closure(args[0]) && !is_primitive(args[0]) && signals_of(args[0]) == 0);
}
EVJIT_PRIM(evrt_fn_errors) { return Value::boolean(gc::is_closure(args[0]) && (signals_of(args[0]) & gc::sig::kError)); }
EVJIT_PRIM(evrt_fn_signals) {
  if (!gc::is_closure(args[0]))
    return type_error(m, "fn/signals", "closure", args[0], 0);
  return gc::signals_to_set(m, signals_of(args[0]));
}

EVJIT_PRIM(evrt_check_silent) {
  if (!gc::is_closure(args[0]) || is_primitive(args[0]) || signals_of(args[0]) == 0)
    return kNil;
  std::string name = argc > 1 && gc::is_symbol(args[1]) ? std::string(gc::name_of(args[1])) : "the argument";
  return gc::raise_error(m, "signal-violation", name + " must be silent, but may send signals",
                         {{"signals", gc::signals_to_set(m, signals_of(args[0]))}});
}

EVJIT_PRIM(evrt_silence) {
  return gc::raise_error(m, "invalid-silence", "silence: a declaration stands at the start of a function body");
}

static constexpr uint64_t kNeverBlocked = gc::sig::kError | gc::sig::kHalt | gc::sig::kFuel | gc::sig::kWait;

static Value boundary_prim(Mutator &m, const char *fn, Value f, int f_arg, Value spec, int spec_arg, bool only) {
  if (!gc::is_closure(f) || is_primitive(f))
    return type_error(m, fn, "closure", f, f_arg);
  uint64_t bits;
  Value raised;
  if (!want_signals(m, fn, spec, spec_arg, &bits, &raised))
    return raised;
  uint64_t deniable = gc::sig::kYield | gc::sig::kDebug | gc::sig::kFfi | gc::sig::kIo | gc::sig::kExec | ~uint64_t{0xFFFFFFFF};
  return make_boundary(m, f, only ? deniable & ~bits : bits & ~kNeverBlocked);
}

EVJIT_PRIM(evrt_squelch) { return boundary_prim(m, "squelch", args[0], 0, args[1], 1, false); }
EVJIT_PRIM(evrt_attune) { return boundary_prim(m, "attune", args[1], 1, args[0], 0, true); }

EVJIT_PRIM(evrt_is_io_request) { return Value::boolean(is_request(args[0])); }

static const PrimDef kTable[] = {
    {.name = "emit", EVJIT_PRIM_FN(evrt_emit), EVJIT_DEPART_FN(evrt_emit_depart), .arity = {2, 2}, .signals = ~uint64_t{0x24E8}, .params = "bits payload",
     .doc = "Sends a signal from the current fiber; the value it is resumed with.",
     .example = "(fiber/resume (fiber/new (fn [] (emit :yield 7)) :yield)) # => 7", .aliases = "fiber/emit"},
    {.name = "signals", EVJIT_PRIM_FN(evrt_signals), .arity = {0, 0}, .signals = 0, .doc = "Struct from signal keyword to bit position.",
     .example = "(get (signals) :yield) # => 1"},
    {.name = "signal/register", EVJIT_PRIM_FN(evrt_signal_register), .arity = {1, 1}, .params = "name",
     .doc = "Registers a program signal unless it is known; the keyword.",
     .example = "(signal/register :app/progress) # => :app/progress"},
    {.name = "sys/halt", EVJIT_PRIM_FN(evrt_sys_halt), .arity = {0, 1}, .signals = gc::sig::kHalt, .params = "&opt v",
     .doc = "Ends the program (or the fiber whose resumer covers :halt) with v.",
     .example = "(fiber/resume (fiber/new (fn [] (sys/halt 5)) :halt)) # => 5", .aliases = "halt"},
    {.name = "sys/exit", EVJIT_PRIM_FN(evrt_sys_exit), .arity = {0, 1}, .params = "&opt code",
     .doc = "Flushes the output and ends the process.",
     .example = "(get (subprocess/system \"evjit\" [\"-e\" \"(sys/exit 3)\"]) :exit) # => 3", .aliases = "exit os/exit"},
    {.name = "error/trace", EVJIT_PRIM_FN(evrt_error_trace), .arity = {0, 0}, .signals = 0,
     .doc = "Inside a handler: the trace of the caught error, innermost frame first.",
     .example = "(try (error :oops) (catch e (array? (error/trace)))) # => true"},
    {.name = "silent?", EVJIT_PRIM_FN(evrt_is_silent), .arity = {1, 1}, .signals = 0, .params = "f",
     .doc = "Is f a closure that can send no signal?",
     .example = "(silent? (fn [x] x)) # => true"},
    {.name = "fn/errors?", EVJIT_PRIM_FN(evrt_fn_errors), .arity = {1, 1}, .signals = 0, .params = "f", .doc = "May f raise an error?",
     .example = "(fn/errors? (fn [] 5)) # => false"},
    {.name = "fn/signals", EVJIT_PRIM_FN(evrt_fn_signals), .arity = {1, 1}, .params = "f", .doc = "The signals that f may send.",
     .example = "(fn/signals (fn [] (yield 1))) # => |:yield|"},
    {.name = "squelch", EVJIT_PRIM_FN(evrt_squelch), .arity = {2, 2}, .params = "f bits",
     .doc = "A closure like f that must not send any of bits.",
     .example = "(has? (fn/signals (squelch (fn [] (yield 1)) :yield)) :yield) # => false"},
    {.name = "attune", EVJIT_PRIM_FN(evrt_attune), .arity = {2, 2}, .params = "bits f", .doc = "A closure like f that may send only bits.",
     .example = "(fn/signals (attune |:error :yield| (fn [] (yield 1)))) # => |:yield|"},
    {.name = "silence", EVJIT_PRIM_FN(evrt_silence), .arity = {0, gc::kAny}, .params = "& p", .doc = "Only a declaration in a function body.",
     .example = "((fn [] (silence) 5)) # => 5"},
    {.name = "io-request?", EVJIT_PRIM_FN(evrt_is_io_request), .arity = {1, 1}, .signals = 0, .params = "x",
     .doc = "Is x a request that a fiber sent to the scheduler?",
     .example = "(io-request? 5) # => false"},
    {.name = "%%check-silent", EVJIT_PRIM_FN(evrt_check_silent), .arity = {1, 2}, .params = "f name"},
};
const std::span<const PrimDef> kSignalPrims = kTable;

} // namespace evjit::sched
