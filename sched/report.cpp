// What the scheduler says on stderr: uncaught errors (06 section 6), failures nobody observed (09 section 7), deadlocks (section 8).
#include "sched/fiber.hpp"
#include "sched/plan.hpp"

#include "base/output.hpp"
#include "gc/object/scan.hpp"
#include "gc/trace.hpp"

#include <algorithm>
#include <cstdio>

namespace evjit::sched {

static constexpr size_t kShownFrames = 20;
static constexpr size_t kShownParked = 20; // fibers that the report of a deadlock names
static constexpr uint32_t kLinesPerSecond = 10;
static constexpr uint64_t kSecondNs = 1'000'000'000;

void write_stderr(const std::string &text) {
  base::begin_output();
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  base::end_output(text.ends_with('\n'));
}

static bool has_headline(Value e) {
  return gc::is_struct(e) && gc::is_keyword(gc::struct_get(e, "error")) && gc::is_string(gc::struct_get(e, "message"));
}

static std::string headline(Value e) {
  if (!has_headline(e))
    return gc::print_literal(e);
  std::string s(gc::name_of(gc::struct_get(e, "error")));
  s += ": ";
  s += gc::string_view_of(gc::struct_get(e, "message"));
  return s;
}

std::string frame_text(const gc::FrameInfo &f) {
  std::string s = f.fn.empty() ? "<fn>" : f.fn;
  if (!f.file.empty())
    s += " (" + f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.col) + ")";
  return s;
}

static void append_fields(std::string &out, Value e) {
  if (!has_headline(e) || !gc::is_immutable_struct(e))
    return;
  for (gc::Scan s(e); s.more();) {
    Value key = s.next(), value = s.next();
    if (key == keyword("error") || key == keyword("message"))
      continue;
    out += "  " + gc::print_literal(key) + " " + gc::print_literal(value) + "\n";
  }
}

// Nobody reads standard output any more (`evjit ... | head`): nothing to say about that (11-8). net marks the error.
static bool stdout_is_gone(Value e) {
  return gc::is_struct(e) && gc::struct_get(e, "stream") == keyword("stdout") && gc::struct_get(e, "reason") == keyword("broken-pipe");
}

static std::string describe(const std::string &head, Value payload, Value trace) {
  if (stdout_is_gone(payload))
    return "";
  std::string out = "error: " + head + "\n";
  append_fields(out, payload);
  size_t total = 0;
  auto frames = gc::describe_trace(trace, &total);
  size_t shown = std::min(frames.size(), kShownFrames);
  for (size_t i = 0; i < shown; ++i)
    out += "  at " + frame_text(frames[i]) + "\n";
  if (total > shown)
    out += "  ... " + std::to_string(total - shown) + " more\n";
  return out;
}

std::string describe_error(Value payload, Value trace) { return describe(headline(payload), payload, trace); }

static std::string describe_line(std::string out, Value trace) {
  size_t total = 0;
  auto frames = gc::describe_trace(trace, &total);
  size_t shown = std::min(frames.size(), kShownFrames);
  for (size_t i = 0; i < shown; ++i)
    out += (i == 0 ? "; at " : " < ") + frame_text(frames[i]);
  for (char &c : out)
    if (c == '\n')
      c = ' ';
  return out;
}

std::string describe_error_line(Value payload, Value trace) { return describe_line(headline(payload), trace); }

// --- failures nobody observed --------------------------------------------------------------------------------------------------------
// fiber/cancel ends a fiber with any value, nil if none was given: that alone would not tell what happened.
static std::string headline_of(const Failure &f) {
  if (!f.cancelled)
    return headline(f.payload);
  return f.payload.is_nil() ? "fiber cancelled" : "fiber cancelled: " + headline(f.payload);
}

