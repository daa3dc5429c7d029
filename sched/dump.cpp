// Dumps: every fiber of every scheduler of this thread, with what it waits for and its stack (09 section 10).
//
// Fibers that look alike (same state, same kind of wait, same stack, same spawn site) make one group, told from the others by its raw
// return addresses; addresses become names and positions only once per group. A group of at most kAlike is listed
// fiber by fiber, a larger one as one entry. So a dump of 10^5 fibers costs a walk over 10^5 stacks and prints a page.
//
// Fibers driven by hand belong to the chain of whoever resumed them. Those that are paused belong to nobody: they follow at the end, as
// far as the collector has not taken them yet, and nothing of theirs is looked at but the stack.
//
// A dump is written at a safepoint or from the loop, never in a signal handler. It allocates nothing in the heap, and looks only at what
// the scheduler keeps alive.
#include "sched/fiber.hpp"
#include "sched/introspect.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace evjit::sched {

static constexpr size_t kAlike = 3;
static constexpr size_t kShownFrames = 20;
static constexpr size_t kShownBytes = 80; // of what a fiber waits for

// --- text ------------------------------------------------------------------------------------------------------------------------
std::string duration_text(uint64_t ms) {
  char text[48];
  if (ms < 1000)
    std::snprintf(text, sizeof text, "%d ms", static_cast<int>(ms));
  else if (ms < 120'000)
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ms) / 1000);
  else
    std::snprintf(text, sizeof text, "%llu min", static_cast<unsigned long long>(ms / 60'000));
  return text;
}

static std::string describe_address(uintptr_t pc) {
  gc::FrameInfo f;
  return gc::describe_address(pc, &f) ? frame_text(f) : "";
}

std::string site_text(Runtime &rt, uint32_t site) {
  gc::FrameInfo f;
  if (!site || !gc::describe_address(rt.visible.sites.pc(site), &f))
    return "";
  if (f.file.empty())
    return "; spawned by " + f.fn; // of the prelude
  return "; spawned at " + f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.col);
}

std::string frame_lines(const uintptr_t *pcs, size_t n) {
  std::string out;
  size_t shown = 0, more = 0;
  bool resumed = false;
  for (size_t i = 0; i < n; ++i) {
    if (pcs[i] == kResumedBy) {
      resumed = shown > 0;
      continue;
    }
    std::string frame = describe_address(pcs[i]);
    if (frame.empty())
      continue;
    if (shown == kShownFrames) {
      ++more;
      continue;
    }
    if (resumed)
      out += "  resumed by\n";
    resumed = false;
    out += "  at " + frame + "\n";
    ++shown;
  }
  return more ? out + "  ... " + std::to_string(more) + " more\n" : out;
}

static std::string shorten(std::string s) {
  if (s.size() <= kShownBytes)
    return s;
  size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(s[end]) & 0xC0) == 0x80)
    --end;
  return s.substr(0, end) + "...";
}

static std::string counted(size_t n) { return std::to_string(n) + (n == 1 ? " fiber" : " fibers"); }

static std::string target_text(Runtime &rt, const Wait &w) {
  if (gc::is(w.value, gc::Type::Fiber))
    return " on " + fiber_label(rt, data_of(w.value));
  if (std::string_view(w.kind->kind) == "select" && gc::is_array(w.value))
    return " on " + counted(gc::array_length(w.value));
  std::string s = w.value.is_nil() ? "" : " on " + shorten(gc::print_literal(w.value));
  if (w.kind->name && !(gc::is_keyword(w.value) && gc::name_of(w.value) == w.kind->name))
    s += std::string(" (") + w.kind->name + ")";
  return s;
}

static std::string time_left(Runtime &rt, const Wait &w) {
  if (!w.has_timer)
    return "";
  uint64_t due = rt.timers.deadline_ns(w), now = rt.clock.now_ns();
  return ", " + (due > now ? duration_text((due - now) / 1'000'000) + " left" : "due for " + duration_text((now - due) / 1'000'000));
}

// --- groups ----------------------------------------------------------------------------------------------------------------------
namespace {

enum class State : uint8_t { New, Ready, Running, Hosting, Parked, Paused };

// What fibers of a group have in common.
struct Look {
  const Scheduler *sched; // null: driven by hand
  State state;
  const char *op; // of the wait, or null
  uint32_t site;
  std::array<uintptr_t, gc::kTraceFrames> pcs;
  size_t frames;

