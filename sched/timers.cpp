// A 4-ary heap in which an entry and its brothers share a cache line. Nothing points into it: a wait knows the number of its timer, an
// entry its wait, and an entry whose wait has another number, or no timer, is stale. So moving an entry touches the heap only, not a million
// waits elsewhere. Stale entries go when they come to the top, or all at once when they are more than half of the heap.
#include "sched/timers.hpp"

#include <algorithm>

namespace evjit::sched {

static constexpr size_t kFewStale = 64;
static constexpr size_t kFar = 4096; // entries from here on are not in the near caches

bool TimerHeap::is_stale(const Entry &e) const {
  const Wait &w = waits_[e.wait];
  return !w.has_timer || w.number != e.number;
}

void TimerHeap::push(uint64_t deadline_ns, uint32_t wait, uint32_t tie) {
  uint32_t count = next_++;
  Entry e{deadline_ns, (count + tie) * kTies + count % kTies, wait}; // numbers differ, ties or not
  waits_[wait].has_timer = true;
  waits_[wait].number = e.number;
  size_t i = end();
  heap_.reserve(i + 1);
  ++entries_;
  for (size_t parent; i > kRoot && before(e, at(parent = i / kWays + 2)); i = parent)
    at(i) = at(parent);
  at(i) = e;
}

void TimerHeap::sift_down(size_t i, Entry e) {
  for (;;) {
    size_t first = (i - 2) * kWays, last = std::min(first + kWays, end());
    if (first >= last)
      break;
    if (first >= kFar) // their children, of whom one will be next
      for (size_t k = first; k < last && (k - 2) * kWays < end(); ++k)
        __builtin_prefetch(&at((k - 2) * kWays));
    size_t best = first;
    for (size_t k = first + 1; k < last; ++k)
      if (before(at(k), at(best)))
        best = k;
    if (!before(at(best), e))
      break;
    at(i) = at(best);
    i = best;
  }
  at(i) = e;
}

void TimerHeap::remove_top() {
  Entry last = at(end() - 1);
  if (--entries_)
    sift_down(kRoot, last);
}

const TimerHeap::Entry &TimerHeap::top() {
  while (stale_ && is_stale(at(kRoot))) {
    --stale_;
    remove_top();
  }
  return at(kRoot);
}

// The waits are fetched all together: in a crowd each is a miss of the caches.
size_t TimerHeap::pop_due(uint64_t now, Entry *out, size_t most) {
  size_t n = 0;
  for (; n < most && entries_ && at(kRoot).deadline_ns <= now; ++n) {
    out[n] = at(kRoot);
    __builtin_prefetch(&waits_[out[n].wait]);
    remove_top();
  }
  return n;
}

bool TimerHeap::expires(const Entry &e) {
  if (is_stale(e)) {
    --stale_;
    return false;
  }
  waits_[e.wait].has_timer = false;
  return true;
}

void TimerHeap::cancel(Wait &w) {
  w.has_timer = false;
  ++stale_;
  if (stale_ > kFewStale && stale_ > entries_ / 2)
    compact();
}

// Without the stale ones. Heap: Floyd, Algorithm 245, 1964.
void TimerHeap::compact() {
  size_t to = kRoot;
  for (size_t i = kRoot; i < end(); ++i)
    if (!is_stale(at(i)))
      at(to++) = at(i);
  entries_ = to - kRoot;
  stale_ = 0;
  for (size_t i = entries_ > 1 ? (end() - 1) / kWays + 2 : kRoot - 1; i >= kRoot; --i)
    sift_down(i, at(i));
}

void TimerHeap::shrink() {
  if (stale_)
    compact();
  heap_.shrink(end());
}

uint64_t TimerHeap::deadline_ns(const Wait &w) const {
  for (size_t i = kRoot; i < end(); ++i)
    if (at(i).number == w.number && &waits_[at(i).wait] == &w)
      return at(i).deadline_ns;
  return 0;
}

} // namespace evjit::sched
