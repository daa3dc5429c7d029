// fiber/resume and (emit :yield ..) in their plain forms, as departures: what generators and yielding fibers do all the time. Same rules as
// resume() and send() in fiber.cpp, which take every case that is not plain. And the arrival, of every departure.
//
// The four state bytes of a fiber (FiberData::status to in_resume) are written together where they are read together soon after: a processor
// waits for a narrow store before it can load a wider word.
#include "sched/depart-inl.hpp"
#include "sched/prims.hpp"

#include "gc/rt/evrt.hpp"

namespace evjit::sched {

static inline void set_state(FiberData &f, Status status) {
  f.status = status;
  f.in_kind = In::Return;
  f.run = Run::None;
  f.in_resume = false;
}

extern "C" Departed evrt_fiber_resume_depart(Mutator &m, Value *args, size_t argc, Value) {
  if (__builtin_expect(!is_fiber(args[0]), 0))
    return stay(evrt_fiber_resume(m, args, argc));
  Runtime &rt = runtime(m);
  FiberData &f = data_of(args[0]), &g = *rt.current;
  bool plain = f.run == Run::None && f.status == Status::Paused && !f.in_resume && f.has_stack && !f.extra && !g.extra;
  if (__builtin_expect(!plain, 0))
    return stay(evrt_fiber_resume(m, args, argc));
  note_change(rt, f);
  f.resumer = &g;
  f.root = g.root;
  f.denied |= g.denied;
  f.catches_io = g.catches_io || (f.mask & kRequestBits);
  f.in = argc > 1 ? args[1] : kNil;
  set_state(f, Status::Alive);
  g.child = &f;
  g.in_resume = true;
  return depart(rt, f, args, nullptr, kNil);
}

Departed yield_departure(Mutator &m, Value *args, Value payload) {
  Runtime &rt = runtime(m);
  FiberData &f = *rt.current;
  FiberData *to;
  if (f.run == Run::None && f.root != &f && covers(f.mask, gc::sig::kYield) && !f.extra) {
    to = f.resumer;
    to->child = nullptr;
    to->in_resume = false;
    to->in_kind = In::Return;
    to->in = payload;
    set_state(f, Status::Paused);
  } else if (f.root == &f && f.sched && !f.has_pending && !f.extra) {
    f.in_kind = In::Return;
    f.in = kNil;
    f.status = Status::Paused;
    enqueue(f);
    to = nullptr;
  } else {
    return stay(send(m, gc::sig::kYield, payload));
  }
  f.bits = gc::sig::kYield;
  f.value = payload;
  return depart(rt, to ? *to : next_to_run(*f.sched), args, nullptr, kNil);
}

} // namespace evjit::sched

using namespace evjit::sched;

extern "C" Value evrt_arrive(Mutator *m, void *buffer, void *context, void *from) noexcept {
  Runtime &rt = runtime(*m);
  FiberData &self = *rt.current;
  auto &d = *static_cast<Departure *>(buffer);
  after_jump(self);
  arrived(rt, {context, from});
  load_state(rt, self, d.state);
  return d.finish ? d.finish(rt, d.subject) : inbox(rt, self);
}
