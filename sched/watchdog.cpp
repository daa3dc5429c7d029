// The watchdog: tells when a fiber holds the loop, with its stack.
//
// A thread of its own looks every quarter of the limit whether the loop has gone on to another fiber (Visibility::switches) or is
// in the poller. When one fiber has had the loop for the limit, the thread asks for attention, and the fiber itself
// reports at its next safepoint; the next report about it is due when the time has doubled. Without the option there is no thread;
// counting switches serves ev/stats anyway.
//
// Words the two threads share: `asked` (the switch count at which a report is wanted, 0: none) and `since_ns` (when the watchdog saw
// that count first) are written by the thread before it asks for attention, whose release order covers them; the loop
// thread takes `asked` with an exchange, so a report is made once. A request for attention from another thread can be overwritten by the loop thread's own store of the
// stack limit; the thread therefore repeats it at every look until it is answered. If the fiber has gone on meanwhile, the
// count differs and nothing is said.
#include "sched/fiber.hpp"
#include "sched/introspect.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

namespace evjit::sched {

using SteadyClock = std::chrono::steady_clock; // counts nanoseconds
static_assert(std::is_same_v<SteadyClock::duration, std::chrono::nanoseconds>);
using std::chrono::milliseconds;

class Watchdog {
public:
  Watchdog(Runtime &rt, int limit_ms) : rt_(rt), limit_(limit_ms) { thread_ = std::thread([this] { watch(); }); }
  ~Watchdog() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  std::atomic<uint64_t> asked{0};
  std::atomic<int64_t> since_ns{0};

private:
  void watch();
  void look(SteadyClock::time_point now);

  Runtime &rt_;
  const milliseconds limit_;
  // The thread's: the switch count it saw last, since when, and the time of the next report.
  uint64_t seen_ = 0;
  SteadyClock::time_point since_{};
  milliseconds due_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false; // under mutex_
  std::thread thread_;
};

void Watchdog::look(SteadyClock::time_point now) {
  uint64_t count = rt_.visible.switches.load(std::memory_order_relaxed);
  if (count != seen_ || count == 0 || rt_.visible.idle.load(std::memory_order_relaxed)) {
    seen_ = count;
    since_ = now;
    due_ = limit_;
    asked.store(0, std::memory_order_relaxed);
    return;
  }
  auto held = std::chrono::duration_cast<milliseconds>(now - since_);
  if (held >= due_) {
    while (due_ <= held)
      due_ *= 2;
    since_ns.store(since_.time_since_epoch().count(), std::memory_order_relaxed);
    asked.store(count, std::memory_order_relaxed);
  }
  if (asked.load(std::memory_order_relaxed))
    gc::request_attention(rt_.m, gc::kAttentionDump);
}

void Watchdog::watch() {
  auto step = std::max(limit_ / 4, milliseconds(1));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, step, [this] { return stopped_; }))
    look(SteadyClock::now());
}

void start_watchdog(Mutator &m, int limit_ms) {
  Runtime &rt = runtime(m);
  if (limit_ms <= 0 || rt.visible.watchdog)
    return;
  sigset_t all, before; // signals are for the loop thread
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  rt.visible.watchdog = new Watchdog(rt, limit_ms);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void stop_watchdog(Runtime &rt) {
  delete rt.visible.watchdog;
  rt.visible.watchdog = nullptr;
}

void report_hold(Runtime &rt) {
  Watchdog &w = *rt.visible.watchdog;
  uint64_t count = w.asked.exchange(0, std::memory_order_acquire);
  FiberData *root = rt.current->root;
  if (!count || count != rt.visible.switches.load(std::memory_order_relaxed) || !root || !root->sched)
    return;
  uintptr_t pcs[gc::kTraceFrames];
  size_t n = walk_chain(rt, *root, pcs, gc::kTraceFrames);
  int64_t held_ns = SteadyClock::now().time_since_epoch().count() - w.since_ns.load(std::memory_order_relaxed);
  write_stderr("watchdog: fiber " + fiber_label(rt, *root) + " has held the loop for " + duration_text(static_cast<uint64_t>(held_ns) / 1'000'000) +
               site_text(rt, root->site) + "\n" + frame_lines(pcs, n));
}

} // namespace evjit::sched
