// The timer queue against an ordered map: pushes, cancellations and expiries in any order, many at the same time.
#include "sched/timers.hpp"
#include "sched/wait-inl.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace evjit::sched;

namespace {

struct Model {
  WaitTable waits;
  TimerQueue timers{waits};
  std::map<std::pair<uint64_t, uint64_t>, uint32_t> expected; // (deadline, order of pushing): wait
  std::map<uint32_t, std::pair<uint64_t, uint64_t>> of_wait;
  uint64_t order = 0, time = 0; // the latest that was popped

  void push(uint64_t deadline) {
    uint32_t wait = waits.allocate();
    waits[wait].state = WaitState::Begun;
    waits[wait].has_timer = false;
    timers.push(time, deadline, wait, 0);
    of_wait[wait] = {deadline, order};
    expected[{deadline, order++}] = wait;
  }
  void cancel(uint32_t wait) {
    timers.cancel(waits[wait]);
    forget(wait);
  }
  // All that are due at `now`, but the first `most` at most.
  void pop(uint64_t now, size_t most) {
    TimerQueue::Entry popped[8];
    time = std::max(time, now);
    size_t n = timers.pop_due(now, popped, most);
    for (size_t i = 0; i < n; ++i) {
      if (!timers.expires(popped[i]))
        continue; // cancelled before
      REQUIRE(popped[i].wait == expected.begin()->second);
      forget(popped[i].wait);
    }
    if (n < most)
      REQUIRE((expected.empty() || expected.begin()->first.first > now));
  }
  void pop() { pop(timers.top().deadline_ns, 1); }
  void forget(uint32_t wait) {
    expected.erase(of_wait[wait]);
    of_wait.erase(wait);
    waits.free(wait);
  }
  void check(bool look = true) {
    REQUIRE(timers.size() == expected.size());
    REQUIRE(timers.empty() == expected.empty());
    if (expected.empty() || !look)
      return;
    REQUIRE(timers.top().wait == expected.begin()->second);
    REQUIRE(timers.top().deadline_ns == expected.begin()->first.first);
  }
};

} // namespace

TEST_CASE("timers expire in the order of their deadlines, whatever is cancelled between") {
  std::mt19937_64 rng(5);
  // Few deadlines that are often equal; within a slice of the queue; over hours from now, most of them soon; only cancellations; any at all.
  auto deadline = [&](int mix, uint64_t time) -> uint64_t {
    switch (mix) {
    case 0: return rng() % 20;
    case 1: return rng() % 1'000'000;
    case 4: return rng() >> rng() % 64;
    default: return time + (rng() >> 20 >> rng() % 44);
    }
  };
  for (int mix = 0; mix < 5; ++mix) {
    Model m;
    for (int step = 0; step < 20000; ++step) {
      uint64_t dice = rng() % 100;
      if (dice < (step < 12000 ? 60u : 20u) || m.expected.empty()) {
        m.push(deadline(mix, m.time));
      } else if (dice < 80 || mix == 3) {
        auto it = m.of_wait.lower_bound(static_cast<uint32_t>(rng() % m.waits.size()));
        m.cancel(it == m.of_wait.end() ? m.of_wait.begin()->first : it->first);
      } else {
        uint64_t due = dice % 2 ? m.timers.top().deadline_ns : m.time;
        m.pop(due + (rng() >> 20 >> rng() % 44) % (mix < 2 ? 3 : ~uint64_t{0} >> 20), 1 + rng() % 8);
      }
      m.check(rng() % 8 == 0); // which brings what is far near
    }
    for (auto &[wait, when] : m.of_wait)
      REQUIRE(m.timers.deadline_ns(m.waits[wait]) == when.first);
    while (!m.expected.empty()) {
      m.pop();
      m.check();
    }
  }
}

TEST_CASE("a stale entry is never taken for a new timer of the same wait, ties or not") {
  std::mt19937_64 rng(9);
  WaitTable waits;
  TimerQueue timers{waits};
  uint32_t wait = waits.allocate();
  waits[wait].has_timer = false;
  for (uint64_t i = 0; i < 200000; ++i) {
    timers.push(0, 1000 + i, wait, static_cast<uint32_t>(rng() % TimerQueue::kTies));
    REQUIRE(timers.size() == 1);
    REQUIRE(timers.top().deadline_ns == 1000 + i);
    timers.cancel(waits[wait]);
    REQUIRE(timers.empty());
    timers.push(0, 999'999'999, wait, 0); // far away: its entry stays for a while
    timers.cancel(waits[wait]);
  }
}

TEST_CASE("cancelled timers do not pile up behind one that is far away") {
  Model m;
  m.push(1);
  m.push(1'000'000'000);
  m.pop();
  for (int i = 0; i < 100000; ++i) {
    m.push(2'000'000'000 + static_cast<uint64_t>(i));
    m.cancel(m.of_wait.rbegin()->first == m.expected.begin()->second ? m.of_wait.begin()->first : m.of_wait.rbegin()->first);
    m.check();
  }
  CHECK(m.timers.bytes() <= 65536 + 1024); // a chunk of the heap, as ever, and one block of 63 entries until they are compacted
}

TEST_CASE("a table of waits shrinks, and an id from before finds nothing") {
  WaitTable waits;
  std::vector<WaitId> ids;
  auto begin = [&] {
    uint32_t i = waits.allocate();
    waits[i].state = WaitState::Begun;
    return WaitId{i, waits[i].generation};
  };
  for (int i = 0; i < 40000; ++i)
    ids.push_back(begin());
  for (int i = 1; i < 40000; ++i)
    waits.free(ids[static_cast<size_t>(i)].index);
  waits.shrink();
  CHECK(waits.size() == 4096);
  CHECK(waits.used() == 1);
  for (int i = 0; i < 20000; ++i)
    begin();
  CHECK(waits.used() == 20001);
  CHECK(waits.find(ids[0]));
  for (size_t i = 1; i < ids.size(); ++i)
    REQUIRE_FALSE(waits.find(ids[i]));
}
