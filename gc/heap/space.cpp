// See space.hpp. Invariants: an object never crosses a block; a start bit is set exactly for the objects allocated since the
// last collection and those that survived it, a mark exactly for the latter between collections; line marks are exact, so the free
// lines between them hold no live byte.
#include "gc/heap/space.hpp"

#include "base/assert.hpp"
#include "base/pages.hpp"
#include "base/reserve.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace evjit::gc {

static void *map_noreserve(size_t bytes) {
  void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

void BlockSpace::reserve() {
  size_t bytes = kMostBytes;
  for (size_t left = base::address_space_left(); bytes > left / 2 && bytes > size_t{64} << 20;)
    bytes /= 2; // stacks and malloc want some too
  for (; bytes >= size_t{64} << 20; bytes /= 2) {
    size_t blocks = bytes / kBlockBytes;
    size_t maps = blocks * kWordsPerBlock * 8;
    mapping_bytes_ = bytes + 2 * base::kLargePage + 2 * maps + blocks * kLinesPerBlock + blocks;
    mapping_ = map_noreserve(mapping_bytes_);
    if (!mapping_)
      continue; // an address space limit: try with less
    blocks_ = blocks;
    // Some room below the first object: another heap's marker may look at the words before it (LargeSpace::owns).
    base_ = (reinterpret_cast<uintptr_t>(mapping_) + base::kLargePage - 1 + 64) & ~(base::kLargePage - 1);
    auto *side = reinterpret_cast<uint8_t *>(base_ + bytes);
    starts_ = reinterpret_cast<uint64_t *>(side);
    marks_ = reinterpret_cast<uint64_t *>(side + maps);
    lines_ = side + 2 * maps;
    states_ = lines_ + blocks * kLinesPerBlock;
    return;
  }
  EVJIT_CHECK(false, "no address space for a heap");
}

void BlockSpace::release() {
  munmap(mapping_, mapping_bytes_);
  mapping_ = nullptr;
}

// Walks the start bitmap back from the address; a small object spans at most 17 words of it, all in one block.
Object *BlockSpace::find(uintptr_t a) const {
  size_t g = (a - base_) >> 3;
  size_t w = g >> 6;
  size_t first = std::max(w & ~(kWordsPerBlock - 1), w >= 17 ? w - 17 : 0);
  uint64_t bits = starts_[w] & (~uint64_t{0} >> (63 - (g & 63)));
  while (!bits) {
    if (w == first)
      return nullptr;
    bits = starts_[--w];
  }
  auto *o = reinterpret_cast<Object *>(base_ + ((w << 6) + 63 - std::countl_zero(bits)) * 8);
  return a - reinterpret_cast<uintptr_t>(o) < object_size(o) ? o : nullptr;
}

Region BlockSpace::prepare(uint8_t *from, uint8_t *to, bool clean) {
  if (!clean)
    std::memset(from, 0, static_cast<size_t>(to - from));
  return {from, to};
}

Region BlockSpace::next_run() {
  for (;;) {
    const uint8_t *lines = lines_ + run_block_ * kLinesPerBlock;
    size_t i = run_line_;
    while (i < kLinesPerBlock && lines[i])
      ++i;
    if (i < kLinesPerBlock) {
      size_t end = i;
      while (end < kLinesPerBlock && !lines[end])
        ++end;
      run_line_ = end;
      uint8_t *p = block_address(run_block_);
      return prepare(p + i * kLineBytes, p + end * kLineBytes, false);
    }
    if (recyclable_.empty())
      return take_block();
    run_block_ = recyclable_.back();
    recyclable_.pop_back();
    handed_out_.push_back(static_cast<uint32_t>(run_block_));
    run_line_ = 0;
  }
}

// Blocks will be used that the system has to give memory for. In a heap that is large already it comes in large pages, or, where there are
// none, in one call for many small ones instead of a fault each.
void BlockSpace::populate(size_t block, size_t blocks) {
  if (block < kSmallHeap)
    return;
  if (!large_pages_)
    want_large_pages();
#if defined(MADV_POPULATE_WRITE)
  madvise(block_address(block), std::min(blocks, blocks_ - block) * kBlockBytes, MADV_POPULATE_WRITE); // refused: then by faults
#endif
}

// Also for the side tables, each but its beginning, which small heaps use.
void BlockSpace::want_large_pages() {
  large_pages_ = true;
  base::want_large_pages(block_address(kSmallHeap), (blocks_ - kSmallHeap) * kBlockBytes);
  auto rest = [](void *table, size_t bytes) {
    auto from = (reinterpret_cast<uintptr_t>(table) + 2 * base::kLargePage - 1) & ~(base::kLargePage - 1);
    size_t skipped = from - reinterpret_cast<uintptr_t>(table);
    if (skipped < bytes)
      base::want_large_pages(reinterpret_cast<void *>(from), bytes - skipped);
  };
  rest(starts_, blocks_ * kWordsPerBlock * 8);
  rest(marks_, blocks_ * kWordsPerBlock * 8);
  rest(lines_, blocks_ * kLinesPerBlock);
}

Region BlockSpace::take_block() {
  size_t b;
  bool clean = true;
  if (!free_dirty_.empty()) {
    b = free_dirty_.back();
    free_dirty_.pop_back();
    clean = false;
  } else if (!free_clean_.empty()) {
    b = free_clean_.back();
    free_clean_.pop_back();
    populate(b, 1);
  } else if (high_water_ < blocks_) {
    b = high_water_++;
    if (b % kPopulate == 0)
      populate(b, kPopulate);
  } else {
    return {};
  }
  states_[b] = kUsed;
  handed_out_.push_back(static_cast<uint32_t>(b));
  uint8_t *p = block_address(b);
  return prepare(p, p + kBlockBytes, clean);
}

void BlockSpace::clear_marks() {
  std::memset(marks_, 0, high_water_ * kWordsPerBlock * 8);
  std::memset(lines_, 0, high_water_ * kLinesPerBlock);
}

void BlockSpace::end_runs() { run_line_ = kLinesPerBlock; }

void BlockSpace::poison_block(size_t b) {
  for (size_t w = b * kWordsPerBlock; w < (b + 1) * kWordsPerBlock; ++w)
    for (uint64_t dead = starts_[w] & ~marks_[w]; dead; dead &= dead - 1) {
      auto *o = reinterpret_cast<Object *>(base_ + ((w << 6) + static_cast<size_t>(std::countr_zero(dead))) * 8);
      std::memset(static_cast<void *>(o), kPoison, object_size(o));
    }
  for (size_t i = 0; i < kLinesPerBlock; ++i)
    if (!lines_[b * kLinesPerBlock + i])
      std::memset(block_address(b) + i * kLineBytes, kPoison, kLineBytes);
}

void BlockSpace::sweep_block(size_t b, bool poison) {
  if (poison)
    poison_block(b);
  std::memcpy(starts_ + b * kWordsPerBlock, marks_ + b * kWordsPerBlock, kWordsPerBlock * 8);
  const uint8_t *lines = lines_ + b * kLinesPerBlock;
  size_t used = 0;
  for (size_t i = 0; i < kLinesPerBlock; ++i)
    used += lines[i];
  if (used == 0) {
    states_[b] = kFree;
    free_dirty_.push_back(static_cast<uint32_t>(b));
  } else if (used < kLinesPerBlock) {
    recyclable_.push_back(static_cast<uint32_t>(b));
  }
}

void BlockSpace::sweep(Extent extent, size_t keep_bytes, bool poison) {
  if (extent == Extent::Full) {
    recyclable_.clear();
    for (size_t b = high_water_; b-- > 0;) // descending: the lists are used from the back
      if (states_[b] == kUsed)
        sweep_block(b, poison);
  } else {
    std::sort(handed_out_.begin(), handed_out_.end(), std::greater<>());
    for (uint32_t b : handed_out_)
      sweep_block(b, poison);
  }
  handed_out_.clear();
  give_back(keep_bytes);
}

// Returns the memory of free blocks beyond keep_bytes to the system, the highest addresses first, in as few calls as possible.
void BlockSpace::give_back(size_t keep_bytes) {
  size_t keep = keep_bytes / kBlockBytes;
  if (free_dirty_.size() <= keep + keep / 4 + 16)
    return;
  if (large_pages_) // else the system might make large pages of what is left, with all that was given back
    base::want_small_pages(block_address(kSmallHeap), (blocks_ - kSmallHeap) * kBlockBytes);
  large_pages_ = false;
  std::sort(free_dirty_.begin(), free_dirty_.end(), std::greater<>());
  size_t n = free_dirty_.size() - keep;
  for (size_t i = 0; i < n;) {
    size_t j = i + 1;
    while (j < n && free_dirty_[j] + 1 == free_dirty_[j - 1])
      ++j;
    madvise(block_address(free_dirty_[j - 1]), (j - i) * kBlockBytes, MADV_DONTNEED);
    i = j;
  }
  free_clean_.insert(free_clean_.end(), free_dirty_.begin(), free_dirty_.begin() + static_cast<ptrdiff_t>(n));
  free_dirty_.erase(free_dirty_.begin(), free_dirty_.begin() + static_cast<ptrdiff_t>(n));
  std::sort(free_clean_.begin(), free_clean_.end(), std::greater<>());
}

} // namespace evjit::gc
