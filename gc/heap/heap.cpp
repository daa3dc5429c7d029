// The collected heap of one OS thread.
//
// Kind: mark-region (Immix without evacuation), non-moving, conservative in stacks and registers, precise in objects. Objects up to
// 8 KB are bumped into runs of free 128-byte lines of 32 KB blocks (space.hpp); larger ones stand alone (large.hpp). Nothing
// moves, so a plain C++ local that holds a Value, an Object*, or a pointer anywhere into an object keeps it alive.
//
// A full collection: clear marks and line marks; mark from the roots (Mutator fields, overflow arguments, root providers, the running
// stack with the callee-saved registers); run the finalizers of Opaque objects and of the Fibers that asked that were not reached; sweep by
// lines. Other stacks (parked fibers, the scheduler's) are the business of root providers and of Fiber trace hooks.
//
// Generations: marks stay until the next full collection, so a marked object is old (sticky mark bits: Demers, Weiser, Hayes, Boehm,
// Bobrow, Shenker: Combining generational and conservative garbage collection, 1990). A collection of the young objects does the same
// without clearing anything. It stops at old objects, so it needs to know which of them may refer to young ones: those that something was stored in
// (write_barrier, `remembered_`), and those that change without barriers (`traced_`, and what root providers hand to Marker::look_into). It
// sweeps only the blocks that were handed out since the last collection. Its cost: what survives, what was stored in, the roots.
//
// When: allocation since the last collection exceeds eight times what that one marked and read, but at least 2 MB, which the caches hold
// and whose pages the system has given already, and at most 16 MB (what has just been allocated is marked faster, and pauses are shorter)
// or what it takes to pay for looking at stacks and old objects (half of what the last one read of them; what is remembered, up to 32 MB).
// It is a full one when the old objects have grown by what was live at the last full one, at least 32 MB; while the heap grows (three quarters of
// what was new survived the last one) they may grow five times as much, but by 512 MB more at most, because a full one finds little then.
// It is also a full one when eight times what lives was allocated since the last, and 64 MB more: what is old and dead may hold more than
// memory (fibers, schedulers). Counted when runs and large objects are handed out, not per object. A heap limit is checked at the same
// place: if a full collection does not get below it, the memory is granted all the same and kAttentionOom asks the next safepoint to
// raise :out-of-memory, so allocation itself never fails.
//
// EVJIT_HEAP_LIMIT=512M sets the limit of every heap. EVJIT_GC_STRESS=N collects at every N-th allocation (less often in heaps beyond
// 256 KB), every fourth time fully, fills what it frees with 0xDB and verifies each collection of young objects (verify.cpp).
//
// Threads: a heap belongs to one thread. References to another thread's objects are ignored by the marker, never followed.
#include "gc/heap/heap-inl.hpp"

#include "base/assert.hpp"
#include "base/reserve.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <utility>

