// Seeded schedules. The specification leaves some orders open; a program that relies on one of them by accident works until the
// machine is busy. With a seed those orders are drawn from it, so that such a program fails soon, and again with the same seed.
//
// Open, and permuted by --schedule-seed:
//   I/O events of one poll, between different ports (net/order.cpp); FIFO on each port stays
//   timers against I/O events of the same poll
//   the deadlines of ev/timeout and of I/O calls against other timers that are due at the very same time (sleeps keep their order)
//   which of several parked `next` calls of one ev/as-completed pool gets a member
//   in which order ev/scope, ev/map and ev/map-limited end the rest of their members
//   at a deadlock: whether main or the others hear first
//   the numbers of random/... when the program does not seed them itself
//
// --schedule-chaos breaks what 09 promises, as a system with preemptive threads would: any ready fiber may be the next, code of the
// program is preempted at safepoints (slice.cpp, slices drawn from the seed), events of the outside may come one poll late. An
// abort of a preempted fiber waits for the fiber's next real suspension point: in the middle of other code it would find no
// fiber prepared. Fibers of std/process are always ready for that (13 section 1.3), so theirs does not wait.
#include "sched/plan.hpp"

#include "base/options.hpp"
#include "gc/value/make.hpp"
#include "sched/prim_util.hpp"
#include "sched/prims.hpp"
#include "sched/runtime.hpp"

#include <algorithm>
#include <cstring>

namespace evjit::sched {

static constexpr int64_t kChaosSlice = 256;

Plan *make_plan() {
  const auto &o = base::options();
  if (o.schedule_seed < 0)
    return nullptr;
  return new Plan(static_cast<uint64_t>(o.schedule_seed), o.schedule_chaos);
}

Plan *plan_of(gc::Mutator &m) { return m.sched ? runtime(m).plan : nullptr; }

std::string seed_line(gc::Mutator &m) {
  Plan *plan = plan_of(m);
  if (!plan)
    return "";
  std::string n = std::to_string(plan->seed);
  return "schedule seed: " + n + " (rerun with --schedule-seed " + n + (plan->chaos ? " --schedule-chaos" : "") +
         (base::options().virtual_time ? " --virtual-time" : "") + ")\n";
}

// --- turns ---------------------------------------------------------------------------------------------------------------------
void plan_scheduler(Scheduler &s) {
  if (s.rt.plan->chaos && !s.isolated)
    s.slice = kChaosSlice, s.rt.metering = true;
}

void plan_turn(Scheduler &s) {
  if (!s.rt.plan->chaos || s.isolated)
    return;
  std::vector<FiberData *> ready;
  while (!s.current.empty())
    ready.push_back(s.current.pop());
  s.rt.plan->shuffle(ready.data(), ready.size());
  for (FiberData *f : ready)
    s.current.push(f);
}

// Between 0 and s.slice, small ones as often as large ones.
int64_t plan_slice(Scheduler &s) {
  if (!s.rt.plan->chaos || !s.slice || s.isolated)
    return s.slice;
  return static_cast<int64_t>(s.rt.plan->below(size_t{1} << s.rt.plan->below(9))) * s.slice / kChaosSlice;
}

// --- events --------------------------------------------------------------------------------------------------------------------
// What became ready in a queue since its tail was `last`: taken out.
static std::vector<FiberData *> take_after(RunQueue &q, FiberData *last) {
  std::vector<FiberData *> taken;
  for (FiberData *f = last ? last->next : q.head; f;) {
    FiberData *next = f->next;
    q.remove(f);
    taken.push_back(f);
    f = next;
  }
  return taken;
}

// Both sequences in their own order, mixed.
static void push_mixed(Plan &plan, RunQueue &q, const std::vector<FiberData *> &a, const std::vector<FiberData *> &b) {
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    bool from_a = j == b.size() || (i < a.size() && plan.below(a.size() - i + b.size() - j) < a.size() - i);
    q.push(from_a ? a[i++] : b[j++]);
  }
}

void plan_events(Runtime &rt, int64_t timeout_ns) {
  std::vector<FiberData *> tails;
  std::vector<std::vector<FiberData *>> events;
  auto schedulers = rt.schedulers;
  for (Scheduler *s : schedulers)
    tails.push_back(s->later.tail);
  poll_outside(rt, timeout_ns);
  for (size_t i = 0; i < schedulers.size(); ++i)
    events.push_back(take_after(schedulers[i]->later, tails[i]));
  expire_timers(rt);
  for (size_t i = 0; i < schedulers.size(); ++i) {
    auto timed = take_after(schedulers[i]->later, tails[i]);
    push_mixed(*rt.plan, schedulers[i]->later, events[i], timed);
  }
}

uint32_t plan_tie(Runtime &rt, const Wait &w) {
  bool open = w.timer_fails || std::strcmp(w.kind->kind, "select") == 0;
  return open ? static_cast<uint32_t>(rt.plan->below(TimerQueue::kTies)) : 0;
}

// --- primitives ------------------------------------------------------------------------------------------------------------------
// The members in the order in which a supervisor ends them, an array.
EVJIT_PRIM(evrt_ev_any_order) {
  Value members = members_of(m, args[0]);
  if (members == gc::kAbsent)
    return args[0];
  size_t n = gc::array_length(members);
  std::vector<Value> items(gc::array_items(members), gc::array_items(members) + n);
  auto earlier = [](Value a, Value b) { return data_of(a).id < data_of(b).id; };
  if (!std::is_sorted(items.begin(), items.end(), earlier))
    std::sort(items.begin(), items.end(), earlier);
  if (Plan *plan = plan_of(m))
    plan->shuffle(items.data(), n);
  return gc::make_array(m, items.data(), n);
}

static const gc::PrimDef kTable[] = {
    {.name = "%%ev-any-order", EVJIT_PRIM_FN(evrt_ev_any_order), .arity = {1, 1}, .params = "fibers",
     .doc = "An array of the fibers in spawn order, or in an order drawn from the schedule seed."},
};
const std::span<const gc::PrimDef> kPlanPrims = kTable;

} // namespace evjit::sched
