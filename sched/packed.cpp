// Packing suspended stacks.
//
// A million fibers that wait at the same place have nearly the same stack: return addresses, spilled constants and zeros agree, and so
// does the chain of frame pointers once it is taken relative to the stack pointer. So the first stack of its kind becomes a pattern,
// and of the others only the words that differ are kept, with a bitmap. Same kind: same size and same innermost return
// addresses; a hash picks the place in a small table, and a stack whose place is taken by another kind is kept as it is.
//
// A pattern lives while stacks refer to it. Its words are roots like any stack's: the fiber that it came from may be gone, which
// keeps at most some objects per pattern alive for a while longer.
#include "sched/packed.hpp"

#include "base/reserve.hpp"
#include "sched/switch.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace evjit::sched {

static constexpr uint16_t kNoPattern = 0xFFFF;
static constexpr size_t kLargest = 1024; // words; larger stacks are rare, and their frames differ more
static constexpr int kKeyFrames = 6;

static size_t bitmap_words(size_t words) { return (words + 63) / 64; }

size_t PackedStack::bytes() const {
  size_t n = pattern == kNoPattern ? words : differing + bitmap_words(words);
  return sizeof(PackedStack) + n * sizeof(uintptr_t);
}

// Where it goes on, the return addresses of the innermost frames, and the size. Frame pointers are followed only upwards and inside the stack.
static uint64_t key_of(const uintptr_t *sp, size_t words) {
  auto low = reinterpret_cast<uintptr_t>(sp), high = low + words * sizeof(uintptr_t);
  uintptr_t frame = sp[kSavedFramePointer / 8];
  uint64_t h = (words ^ sp[kSavedFramePointer / 8 + 1]) * 0x9E3779B97F4A7C15u;
  for (int i = 0; i < kKeyFrames && frame >= low && frame + 16 <= high && (frame & 7) == 0; ++i) {
    auto *f = reinterpret_cast<const uintptr_t *>(frame);
    h = (h ^ f[1]) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
    if (f[0] <= frame)
      break;
    frame = f[0];
  }
  return h;
}

StackPacker::Pattern *StackPacker::pattern_for(const uintptr_t *sp, size_t words) {
  if (patterns_.empty())
    patterns_.resize(kPatterns);
  uint64_t key = key_of(sp, words);
  Pattern &p = patterns_[key % kPatterns];
  if (p.words == words && p.key == key)
    return &p;
  if (p.users)
    return nullptr;
  p.key = key;
  p.words = static_cast<uint32_t>(words);
  p.word = std::make_unique<uintptr_t[]>(words);
  p.relative = std::make_unique<uintptr_t[]>(words);
  auto low = reinterpret_cast<uintptr_t>(sp), high = low + words * sizeof(uintptr_t);
  for (size_t i = 0; i < words; ++i) {
    bool inside = sp[i] >= low && sp[i] <= high;
    p.relative[i] = inside ? ~uintptr_t{0} : 0;
    p.word[i] = inside ? sp[i] - low : sp[i];
  }
  return &p;
}

static bool stands_alone(size_t bytes) { return bytes > base::Slabs::kMost; }

PackedStack *StackPacker::allocate(size_t data_words) {
  size_t bytes = sizeof(PackedStack) + data_words * sizeof(uintptr_t);
  return static_cast<PackedStack *>(stands_alone(bytes) ? base::checked_malloc(bytes) : slabs_.allocate(bytes));
}

PackedStack *StackPacker::copy_plainly(const uintptr_t *sp, size_t words) {
  PackedStack *p = allocate(words);
  *p = {static_cast<uint32_t>(words), kNoPattern, 0};
  std::memcpy(p->data, sp, words * sizeof(uintptr_t));
  return p;
}

PackedStack *StackPacker::pack(const uintptr_t *sp, size_t words) {
  Pattern *pattern = words <= kLargest ? pattern_for(sp, words) : nullptr;
  if (!pattern)
    return copy_plainly(sp, words);
  auto base = reinterpret_cast<uintptr_t>(sp);
  uintptr_t differing[kLargest], bitmap[kLargest / 64];
  size_t n = 0, maps = bitmap_words(words);
  for (size_t m = 0; m < maps; ++m) {
    uintptr_t bits = 0;
    size_t from = m * 64, to = std::min(words, from + 64);
    for (size_t i = from; i < to; ++i) {
      uintptr_t differs = sp[i] != pattern->word[i] + (pattern->relative[i] & base);
      differing[n] = sp[i];
      n += differs;
      bits |= differs << (i - from);
    }
    bitmap[m] = bits;
  }
  PackedStack *p = allocate(n + maps);
  *p = {static_cast<uint32_t>(words), static_cast<uint16_t>(pattern - patterns_.data()), static_cast<uint16_t>(n)};
  std::memcpy(p->data, differing, n * sizeof(uintptr_t));
  std::memcpy(p->data + n, bitmap, maps * sizeof(uintptr_t));
  ++pattern->users;
  return p;
}

void StackPacker::unpack(const PackedStack &p, uintptr_t at, uintptr_t *out) const {
  if (p.pattern == kNoPattern) {
    std::memcpy(out, p.data, p.words * sizeof(uintptr_t));
    return;
  }
  const Pattern &pattern = patterns_[p.pattern];
  for (size_t i = 0; i < p.words; ++i)
    out[i] = pattern.word[i] + (pattern.relative[i] & at);
  const uintptr_t *next = p.data, *bitmap = p.data + p.differing;
  for (size_t m = 0; m < bitmap_words(p.words); ++m)
    for (uintptr_t bits = bitmap[m]; bits; bits &= bits - 1) {
      __builtin_prefetch(reinterpret_cast<const void *>(*next)); // often an object that the fiber will look at
      out[m * 64 + static_cast<size_t>(std::countr_zero(bits))] = *next++;
    }
}

void StackPacker::drop(PackedStack *p) {
  if (p->pattern != kNoPattern)
    --patterns_[p->pattern].users;
  if (stands_alone(p->bytes()))
    std::free(p);
  else
    slabs_.free(p);
}

void StackPacker::forget(PackedStack *p) {
  if (p && stands_alone(p->bytes()))
    std::free(p);
}

void StackPacker::mark(const PackedStack &p, gc::Marker &k) {
  k.mark_conservative(p.data, p.data + (p.pattern == kNoPattern ? p.words : p.differing));
}

void StackPacker::mark_patterns(gc::Marker &k) const {
  for (const Pattern &p : patterns_)
    if (p.users)
      k.mark_conservative(p.word.get(), p.word.get() + p.words);
}

} // namespace evjit::sched
