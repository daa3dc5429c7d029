// Tables and records of crowds: millions of small things that come and go together. The system needs several microseconds for the first
// touch of a page, more than it takes to start a fiber, so memory for them is mapped in regions of one large page (2 MB), which costs as
// much as one or two dozen of its 512 small ones where the machine has it at hand. A region is cut into spans of 64 KB; it goes back to the
// system when all of its spans are free, but for one
// that stays for the next crowd. The first region has small pages: most programs need a few spans only.
#include "base/pages.hpp"

#include "base/assert.hpp"
#include "base/reserve.hpp"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <sys/mman.h>
#include <unordered_map>
#include <vector>

namespace evjit::base {

void want_large_pages(void *from, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  madvise(from, bytes, MADV_HUGEPAGE); // refused: small ones do
#endif
}

void want_small_pages(void *from, size_t bytes) {
#if defined(MADV_NOHUGEPAGE)
  madvise(from, bytes, MADV_NOHUGEPAGE);
#endif
}

#if defined(EVJIT_SANITIZED)
// The leak checker looks for pointers in memory of malloc only.
void *take_spans(size_t spans) {
  for (;;) {
    if (void *p = std::aligned_alloc(kSpanBytes, spans * kSpanBytes))
      return p;
    use_memory_reserve();
  }
}

void give_spans(void *p, size_t) { std::free(p); }
#else
namespace {

constexpr size_t kSpans = kLargePage / kSpanBytes;

class SpanPool {
public:
  void *take(size_t spans);
  void give(void *p, size_t spans);

private:
  struct Region {
    uint32_t free = ~uint32_t{0}; // a bit for each span
    size_t open = 0;              // index in open_, if any is free
    bool mapped = false;          // else of malloc
  };
  static_assert(kSpans == 32);
  using Regions = std::unordered_map<uintptr_t, Region>; // by address
  Regions::value_type &add_region();
  void remove(uintptr_t base);
  void open(Regions::value_type &r);
  void close(Region &r);

  std::mutex mutex_;
  Regions regions_;
  std::vector<Regions::value_type *> open_;
  size_t free_regions_ = 0; // without a used span
};

// The lowest of `spans` free ones in a row; 32: there is no such row.
unsigned find_row(uint32_t free, size_t spans) {
  for (size_t i = 1; i < spans; ++i)
    free &= free >> 1;
  return static_cast<unsigned>(std::countr_zero(free));
}

uint32_t row(unsigned first, size_t spans) { return ((uint32_t{1} << spans) - 1) << first; }

// Null: the system gives no more.
void *map_region() {
  void *p = mmap(nullptr, 2 * kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    return nullptr;
  uintptr_t a = reinterpret_cast<uintptr_t>(p), base = (a + kLargePage - 1) & ~(kLargePage - 1);
  if (base > a)
    munmap(p, base - a);
  if (base < a + kLargePage)
    munmap(reinterpret_cast<void *>(base + kLargePage), a + kLargePage - base);
  return reinterpret_cast<void *>(base);
}

void SpanPool::open(Regions::value_type &r) {
  r.second.open = open_.size();
  open_.push_back(&r);
}

void SpanPool::close(Region &r) {
  open_[r.open] = open_.back();
  open_[r.open]->second.open = r.open;
  open_.pop_back();
}

SpanPool::Regions::value_type &SpanPool::add_region() {
  void *p = map_region();
  bool mapped = p;
  while (!p && !(p = std::aligned_alloc(kLargePage, kLargePage))) // malloc may have what it did not give back
    use_memory_reserve();
  if (mapped && !regions_.empty())
    want_large_pages(p, kLargePage);
  auto &r = *regions_.emplace(reinterpret_cast<uintptr_t>(p), Region{}).first;
  r.second.mapped = mapped;
  ++free_regions_;
  open(r);
  return r;
}

void SpanPool::remove(uintptr_t base) {
  Region &r = regions_[base];
  close(r);
  if (r.mapped)
    munmap(reinterpret_cast<void *>(base), kLargePage);
  else
    std::free(reinterpret_cast<void *>(base));
  regions_.erase(base);
  --free_regions_;
}

void *SpanPool::take(size_t spans) {
  std::lock_guard lock(mutex_);
  Regions::value_type *found = nullptr;
  for (size_t i = open_.size(); i-- > 0 && !found;)
    if (find_row(open_[i]->second.free, spans) < kSpans)
      found = open_[i];
  auto &[base, r] = found ? *found : add_region();
  unsigned first = find_row(r.free, spans);
  free_regions_ -= r.free == ~uint32_t{0};
  r.free &= ~row(first, spans);
  if (!r.free)
    close(r);
  return reinterpret_cast<void *>(base + first * kSpanBytes);
}

void SpanPool::give(void *p, size_t spans) {
  std::lock_guard lock(mutex_);
  uintptr_t a = reinterpret_cast<uintptr_t>(p), base = a & ~(kLargePage - 1);
  auto &r = *regions_.find(base);
  if (!r.second.free)
    open(r);
  r.second.free |= row(static_cast<unsigned>((a - base) / kSpanBytes), spans);
  if (r.second.free != ~uint32_t{0})
    return;
  ++free_regions_;
  if (free_regions_ > 1)
    remove(base);
}

SpanPool &pool() {
  static SpanPool *p = new SpanPool; // never destroyed: other threads may still give something back
  return *p;
}

} // namespace

void *take_spans(size_t spans) {
  EVJIT_CHECK(spans > 0 && spans <= kMostSpans, "spans in one piece");
  return pool().take(spans);
}

void give_spans(void *p, size_t spans) { pool().give(p, spans); }
#endif

} // namespace evjit::base
