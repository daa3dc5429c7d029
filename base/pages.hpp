// Memory in large pieces, from the system. Essay: pages.cpp. Any thread.
#pragma once

#include <cstddef>

namespace evjit::base {

inline constexpr size_t kLargePage = size_t{2} << 20;
inline constexpr size_t kSpanBytes = size_t{64} << 10;
inline constexpr size_t kMostSpans = 8; // in one piece

// The whole large pages inside [from, from + bytes) of a mapping come as such when they are touched, or not any more.
void want_large_pages(void *from, size_t bytes);
void want_small_pages(void *from, size_t bytes);
// `spans` times kSpanBytes in one piece, aligned to kSpanBytes, for give_spans. Not zeroed. Never null: the process ends when nothing is left.
void *take_spans(size_t spans);
void give_spans(void *p, size_t spans);

} // namespace evjit::base
