// The process and its clocks: sys/args, sys/argv, sys/env, clock/*, time/sleep.
#include "net/decode.hpp"
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"
#include "net/process.hpp"

#include "gc/value/text.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>

extern char **environ;

namespace evjit::net {

using gc::kEmpty;
using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

// --- arguments: set once, before the program runs ------------------------------------------------------------------------------
static std::vector<std::string> &arguments() {
  static std::vector<std::string> all;
  return all;
}
static bool has_file = false;

void set_arguments(const std::string &file, const std::vector<std::string> &rest) {
  has_file = !file.empty();
  arguments() = rest;
  if (has_file)
    arguments().insert(arguments().begin(), file);
}

static Value argument_list(Mutator &m, size_t first) {
  Value list = kEmpty;
  for (size_t i = arguments().size(); i-- > first;)
    list = gc::cons(m, make_text(m, arguments()[i]), list);
  return list;
}

EVJIT_PRIM(evrt_sys_args) { return argument_list(m, has_file ? 1 : 0); }
EVJIT_PRIM(evrt_sys_argv) { return argument_list(m, 0); }

// --- environment -----------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_sys_env) {
  if (argc == 1) {
    if (!gc::is_string(args[0]))
      return gc::type_error(m, "sys/env", "string", args[0], 0);
    std::string name(gc::string_view_of(args[0]));
    const char *value = getenv(name.c_str());
    return value && gc::text::is_valid_utf8(value) ? gc::make_string(m, value) : kNil;
  }
  Value all = gc::make_marray(m, nullptr, 0);
  for (char **e = environ; *e; ++e) {
    const char *equals = std::strchr(*e, '=');
    if (!equals || !gc::text::is_valid_utf8(*e))
      continue;
    gc::marray_push(m, all, gc::make_string(m, std::string_view(*e, static_cast<size_t>(equals - *e))));
    gc::marray_push(m, all, gc::make_string(m, equals + 1));
  }
  return gc::make_struct(m, gc::array_items(all), gc::array_length(all) / 2);
}

// --- clocks ----------------------------------------------------------------------------------------------------------------
static double seconds_of(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

EVJIT_PRIM(evrt_clock_monotonic) { return gc::make_float(m, static_cast<double>(this_loop().look_ns()) / 1e9); }
EVJIT_PRIM(evrt_clock_realtime) {
  this_loop().look_ns();
  const auto &time = this_loop().virtual_time;
  return gc::make_float(m, time ? static_cast<double>(time->realtime_ns()) / 1e9 : seconds_of(CLOCK_REALTIME));
}
EVJIT_PRIM(evrt_clock_cpu) { return gc::make_float(m, seconds_of(CLOCK_THREAD_CPUTIME_ID)); }

EVJIT_PRIM(evrt_time_sleep) {
  double seconds;
  Value raised;
  if (!want_seconds(m, "time/sleep", args[0], &seconds, &raised))
    return raised;
  if (const auto &time = this_loop().virtual_time) {
    time->jump(static_cast<uint64_t>(std::min(seconds * 1e9, 9e18)));
    return kNil;
  }
  timespec t{};
  t.tv_sec = static_cast<time_t>(std::min(std::floor(seconds), 1e15));
  t.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
  return kNil;
}

static const PrimDef rows[] = {
    {.name = "sys/args", EVJIT_PRIM_FN(evrt_sys_args), .arity = {0, 0}, .doc = "List of the program's arguments after the source file.",
     .example = "(list? (sys/args)) # => true"},
    {.name = "sys/argv", EVJIT_PRIM_FN(evrt_sys_argv), .arity = {0, 0},
     .doc = "List of the source file (or \"-\") and the program's arguments.",
     .example = "(string? (first (sys/argv))) # => true"},
    {.name = "sys/env", EVJIT_PRIM_FN(evrt_sys_env), .arity = {0, 1}, .params = "&opt name",
     .doc = "The environment as a struct, or one variable (nil if it is not set).", .example = "(sys/env \"NO_SUCH_VARIABLE\") # => nil"},
    {.name = "clock/monotonic", EVJIT_PRIM_FN(evrt_clock_monotonic), .arity = {0, 0},
     .doc = "Seconds since the process started; never goes back.", .example = "(float? (clock/monotonic)) # => true"},
    {.name = "clock/realtime", EVJIT_PRIM_FN(evrt_clock_realtime), .arity = {0, 0}, .doc = "Seconds since 1970, UTC.",
     .example = "(float? (clock/realtime)) # => true"},
    {.name = "clock/cpu", EVJIT_PRIM_FN(evrt_clock_cpu), .arity = {0, 0}, .doc = "CPU seconds of this thread.",
     .example = "(float? (clock/cpu)) # => true"},
    {.name = "time/sleep", EVJIT_PRIM_FN(evrt_time_sleep), .arity = {1, 1}, .params = "seconds",
     .doc = "Block the whole thread; see ev/sleep for the fiber alone.", .example = "(time/sleep 0) # => nil"},
};
const std::span<const PrimDef> kSysPrims = rows;

} // namespace evjit::net
