// What the scheduler needs from the outside world: time and events. net/ implements both over libuv (net/loop.cpp);
// tests and virtual time implement them without it. Loop thread only.
#pragma once

#include <cstdint>

namespace evjit::sched {

class Clock {
public:
  virtual ~Clock() = default;
  virtual uint64_t now_ns() = 0; // monotonic, since process start
};

class Poller {
public:
  virtual ~Poller() = default;
  // Handles the events that are there; if none are, waits up to timeout_ns (0: do not wait; negative: no limit).
  // Completions call sched::resolve / sched::fail. Wakes early for events, wake() and signals.
  virtual void poll(int64_t timeout_ns) = 0;
  // True while something registered could still produce an event (pending requests of fibers; listening alone does not
  // count). With no timer and no ready fiber, false means deadlock.
  virtual bool has_pending() = 0;
  virtual void wake() = 0; // any thread, async-signal-safe
};

} // namespace evjit::sched
