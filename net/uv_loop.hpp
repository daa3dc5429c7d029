// UvLoop: the clock and the poller of a thread over one uv_loop_t, and what every port of the thread shares. Internal to net/.
// Loop thread only, but wake(), which any thread and signal handlers may call.
#pragma once

#include "gc/mutator.hpp"
#include "net/virtual_time.hpp"
#include "sched/poller.hpp"
#include "sched/scheduler.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <uv.h>
#include <vector>

namespace evjit::sched {
class Plan;
}

namespace evjit::net {

using gc::Mutator;
using gc::Value;

struct Port;
struct Op;

class UvLoop final : public sched::Clock, public sched::Poller {
public:
  static constexpr size_t kScratchBytes = 64 * 1024;

  explicit UvLoop(Mutator &mutator);
  ~UvLoop() override;
  UvLoop(const UvLoop &) = delete;
  UvLoop &operator=(const UvLoop &) = delete;

  uint64_t now_ns() override;
  void poll(int64_t timeout_ns) override;
  bool has_pending() override { return pending != 0 || !gathered_.empty(); }
  void wake() override;

  uint64_t look_ns(); // now_ns, for the program
  void gather(const Op &op);
  bool gathering() const { return gathering_; }

  bool close(); // every port and handle; false: a pool request still refers to the loop
  uv_loop_t *uv() { return &uv_; }
  char *scratch() { return scratch_; } // kScratchBytes; contents are lost at every wait and every read

  Mutator &m;
  size_t pending = 0;       // waits of fibers that an event could end
  size_t children = 0;      // processes that run
  uint64_t events = 0;      // waits ended and wake-ups so far
  sched::Plan *plan = nullptr;               // set when schedules are seeded: order.cpp
  std::unique_ptr<VirtualTime> virtual_time; // set by --virtual-time
  Port *ports = nullptr;    // every open port
  Op *free_ops = nullptr;
  Port *std_ports[3] = {nullptr, nullptr, nullptr};
  std::string text;         // of the print call that runs

private:
  struct Gathered {
    sched::WaitId id;
    const void *source; // port or lane
    bool late;          // has been held back once
  };
  bool nothing_to_poll() const;
  void poll_really(int64_t timeout_ns);
  void poll_virtually(int64_t timeout_ns);
  bool wait_really(int64_t timeout_ns);
  void end_gathered();
  std::vector<Gathered> gathered_;
  bool gathering_ = false; // within a poll, with a plan
  uv_loop_t uv_;
  uv_async_t async_;
  uv_timer_t timer_;
  std::atomic<bool> woken_{false}; // set by wake() before the async send, cleared by poll() before it looks for events
  std::vector<void *> op_chunks_;
  char scratch_[kScratchBytes];
  friend Op *allocate_op(UvLoop &);
};

// The loop of the running thread. Do not keep the reference across a wait.
UvLoop &this_loop();
bool has_loop();

} // namespace evjit::net
