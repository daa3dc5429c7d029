// Waits, inline: they begin and end millions of times a second. For sched/ only; the essay is in waits.cpp.
#pragma once

#include "sched/runtime.hpp"

namespace evjit::sched {

inline uint32_t WaitTable::allocate() {
  ++used_;
  ++unparked_;
  if (free_ != kNoWait) {
    uint32_t i = free_;
    free_ = (*this)[i].number;
    return i;
  }
  if (size_ == chunks_.size() * kChunk)
    add_chunk();
  new (&(*this)[size_]) Wait{.generation = first_generation_};
  return size_++;
}

inline void WaitTable::free(uint32_t index) {
  --used_;
  Wait &w = (*this)[index];
  unparked_ -= !w.root;
  ++w.generation;
  w.state = WaitState::Free;
  w.number = free_;
  free_ = index;
}

inline Wait *WaitTable::find(WaitId id) {
  if (id.index >= size_)
    return nullptr;
  Wait &w = (*this)[id.index];
  return w.generation == id.generation && w.state != WaitState::Free ? &w : nullptr;
}

// Begins a wait of the running fiber, of whom no abort is pending.
inline WaitId begin_wait_now(Runtime &rt, const WaitKind &kind, Value target, void *self) {
  uint32_t i = rt.waits.allocate();
  Wait &w = rt.waits[i];
  w.state = WaitState::Begun;
  w.has_timer = w.timer_fails = w.counted = false;
  w.since_ms = rt.visible.now_ms;
  w.root = nullptr;
  w.kind = &kind;
  w.self = self;
  w.value = target;
  return {i, w.generation};
}

// It ends in the given state, and its fiber goes on.
inline void end_wait(Runtime &rt, Wait &w, WaitState state, Value result) {
  if (w.has_timer)
    rt.timers.cancel(w);
  bool parked = w.state == WaitState::Parked;
  w.state = state;
  w.value = result;
  if (!parked)
    return;
  if (w.root->run == Run::Parked)
    enqueue(*w.root);
  else
    note_change(rt, *w.root);
}

// The chain that runs is parked on the wait; who runs next.
inline FiberData &leave_for(Runtime &rt, Wait &w, uint32_t index) {
  FiberData &root = *rt.current->root;
  rt.waits.park(w, root);
  note_change(rt, root);
  w.counted = !w.kind->internal_only || w.has_timer;
  root.wait = index;
  root.run = Run::Parked;
  root.status = Status::Paused;
  root.sched->outside += w.counted;
  return next_to_run(*root.sched);
}

Value take_failure(Runtime &rt, WaitState state, Value error); // waits.cpp

// The outcome of a wait that is over; frees it.
inline Value take_wait(Runtime &rt, WaitId id) {
  Wait &w = rt.waits[id.index];
  EVJIT_CHECK(w.generation == id.generation && w.state > WaitState::Parked, "a fiber went on while its wait was pending");
  Value v = w.value;
  WaitState state = w.state;
  rt.waits.free(id.index);
  return __builtin_expect(state == WaitState::Done, 1) ? v : take_failure(rt, state, v);
}

// The outcome of the wait that the running fiber was parked on.
inline Value come_back(Runtime &rt) {
  FiberData &root = *rt.current->root;
  WaitId id{root.wait, rt.waits[root.wait].generation};
  root.sched->outside -= rt.waits[id.index].counted;
  root.wait = kNoWait;
  return take_wait(rt, id);
}

} // namespace evjit::sched
