// See marker.hpp.
#include "gc/heap/marker.hpp"

#include <algorithm>
#include <utility>

namespace evjit::gc {

static constexpr size_t kPiece = 256;
static constexpr size_t kLookAhead = 16; // words of a stack

inline void HeapMarker::push(Object *o) {
  if (!(o->h.flags & kOld))
    o->h.flags |= kOld;
  if (!is_leaf_type(o->h.type) || (o->h.flags & kTraits))
    stack_.push_back(o);
}

inline void HeapMarker::account(Object *o) {
  size_t bytes = object_size(o);
  space_.mark_lines(o, bytes);
  live_ += bytes;
  push(o);
}

void HeapMarker::mark_object(Object *o) {
  auto a = reinterpret_cast<uintptr_t>(o);
  if (space_.contains(a)) {
    if (!space_.mark(o))
      return;
    __builtin_prefetch(o);
    Object *arrived = std::exchange(ahead_[ahead_at_], o);
    ahead_at_ = (ahead_at_ + 1) % kAhead;
    if (arrived)
      account(arrived);
    return;
  }
  if (is_immortal_address(a) || !large_.owns(o) || !large_.mark(o))
    return;
  live_ += large_.size(o);
  push(o);
}

void HeapMarker::look_into(Object *o) {
  if (!only_young() || !is_marked(o)) {
    mark_object(o);
    return;
  }
  scanned_ += object_size(o);
  push(o);
}

void HeapMarker::mark_range(const Value *from, size_t n) {
  if (n > kPiece) {
    ranges_.push_back({from, n});
    return;
  }
  for (size_t i = n; i-- > 0;) // so that the first element is visited first
    mark(from[i]);
}

// Reads whole stacks: redzones and dead slots included.
EVJIT_NO_ASAN void HeapMarker::mark_conservative(const void *low, const void *high) {
  auto *p = reinterpret_cast<const uintptr_t *>((reinterpret_cast<uintptr_t>(low) + 7) & ~uintptr_t{7});
  auto *end = reinterpret_cast<const uintptr_t *>(reinterpret_cast<uintptr_t>(high) & ~uintptr_t{7});
  scanned_ += low < high ? static_cast<size_t>(static_cast<const char *>(high) - static_cast<const char *>(low)) : 0;
  for (auto *ahead = p; p < end; ++p) {
    for (auto *to = std::min(p + kLookAhead, end); ahead < to; ++ahead)
      if (space_.contains(*ahead))
        space_.prefetch(*ahead);
    uintptr_t a = *p;
    Object *o = space_.contains(a) ? space_.find(a) : large_.find(a);
    if (o)
      mark_object(o);
  }
}

// The objects that were fetched ahead; false: there are none.
bool HeapMarker::take_arrived() {
  bool any = false;
  for (size_t i = 0; i < kAhead; ++i) {
    if (Object *o = std::exchange(ahead_[ahead_at_], nullptr)) {
      account(o);
      any = true;
    }
    ahead_at_ = (ahead_at_ + 1) % kAhead;
  }
  return any;
}

void HeapMarker::mark_all() {
  for (;;) {
    while (!stack_.empty()) {
      Object *o = stack_.back();
      stack_.pop_back();
      trace_object(o, *this);
      if (o->h.flags & kTraits)
        if (auto it = traits_.find(o); it != traits_.end())
          mark(it->second);
    }
    if (take_arrived())
      continue;
    if (ranges_.empty())
      return;
    Range &r = ranges_.back();
    const Value *from = r.from;
    size_t n = std::min(r.n, kPiece);
    r.from += n;
    r.n -= n;
    if (r.n == 0)
      ranges_.pop_back();
    mark_range(from, n);
  }
}

} // namespace evjit::gc
