// See slabs.hpp. A span without any used block goes back, unless it is the only one of its class with room.
#include "base/slabs.hpp"

namespace evjit::base {

void Slabs::link(Span *s) {
  Span *&head = spans_[class_of(s->bytes)];
  s->prev = nullptr;
  s->next = head;
  if (head)
    head->prev = s;
  head = s;
}

void Slabs::unlink(Span *s) {
  (s->prev ? s->prev->next : spans_[class_of(s->bytes)]) = s->next;
  if (s->next)
    s->next->prev = s->prev;
  s->prev = s->next = nullptr;
}

// The first span of the class has no freed block: its next fresh one, or the next span with room, or a new one.
void *Slabs::allocate_slowly(size_t c) {
  Span *s = spans_[c];
  while (s && is_full(*s)) {
    unlink(s);
    s = spans_[c];
  }
  if (!s) {
    s = static_cast<Span *>(take_spans(1));
    *s = {nullptr, 0, static_cast<uint32_t>(c * 16), sizeof(Span), nullptr, nullptr, nullptr, all_};
    if (all_)
      all_->all_prev = s;
    all_ = s;
    link(s);
  }
  ++s->used;
  if (void *p = s->free) {
    s->free = *static_cast<void **>(p);
    return p;
  }
  void *p = reinterpret_cast<char *>(s) + s->fresh;
  s->fresh += s->bytes;
  return p;
}

// A block of `s` was freed.
void Slabs::freed(Span *s, bool was_full) {
  bool listed = s->prev || s->next || spans_[class_of(s->bytes)] == s;
  if (was_full && !listed)
    link(s);
  if (s->used || (!s->prev && !s->next))
    return;
  unlink(s);
  (s->all_prev ? s->all_prev->all_next : all_) = s->all_next;
  if (s->all_next)
    s->all_next->all_prev = s->all_prev;
  give_spans(s, 1);
}

Slabs::~Slabs() {
  while (all_) {
    Span *next = all_->all_next;
    give_spans(all_, 1);
    all_ = next;
  }
}

} // namespace evjit::base
