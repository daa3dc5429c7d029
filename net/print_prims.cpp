// Printing and the standard streams: print, println, eprint, eprintln, pp, port/stdin, ...
//
// One call is one write: the text is put together first (in UvLoop::text) and handed to the port whole. stdout to a regular
// file collects (Engine::Held) and is written when it is full, at port/flush and at exit.
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"
#include "net/std_streams.hpp"

#include "gc/call.hpp"
#include "gc/value/print.hpp"
#include "sched/scheduler.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo;
static Value stdout_parameter = kNil, stderr_parameter = kNil; // builtins: alive for ever

static Value std_handle(Mutator &m, int which) {
  Port *p = this_loop().std_ports[which];
  port_ref(p);
  return port_wrap(m, p, false);
}

// Of the thread that comes first; the builtins are shared by all threads, see want_port.
static Value make_std_parameter(UvLoop &loop, const char *name, int which) {
  gc::ImmortalScope immortal(loop.m);
  Value parameter = gc::make_parameter(loop.m, std_handle(loop.m, which));
  gc::register_builtin(name, parameter);
  return parameter;
}

void create_std_streams(UvLoop &loop) {
  loop.std_ports[0] = port_new(PortKind::Stdin, 0, Engine::Unknown, true, false);
  loop.std_ports[1] = port_new(PortKind::Stdout, 1, Engine::Unknown, false, true);
  loop.std_ports[2] = port_new(PortKind::Stderr, 2, Engine::Unknown, false, true);
  if (!stdout_parameter.is_nil())
    return;
  make_std_parameter(loop, "*stdin*", 0);
  stdout_parameter = make_std_parameter(loop, "*stdout*", 1);
  stderr_parameter = make_std_parameter(loop, "*stderr*", 2);
  sched::set_exit_flush(flush_std_streams);
}

void destroy_std_streams(UvLoop &loop) {
  for (Port *&p : loop.std_ports) {
    port_unref(p);
    p = nullptr;
  }
}

void flush_std_streams() {
  Port *p = has_loop() ? this_loop().std_ports[1] : nullptr;
  if (p && p->engine == Engine::Held)
    flush_held(p);
}

// The value of a parameter where this code runs.
static Value parameter_value(const Mutator &m, Value parameter) {
  for (Value l = m.params; gc::is_pair(l); l = gc::tail(l))
    if (gc::head(gc::head(l)) == parameter)
      return gc::tail(gc::head(l));
  return parameter.as<gc::Parameter>()->initial;
}

static Value write_text(Mutator &m, const char *op, Value parameter) {
  Value port = parameter_value(m, parameter);
  PortCall call;
  Value raised;
  if (!want_port(m, op, port, &call, &raised) || !want_writable(m, call, &raised))
    return raised;
  const std::string &text = this_loop().text;
  return text.empty() ? kNil : write_all(m, call, text, Keep::Copy);
}

static Value print_all(Mutator &m, const char *op, const Value *args, size_t argc, Value parameter, bool newline) {
  std::string &text = this_loop().text;
  if (text.capacity() > UvLoop::kScratchBytes)
    std::string().swap(text);
  text.clear();
  Value raised;
  if (!gc::display_all(m, op, args, argc, text, &raised))
    return raised;
  if (newline)
    text += '\n';
  return write_text(m, op, parameter);
}

EVJIT_PRIM(evrt_print) { return print_all(m, "print", args, argc, stdout_parameter, false); }
EVJIT_PRIM(evrt_println) { return print_all(m, "println", args, argc, stdout_parameter, true); }
EVJIT_PRIM(evrt_eprint) { return print_all(m, "eprint", args, argc, stderr_parameter, false); }
EVJIT_PRIM(evrt_eprintln) { return print_all(m, "eprintln", args, argc, stderr_parameter, true); }

static size_t terminal_columns() {
  winsize size{};
  return ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

EVJIT_PRIM(evrt_pp) {
  std::string pretty = gc::pretty_print(args[0], terminal_columns());
  this_loop().text = pretty + "\n";
  Value r = write_text(m, "pp", stdout_parameter);
  return r.is_nil() ? args[0] : r;
}

EVJIT_PRIM(evrt_port_stdin) { return std_handle(m, 0); }
EVJIT_PRIM(evrt_port_stdout) { return std_handle(m, 1); }
EVJIT_PRIM(evrt_port_stderr) { return std_handle(m, 2); }

static const PrimDef rows[] = {
    {.name = "print", EVJIT_PRIM_FN(evrt_print), .arity = {0, gc::kAny}, .signals = kWaits, .params = "& xs",
     .doc = "Write the arguments, as by string, to (*stdout*).", .example = "(print) # => nil"},
    {.name = "println", EVJIT_PRIM_FN(evrt_println), .arity = {0, gc::kAny}, .signals = kWaits, .params = "& xs",
     .doc = "Write the arguments, as by string, and a newline to (*stdout*).", .example = "(println \"hello\") # => nil"},
    {.name = "eprint", EVJIT_PRIM_FN(evrt_eprint), .arity = {0, gc::kAny}, .signals = kWaits, .params = "& xs",
     .doc = "As print, to (*stderr*).", .example = "(eprint) # => nil"},
    {.name = "eprintln", EVJIT_PRIM_FN(evrt_eprintln), .arity = {0, gc::kAny}, .signals = kWaits, .params = "& xs",
     .doc = "As println, to (*stderr*).",
     .example = "(eprintln \"to standard error: \" 5) # => nil"},
    {.name = "pp", EVJIT_PRIM_FN(evrt_pp), .arity = {1, 1}, .signals = kWaits, .params = "x",
     .doc = "Write x readably, broken over lines, to (*stdout*); returns x.", .example = "(pp [1 2]) # => [1 2]"},
    {.name = "port/stdin", EVJIT_PRIM_FN(evrt_port_stdin), .arity = {0, 0}, .doc = "A text port of standard input.",
     .example = "(port? (port/stdin)) # => true"},
    {.name = "port/stdout", EVJIT_PRIM_FN(evrt_port_stdout), .arity = {0, 0}, .doc = "A text port of standard output.",
     .example = "(port? (port/stdout)) # => true"},
    {.name = "port/stderr", EVJIT_PRIM_FN(evrt_port_stderr), .arity = {0, 0}, .doc = "A text port of standard error.",
     .example = "(port? (port/stderr)) # => true"},
};
const std::span<const PrimDef> kPrintPrims = rows;

} // namespace evjit::net
