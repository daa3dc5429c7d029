// Pools: fibers of which `next` waits for any to end. `ev/as-completed` (09 section 5.6) gives the array to the program, which may change
// it at any time (an open pool); that of `ev/scope` is changed through here only.
//
// No member may cost a look at the others. So each is registered with its fiber as a joiner is (Waiter), and knows its position;
// when the fiber ends the member goes into `ready`, ordered by completion. A parked call gets it in the same step, so each
// member is delivered once, however many fibers wait.
//
// What the program does to the array of an open pool shows later: at the end its length differs, or its last element is not the one
// that was there; elsewhere a member is not where it was. Then everything is registered anew. An exchange in the middle shows to a
// full comparison, which is made for every kLookShare-th part of the length that events have come by, and before a deadlock.

#include "sched/fiber.hpp"
#include "sched/plan.hpp"
#include "sched/prims.hpp"

#include <algorithm>

namespace evjit::sched {

static constexpr size_t kLookShare = 32;  // elements compared for each event, at least
static constexpr size_t kKeepOrder = 256; // the rest of a pool of up to so many keeps its order when a member leaves

struct PoolWait {
  Pool *pool;
  WaitId id;
  uint64_t ticket; // order of parking
  PoolWait *prev, *next;
};

struct Pool {
  Value array;
  bool open;
  bool changed = false;            // in Runtime::changed_pools
  bool strangers = false;          // a live member that no scheduler has: its end is not told
  std::vector<Waiter *> members;   // of the elements; target null: not a fiber
  std::vector<Waiter *> ready;     // a heap: the member that completed first on top
  size_t looks = 0;                // events since the last full comparison
  PoolWait *first = nullptr, *last = nullptr; // parked calls
};

static Value element(const Pool &p, size_t i) { return gc::array_items(p.array)[i]; }
static size_t size(const Pool &p) { return gc::array_length(p.array); }
static bool later(const Waiter *a, const Waiter *b) { return a->target->seq > b->target->seq; }
static bool is_at(const Pool &p, size_t i) {
  Value v = element(p, i);
  return (is_fiber(v) ? &data_of(v) : nullptr) == p.members[i]->target;
}

// --- members -------------------------------------------------------------------------------------------------------------------
static void make_ready(Pool &p, Waiter *w) {
  p.ready.push_back(w);
  std::push_heap(p.ready.begin(), p.ready.end(), later);
}

static bool is_listed(const Waiter *w) { return w->prev; }

static void add_member(Runtime &rt, Pool &p, Value v) {
  Waiter *w = allocate_waiter(rt);
  w->pool = &p;
  w->position = p.members.size();
  p.members.push_back(w);
  if (!is_fiber(v))
    return;
  FiberData &f = data_of(v);
  w->target = &f;
  if (f.terminal()) {
    make_ready(p, w);
    return;
  }
  p.strangers |= f.run == Run::None;
  add_waiter(w);
}

static void forget_members(Runtime &rt, Pool &p) {
  for (Waiter *w : p.members) {
    if (is_listed(w))
      remove_waiter(w);
    free_waiter(rt, w);
  }
  p.members.clear();
  p.ready.clear();
  p.strangers = false;
}

static void add_members(Runtime &rt, Pool &p) {
  for (size_t i = p.members.size(); i < size(p); ++i)
    add_member(rt, p, element(p, i));
}

static void register_anew(Runtime &rt, Pool &p) {
  forget_members(rt, p);
  add_members(rt, p);
}

static bool is_unchanged(Pool &p) {
  p.looks = 0;
  for (size_t i = 0; i < p.members.size(); ++i)
    if (!is_at(p, i))
      return false;
  return true;
}

// What has the program done to the array?
static void look(Runtime &rt, Pool &p, bool fully) {
  size_t n = p.members.size();
  bool same = size(p) >= n && (n == 0 || is_at(p, n - 1)) && !p.strangers;
  if (same && (fully || ++p.looks * kLookShare >= n))
    same = is_unchanged(p);
  if (!same)
    forget_members(rt, p);
  add_members(rt, p);
}

// Takes the member at position i out of the pool.
static void remove_member(Runtime &rt, Pool &p, size_t i) {
  auto *a = p.array.as<gc::MArray>();
  Value *items = a->buf.as<gc::ValueBuf>()->items;
  size_t last = a->len - 1;
  free_waiter(rt, p.members[i]);
  if (last < kKeepOrder) {
    std::move(items + i + 1, items + a->len, items + i);
    p.members.erase(p.members.begin() + static_cast<ptrdiff_t>(i));
    for (size_t k = i; k < last; ++k)
      p.members[k]->position = k;
  } else {
    items[i] = items[last];
    p.members[i] = p.members[last];
    p.members[i]->position = i;
    p.members.pop_back();
  }
  items[last] = kNil;
  --a->len;
}

// Removes and returns the member that completed first; kAbsent if none has.
static Value take_first(Runtime &rt, Pool &p) {
  while (!p.ready.empty()) {
    Waiter *w = p.ready.front();
    size_t i = w->position;
    if (size(p) != p.members.size() || !is_at(p, i)) {
      register_anew(rt, p);
      continue;
    }
    std::pop_heap(p.ready.begin(), p.ready.end(), later);
    p.ready.pop_back();
    Value found = w->target->self();
    remove_member(rt, p, i);
    return found;
  }
  return gc::kAbsent;
}

// --- parked calls ----------------------------------------------------------------------------------------------------------------
static void unlink(Runtime &rt, PoolWait *w) {
  Pool &p = *w->pool;
  (w->prev ? w->prev->next : p.first) = w->next;
  (w->next ? w->next->prev : p.last) = w->prev;
  if (p.open && !p.first)
    std::erase(rt.open_pools, &p);
  delete w;
}

static PoolWait *choose(Runtime &rt, Pool &p) {
  PoolWait *w = p.first;
  if (__builtin_expect(rt.plan != nullptr, 0)) {
    size_t n = 0;
    for (PoolWait *x = p.first; x; x = x->next)
      ++n;
    for (size_t skip = rt.plan->below(n); skip-- > 0;)
      w = w->next;
  }
  return w;
}

static bool serve(Runtime &rt, Pool &p) {
  for (bool any = false;; any = true) {
    Value found = !p.first ? gc::kAbsent : size(p) == 0 ? kNil : take_first(rt, p);
    if (found == gc::kAbsent)
      return any;
    PoolWait *w = choose(rt, p);
    WaitId id = w->id;
    unlink(rt, w);
    resolve(rt.m, id, found);
  }
}

void pool_member_completed(Runtime &rt, Waiter *w) {
  Pool &p = *w->pool;
  remove_waiter(w);
  make_ready(p, w);
  if (p.first && !std::exchange(p.changed, true))
    rt.changed_pools.push_back(&p);
}

static bool serve_pools(Runtime &rt, bool fully) {
  for (Pool *p : rt.open_pools) {
    look(rt, *p, fully);
    if ((!p->ready.empty() || size(*p) == 0) && !std::exchange(p->changed, true))
      rt.changed_pools.push_back(p);
  }
  auto pools = std::exchange(rt.changed_pools, {});
  std::sort(pools.begin(), pools.end(), [](const Pool *a, const Pool *b) { return a->first && b->first && a->first->ticket < b->first->ticket; });
  bool any = false;
  for (Pool *p : pools) {
    p->changed = false;
    any |= serve(rt, *p);
  }
  return any;
}

bool serve_pools(Runtime &rt) { return serve_pools(rt, false); }

bool serve_all_pools(Runtime &rt) { return serve_pools(rt, true); }

static void cancel_pool_wait(void *self) { unlink(runtime(gc::current_mutator()), static_cast<PoolWait *>(self)); }

static const WaitKind kNext{.kind = "select", .op = "ev/as-completed", .internal_only = true, .cancel = cancel_pool_wait};

static Value pool_next(Mutator &m, Pool &p) {
  Runtime &rt = runtime(m);
  if (p.open)
    look(rt, p, false);
  Value found = size(p) == 0 ? kNil : take_first(rt, p);
  if (found != gc::kAbsent)
    return found;
  WaitId id;
  Value raised;
  if (!begin_wait(m, kNext, p.array, nullptr, &id, &raised))
    return raised;
  auto *w = new PoolWait{&p, id, ++rt.pool_tickets, p.last, nullptr};
  if (p.open && !p.first)
    rt.open_pools.push_back(&p);
  (p.last ? p.last->next : p.first) = w;
  p.last = w;
  rt.waits[id.index].self = w;
  return park(m, id);
}

// --- pools as values ---------------------------------------------------------------------------------------------------------------
static void trace_pool(void *data, gc::Marker &k) {
  auto *p = static_cast<Pool *>(data);
  k.mark(p->array);
  for (const Waiter *w : p->members)
    if (w->target)
      k.mark(w->target->self()); // it may have left the array
}

static void drop_pool(void *data) {
  auto *p = static_cast<Pool *>(data);
  if (Mutator &m = gc::current_mutator(); m.sched) {
    Runtime &rt = runtime(m);
    forget_members(rt, *p);
    std::erase(rt.changed_pools, p);
    std::erase(rt.open_pools, p);
  }
  delete p;
}

static const gc::OpaqueClass kPoolClass{"pool", trace_pool, drop_pool, nullptr};

static Pool *want_pool(Mutator &m, Value v, Value *raised) {
  if (gc::is(v, gc::Type::Opaque) && v.as<gc::Opaque>()->cls == &kPoolClass)
    return static_cast<Pool *>(v.as<gc::Opaque>()->data);
  *raised = gc::type_error(m, "ev/as-completed", "pool", v, 0);
  return nullptr;
}

EVJIT_PRIM(evrt_ev_pool) {
  if (!gc::is(args[0], gc::Type::MArray))
    return gc::type_error(m, "%%ev-pool", "@array", args[0], 0);
  if (!m.sched)
    return gc::raise_error(m, "state-error", "ev/as-completed: no scheduler is active", {{"reason", keyword("no-scheduler")}});
  auto *p = new Pool;
  p->array = args[0];
  p->open = args[1].truthy();
  Value handle = gc::make_opaque(m, &kPoolClass, p);
  add_members(runtime(m), *p);
  return handle;
}

EVJIT_PRIM(evrt_ev_pool_add) {
  Value raised;
  Pool *p = want_pool(m, args[0], &raised);
  if (!p)
    return raised;
  gc::marray_push(m, p->array, args[1]);
  add_members(runtime(m), *p);
  serve(runtime(m), *p);
  return args[1];
}

EVJIT_PRIM(evrt_ev_pool_next) {
  Value raised, handle = args[0];
  Pool *p = want_pool(m, handle, &raised);
  if (!p)
    return raised;
  Value r = pool_next(m, *p);
  asm volatile("" : : "g"(&handle) : "memory"); // the parked call keeps the pool
  return r;
}

static const gc::PrimDef kTable[] = {
    {.name = "%%ev-pool", EVJIT_PRIM_FN(evrt_ev_pool), .arity = {2, 2}, .params = "array open?"},
    {.name = "%%ev-pool-add", EVJIT_PRIM_FN(evrt_ev_pool_add), .arity = {2, 2}, .params = "pool fiber"},
    {.name = "%%ev-pool-next", EVJIT_PRIM_FN(evrt_ev_pool_next), .arity = {1, 1}, .signals = gc::sig::kError | gc::sig::kWait,
     .params = "pool"},
};
const std::span<const gc::PrimDef> kPoolPrims = kTable;

} // namespace evjit::sched
