// A Mutator with heap, scheduler and the real loop; fibers whose bodies are C++ functions.
#pragma once

#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/value/make.hpp"
#include "sched/scheduler.hpp"

#include <functional>
#include <initializer_list>
#include <string>

namespace evjit::test {

using gc::kError;
using gc::kNil;
using gc::Mutator;
using gc::Value;

using Thunk = std::function<Value(Mutator &)>; // captured values must be kept alive by the caller's stack (it joins)

struct NetWorld {
  Mutator m;
  NetWorld();
  ~NetWorld();
  // A closure that calls `body`, which must outlive it.
  Value closure(const Thunk &body);
  int run(const Thunk &body) { return sched::run_main(m, closure(body), nullptr).exit_code; }
  Value call(const char *name, std::initializer_list<Value> args) {
    return gc::call(m, gc::find_builtin(name), args.begin(), args.size());
  }
  Value spawn(const Thunk &body) { return call("ev/spawn", {closure(body)}); }
  Value str(std::string_view s) { return gc::make_string(m, s); }
  // The :reason (or, without one, the :error) of the error in flight.
  std::string reason();
};

NetWorld &net_world(); // one per process
inline Value num(int64_t i) { return Value::fixnum(i); }
inline Value key(std::string_view name) { return gc::keyword(name); }
inline std::string text(Value v) { return gc::is_string(v) ? std::string(gc::string_view_of(v)) : "not a string"; }
int64_t port_number(Value port); // from port/path

} // namespace evjit::test
