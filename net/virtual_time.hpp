// Virtual time (--virtual-time): the clock of a loop that does not wait for timers. Essay: net/virtual_time.cpp. Loop thread only.
#pragma once

#include <cstdint>

namespace evjit::net {

class VirtualTime {
public:
  explicit VirtualTime(uint64_t real_start_ns) : real_start_ns_(real_start_ns) {}
  uint64_t now_ns() const { return now_ns_; }
  uint64_t realtime_ns() const { return real_start_ns_ + now_ns_; }
  // The time has come for which the loop waited.
  void jump(uint64_t ns) {
    now_ns_ += ns;
    busy_ = 0;
  }
  void stir();          // somebody looked at the clock, or the loop turned without waiting
  void owe(uint64_t ns); // the thread really waited for something outside
  bool io = false;      // the program did something to a descriptor since the last jump

private:
  uint64_t now_ns_ = 1;
  uint64_t real_start_ns_; // of CLOCK_REALTIME
  uint64_t owed_ns_ = 0;
  uint32_t busy_ = 0;
};

} // namespace evjit::net
