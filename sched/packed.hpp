// Suspended stacks, copied out and packed. Essay: packed.cpp. Loop thread only.
#pragma once

#include "base/slabs.hpp"
#include "gc/heap/heap.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace evjit::sched {

// A packed stack; the words in which it differs from its pattern follow, then a bitmap of where they belong.
struct PackedStack {
  uint32_t words;   // of the stack
  uint16_t pattern; // index, kNoPattern: all words follow, and no bitmap
  uint16_t differing;
  uintptr_t data[];
  size_t bytes() const;
};

class StackPacker {
public:
  static void forget(PackedStack *p); // the packer is gone already
  // Packs the words [sp, sp + words), the stack of a suspended fiber. Never null.
  PackedStack *pack(const uintptr_t *sp, size_t words);
  void unpack(const PackedStack &p, uintptr_t at, uintptr_t *out) const; // out: as the stack lies at address `at`
  void drop(PackedStack *p);
  static void mark(const PackedStack &p, gc::Marker &k); // what only this stack has
  void mark_patterns(gc::Marker &k) const;

private:
  // One of the stacks that look alike. A word that points into its own stack is kept relative to sp.
  struct Pattern {
    uint64_t key = 0;
    uint32_t words = 0;
    uint32_t users = 0;
    std::unique_ptr<uintptr_t[]> word, relative; // relative: all ones where sp is to be added
  };
  static constexpr size_t kPatterns = 256;
  PackedStack *allocate(size_t data_words);
  PackedStack *copy_plainly(const uintptr_t *sp, size_t words);
  Pattern *pattern_for(const uintptr_t *sp, size_t words);
  std::vector<Pattern> patterns_;
  base::Slabs slabs_;
};

} // namespace evjit::sched
