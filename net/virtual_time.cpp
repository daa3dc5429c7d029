// Virtual time. The clock stands still while fibers run and jumps to the next timer when all of them wait, so a program that sleeps
// for an hour ends at once, and two runs see the same times.
//
// What is outside the process does not know about that clock:
//   Connections and pipes of the program to itself: the kernel moves the data during the call that sends it, so one look at the
//   descriptors before a jump is enough. A busy kernel may put it off for a moment; after I/O the look takes kGraceNs.
//   Requests in the thread pool (files, names) and running child processes: the loop really waits for them, at most as long as the
//   next timer says. Such a wait takes no time on the clock, or traces would differ; only their sum does, in steps of kOwedStepNs,
//   so that a timeout around ever new requests ends.
//   Other processes that talk to ours are not known: a wait for them loses against any timer. Use the real clock there.
//
// A program that never waits for time (it polls the clock, its fibers yield to each other for ever) would see the clock
// stand still. So after kPatience turns or looks without a jump, each further one takes kStepNs.
#include "net/virtual_time.hpp"

#include "net/uv_loop.hpp"

#include <algorithm>

namespace evjit::net {

static constexpr uint32_t kPatience = 1000;
static constexpr uint64_t kStepNs = 100'000;
static constexpr uint64_t kOwedStepNs = 100'000'000;
static constexpr int64_t kGraceNs = 1'000'000;

void VirtualTime::stir() {
  if (++busy_ > kPatience)
    now_ns_ += kStepNs;
}

void VirtualTime::owe(uint64_t ns) {
  owed_ns_ += ns;
  now_ns_ += owed_ns_ - owed_ns_ % kOwedStepNs;
  owed_ns_ %= kOwedStepNs;
}

// True if something happened: a wait has ended, or somebody woke the loop.
bool UvLoop::wait_really(int64_t timeout_ns) {
  uint64_t before = events;
  poll_really(timeout_ns);
  return events != before;
}

void UvLoop::poll_virtually(int64_t timeout_ns) {
  VirtualTime &time = *virtual_time;
  if (timeout_ns == 0)
    time.stir();
  if (wait_really(0) || timeout_ns == 0)
    return;
  if (timeout_ns < 0 || children || uv_.active_reqs.count) {
    uint64_t start = uv_hrtime();
    bool woken = wait_really(timeout_ns);
    uint64_t took = uv_hrtime() - start;
    if (!woken && timeout_ns > 0 && took >= static_cast<uint64_t>(timeout_ns))
      time.jump(static_cast<uint64_t>(timeout_ns));
    else
      time.owe(took);
    return;
  }
  bool look_again = time.io && pending;
  time.io = false;
  if (look_again && wait_really(std::min(timeout_ns, kGraceNs)))
    return;
  time.jump(static_cast<uint64_t>(timeout_ns));
}

} // namespace evjit::net
