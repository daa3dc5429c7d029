// Fibers that failed and were not observed (09 section 7): on the account of their scheduler until somebody observes them or nobody can any
// more. Reported by report.cpp.
#include "sched/runtime.hpp"
#include "sched/visible.hpp"

#include <algorithm>
#include <utility>

namespace evjit::sched {

static constexpr uint64_t kLateNs = 1'000'000'000;
static constexpr size_t kKeptFailures = 16;

void note_failure(Scheduler &s, FiberData &f) {
  f.unobserved = true;
  ++s.accounts;
  want_finalizer(s.rt.m, f);
  if (s.failures.size() >= kKeptFailures) {
    ++s.more_failures;
    return;
  }
  s.failures.push_back({&f, f.value, f.trace, fiber_name(s.rt, f), f.id, s.rt.clock.now_ns() + kLateNs, false});
  if (!std::exchange(s.reports, true))
    s.rt.reporting.push_back(&s);
}

// It is on nobody's account any more. The scheduler that had it, if that has not gone before it.
static Scheduler *settle(FiberData &f) {
  f.unobserved = false;
  Scheduler *s = f.sched;
  --s->accounts;
  if (!s->gone)
    return s;
  if (!s->accounts) {
    s->rt.gone.erase(s);
    delete s;
  }
  return nullptr;
}

void forget_failures(Scheduler &s) {
  for (Failure &f : s.failures)
    if (f.fiber)
      settle(*f.fiber);
  s.failures.clear();
  s.more_failures = 0;
}

std::vector<Failure>::iterator find_failure(Scheduler &s, const FiberData &f) {
  return std::find_if(s.failures.begin(), s.failures.end(), [&](const Failure &x) { return x.fiber == &f; });
}

void mark_observed(FiberData &f) {
  f.observed = true;
  if (!f.unobserved)
    return;
  Scheduler *s = settle(f);
  if (!s)
    return;
  if (auto it = find_failure(*s, f); it != s->failures.end())
    s->failures.erase(it);
  else if (s->more_failures)
    --s->more_failures;
}

void nobody_can_observe(FiberData &f) {
  Scheduler *s = settle(f);
  if (!s)
    return;
  if (auto it = find_failure(*s, f); it != s->failures.end())
    it->fiber = nullptr;
}

} // namespace evjit::sched
