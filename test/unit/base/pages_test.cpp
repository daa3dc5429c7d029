#include "base/chunks.hpp"
#include "base/pages.hpp"
#include "base/slabs.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace evjit;

// What was taken, each piece filled with a byte of its own: a piece that overlaps another changes it.
class Pieces {
public:
  void add(void *p, size_t bytes) {
    auto fill = static_cast<unsigned char>(++count_);
    std::memset(p, fill, bytes);
    pieces_.push_back({p, bytes, fill});
  }
  size_t size() const { return pieces_.size(); }
  std::pair<void *, size_t> take(size_t i) {
    Piece piece = pieces_[i];
    pieces_[i] = pieces_.back();
    pieces_.pop_back();
    auto *p = static_cast<unsigned char *>(piece.p);
    size_t intact = 0;
    while (intact < piece.bytes && p[intact] == piece.fill)
      ++intact;
    CHECK(intact == piece.bytes);
    return {piece.p, piece.bytes};
  }

private:
  struct Piece {
    void *p;
    size_t bytes;
    unsigned char fill;
  };
  std::vector<Piece> pieces_;
  unsigned count_ = 0;
};

TEST_CASE("spans: pieces of one to eight in any order stay apart and are aligned") {
  std::mt19937 random(7);
  Pieces pieces;
  for (int i = 0; i < 3000; ++i) {
    if (pieces.size() < 60 && random() % 5 < 3) {
      size_t n = 1 + random() % base::kMostSpans;
      void *p = base::take_spans(n);
      CHECK(reinterpret_cast<uintptr_t>(p) % base::kSpanBytes == 0);
      pieces.add(p, n * base::kSpanBytes);
    } else if (pieces.size()) {
      auto [p, bytes] = pieces.take(random() % pieces.size());
      base::give_spans(p, bytes / base::kSpanBytes);
    }
  }
  while (pieces.size()) {
    auto [p, bytes] = pieces.take(0);
    base::give_spans(p, bytes / base::kSpanBytes);
  }
}

TEST_CASE("slabs: blocks of all sizes, a crowd that comes and goes in any order") {
  std::mt19937 random(8);
  base::Slabs slabs;
  Pieces pieces;
  for (int round = 0; round < 4; ++round) {
    while (pieces.size() < 20000) {
      size_t bytes = 1 + random() % (random() % 4 ? 200 : base::Slabs::kMost);
      void *p = slabs.allocate(bytes);
      CHECK(reinterpret_cast<uintptr_t>(p) % 16 == 0);
      pieces.add(p, bytes);
    }
    while (pieces.size() > (round == 2 ? 0u : 500u))
      slabs.free(pieces.take(random() % pieces.size()).first);
  }
}

TEST_CASE("slabs: freed blocks are used again before others") {
  base::Slabs slabs;
  std::set<void *> first;
  for (int i = 0; i < 5000; ++i)
    first.insert(slabs.allocate(100));
  CHECK(first.size() == 5000);
  void *kept = *first.begin();
  for (void *p : first)
    if (p != kept)
      slabs.free(p);
  size_t again = 0;
  for (int i = 0; i < 500; ++i)
    again += first.count(slabs.allocate(100));
  CHECK(again == 500);
}

TEST_CASE("chunks: elements keep their place and value while the sequence grows and shrinks") {
  base::Chunks<uint64_t> c;
  c.reserve(1);
  c[0] = 42;
  uint64_t *first = &c[0];
  c.reserve(100000);
  for (size_t i = 1; i < 100000; ++i)
    c[i] = i;
  c.shrink(10);
  c.reserve(50000);
  CHECK(&c[0] == first);
  CHECK(c[0] == 42);
  CHECK(c[9] == 9);
}
