// fiber/resume and (emit :yield ..) in their plain forms: what generators and yielding fibers do all the time. Same rules as resume() and
// send() in fiber.cpp, which take every case that is not plain. One function from the code of the language to the jump and back.
#include "sched/prims.hpp"
#include "sched/switch-inl.hpp"

#include "sched/fiber.hpp"

namespace evjit::sched {

// What the running fiber finds after the switch.
static inline Value inbox(Runtime &rt, FiberData &f) {
  if (__builtin_expect(f.in_kind != In::Return, 0))
    return take_inbox(rt);
  Value v = f.in;
  f.in = kNil;
  return v;
}

Value resume_hot(Mutator &m, FiberData &f, Value v) {
  Runtime &rt = runtime(m);
  FiberData &g = *rt.current;
  bool plain = f.run == Run::None && f.status == Status::Paused && f.has_stack && !f.in_resume && !f.extra && !g.extra;
  if (__builtin_expect(!plain, 0))
    return resume(m, f, v);
  f.resumer = &g;
  f.root = g.root;
  f.status = Status::Alive;
  f.denied |= g.denied;
  f.catches_io = g.catches_io || (f.mask & kRequestBits);
  f.in_kind = In::Return;
  f.in = v;
  g.child = &f;
  g.in_resume = true;
  switch_inline(rt, f);
  return inbox(rt, g);
}

Value yield_hot(Mutator &m, Value payload) {
  Runtime &rt = runtime(m);
  FiberData &f = *rt.current;
  FiberData *to;
  if (f.run == Run::None && f.root != &f && covers(f.mask, gc::sig::kYield) && !f.extra) {
    to = f.resumer;
    to->child = nullptr;
    to->in_resume = false;
    to->in_kind = In::Return;
    to->in = payload;
  } else if (f.root == &f && f.sched && !f.has_pending && !f.extra) {
    f.in_kind = In::Return;
    f.in = kNil;
    enqueue(f);
    to = nullptr;
  } else {
    return send(m, gc::sig::kYield, payload);
  }
  f.bits = gc::sig::kYield;
  f.value = payload;
  f.status = Status::Paused;
  switch_inline(rt, to ? *to : next_to_run(*f.sched));
  return inbox(rt, f);
}

} // namespace evjit::sched
