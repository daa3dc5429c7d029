// ev/dump, ev/name, ev/set-name, ev/stats (09 section 10).
#include "sched/prims.hpp"

#include "sched/prim_util.hpp"

namespace evjit::sched {

using gc::PrimDef;
using gc::type_error;

static Runtime *want_runtime(Mutator &m, const char *fn, Value *raised) {
  if (m.sched)
    return &runtime(m);
  *raised = gc::raise_error(m, "state-error", std::string(fn) + ": no scheduler is active", {{"reason", keyword("no-scheduler")}});
  return nullptr;
}

EVJIT_PRIM(evrt_ev_dump) {
  Value raised;
  Runtime *rt = want_runtime(m, "ev/dump", &raised);
  if (!rt)
    return raised;
  bool as_string = argc && args[0] == keyword("string");
  if (argc && !as_string)
    return gc::value_error(m, "ev/dump", "expected :string or nothing");
  std::string text = dump_fibers(*rt);
  if (as_string)
    return gc::make_string(m, text);
  write_stderr(text);
  return kNil;
}

// --- names -----------------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_ev_name) {
  if (!is_fiber(args[0]))
    return type_error(m, "ev/name", "fiber", args[0], 0);
  return m.sched ? fiber_name(runtime(m), data_of(args[0])) : kNil;
}

EVJIT_PRIM(evrt_ev_set_name) {
  if (!is_fiber(args[0]))
    return type_error(m, "ev/set-name", "fiber", args[0], 0);
  Value name = args[1];
  if (!name.is_nil() && !gc::is_string(name) && !gc::is_keyword(name))
    return type_error(m, "ev/set-name", "string, keyword or nil", name, 1);
  if (gc::is(name, gc::Type::MString))
    name = gc::make_string(m, gc::string_view_of(name));
  if (m.sched)
    set_fiber_name(runtime(m), data_of(args[0]), name);
  return args[0];
}

// --- statistics ------------------------------------------------------------------------------------------------------------------
static size_t length(const RunQueue &q) {
  size_t n = 0;
  for (const FiberData *f = q.head; f; f = f->next)
    ++n;
  return n;
}

namespace {
struct Counts {
  uint64_t schedulers = 0, live = 0, ready = 0, running = 0, spawned, completed;
};
} // namespace

static Counts count_fibers(Runtime &rt) {
  Counts c;
  c.spawned = rt.visible.spawned;
  c.completed = rt.visible.completed;
  for (const Scheduler *s : rt.schedulers) {
    c.spawned += s->next_id - 1;
    c.completed += s->completions;
    c.live += s->live;
    c.schedulers += s->live > 0;
    c.running += s->running && s->running->run == Run::Running;
    c.ready += length(s->current) + length(s->later) + s->urgent.size() + (s->run_now ? 1 : 0);
  }
  return c;
}

EVJIT_PRIM(evrt_ev_stats) {
  Value raised;
  Runtime *rt = want_runtime(m, "ev/stats", &raised);
  if (!rt)
    return raised;
  Counts c = count_fibers(*rt);
  gc::HeapStats heap = gc::heap_stats(m);
  const std::pair<const char *, uint64_t> fields[] = {
      {"live", c.live},
      {"ready", c.ready},
      {"running", c.running},
      {"parked", c.live - c.ready - c.running},
      {"spawned", c.spawned},
      {"completed", c.completed},
      {"schedulers", c.schedulers},
      {"switches", rt->visible.switches.load(std::memory_order_relaxed)},
      {"timers", rt->timers.size()},
      {"waits", rt->waits.used()},
      {"stacks", rt->stacks.resident_stacks()},
      {"copied-stacks", rt->stacks.copied_stacks()},
      {"copied-bytes", rt->stacks.copied_bytes()},
      {"heap-bytes", heap.committed_bytes},
      {"heap-live-bytes", heap.live_bytes},
      {"allocated-bytes", heap.allocated_bytes},
      {"collections", heap.collections},
  };
  Value kv[2 * std::size(fields)];
  size_t n = 0;
  for (auto [name, value] : fields) {
    kv[n++] = keyword(name);
    kv[n++] = Value::fixnum(static_cast<int64_t>(value));
  }
  return gc::make_struct(m, kv, n / 2);
}

static const PrimDef kTable[] = {
    {.name = "ev/dump", EVJIT_PRIM_FN(evrt_ev_dump), .arity = {0, 1}, .signals = gc::sig::kError | gc::sig::kIo, .params = "&opt as",
     .doc = "Lists every fiber of this thread with its state, what it waits for and its stack: on stderr, or with :string as a string.",
     .example = "(string/contains? (ev/dump :string) \"running\") # => true"},
    {.name = "ev/name", EVJIT_PRIM_FN(evrt_ev_name), .arity = {1, 1}, .params = "fiber", .doc = "The name of a fiber, nil if it has none.",
     .example = "(ev/name (ev/set-name (ev/self) \"main loop\")) # => \"main loop\""},
    {.name = "ev/set-name", EVJIT_PRIM_FN(evrt_ev_set_name), .arity = {2, 2}, .params = "fiber name",
     .doc = "Names a fiber in dumps and reports, by a string or keyword (nil: no name); returns the fiber.",
     .example = "(let [f (ev/set-name (ev/spawn (fn [] 1)) :worker)] [(ev/name f) (ev/join f)]) # => [:worker 1]"},
    {.name = "ev/stats", EVJIT_PRIM_FN(evrt_ev_stats), .arity = {0, 0},
     .doc = "Counts of this thread's scheduler, as a struct: fibers, switches, timers, stacks, memory.",
     .example = "(>= (get (ev/stats) :live) 1) # => true"},
};
const std::span<const PrimDef> kVisiblePrims = kTable;

} // namespace evjit::sched