static void report_late(Scheduler &s, Failure &f, uint64_t now) {
  f.reported = true;
  if (now - s.late_window_ns >= kSecondNs) {
    s.late_window_ns = now;
    s.late_lines = 0;
  }
  if (s.late_lines >= kLinesPerSecond) {
    ++s.held_back;
    return;
  }
  ++s.late_lines;
  std::string line = "unobserved failure: fiber " + label_text(f.id, f.name) + ": " + describe_line(headline_of(f), f.trace) + "\n";
  if (s.held_back)
    line += "(and " + std::to_string(s.held_back) + " more)\n";
  s.held_back = 0;
  write_stderr(line + seed_line(s.rt.m));
}

void late_reports(Runtime &rt) {
  if (rt.reporting.empty())
    return;
  uint64_t now = rt.clock.now_ns();
  std::erase_if(rt.reporting, [now](Scheduler *s) {
    for (Failure &f : s->failures)
      if (!f.reported && f.due_ns <= now)
        report_late(*s, f, now);
    s->reports = !s->failures.empty() && !s->failures.back().reported;
    return !s->reports;
  });
}

static std::string describe_failure(const Failure &f) {
  std::string out = describe(headline_of(f), f.payload, f.trace);
  if ((f.cancelled || !f.name.is_nil()) && !out.empty()) // one that was cancelled has no trace to be known by
    out += "  in fiber " + label_text(f.id, f.name) + "\n";
  return out;
}

bool report_failures(Scheduler &s) {
  size_t unsaid = s.more_failures;
  for (const Failure &f : s.failures)
    if (!f.reported)
      write_stderr(describe_failure(f));
  if (unsaid)
    write_stderr("(and " + std::to_string(unsaid) + " more)\n");
  return !s.failures.empty() || s.more_failures;
}

// --- deadlock --------------------------------------------------------------------------------------------------------------------------
static std::string waits_text(Runtime &rt, const Wait &w) {
  std::string kind = w.kind->kind;
  if (kind == "join" && gc::is(w.value, gc::Type::Fiber))
    return "joins " + fiber_label(rt, data_of(w.value));
  if (kind == "join" || kind == "select")
    return "waits in " + kind;
  return "waits on " + kind + (w.value.is_nil() ? "" : " " + gc::print_literal(w.value));
}

static Value waiting_entry(Mutator &m, FiberData &f, const Wait &w) {
  Value kv[12];
  size_t n = 0;
  auto add = [&](const char *key, Value v) {
    kv[2 * n] = keyword(key);
    kv[2 * n + 1] = v;
    ++n;
  };
  add("fiber", f.self());
  add("id", Value::fixnum(f.id));
  add("on", keyword(w.kind->kind));
  std::string_view kind = w.kind->kind;
  if (kind == "futex")
    add("key", w.value);
  else
    add("target", w.value);
  if (w.kind->name)
    add("name", keyword(w.kind->name));
  if (Value name = fiber_name(runtime(m), f); !name.is_nil())
    add("fiber-name", name);
  return gc::make_struct(m, kv, n);
}

// There may be a million of them, and no memory for a list: the first ones, in spawn order, stand for the others.
Value deadlock_error(Scheduler &s, std::string *listing) {
  Mutator &m = s.rt.m;
  Value entries[kShownParked];
  std::string text;
  size_t count = 0;
  for (FiberData *f = s.live_head; f; f = f->live_next) {
    if (f->wait == kNoWait || count++ >= kShownParked)
      continue;
    const Wait &w = s.rt.waits[f->wait];
    entries[count - 1] = waiting_entry(m, *f, w);
    text += (count > 1 ? "; " : "") + fiber_label(s.rt, *f) + " " + waits_text(s.rt, w);
  }
  size_t shown = std::min(count, kShownParked), more = count - shown;
  if (more)
    text += "; and " + std::to_string(more) + " more";
  std::string message = "deadlock: " + std::to_string(count) + (count == 1 ? " fiber" : " fibers") + " parked, nothing pending: " + text;
  if (listing)
    *listing = message;
  Value waiting = gc::make_array(m, entries, shown);
  if (!more)
    return gc::make_error(m, "deadlock", message, {{"waiting", waiting}});
  return gc::make_error(m, "deadlock", message, {{"waiting", waiting}, {"more", Value::fixnum(static_cast<int64_t>(more))}});
}

} // namespace evjit::sched
