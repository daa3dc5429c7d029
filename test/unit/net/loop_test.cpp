// The loop's waits.
#include "net/uv_loop.hpp"
#include "net_world.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <doctest/doctest.h>
#include <thread>

using namespace evjit;

// libuv's clock counts milliseconds: a timer of one that is set just before the next begins is due before the wait has begun.
TEST_CASE("a short wait ends, also when a millisecond begins meanwhile") {
  test::net_world();
  net::UvLoop &loop = net::this_loop();
  std::atomic<bool> over{false};
  std::thread rescue([&] { // a wait that does not end would last until then
    for (int i = 0; i < 600 && !over; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    loop.wake();
  });
  uint64_t longest_ns = 0;
  for (unsigned i = 0; i < 1000; ++i) {
    while (uv_hrtime() % 1'000'000 < 999'900 - i % 500) {
    }
    uint64_t start = uv_hrtime();
    loop.poll(1);
    longest_ns = std::max(longest_ns, uv_hrtime() - start);
  }
  over = true;
  rescue.join();
  CHECK(longest_ns < 10'000'000'000);
}
