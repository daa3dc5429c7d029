// Slices: the preemption of std/process (13 section 1.3).
//
// A scheduler with a slice gives each of its fibers so much fuel per turn; when it is spent, the whole chain that runs goes to the tail
// of the queue, whatever it is doing. Budgets (fiber/set-fuel) and slices are separate accounts that one counter in the Mutator serves:
// a fiber arrives with the smaller of the two, and what it has spent is taken from both whenever it stops or asks.
//
// The library is written for fibers that nobody interrupts, so code of the library is not: a slice that ends there goes on until
// code of the program runs (its callbacks count as such).
#include "sched/fiber.hpp"

#include "gc/trace.hpp"

#include <algorithm>
#include <cstring>

namespace evjit::sched {

static constexpr int64_t kGraceInLibrary = 8;
static constexpr int kFramesToLook = 8;

static Scheduler *slicing(const FiberData &f) {
  Scheduler *s = scheduler_of(f);
  return s && s->slice ? s : nullptr;
}

void account_fuel(Runtime &rt, FiberData &f) {
  Scheduler *s = slicing(f);
  if (!s) {
    if (f.fuel_limited)
      f.extra->fuel = rt.m.fuel;
    return;
  }
  int64_t used = s->loaded - rt.m.fuel;
  s->loaded = rt.m.fuel;
  s->slice_left -= used;
  if (f.fuel_limited)
    f.extra->fuel -= used;
}

void load_fuel(Runtime &rt, FiberData &f) {
  int64_t budget = f.fuel_limited ? f.extra->fuel : gc::kFuelUnlimited;
  rt.m.fuel = budget;
  if (Scheduler *s = slicing(f))
    rt.m.fuel = s->loaded = std::min(budget, std::max<int64_t>(s->slice_left, 0));
}

bool is_library(const gc::FnProto &p) {
  if (p.flags & gc::FnProto::kBuiltin)
    return true;
  if (!p.file)
    return false;
  bool compiled = p.unit && p.unit->code_end; // std modules, compiled ahead of time or from the text
  return compiled ? std::strncmp(p.file, "stdlib/", 7) == 0 : std::strncmp(p.file, "std/", 4) == 0;
}

// The innermost function of the language on the running stack.
static const gc::FnProto *running_function(const Mutator &m) {
  auto fp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  for (int i = 0; i < kFramesToLook && fp + 16 <= m.stack_top && (fp & 7) == 0; ++i) {
    auto *frame = reinterpret_cast<const uintptr_t *>(fp);
    if (const gc::CodeRange *r = gc::find_code(frame[1] - 1))
      return r->proto;
    if (frame[0] <= fp)
      break;
    fp = frame[0];
  }
  return nullptr;
}

bool in_library(const Mutator &m) {
  const gc::FnProto *p = running_function(m);
  return !p || is_library(*p);
}

bool slice_is_over(Runtime &rt, FiberData &f) {
  Scheduler *s = slicing(f);
  if (!s || s->slice_left >= 0)
    return false;
  if (!in_library(rt.m))
    return true;
  s->slice_left = kGraceInLibrary;
  return false;
}

Value yield_here(Runtime &rt) {
  FiberData &f = *rt.current;
  FiberData &root = *f.root;
  root.status = Status::Paused;
  deliver(f, In::Return, kNil);
  enqueue(root);
  return suspend_to(rt, next_to_run(*root.sched));
}

// Chaos preempts fibers that count on not being: an abort waits as it does for the end of a cleanup (plan.cpp).
Value preempt_here(Runtime &rt) {
  if (!rt.plan || !rt.current->root->owner().is_nil())
    return yield_here(rt);
  ++rt.m.shield;
  Value r = yield_here(rt);
  --rt.m.shield;
  return r;
}

} // namespace evjit::sched
