// The timers of one thread: a heap ordered by deadline. Essay: timers.cpp. Loop thread only.
#pragma once

#include "base/chunks.hpp"
#include "sched/wait_table.hpp"

namespace evjit::sched {

class TimerHeap {
public:
  struct Entry {
    uint64_t deadline_ns;
    uint32_t number, wait;
  };
  explicit TimerHeap(WaitTable &waits) : waits_(waits) {}
  static constexpr uint32_t kTies = 16;
  // Of equal deadlines the one that was pushed first expires first, one with a `tie` (below kTies) as if so many others had been pushed before.
  void push(uint64_t deadline_ns, uint32_t wait, uint32_t tie);
  void cancel(Wait &w); // which has a timer
  bool empty() const { return entries_ == stale_; }
  const Entry &top(); // the next to expire; not of an empty heap
  // Takes out those due at `now`, `most` at most, in their order: how many. expires() has to be asked of each.
  size_t pop_due(uint64_t now, Entry *out, size_t most);
  bool expires(const Entry &e); // its wait has no timer any more; false: it had none before
  size_t size() const { return entries_ - stale_; }
  size_t bytes() const { return heap_.bytes(); }
  void shrink(); // gives back what is unused. No stale entry is left, which WaitTable::shrink relies on
  uint64_t deadline_ns(const Wait &w) const; // which has a timer; looks for it

private:
  // Entry i has the children 4 (i - 2) to 4 (i - 2) + 3, which are a cache line.
  static constexpr size_t kRoot = 3, kWays = 4;
  Entry &at(size_t i) const { return heap_[i]; }
  size_t end() const { return kRoot + entries_; }
  bool is_stale(const Entry &e) const;
  static bool before(const Entry &a, const Entry &b) {
    return a.deadline_ns != b.deadline_ns ? a.deadline_ns < b.deadline_ns : static_cast<int32_t>(a.number - b.number) < 0;
  }
  void sift_down(size_t i, Entry e);
  void remove_top();
  void compact();

  WaitTable &waits_;
  base::Chunks<Entry> heap_;
  size_t entries_ = 0, stale_ = 0;
  uint32_t next_ = 0;
};

} // namespace evjit::sched
