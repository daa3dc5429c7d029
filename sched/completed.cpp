// ev/as-completed (09 section 5.6): `next` waits for any member of a mutable array that the program may change meanwhile.
//
// Parked calls are listed here; whenever a fiber completes, and once per turn while the array's length differs from what was
// seen, the oldest call whose pool has a terminal member gets it, and the member leaves the pool in the same step. So
// each member is delivered once, however many fibers wait.
#include "sched/completed.hpp"

#include "sched/fiber.hpp"

#include <algorithm>

namespace evjit::sched {

struct PoolWait {
  WaitId id;
  Value pool;
};

void visit_pool_waits(Runtime &rt, gc::Marker &k) {
  for (PoolWait *w : rt.pool_waits)
    k.mark(w->pool);
}

// Removes and returns the member that completed first; kAbsent if none has.
static Value take_first(Value pool) {
  auto *a = pool.as<gc::MArray>();
  const Value *items = gc::array_items(pool);
  size_t best = a->len;
  for (size_t i = 0; i < a->len; ++i) {
    if (!is_fiber(items[i]) || !data_of(items[i]).terminal())
      continue;
    if (best == a->len || data_of(items[i]).seq < data_of(items[best]).seq)
      best = i;
  }
  if (best == a->len)
    return gc::kAbsent;
  Value *p = a->buf.as<gc::ValueBuf>()->items;
  Value found = p[best];
  std::move(p + best + 1, p + a->len, p + best);
  --a->len;
  return found;
}

void check_pool_waits(Runtime &rt) {
  if (__builtin_expect(rt.plan != nullptr, 0))
    plan_pool_waits(rt);
  for (size_t i = 0; i < rt.pool_waits.size();) {
    PoolWait *w = rt.pool_waits[i];
    Value found = gc::array_length(w->pool) == 0 ? kNil : take_first(w->pool);
    if (found == gc::kAbsent) {
      ++i;
      continue;
    }
    rt.pool_waits.erase(rt.pool_waits.begin() + static_cast<ptrdiff_t>(i));
    resolve(rt.m, w->id, found);
    delete w;
  }
}

static void cancel_pool_wait(void *self) {
  Runtime &rt = runtime(gc::current_mutator());
  std::erase(rt.pool_waits, static_cast<PoolWait *>(self));
  delete static_cast<PoolWait *>(self);
}

static const WaitKind kNext{.kind = "select", .op = "ev/as-completed", .internal_only = true, .cancel = cancel_pool_wait};

Value pool_next(Mutator &m, Value pool) {
  if (gc::array_length(pool) == 0)
    return kNil;
  Value found = take_first(pool);
  if (found != gc::kAbsent)
    return found;
  WaitId id;
  Value raised;
  if (!begin_wait(m, kNext, pool, nullptr, &id, &raised))
    return raised;
  Runtime &rt = runtime(m);
  auto *w = new PoolWait{id, pool};
  rt.pool_waits.push_back(w);
  rt.waits[id.index].self = w;
  return park(m, id);
}

} // namespace evjit::sched
