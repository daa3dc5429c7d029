// What is near lies in a heap: a 4-ary one, in which an entry and its brothers share a cache line. What is far lies unsorted in buckets, as in a
// hierarchical timing wheel (Varghese, Lauck, 1987) or a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, 1990): time is cut in slices of a
// millisecond, and an entry is in the bucket of the highest digit in which its slice differs from the current one. When the heap is
// empty, the first bucket's entries come nearer: into the heap, or into buckets of lower digits. So of a million timers the heap holds
// those of a millisecond, which fit the caches, and an entry moves a few times at most, in order of memory.
//
//   slice_ = 0 2 7    buckets of digit 0: slices 0 2 8 .. 0 2 63    of digit 1: 0 3 * .. 0 63 *    of digit 2: 1 * * ..
//
// Nothing points into the queue: a wait knows the number of its timer, an entry its wait, and an entry whose wait has another number, or no
// timer, is stale. So moving an entry touches the queue only, not a million waits elsewhere. Stale entries go when they come to the top, or all
// at once when they are more than half.
#include "sched/timers.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

namespace evjit::sched {

static constexpr size_t kFewStale = 64;
static constexpr size_t kBeyondCaches = 4096; // entries of the heap from here on are not in the near caches

bool TimerQueue::is_stale(const Entry &e) const {
  const Wait &w = waits_[e.wait];
  return !w.has_timer || w.number != e.number;
}

void TimerQueue::push(uint64_t now, uint64_t deadline_ns, uint32_t wait, uint32_t tie) {
  uint32_t count = next_++;
  Entry e{deadline_ns, (count + tie) * kTies + count % kTies, wait}; // numbers differ, ties or not
  waits_[wait].has_timer = true;
  waits_[wait].number = e.number;
  if (!near_ && !far_)
    slice_ = slice_of(now);
  place(e);
}

void TimerQueue::place(Entry e) {
  uint64_t slice = slice_of(e.deadline_ns);
  if (slice <= slice_) {
    push_near(e);
    return;
  }
  auto level = static_cast<size_t>(std::bit_width(slice ^ slice_) - 1) / kDigitBits;
  size_t bits = level * kDigitBits, digit = slice >> bits & (kDigits - 1);
  occupied_[level] |= uint64_t{1} << digit;
  far_from_ = std::min(far_from_, slice >> bits << bits);
  push_far(buckets_[level][digit], e);
}

void TimerQueue::push_near(Entry e) {
  size_t i = end();
  heap_.reserve(i + 1);
  ++near_;
  for (size_t parent; i > kRoot && before(e, at(parent = i / kWays + 2)); i = parent)
    at(i) = at(parent);
  at(i) = e;
}

void TimerQueue::push_far(Block *&bucket, Entry e) {
  if (!bucket || bucket->used == kBlockEntries) {
    auto *fresh = static_cast<Block *>(slabs_.allocate(sizeof(Block)));
    fresh->next = bucket;
    fresh->used = 0;
    bucket = fresh;
    ++blocks_;
  }
  bucket->entries[bucket->used++] = e;
  ++far_;
}

// Calls use(entry) for all, each block freed before its entries are used: that may need one.
template <class Use> void TimerQueue::take_apart(Block *bucket, Use use) {
  Entry entries[kBlockEntries];
  while (bucket) {
    size_t n = bucket->used;
    std::copy_n(bucket->entries, n, entries);
    slabs_.free(std::exchange(bucket, bucket->next));
    --blocks_;
    far_ -= n;
    for (size_t i = 0; i < n; ++i)
      use(entries[i]);
  }
}

// The first bucket's entries, until one is in the heap. There are some.
void TimerQueue::come_near() {
  while (!near_) {
    auto first_level = [&] { return static_cast<size_t>(std::find_if(occupied_, occupied_ + kLevels, std::identity{}) - occupied_); };
    size_t level = first_level();
    auto digit = static_cast<size_t>(std::countr_zero(occupied_[level]));
    slice_ = far_from_;
    occupied_[level] &= occupied_[level] - 1;
    far_from_ = kNever;
    if (size_t next = first_level(); next < kLevels) {
      size_t bits = next * kDigitBits;
      far_from_ = slice_ >> (bits + kDigitBits) << (bits + kDigitBits) | static_cast<uint64_t>(std::countr_zero(occupied_[next])) << bits;
    }
    take_apart(std::exchange(buckets_[level][digit], nullptr), [&](const Entry &e) { place(e); });
  }
}

void TimerQueue::sift_down(size_t i, Entry e) {
  for (;;) {
    size_t first = (i - 2) * kWays, last = std::min(first + kWays, end());
    if (first >= last)
      break;
    if (first >= kBeyondCaches) // their children, of whom one will be next
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

void TimerQueue::remove_top() {
  Entry last = at(end() - 1);
  if (--near_)
    sift_down(kRoot, last);
}

const TimerQueue::Entry &TimerQueue::top() {
  for (;;) {
    if (!near_)
      come_near();
    if (!stale_ || !is_stale(at(kRoot)))
      return at(kRoot);
    --stale_;
    remove_top();
  }
}

// The waits are fetched all together: in a crowd each is a miss of the caches.
size_t TimerQueue::pop_due(uint64_t now, Entry *out, size_t most) {
  uint64_t slice = slice_of(now);
  size_t n = 0;
  while (n < most) {
    if (!near_) {
      if (far_from_ > slice)
        break;
      come_near();
    }
    if (at(kRoot).deadline_ns > now)
      break;
    out[n] = at(kRoot);
    __builtin_prefetch(&waits_[out[n++].wait]);
    remove_top();
  }
  if (slice > slice_ && slice < far_from_)
    slice_ = slice;
  return n;
}

bool TimerQueue::expires(const Entry &e) {
  if (is_stale(e)) {
    --stale_;
    return false;
  }
  waits_[e.wait].has_timer = false;
  return true;
}

void TimerQueue::cancel(Wait &w) {
  w.has_timer = false;
  ++stale_;
  if (stale_ > kFewStale && stale_ > (near_ + far_) / 2)
    compact();
}

// Without the stale ones. Heap: Floyd, Algorithm 245, 1964.
void TimerQueue::compact() {
  size_t to = kRoot;
  for (size_t i = kRoot; i < end(); ++i)
    if (!is_stale(at(i)))
      at(to++) = at(i);
  near_ = to - kRoot;
  for (size_t i = near_ > 1 ? (end() - 1) / kWays + 2 : kRoot - 1; i >= kRoot; --i)
    sift_down(i, at(i));
  far_from_ = kNever;
  for (size_t level = 0; level < kLevels; ++level)
    for (uint64_t rest = std::exchange(occupied_[level], 0); rest; rest &= rest - 1)
      take_apart(std::exchange(buckets_[level][std::countr_zero(rest)], nullptr), [&](const Entry &e) {
        if (!is_stale(e))
          place(e);
      });
  stale_ = 0;
}

void TimerQueue::shrink() {
  if (stale_)
    compact();
  heap_.shrink(end());
}

uint64_t TimerQueue::deadline_ns(const Wait &w) const {
  auto is_it = [&](const Entry &e) { return e.number == w.number && &waits_[e.wait] == &w; };
  for (size_t i = kRoot; i < end(); ++i)
    if (is_it(at(i)))
      return at(i).deadline_ns;
  for (const auto &level : buckets_)
    for (const Block *b : level)
      for (; b; b = b->next)
        for (size_t i = 0; i < b->used; ++i)
          if (is_it(b->entries[i]))
            return b->entries[i].deadline_ns;
  return 0;
}

} // namespace evjit::sched