  bool operator==(const Look &o) const {
    return sched == o.sched && state == o.state && op == o.op && site == o.site && frames == o.frames &&
           std::equal(pcs.begin(), pcs.begin() + static_cast<long>(frames), o.pcs.begin());
  }
  uint64_t hash() const {
    uint64_t h = reinterpret_cast<uintptr_t>(sched) ^ reinterpret_cast<uintptr_t>(op) ^ (uint64_t{site} << 8) ^ static_cast<uint64_t>(state);
    for (size_t i = 0; i < frames; ++i)
      h = (h ^ pcs[i]) * 0x9E3779B97F4A7C15, h ^= h >> 29;
    return h;
  }
};

struct Group {
  Look look;
  size_t count = 0;
  FiberData *members[kAlike]; // the first ones
  uint32_t shortest_ms = ~0u, longest_ms = 0; // waits
};

class Dump {
public:
  explicit Dump(Runtime &rt) : rt_(rt), now_ms_(static_cast<uint32_t>(rt.clock.now_ns() / 1'000'000)) {}
  std::string text();

private:
  const Scheduler *hosted_by(const FiberData &f) const;
  State state_of(const FiberData &f) const;
  const Wait *wait_of(const FiberData &f) const { return f.run == Run::Parked && f.wait != kNoWait ? &rt_.waits[f.wait] : nullptr; }
  uint32_t waited_ms(const Wait &w) const { return now_ms_ - w.since_ms; }
  void add(const Scheduler *s, FiberData &f);
  void add_all();
  std::string label(const FiberData &f);
  std::string headline();
  std::string scheduler_line(const Scheduler &s, size_t number);
  std::string state_text(const Group &g, const FiberData &f);
  std::string group_text(const Group &g);
  std::string entry_point(const FiberData &f);
  size_t number_of(const Scheduler &s) const;

  Runtime &rt_;
  uint32_t now_ms_;
  std::vector<Group> groups_; // by their first members
  std::unordered_multimap<uint64_t, size_t> index_;
  size_t counts_[6] = {};
};

} // namespace

// The scheduler whose loop turns on the stack of `f`.
const Scheduler *Dump::hosted_by(const FiberData &f) const {
  for (const Scheduler *s : rt_.schedulers)
    if (s->running && s->host->root == &f)
      return s;
  return nullptr;
}

State Dump::state_of(const FiberData &f) const {
  if (f.status == Status::New)
    return State::New;
  if (f.run == Run::Ready)
    return State::Ready;
  if (f.run == Run::Parked)
    return State::Parked;
  return hosted_by(f) ? State::Hosting : State::Running;
}

void Dump::add(const Scheduler *s, FiberData &f) {
  Look look;
  look.sched = s;
  look.state = s ? state_of(f) : State::Paused;
  const Wait *w = wait_of(f);
  look.op = w ? w->kind->op : nullptr;
  look.site = f.site;
  look.frames = walk_chain(rt_, f, look.pcs.data(), look.pcs.size());
  ++counts_[static_cast<size_t>(look.state)];
  uint64_t hash = look.hash();
  auto [from, to] = index_.equal_range(hash);
  auto it = std::find_if(from, to, [&](auto &entry) { return groups_[entry.second].look == look; });
  if (it == to) {
    it = index_.emplace(hash, groups_.size());
    groups_.push_back({look});
  }
  Group &g = groups_[it->second];
  if (g.count < kAlike)
    g.members[g.count] = &f;
  ++g.count;
  if (w) {
    g.shortest_ms = std::min(g.shortest_ms, waited_ms(*w));
    g.longest_ms = std::max(g.longest_ms, waited_ms(*w));
  }
}

// What a fiber will call that has not started.
std::string Dump::entry_point(const FiberData &f) {
  if (!gc::is_closure(f.value))
    return "";
  const gc::FnProto *p = f.value.as<gc::Closure>()->proto;
  gc::FrameInfo at{p->name ? p->name : "", p->file ? p->file : "", p->line, p->col};
  return "  will call " + frame_text(at) + "\n";
}

size_t Dump::number_of(const Scheduler &s) const {
  return static_cast<size_t>(std::find(rt_.schedulers.begin(), rt_.schedulers.end(), &s) - rt_.schedulers.begin()) + 1;
}

