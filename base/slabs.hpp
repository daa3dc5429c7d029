// Blocks of some ten to thousand bytes for crowds, cut from spans (pages.cpp). A span holds blocks of one size, rounded up to 16 bytes; when
// the last of them is freed it goes back. One thread at a time.
#pragma once

#include "base/pages.hpp"

#include <cstdint>

namespace evjit::base {

class Slabs {
public:
  static constexpr size_t kMost = 1024;
  Slabs() = default;
  ~Slabs(); // with all that is in it
  Slabs(const Slabs &) = delete;
  Slabs &operator=(const Slabs &) = delete;

  // At most kMost bytes, aligned to 16. Never null.
  void *allocate(size_t bytes) {
    Span *s = spans_[class_of(bytes)];
    if (__builtin_expect(!s || !s->free, 0))
      return allocate_slowly(class_of(bytes));
    void *p = s->free;
    s->free = *static_cast<void **>(p);
    ++s->used;
    return p;
  }
  void free(void *p) {
    auto *s = reinterpret_cast<Span *>(reinterpret_cast<uintptr_t>(p) & ~(kSpanBytes - 1));
    bool was_full = is_full(*s);
    *static_cast<void **>(p) = s->free;
    s->free = p;
    --s->used;
    if (__builtin_expect(was_full || !s->used, 0))
      freed(s, was_full);
  }

private:
  // At the beginning of its memory. Those with room are in a list of their class; full ones leave it when they are found there.
  struct alignas(16) Span {
    void *free;       // list of freed blocks
    uint32_t used;    // blocks
    uint32_t bytes;   // of a block
    uint32_t fresh;   // offset from where on no block was ever used
    Span *prev, *next; // with room
    Span *all_prev, *all_next;
  };
  static bool is_full(const Span &s) { return !s.free && s.fresh + s.bytes > kSpanBytes; }
  static size_t class_of(size_t bytes) { return (bytes + 15) / 16; }
  void *allocate_slowly(size_t c);
  void freed(Span *s, bool was_full);
  void link(Span *s);
  void unlink(Span *s);

  Span *spans_[kMost / 16 + 1] = {}; // with room; blocks come from the first
  Span *all_ = nullptr;
};

} // namespace evjit::base
