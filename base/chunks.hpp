// A sequence in chunks of about 64 KB: it grows without moving anything and without needing twice its memory in one piece, which a table of
// millions cannot have when memory is short. Elements are trivial; chunks are aligned to cache lines.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace evjit::base {

template <class T> class Chunks {
public:
  T &operator[](size_t i) const { return chunks_[i / kChunk]->items[i % kChunk]; }
  // Room for the elements below n.
  void reserve(size_t n) {
    while (chunks_.size() * kChunk < n)
      chunks_.emplace_back(new Chunk);
  }
  // Gives back the chunks behind the first n elements.
  void shrink(size_t n) { chunks_.resize((n + kChunk - 1) / kChunk); }
  size_t bytes() const { return chunks_.size() * sizeof(Chunk); }

private:
  static constexpr size_t kChunk = 65536 / sizeof(T) / 64 * 64;
  struct alignas(64) Chunk {
    T items[kChunk];
  };
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

} // namespace evjit::base
