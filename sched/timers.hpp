// The timers of one thread: a queue ordered by deadline. Essay: timers.cpp. Loop thread only.
#pragma once

#include "base/chunks.hpp"
#include "base/slabs.hpp"
#include "sched/wait_table.hpp"

namespace evjit::sched {

class TimerQueue {
public:
  struct Entry {
    uint64_t deadline_ns;
    uint32_t number, wait;
  };
  explicit TimerQueue(WaitTable &waits) : waits_(waits) {}
  static constexpr uint32_t kTies = 16;
  // Of equal deadlines the one that was pushed first expires first, one with a `tie` (below kTies) as if so many others had been pushed before.
  // `now` is the time by the clock of the deadline.
  void push(uint64_t now, uint64_t deadline_ns, uint32_t wait, uint32_t tie);
  void cancel(Wait &w); // which has a timer
  bool empty() const { return size() == 0; }
  const Entry &top(); // the next to expire; not of an empty queue
  // Takes out those due at `now`, `most` at most, in their order: how many. expires() has to be asked of each.
  size_t pop_due(uint64_t now, Entry *out, size_t most);
  bool expires(const Entry &e); // its wait has no timer any more; false: it had none before
  size_t size() const { return near_ + far_ - stale_; }
  size_t bytes() const { return heap_.bytes() + blocks_ * sizeof(Block); }
  void shrink(); // gives back what is unused. No stale entry is left, which WaitTable::shrink relies on
  uint64_t deadline_ns(const Wait &w) const; // which has a timer; looks for it

private:
  // Entry i of the heap has the children 4 (i - 2) to 4 (i - 2) + 3, which are a cache line.
  static constexpr size_t kRoot = 3, kWays = 4;
  // A slice of time is 2^20 ns; a digit of its number has 6 bits.
  static constexpr int kSliceBits = 20, kDigitBits = 6, kLevels = 8;
  static constexpr size_t kDigits = size_t{1} << kDigitBits;
  static_assert(kSliceBits + kLevels * kDigitBits >= 64);
  static constexpr uint64_t kNever = ~uint64_t{0};
  static constexpr size_t kBlockEntries = 63;
  struct Block {
    Block *next;
    size_t used;
    Entry entries[kBlockEntries];
  };
  static_assert(sizeof(Block) == base::Slabs::kMost);

  Entry &at(size_t i) const { return heap_[i]; }
  size_t end() const { return kRoot + near_; }
  bool is_stale(const Entry &e) const;
  static bool before(const Entry &a, const Entry &b) {
    return a.deadline_ns != b.deadline_ns ? a.deadline_ns < b.deadline_ns : static_cast<int32_t>(a.number - b.number) < 0;
  }
  static uint64_t slice_of(uint64_t ns) { return ns >> kSliceBits; }
  // In registers: a copy would load words that were just stored as one (CMakeLists.txt).
  void push_near(Entry e);
  void push_far(Block *&bucket, Entry e);
  void place(Entry e);
  void sift_down(size_t i, Entry e);
  void remove_top();
  void come_near();
  void compact();
  template <class Use> void take_apart(Block *bucket, Use use);

  WaitTable &waits_;
  base::Chunks<Entry> heap_;
  base::Slabs slabs_;
  Block *buckets_[kLevels][kDigits] = {};
  uint64_t occupied_[kLevels] = {}; // a bit for each bucket that is not empty
  uint64_t slice_ = 0;              // entries up to it are in the heap, later ones in the buckets
  uint64_t far_from_ = kNever;      // first slice of the first bucket that is not empty
  size_t near_ = 0, far_ = 0, stale_ = 0, blocks_ = 0;
  uint32_t next_ = 0;
};

} // namespace evjit::sched
