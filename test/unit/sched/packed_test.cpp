// Packed stacks: what is unpacked is what was packed, wherever the stack lies; similar ones share a pattern.
#include "sched/packed.hpp"
#include "sched/switch.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace evjit::sched;

namespace {

// A stack of `words` words at `sp` with two frames whose return addresses are `ret` and `ret + 1`.
void fill(uintptr_t *sp, size_t words, uintptr_t ret, std::mt19937_64 &rng) {
  for (size_t i = 0; i < words; ++i)
    sp[i] = i % 3 ? 0x1000 + i : rng();
  auto low = reinterpret_cast<uintptr_t>(sp);
  sp[kSavedFramePointer / 8] = low + 8 * 8;
  sp[8] = low + 16 * 8;
  sp[9] = ret;
  sp[16] = low + words * 8 - 16; // the outermost frame
  sp[17] = ret + 1;
  sp[words - 2] = 0;
  sp[words - 1] = ret + 2;
}

} // namespace

TEST_CASE("a packed stack is unpacked as it was") {
  std::mt19937_64 rng(7);
  StackPacker packer;
  std::vector<uintptr_t> memory(4096), before, out;
  for (int round = 0; round < 2000; ++round) {
    size_t words = 20 + rng() % 180;
    uintptr_t *sp = memory.data() + rng() % 2000;
    fill(sp, words, 0x400000 + rng() % 40, rng);
    before.assign(sp, sp + words);
    PackedStack *p = packer.pack(sp, words);
    REQUIRE(p);
    CHECK(p->words == words);
    out.assign(words, 1);
    packer.unpack(*p, reinterpret_cast<uintptr_t>(sp), out.data());
    CHECK(out == before);
    packer.drop(p);
  }
}

TEST_CASE("stacks of one kind share a pattern, and many kinds at once stay apart") {
  std::mt19937_64 rng(11);
  StackPacker packer;
  struct Kept {
    PackedStack *p;
    uintptr_t *sp;
    std::vector<uintptr_t> words;
  };
  std::vector<uintptr_t> memory(1 << 16);
  std::vector<Kept> kept;
  size_t plain = 0, packed = 0;
  for (size_t i = 0; i < 3000; ++i) {
    size_t words = 60, kind = i % 1000; // more kinds than patterns
    uintptr_t *sp = memory.data() + (i % 900) * 64;
    fill(sp, words, 0x400000 + kind * 16, rng);
    std::vector<uintptr_t> before(sp, sp + words);
    PackedStack *p = packer.pack(sp, words);
    REQUIRE(p);
    packed += p->bytes();
    plain += words * 8;
    kept.push_back({p, sp, before});
  }
  CHECK(packed < plain);
  std::vector<uintptr_t> out(60);
  for (Kept &k : kept) {
    packer.unpack(*k.p, reinterpret_cast<uintptr_t>(k.sp), out.data());
    CHECK(out == k.words);
    packer.drop(k.p);
  }
}

TEST_CASE("a large stack is kept as it is") {
  std::mt19937_64 rng(3);
  StackPacker packer;
  std::vector<uintptr_t> memory(5000), out(5000);
  fill(memory.data(), memory.size(), 0x400000, rng);
  PackedStack *p = packer.pack(memory.data(), memory.size());
  REQUIRE(p);
  CHECK(p->bytes() >= memory.size() * 8);
  packer.unpack(*p, reinterpret_cast<uintptr_t>(memory.data()), out.data());
  CHECK(out == memory);
  packer.drop(p);
}
