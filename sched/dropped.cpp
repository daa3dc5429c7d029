// What collections mean for schedulers, and memory that only the scheduler knows of.
//
// Live fibers are roots, but not those of a scheduler that is a value (09 section 9): they go on only when somebody steps it. While
// it turns they are roots, otherwise they live as long as its handle is reachable. When a collection finds that nobody can step it
// any more, its fibers and handle are marked after all, and the loop ends it: the fibers are cancelled as by fiber/cancel, so
// that locks and joins hear of it, and the scheduler is deleted.
//
// Nothing else may keep such a fiber, whatever it waits for: so what a wait refers to is marked by the fiber that is parked on it, and
// the failures of the scheduler by its handle.
//
// Copied stacks, waits and timers count towards the limit of the heap. When a crowd of fibers has ended, the loop collects
// before it waits the next time for longer than a moment, after a second at the latest, and malloc gives back what it holds.
#include "sched/fiber.hpp"

#include "gc/heap/pressure.hpp"
#include "sched/program.hpp"

#include <algorithm>
#include <malloc.h>
#include <utility>

namespace evjit::sched {

static constexpr size_t kMuch = size_t{2} << 20; // of copied stacks: some 50 000 fibers
static constexpr size_t kRounding = 8; // at most, of a block of Slabs: sizes are multiples of 8
static constexpr uint32_t kPatienceMs = 1000; // then timers have to wait for the collection
static constexpr size_t kAtOnce = 64; // fibers marked before what they hold is

void visit_kept(Scheduler &s, gc::Marker &k) {
  for (const Failure &f : s.failures)
    for (Value v : {f.payload, f.trace, f.name})
      k.mark(v);
  k.mark(s.halt_value);
}

// The first live fiber that the collection has to see, in spawn order. A young collection knows the old ones, and those of them that ran
// have said so; it must not go through a million of them.
static FiberData *first_to_visit(const Scheduler &s, const gc::Marker &k) {
  if (!k.only_young())
    return s.live_head;
  FiberData *first = nullptr;
  for (FiberData *f = s.live_tail; f && f->id - s.seen_id < s.next_id - s.seen_id; f = f->live_prev)
    first = f;
  return first;
}

void visit_live(Scheduler &s, gc::Marker &k) {
  for (FiberData *f = first_to_visit(s, k); f; f = f->live_next)
    k.mark(f->self());
}

// In batches, so that fibers and their copied stacks are fetched together.
void visit_live_roots(Scheduler &s, gc::Marker &k) {
  FiberData *batch[kAtOnce];
  for (FiberData *f = first_to_visit(s, k); f;) {
    size_t n = 0;
    for (; f && n < kAtOnce; f = f->live_next) {
      batch[n++] = f;
      __builtin_prefetch(f);
      __builtin_prefetch(&f->value);
      __builtin_prefetch(&f->extra);
    }
    for (size_t i = 0; i < n; ++i) {
      k.mark(batch[i]->self());
      fiber_prefetch(batch[i]);
    }
    k.mark_all();
  }
}

static void rescue_dropped(void *self, gc::Marker &k) {
  Runtime &rt = *static_cast<Runtime *>(self);
  for (Scheduler *s : rt.schedulers) {
    if (s->handle.is_nil() || !s->live || gc::is_marked(k, s->handle))
      continue;
    k.mark(s->handle); // and its fibers
    if (!std::exchange(s->dropped, true))
      rt.dropped.push_back(s);
  }
  k.mark_all();
  for (Scheduler *s : rt.schedulers)
    s->seen_id = s->next_id;
}

static size_t outside_bytes(void *self) {
  Runtime &rt = *static_cast<Runtime *>(self);
  rt.stacks_peak = std::max(rt.stacks_peak, rt.stacks.copied_bytes());
  return rt.stacks.copied_bytes() + rt.stacks.copied_stacks() * kRounding + rt.waits.used() * sizeof(Wait) +
         rt.timers.bytes();
}

void know_memory(Runtime &rt) { gc::set_heap_guests(rt.m, {&rt, outside_bytes, rescue_dropped}); }

void end_dropped(Runtime &rt) {
  Value e = gc::make_error(rt.m, "aborted", "fiber aborted: nobody refers to its scheduler any more");
  while (!rt.dropped.empty()) { // cancel hooks may collect, and collections add to it
    Scheduler *s = rt.dropped.back();
    rt.dropped.pop_back();
    cancel_all(*s, e);
  }
}

void give_back_memory(Runtime &rt, bool quiet) {
  size_t now = rt.stacks.copied_bytes();
  if (rt.stacks_peak < kMuch || now > rt.stacks_peak / 4) {
    rt.crowd_gone_ms = 0;
    return;
  }
  if (!rt.crowd_gone_ms)
    rt.crowd_gone_ms = std::max(rt.visible.now_ms, 1u);
  if (!quiet && rt.visible.now_ms - rt.crowd_gone_ms < kPatienceMs)
    return;
  rt.crowd_gone_ms = 0;
  rt.stacks_peak = now;
  rt.timers.shrink();
  rt.waits.shrink();
  gc::collect(rt.m);
  malloc_trim(0);
}

} // namespace evjit::sched
