// Seeded schedules: --schedule-seed N and --schedule-chaos. Essay: sched/plan.cpp. Loop thread only.
#pragma once

#include "gc/mutator.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace evjit::sched {

// The choices of one thread's schedule: a stream of numbers that the seed fixes.
class Plan {
public:
  Plan(uint64_t seed, bool chaos) : seed(seed), chaos(chaos), state_(seed) {}
  const uint64_t seed;
  const bool chaos; // breaks promises too: no FIFO, preemption, late events
  uint64_t next() { // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  size_t below(size_t n) { return static_cast<size_t>(next() % n); } // the bias of small n does not matter here
  bool coin() { return next() & 1; }
  template <typename T> void shuffle(T *items, size_t n) {
    for (size_t i = n; i > 1; --i)
      std::swap(items[i - 1], items[below(i)]);
  }

private:
  uint64_t state_;
};

// The plan that the options ask for; null: none. Owned by the Runtime.
Plan *make_plan();
Plan *plan_of(gc::Mutator &m);
// The line that a printed failure ends with; empty without a plan.
std::string seed_line(gc::Mutator &m);

} // namespace evjit::sched
