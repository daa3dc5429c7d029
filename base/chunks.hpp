// A sequence in chunks of about 64 KB: it grows without moving anything and without needing twice its memory in one piece, which a table of
// millions cannot have when memory is short. Elements are trivial and not initialized; chunks are aligned to cache lines.
#pragma once

#include "base/pages.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace evjit::base {

template <class T> class Chunks {
public:
  T &operator[](size_t i) const { return chunks_[i / kChunk]->items[i % kChunk]; }
  // Room for the elements below n.
  void reserve(size_t n) {
    while (chunks_.size() * kChunk < n)
      chunks_.emplace_back(static_cast<Chunk *>(take_spans(1)));
  }
  // Gives back the chunks behind the first n elements.
  void shrink(size_t n) { chunks_.resize((n + kChunk - 1) / kChunk); }
  size_t size() const { return chunks_.size() * kChunk; }
  size_t bytes() const { return chunks_.size() * sizeof(Chunk); }

private:
  static_assert(std::is_trivially_default_constructible_v<T>);
  static constexpr size_t kChunk = kSpanBytes / sizeof(T) / 64 * 64;
  struct alignas(64) Chunk {
    T items[kChunk];
  };
  struct GiveBack {
    void operator()(Chunk *c) const { give_spans(c, 1); }
  };
  std::vector<std::unique_ptr<Chunk, GiveBack>> chunks_;
};

} // namespace evjit::base
