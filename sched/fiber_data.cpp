// Making fibers, and their side of the collector.
#include "sched/fiber.hpp"

#include "gc/heap/heap-inl.hpp"

namespace evjit::sched {

FiberData *allocate_fiber(Mutator &m) {
  gc::Object *o = gc::allocate_small(m, gc::Type::Fiber, sizeof(FiberData));
  gc::Header header = o->h;
  auto *f = new (o) FiberData;
  f->h = header;
  return f;
}

void want_finalizer(Mutator &m, FiberData &f) {
  if (f.finalizable)
    return;
  f.finalizable = true;
  gc::request_finalizer(m, &f);
}

FiberExtra &extra_of(Mutator &m, FiberData &f) {
  note_change(runtime(m), f);
  if (!f.extra) {
    f.extra = new FiberExtra;
    want_finalizer(m, f);
  }
  return *f.extra;
}

Value new_fiber(Mutator &m, Value closure, uint64_t mask, uint64_t denied) {
  FiberData *f = allocate_fiber(m);
  f->value = closure;
  f->trace = m.params;
  f->mask = mask;
  f->denied = denied | runtime(m).current->denied;
  return f->self();
}

// --- the collector's side --------------------------------------------------------------------------------------------------
static void mark_fiber(gc::Marker &k, FiberData *f) {
  if (f)
    k.mark(f->self());
}

void fiber_trace(gc::Object *fiber, gc::Marker &k) {
  auto *f = static_cast<FiberData *>(fiber);
  for (Value v : {f->value, f->trace, f->in})
    k.mark(v);
  mark_fiber(k, f->resumer);
  mark_fiber(k, f->child);
  if (const FiberExtra *e = f->extra)
    for (Value v : {e->boundary, e->pending, e->cancel_hooks, e->owner})
      k.mark(v);
  if (!f->has_stack || f->slot < 0)
    return;
  Runtime &rt = runtime(gc::current_mutator());
  if (f->wait != kNoWait)
    k.mark(rt.waits[f->wait].value);
  if (f->block)
    StackPacker::mark(*f->block, k);
  else if (f->resident && f != rt.current)
    k.mark_conservative(f->sp, reinterpret_cast<void *>(rt.stacks.top(f->slot)));
}

void fiber_prefetch(gc::Object *fiber) {
  auto *f = static_cast<FiberData *>(fiber);
  __builtin_prefetch(f->block);
  if (f->wait != kNoWait)
    __builtin_prefetch(&runtime(gc::current_mutator()).waits[f->wait].value);
}

void fiber_finalize(gc::Object *fiber) {
  Mutator &m = gc::current_mutator();
  auto *f = static_cast<FiberData *>(fiber);
  delete f->extra;
  f->extra = nullptr;
  if (!m.sched) {
    StackPacker::forget(f->block); // the slots are gone already
    return;
  }
  Runtime &rt = runtime(m);
  if (f->unobserved)
    nobody_can_observe(*f);
  if (!rt.visible.names.empty())
    set_fiber_name(rt, *f, kNil);
  rt.stacks.drop(*f);
}

} // namespace evjit::sched