std::string Dump::state_text(const Group &g, const FiberData &f) {
  switch (g.look.state) {
  case State::New: return "new";
  case State::Ready: return "ready";
  case State::Running: return "running";
  case State::Hosting: return "running scheduler " + std::to_string(number_of(*hosted_by(f)));
  case State::Paused: return "paused";
  case State::Parked: break;
  }
  const Wait *w = wait_of(f);
  if (!w)
    return "parked";
  std::string s = "parked ";
  if (g.count > kAlike && g.shortest_ms / 100 != g.longest_ms / 100)
    s += duration_text(g.shortest_ms) + " to " + duration_text(g.longest_ms);
  else
    s += duration_text(g.count > kAlike ? g.longest_ms : waited_ms(*w));
  s += std::string(" in ") + w->kind->op;
  return g.count > kAlike ? s : s + target_text(rt_, *w) + time_left(rt_, *w);
}

std::string Dump::label(const FiberData &f) {
  if (f.id)
    return fiber_label(rt_, f);
  Value name = fiber_name(rt_, f);
  return name.is_nil() ? "fiber" : "fiber " + gc::print_literal(name);
}

std::string Dump::group_text(const Group &g) {
  std::string site = site_text(rt_, g.look.site) + "\n";
  std::string frames = g.look.state == State::New ? entry_point(*g.members[0]) : frame_lines(g.look.pcs.data(), g.look.frames);
  std::string out;
  if (g.count <= kAlike) {
    for (size_t i = 0; i < g.count; ++i)
      out += label(*g.members[i]) + " " + state_text(g, *g.members[i]) + site + frames;
    return out;
  }
  out = counted(g.count) + " " + state_text(g, *g.members[0]) + site + "  ";
  for (FiberData *f : g.members)
    out += label(*f) + ", ";
  return out + "...\n" + frames;
}

std::string Dump::scheduler_line(const Scheduler &s, size_t number) {
  std::string out = "scheduler " + std::to_string(number);
  bool turns = s.running || s.host_wait.index != kNoWait;
  if (turns && s.host->root && s.host->root->sched)
    out += ", run by " + fiber_label(rt_, *s.host->root) + " of scheduler " + std::to_string(number_of(*s.host->root->sched));
  return out + "\n";
}

std::string Dump::headline() {
  static const char *const names[] = {"new", "ready", "running", nullptr, "parked", "paused by hand"};
  counts_[static_cast<size_t>(State::Running)] += counts_[static_cast<size_t>(State::Hosting)];
  size_t all = 0;
  std::string parts;
  for (size_t i = 0; i < std::size(names); ++i) {
    if (!names[i])
      continue;
    all += counts_[i];
    if (counts_[i])
      parts += (parts.empty() ? ": " : ", ") + std::to_string(counts_[i]) + " " + names[i];
  }
  return counted(all) + parts + "\n";
}

void Dump::add_all() {
  for (Scheduler *s : rt_.schedulers)
    for (FiberData *f = s->live_head; f; f = f->live_next)
      add(s, *f);
  gc::each_finalizable_fiber(rt_.m, [](gc::Object *fiber, void *self) { // all that were ever suspended
    auto &f = *static_cast<FiberData *>(fiber);
    bool suspended = f.run == Run::None && f.status == Status::Paused && f.has_stack && !f.ended;
    bool inside = f.resumer && f.resumer->in_resume && f.resumer->child == &f;
    if (suspended && !inside)
      static_cast<Dump *>(self)->add(nullptr, f);
  }, this);
}

std::string Dump::text() {
  add_all();
  auto busy = std::count_if(rt_.schedulers.begin(), rt_.schedulers.end(), [](const Scheduler *s) { return s->live > 0; });
  std::string out = headline();
  const Scheduler *last = nullptr;
  for (const Group &g : groups_) {
    const Scheduler *s = g.look.sched;
    if (s && busy > 1 && s != last)
      out += scheduler_line(*s, number_of(*s));
    last = s;
    out += group_text(g);
  }
  return out;
}

std::string dump_fibers(Runtime &rt) { return Dump(rt).text(); }

// --- requests --------------------------------------------------------------------------------------------------------------------
void request_dump(Mutator &m) {
  if (!m.sched)
    return;
  Runtime &rt = runtime(m);
  rt.visible.dump_wanted = 1;
  gc::request_attention(m, gc::kAttentionDump);
  rt.poller.wake();
}

void print_wanted_dump(Runtime &rt) {
  if (!rt.visible.dump_wanted)
    return;
  rt.visible.dump_wanted = 0;
  write_stderr(dump_fibers(rt));
}

void answer_requests(Runtime &rt) {
  if (rt.visible.watchdog)
    report_hold(rt);
  print_wanted_dump(rt);
}

} // namespace evjit::sched