namespace evjit::gc {

void mark_builtins(Marker &k); // gc/call.cpp

FiberHooks g_fiber_hooks{0, nullptr, nullptr, nullptr};
static thread_local Mutator *t_mutator = nullptr;

static constexpr size_t kMostNursery = size_t{16} << 20;
static constexpr size_t kAllocatedPerMarked = 8; // bytes allocated for each that a collection of young objects looks at
static constexpr size_t kAllocatedPerLive = 8, kAllocatedPerFull = size_t{64} << 20; // bytes until what is old is looked at again
static constexpr size_t kMostGrowth = size_t{512} << 20;
static constexpr size_t kKept = size_t{64} << 20; // free memory that stays resident
static constexpr size_t kShortTrigger = size_t{1} << 20; // while the system has no memory: after so many bytes
static constexpr size_t kRemembered = 256; // bytes that a remembered object counts for: fibers that ran, mostly
static constexpr size_t kMostRemembered = size_t{32} << 20; // bytes that all of them count for: a pause of some 40 ms
static constexpr size_t kFetched = 256; // bytes of an object, by scan_old
static constexpr size_t kInitialXargs = 64; // at least what compiled code relies on (61)

Mutator &current_mutator() {
  EVJIT_CHECK(t_mutator, "this thread has a heap");
  return *t_mutator;
}

// "512M": a number and K, M or G; 0 if it is none.
static size_t size_with_unit(const char *s) {
  char *end;
  size_t n = std::strtoull(s, &end, 10);
  switch (*end | 0x20) {
  case 'k': return n << 10;
  case 'm': return n << 20;
  case 'g': return n << 30;
  default: return n;
  }
}

Heap::Heap(Mutator &) {
  space.reserve();
  if (const char *s = std::getenv("EVJIT_GC_STRESS"))
    stress_every_ = std::strtoull(s, nullptr, 10);
  if (const char *s = std::getenv("EVJIT_HEAP_LIMIT"))
    limit_ = size_with_unit(s);
  if (!limit_ && space.is_cramped()) // :out-of-memory comes before the end of the address space
    limit_ = space.reserved_bytes() / 8 * 7;
}

Heap::~Heap() {
  large_.release();
  space.release();
}

// --- allocation --------------------------------------------------------------------------------------------------------

bool Heap::must_collect(size_t bytes) const {
  if (since_gc_ + bytes > std::max(trigger_, std::min(remembered_.size() * kRemembered, kMostRemembered)))
    return true;
  // Beyond the limit: not more often than it takes to allocate a sixteenth of it.
  return limit_ && in_use() + bytes > limit_ && since_gc_ + bytes > limit_ / 16;
}

Extent Heap::next_extent(size_t bytes) const {
  bool tight = limit_ && in_use() + bytes > limit_;
  bool long_ago = total_ + since_gc_ - total_at_full_ > kAllocatedPerLive * live_ + kAllocatedPerFull;
  bool grown = live_ >= full_at_ + (grows_ ? std::min(4 * (full_at_ - live_at_full_), kMostGrowth) : 0);
  return tight || grown || long_ago ? Extent::Full : Extent::Young;
}

void Heap::before_allocation(Mutator &m, size_t bytes) {
  if (collecting_)
    return;
  if (must_collect(bytes))
    collect(m, next_extent(bytes));
  auto over = [&] { return limit_ && charged() + bytes > limit_ + granted_; };
  if (over() && !last_was_full_)
    collect(m, Extent::Full);
  if (over())
    request_attention(m, kAttentionOom);
}

// After raising :out-of-memory: handlers and cleanups get an eighth of the limit before it is raised again, but never more than a
// quarter beyond the limit. Given back as soon as a collection gets below the limit.
bool Heap::grant_reserve() {
  // The measure of before_allocation: else it would ask again at once, and every few objects cost a collection.
  size_t charge = charged();
  if (limit_ == 0 || charge + kBlockBytes <= limit_ + granted_)
    return false;
  granted_ = std::min((charge > limit_ ? charge - limit_ : 0) + limit_ / 8, limit_ / 4);
  return true;
}

bool Heap::help_for_memory(Mutator &m) {
  if (base::renew_memory_reserve())
    return true;
  if (since_gc_ > kShortTrigger || !last_was_full_)
    collect(m, Extent::Full);
  return base::renew_memory_reserve();
}

void Heap::take(Region &into, Region fresh) {
  EVJIT_CHECK(fresh.cursor, "out of memory: the heap's address space is used up");
  into = fresh;
  since_gc_ += static_cast<size_t>(fresh.limit - fresh.cursor);
}

Object *Heap::bump(Region &r, Type type, size_t bytes) {
  auto *o = reinterpret_cast<Object *>(r.cursor);
  r.cursor += bytes;
  space.set_start(o);
  o->h = Header{type, 0, 0, 0};
  return o;
}

Object *Heap::allocate_small(Mutator &m, Type type, size_t bytes) {
  Region &r = stress_every_ ? stress_region_ : region;
  if (r.fits(bytes))
    return bump(r, type, bytes);
  before_allocation(m, kBlockBytes);
  if (bytes > kLineBytes) { // do not waste the rest of the run, or search short runs, for a medium object
    if (overflow_.fits(bytes))
      return bump(overflow_, type, bytes);
    take(overflow_, space.take_block());
    return bump(overflow_, type, bytes);
  }
  do
    take(r, space.next_run());
  while (!r.fits(bytes));
  return bump(r, type, bytes);
}

Object *Heap::allocate_large(Mutator &m, Type type, size_t bytes) {
  before_allocation(m, bytes);
  Object *o = large_.allocate(bytes);
  if (!o) {
    collect(m, Extent::Full);
    while (!(o = large_.allocate(bytes)))
      base::use_memory_reserve();
  }
  since_gc_ += bytes;
  o->h = Header{type, 0, 0, 0};
  return o;
}

// Large heaps are stressed less often, so that tests with much data end.
size_t Heap::stress_scale() const {
  size_t quarters = live_ >> 18; // of a megabyte
  return 1 + quarters * quarters;
}

Object *Heap::allocate_slow(Mutator &m, Type type, size_t bytes) {
  if (immortal_depth_)
    return allocate_immortal(type, bytes);
  if (stress_every_ && ++stress_count_ >= stress_every_ * stress_scale() && !collecting_) {
    stress_count_ = 0;
    collect(m, ++stress_rounds_ % 4 == 0 ? Extent::Full : Extent::Young);
  }
  return bytes > kMaxSmall ? allocate_large(m, type, bytes) : allocate_small(m, type, bytes);
}

static bool is_finalizable(Type t) { return t == Type::Opaque; }

Object *allocate(Mutator &m, Type type, size_t bytes) {
  bytes = round_up8(bytes);
  if (__builtin_expect(bytes > kMaxSmall || is_finalizable(type), 0)) {
    Object *o = m.heap->allocate_slow(m, type, bytes);
    if (is_finalizable(type) && !(o->h.flags & kImmortal))
      m.heap->add_finalizable(o);
    return o;
  }
  return allocate_small(m, type, bytes);
}

void Heap::begin_immortal() {
  if (immortal_depth_++ == 0)
    parked_region_ = std::exchange(region, Region{});
}

void Heap::end_immortal() {
  if (--immortal_depth_ == 0)
    region = std::exchange(parked_region_, Region{});
}

void Heap::external(int64_t bytes) {
  if (bytes > 0)
    since_gc_ += static_cast<size_t>(bytes);
}

// --- collection --------------------------------------------------------------------------------------------------------

__attribute__((noinline)) void Heap::scan_stack(Mutator &m, Marker &k) {
  __builtin_unwind_init(); // callee-saved registers into this frame
  void *sp = __builtin_frame_address(0);
  char here;
  const void *low = std::min<const void *>(sp, &here);
  // The spilled registers lie below the frame pointer: start well below it, the red zone of this frame included.
  low = reinterpret_cast<const void *>(reinterpret_cast<uintptr_t>(low) - 128);
  k.mark_conservative(low, reinterpret_cast<const void *>(m.stack_top));
}

void Heap::scan_roots(Mutator &m, Marker &k) {
  for (Value v : {m.error, m.params, m.spread[0], m.spread[1], m.spread[2], m.fiber, m.trace, m.caught, m.caught_trace})
    k.mark(v);
  if (m.xargs)
    k.mark_range(m.xargs, m.xargs_cap);
  k.mark_range(caught.payload, CaughtRing::kSize);
  k.mark_range(caught.trace, CaughtRing::kSize);
  mark_builtins(k);
  for (const RootProvider &r : roots_)
    r.fn(r.self, k);
}

static void finalize(Object *o) {
  if (o->h.type == Type::Fiber) {
    g_fiber_hooks.finalize(o);
    return;
  }
  auto *q = static_cast<Opaque *>(o);
  if (q->cls && q->cls->finalize && q->data)
    q->cls->finalize(q->data);
  q->data = nullptr;
}

void Heap::finish_finalizers() {
  collecting_ = true; // a finalizer that allocates does not start a collection
  while (finalizable_.size())
    finalize(finalizable_.take_last());
}

void Heap::scan_old(HeapMarker &k) {
  constexpr size_t kAtOnce = 64; // fetched together; and a million at once would need a large mark stack
  for (size_t from = 0; from < remembered_.size(); from += kAtOnce) {
    size_t end = std::min(from + kAtOnce, remembered_.size());
    for (size_t i = from; i < end; ++i)
      for (size_t at = 0; at < kFetched; at += 64)
        __builtin_prefetch(reinterpret_cast<const char *>(remembered_[i]) + at);
    for (size_t i = from; i < end; ++i)
      if (remembered_[i]->h.type == Type::Fiber)
        g_fiber_hooks.prefetch(remembered_[i]);
    for (size_t i = from; i < end; ++i)
      k.look_into(remembered_[i]);
    k.mark_all();
  }
  for (size_t i = 0; i < traced_.old(); ++i)
    k.look_into(traced_[i]);
}

// After a collection: when the next one is due, and when one is a full one.
void Heap::plan_next(const HeapMarker &k, Extent extent) {
  last_was_full_ = extent == Extent::Full;
  if (last_was_full_) {
    live_ = live_at_full_ = k.live_bytes();
    full_at_ = live_ + std::max(kLeastGrowth, k.live_bytes() + k.scanned_bytes());
  } else {
    live_ += k.live_bytes();
    grows_ = k.live_bytes() > since_gc_ / 4 * 3;
    size_t wanted = kAllocatedPerMarked * (k.live_bytes() + k.scanned_bytes());
    trigger_ = std::clamp(wanted, kLeastNursery, std::max(kMostNursery, k.scanned_bytes() / 2));
  }
  total_ += since_gc_;
  if (last_was_full_)
    total_at_full_ = total_;
  since_gc_ = 0;
  if (charged() + kBlockBytes <= limit_)
    granted_ = 0;
  ++collections_;
}

void Heap::collect(Mutator &m, Extent extent) {
  if (collecting_)
    return;
  collecting_ = true;
  if (forgets_)
    extent = Extent::Full;
  forgets_ = false;
  region = overflow_ = stress_region_ = parked_region_ = Region{};
  space.end_runs();
  if (extent == Extent::Full) {
    space.clear_marks();
    large_.clear_marks();
  }
  large_.prepare_lookup();
  HeapMarker k(space, large_, traits, extent);
  if (extent == Extent::Young)
    scan_old(k);
  remembered_.clear();
  scan_roots(m, k);
  scan_stack(m, k);
  k.mark_all();
  if (guests.after_marking)
    guests.after_marking(guests.self, k);
  if (extent == Extent::Young && stress_every_)
    verify(m, k);
  auto is_marked = [&](const Object *o) { return k.is_marked(o); };
  finalizable_.filter(extent, is_marked, finalize);
  traced_.filter(extent, is_marked, [](Object *) {});
  std::erase_if(traits, [&](const auto &e) { return !is_marked(e.first); });
  plan_next(k, extent);
  space.sweep(extent, std::max(kKept, live_ / 2), stress_every_ != 0);
  large_.sweep(stress_every_ != 0);
  collecting_ = false;
}

void Heap::remove_root(RootFn fn, void *self) {
  for (size_t i = roots_.size(); i-- > 0;) // usually the newest
    if (roots_[i].fn == fn && roots_[i].self == self) {
      roots_.erase(roots_.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
}

HeapStats Heap::stats() const {
  return {live_, total_ + since_gc_, space.resident_bytes() + large_.bytes(), collections_};
}

// --- interface -----------------------------------------------------------------------------------------------------------

void add_root_provider(Mutator &m, RootFn fn, void *self) { m.heap->add_root(fn, self); }
void remove_root_provider(Mutator &m, RootFn fn, void *self) { m.heap->remove_root(fn, self); }
void set_fiber_hooks(FiberHooks hooks) { g_fiber_hooks = hooks; }
void request_finalizer(Mutator &m, Object *fiber) { m.heap->add_finalizable(fiber); }
void each_finalizable_fiber(Mutator &m, void (*visit)(Object *fiber, void *self), void *self) {
  m.heap->each_finalizable([&](Object *o) {
    if (o->h.type == Type::Fiber)
      visit(o, self);
  });
}
void collect(Mutator &m) { m.heap->collect(m, Extent::Full); }
void collect_young(Mutator &m) { m.heap->collect(m, Extent::Young); }
void remember(Mutator &m, Object *o) { m.heap->remember(o); }
HeapStats heap_stats(const Mutator &m) { return m.heap->stats(); }
void set_heap_limit(Mutator &m, size_t bytes) { m.heap->set_limit(bytes); }
void note_external(Mutator &m, int64_t bytes) { m.heap->external(bytes); }
void set_heap_guests(Mutator &m, HeapGuests guests) { m.heap->guests = guests; }
bool is_marked(Marker &k, Value object) { return static_cast<HeapMarker &>(k).is_marked(object.as()); }

ImmortalScope::ImmortalScope(Mutator &m) : m_(m) { m.heap->begin_immortal(); }
ImmortalScope::~ImmortalScope() { m_.heap->end_immortal(); }

void set_traits(Mutator &m, Object *o, Value table) {
  o->h.flags |= kTraits;
  m.heap->traits[o] = table;
  write_barrier(m, o, table);
}

Value get_traits(const Mutator &m, const Object *o) {
  if (!(o->h.flags & kTraits))
    return kNil;
  auto it = m.heap->traits.find(o);
  return it == m.heap->traits.end() ? kNil : it->second;
}

// The bounds of the running thread's stack.
static void find_stack(Mutator &m) {
  pthread_attr_t attr;
  void *low = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0)
    return;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  m.stack_top = reinterpret_cast<uintptr_t>(low) + size;
  if (size > 2 * kStackReserve)
    set_stack_limit(m, reinterpret_cast<uintptr_t>(low) + kStackReserve);
}

void heap_create(Mutator &m) {
  m.heap = new Heap(m);
  t_mutator = &m;
  m.xargs = static_cast<Value *>(std::calloc(kInitialXargs, sizeof(Value)));
  m.xargs_cap = kInitialXargs;
  if (!m.stack_top)
    find_stack(m);
}

void heap_destroy(Mutator &m) {
  m.heap->finish_finalizers();
  delete m.heap;
  m.heap = nullptr;
  std::free(m.xargs);
  m.xargs = nullptr;
  m.xargs_cap = 0;
  if (t_mutator == &m)
    t_mutator = nullptr;
}

} // namespace evjit::gc
