// The records of waits. Essay: waits.cpp; inline parts: wait-inl.hpp. Loop thread only.
#pragma once

#include "base/pages.hpp"
#include "sched/fiber_data.hpp"
#include "sched/scheduler.hpp"

#include <memory>
#include <vector>

namespace evjit::sched {

enum class WaitState : uint8_t { Free, Begun, Parked, Done, Failed, Aborted };

struct Wait {
  uint32_t generation = 0;
  WaitState state = WaitState::Free;
  bool has_timer = false;
  bool timer_fails = false; // the timer is a deadline: WaitKind::timeout_error; else it resolves with nil
  bool counted = false;     // in Scheduler::outside
  uint32_t number = 0;      // of its timer, while it has one; of a free record: the next one
  uint32_t since_ms = 0;    // Visibility::now_ms
  FiberData *root = nullptr; // the scheduled fiber that is parked on it, or was when it ended; null before
  const WaitKind *kind = nullptr;
  void *self = nullptr;
  Value value = kNil;        // what it waits for; when it is over: the result, or the error
};

// Waits by index; the records never move.
class WaitTable {
public:
  uint32_t allocate();
  void free(uint32_t index);
  Wait &operator[](uint32_t i) const { return chunks_[i / kChunk][i % kChunk]; }
  Wait *find(WaitId id);
  uint32_t size() const { return size_; }
  uint32_t used() const { return used_; }
  uint32_t unparked() const { return unparked_; } // begun, and nobody has parked on them
  void park(Wait &w, FiberData &root) {
    unparked_ -= !w.root;
    w.root = &root;
    w.state = WaitState::Parked;
  }
  void shrink(); // gives back the unused end of the table; after TimerQueue::shrink

private:
  static constexpr uint32_t kChunk = 4096, kSpans = kChunk * sizeof(Wait) / base::kSpanBytes;
  static_assert(kSpans * base::kSpanBytes == kChunk * sizeof(Wait));
  struct GiveBack {
    void operator()(Wait *chunk) const { base::give_spans(chunk, kSpans); }
  };
  std::vector<std::unique_ptr<Wait[], GiveBack>> chunks_;
  void add_chunk();
  uint32_t size_ = 0, used_ = 0, unparked_ = 0, free_ = kNoWait;
  uint32_t first_generation_ = 0; // of new records: after those that were given back
};

} // namespace evjit::sched
