// See large.hpp. Lookup by address happens only while marking, so the table is sorted once per collection.
#include "gc/heap/large.hpp"

#include "base/pages.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace evjit::gc {

static constexpr size_t kMapFrom = 512 * 1024; // from here on pages come from and go to the system directly

Object *LargeSpace::allocate(size_t bytes) {
  size_t total = bytes + sizeof(Entry);
  bool mapped = total >= kMapFrom;
  void *p = mapped ? mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : std::calloc(1, total);
  if (p == MAP_FAILED || !p)
    return nullptr;
  if (mapped)
    base::want_large_pages(p, total);
  auto *e = static_cast<Entry *>(p);
  *e = Entry{this, bytes, false, mapped, {}};
  entries_.push_back(e);
  bytes_ += bytes;
  return reinterpret_cast<Object *>(e + 1);
}

void LargeSpace::prepare_lookup() {
  auto fresh = entries_.begin() + static_cast<ptrdiff_t>(sorted_);
  std::sort(fresh, entries_.end());
  std::inplace_merge(entries_.begin(), fresh, entries_.end());
  low_ = high_ = 0;
  if (!entries_.empty()) {
    low_ = reinterpret_cast<uintptr_t>(entries_.front() + 1);
    high_ = reinterpret_cast<uintptr_t>(entries_.back() + 1) + entries_.back()->bytes;
  }
}

Object *LargeSpace::find(uintptr_t a) const {
  if (a < low_ || a >= high_)
    return nullptr;
  auto it = std::upper_bound(entries_.begin(), entries_.end(), a,
                             [](uintptr_t x, const Entry *e) { return x < reinterpret_cast<uintptr_t>(e + 1); });
  if (it == entries_.begin())
    return nullptr;
  Entry *e = it[-1];
  uintptr_t start = reinterpret_cast<uintptr_t>(e + 1);
  return a - start < e->bytes ? reinterpret_cast<Object *>(start) : nullptr;
}

void LargeSpace::free_entry(Entry *e, bool poison) {
  bytes_ -= e->bytes;
  size_t total = e->bytes + sizeof(Entry);
  if (e->mapped) {
    munmap(e, total);
    return;
  }
  if (poison)
    std::memset(static_cast<void *>(e), 0xDB, total);
  std::free(e);
}

void LargeSpace::sweep(bool poison) {
  size_t kept = 0;
  for (Entry *e : entries_) {
    if (e->marked)
      entries_[kept++] = e;
    else
      free_entry(e, poison);
  }
  entries_.resize(kept);
  sorted_ = kept;
}

void LargeSpace::clear_marks() {
  for (Entry *e : entries_)
    e->marked = false;
}

void LargeSpace::release() {
  for (Entry *e : entries_)
    free_entry(e, false);
  entries_.clear();
  sorted_ = 0;
}

} // namespace evjit::gc
