// The event loop of an OS thread: one uv_loop_t that the scheduler turns. libuv never calls code of the language: its callbacks
// end waits, and the scheduler runs the fibers in the next turn.
//
//   poll(0)    between two turns. Without a system call when nothing is registered: fibers that wake each other must not
//              pay for an idle loop.
//   poll(t)    waits, with one uv_timer_t for the scheduler's nearest timer. libuv counts milliseconds: t is rounded up, the
//              scheduler asks again if it was too short.
//   wake()     any thread and signal handlers: `woken_` first, then the async handle.
//
// Signals: SIGPIPE is ignored. SIGINT and SIGTERM go to sched::request_interrupt from the handler itself, so that a program that
// never comes back to the loop is reached at its next safepoint; see signals.hpp for what ev/wait-signal adds.
#include "net/uv_loop.hpp"

#include "base/assert.hpp"
#include "base/options.hpp"
#include "net/loop.hpp"
#include "net/port.hpp"
#include "net/process.hpp"
#include "net/signals.hpp"
#include "net/std_streams.hpp"
#include "sched/plan.hpp"
#include "sched/scheduler.hpp"

#include <cstdlib>
#include <ctime>

namespace evjit::net {

static thread_local UvLoop *current_loop = nullptr;
static uint64_t process_start_ns = 0;
static constexpr uint64_t kSeededStartS = 1'577'836'800; // clock/realtime of seeded runs in virtual time: the start of 2020

UvLoop &this_loop() { return *current_loop; }
bool has_loop() { return current_loop != nullptr; }

static void on_async(uv_async_t *h) { ++static_cast<UvLoop *>(h->data)->events; }
// uv_run looks at the clock before it waits: a timer that was short, or set just before a millisecond began, has fired by then and would
// no longer limit the wait. uv_stop makes that wait a look.
static void on_timer(uv_timer_t *h) { uv_stop(h->loop); }

UvLoop::UvLoop(Mutator &mutator) : m(mutator) {
  EVJIT_CHECK(uv_loop_init(&uv_) == 0, "the event loop starts");
  async_.data = this;
  uv_async_init(&uv_, &async_, on_async); // referenced: keeps uv_run waiting when there is nothing else
  uv_timer_init(&uv_, &timer_);
}

UvLoop::~UvLoop() {
  for (void *chunk : op_chunks_)
    std::free(chunk);
}

uint64_t UvLoop::now_ns() {
  return __builtin_expect(virtual_time != nullptr, 0) ? virtual_time->now_ns() : uv_hrtime() - process_start_ns;
}

uint64_t UvLoop::look_ns() {
  if (virtual_time)
    virtual_time->stir();
  return now_ns();
}

// The async handle always counts as one active handle.
bool UvLoop::nothing_to_poll() const {
  return uv_.active_handles <= 1 && uv_.active_reqs.count == 0 && !uv_.closing_handles;
}

void UvLoop::poll(int64_t timeout_ns) {
  if (__builtin_expect(virtual_time != nullptr, 0))
    poll_virtually(timeout_ns);
  else
    poll_really(timeout_ns);
}

void UvLoop::poll_really(int64_t timeout_ns) {
  bool woken = woken_.load(std::memory_order_acquire) && woken_.exchange(false, std::memory_order_acq_rel);
  gathering_ = plan != nullptr;
  if (timeout_ns == 0 || woken || !gathered_.empty()) {
    if (woken || !nothing_to_poll())
      uv_run(&uv_, UV_RUN_NOWAIT);
  } else if (timeout_ns < 0) {
    uv_run(&uv_, UV_RUN_ONCE);
  } else {
    uv_update_time(&uv_);
    uv_timer_start(&timer_, on_timer, static_cast<uint64_t>((timeout_ns + 999999) / 1000000), 0);
    uv_run(&uv_, UV_RUN_ONCE);
    uv_timer_stop(&timer_);
  }
  deliver_signals(*this);
  gathering_ = false;
  if (!gathered_.empty())
    end_gathered();
}

void UvLoop::wake() {
  woken_.store(true, std::memory_order_release);
  uv_async_send(&async_);
}

static void close_any(uv_handle_t *h, void *) {
  if (!uv_is_closing(h))
    uv_close(h, nullptr);
}

bool UvLoop::close() {
  while (Port *p = ports) {
    port_ref(p);
    port_close(p);
    port_unref(p);
  }
  uv_run(&uv_, UV_RUN_NOWAIT); // close callbacks and requests that have landed
  uv_walk(&uv_, close_any, nullptr);
  for (int i = 0; i < 16; ++i) {
    uv_run(&uv_, UV_RUN_NOWAIT);
    if (uv_loop_close(&uv_) == 0)
      return true;
  }
  return false; // a request hangs in the pool
}

void create(Mutator &m, const std::string &file, const std::vector<std::string> &arguments) {
  if (process_start_ns == 0)
    process_start_ns = uv_hrtime() - 1;
  current_loop = new UvLoop(m);
  if (base::options().virtual_time) {
    auto start_s = base::options().schedule_seed < 0 ? static_cast<uint64_t>(std::time(nullptr)) : kSeededStartS;
    current_loop->virtual_time = std::make_unique<VirtualTime>(start_s * 1'000'000'000);
  }
  sched::scheduler_create(m, *current_loop, *current_loop);
  current_loop->plan = sched::plan_of(m);
  install_signals(m);
  create_std_streams(*current_loop);
  set_arguments(file, arguments);
}

void destroy(Mutator &m) {
  flush_std_streams();
  sched::scheduler_destroy(m); // operations of dropped fibers end silently from here on: m.sched is null
  remove_signals();
  destroy_std_streams(*current_loop);
  if (current_loop->close())
    delete current_loop;
  current_loop = nullptr;
}

} // namespace evjit::net
