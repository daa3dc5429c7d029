// A Mutator with heap and scheduler under a simulated clock, and closures whose bodies are C++ functions.
#pragma once

#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/roots/root.hpp"
#include "sched/fiber.hpp"

#include <functional>
#include <vector>

namespace evjit::test {

using gc::Mutator;
using gc::Value;

// Time moves only when the loop waits for it.
struct SimulatedTime final : sched::Clock, sched::Poller {
  uint64_t now = 1;
  size_t polls = 0;
  bool pending = false;
  std::function<void()> on_idle; // an event from outside, when there is nothing else to do
  uint64_t now_ns() override { return now; }
  void poll(int64_t timeout_ns) override {
    ++polls;
    if (timeout_ns > 0)
      now += static_cast<uint64_t>(timeout_ns);
    if (timeout_ns != 0 && on_idle)
      on_idle();
  }
  bool has_pending() override { return pending; }
  void wake() override {}
};

using Body = Value (*)(Mutator &m, Value closure, int64_t argc, Value a0);

struct World {
  Mutator m;
  SimulatedTime time;
  World();
  ~World();
  // A closure without parameters (or `required` ones) over captured values.
  Value closure(Body body, std::initializer_list<Value> captures = {}, uint32_t required = 0);
  Value prim(const char *name, std::initializer_list<Value> args);
  int run(Value thunk, Value *value = nullptr) { return sched::run_main(m, thunk, value).exit_code; }
};

World &world(); // one per process: heaps are per thread
inline Value capture(Value closure, size_t i) { return closure.as<gc::Closure>()->captures[i]; }
inline Value num(int64_t i) { return Value::fixnum(i); }

} // namespace evjit::test
