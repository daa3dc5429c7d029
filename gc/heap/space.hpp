// The block space of a heap: one NORESERVE reservation cut into 32 KB blocks of 256 lines, with side tables for the whole
// reservation (object starts, marks, line marks, block states), so that nothing of the collector's is in the objects.
// Essay: gc/heap/heap.cpp. Owned by one heap; one thread.
#pragma once

#include "gc/object/object_size.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evjit::gc {

inline constexpr size_t kBlockBytes = 32 * 1024;
inline constexpr size_t kLineBytes = 128;
inline constexpr size_t kLinesPerBlock = kBlockBytes / kLineBytes;
inline constexpr size_t kWordsPerBlock = kBlockBytes / 8 / 64; // of a bitmap
inline constexpr size_t kMaxSmall = 8 * 1024;                  // larger objects live in LargeSpace
inline constexpr int kPoison = 0xDB;

// A stretch of free memory that objects are bumped into; zeroed.
struct Region {
  uint8_t *cursor = nullptr;
  uint8_t *limit = nullptr;
  bool fits(size_t bytes) const { return static_cast<size_t>(limit - cursor) >= bytes; }
};

// Of a collection: all objects, or those allocated since the last one.
enum class Extent { Full, Young };

class BlockSpace {
public:
  void reserve();
  void release();

  bool contains(uintptr_t a) const { return a - base_ < high_water_ * kBlockBytes; }
  size_t granule(uintptr_t a) const { return (a - base_) >> 3; } // where objects may begin
  size_t granules() const { return high_water_ * kBlockBytes / 8; }
  void set_start(const void *p) {
    size_t g = (reinterpret_cast<uintptr_t>(p) - base_) >> 3;
    starts_[g >> 6] |= uint64_t{1} << (g & 63);
  }
  // The object that the address points to or into; null if there is none.
  Object *find(uintptr_t a) const;
  // An address inside will be looked up with find soon.
  void prefetch(uintptr_t a) const {
    __builtin_prefetch(&starts_[(a - base_) >> 9]);
    __builtin_prefetch(&marks_[(a - base_) >> 9]);
    __builtin_prefetch(reinterpret_cast<const void *>(a));
  }
  // True if the object was not marked before.
  bool mark(const Object *o) {
    size_t g = (reinterpret_cast<uintptr_t>(o) - base_) >> 3;
    uint64_t bit = uint64_t{1} << (g & 63);
    if (marks_[g >> 6] & bit)
      return false;
    marks_[g >> 6] |= bit;
    return true;
  }
  bool is_marked(const Object *o) const {
    size_t g = (reinterpret_cast<uintptr_t>(o) - base_) >> 3;
    return marks_[g >> 6] >> (g & 63) & 1;
  }
  void mark_lines(const Object *o, size_t bytes) {
    size_t first = (reinterpret_cast<uintptr_t>(o) - base_) / kLineBytes;
    size_t last = (reinterpret_cast<uintptr_t>(o) - base_ + bytes - 1) / kLineBytes;
    lines_[first] = 1;
    while (first < last)
      lines_[++first] = 1;
  }

  // The next free stretch of lines, in address order through recyclable blocks, then whole blocks. Empty: space exhausted.
  Region next_run();
  Region take_block(); // a whole free block; empty: space exhausted

  void clear_marks();
  void end_runs(); // no objects are allocated in what was handed out
  // Frees everything unmarked; only in blocks that were handed out since the last time, when the others were left alone.
  // keep_bytes: free blocks that stay resident.
  void sweep(Extent extent, size_t keep_bytes, bool poison);

  bool is_cramped() const { return blocks_ * kBlockBytes < kMostBytes; } // by a limit of the system
  size_t reserved_bytes() const { return blocks_ * kBlockBytes; }
  size_t used_blocks() const { return high_water_ - free_dirty_.size() - free_clean_.size(); }
  size_t resident_bytes() const { return (high_water_ - free_clean_.size()) * kBlockBytes; }

private:
  static constexpr size_t kMostBytes = size_t{64} << 30;
  static constexpr size_t kSmallHeap = (size_t{4} << 20) / kBlockBytes; // blocks that are taken one by one, in small pages
  static constexpr size_t kPopulate = (size_t{256} << 10) / kBlockBytes;
  enum State : uint8_t { kFree, kUsed };

  Region prepare(uint8_t *from, uint8_t *to, bool clean);
  uint8_t *block_address(size_t b) const { return reinterpret_cast<uint8_t *>(base_) + b * kBlockBytes; }
  void sweep_block(size_t b, bool poison);
  void poison_block(size_t b);
  void populate(size_t block, size_t blocks);
  void want_large_pages();
  void give_back(size_t keep_bytes);

  uintptr_t base_ = 0;
  size_t blocks_ = 0;         // in the reservation
  size_t high_water_ = 0;     // blocks ever used
  bool large_pages_ = false;  // wanted beyond kSmallHeap
  uint64_t *starts_ = nullptr; // 1 bit per 8 bytes: an object begins here
  uint64_t *marks_ = nullptr;
  uint8_t *lines_ = nullptr;  // 1: holds (part of) an object that was live at the last collection
  uint8_t *states_ = nullptr;
  void *mapping_ = nullptr;
  size_t mapping_bytes_ = 0;

  std::vector<uint32_t> handed_out_; // blocks since the last collection
  std::vector<uint32_t> recyclable_; // blocks with free lines, descending: taken from the back
  size_t run_block_ = 0, run_line_ = kLinesPerBlock; // where next_run goes on
  std::vector<uint32_t> free_dirty_; // descending
  std::vector<uint32_t> free_clean_; // given back to the system: read as zeros
};

} // namespace evjit::gc
