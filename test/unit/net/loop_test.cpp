// The loop's waits.
#include "net/uv_loop.hpp"
#include "net_world.hpp"

#include <doctest/doctest.h>

using namespace evjit;

// libuv's clock counts milliseconds: a timer of one that is set just before the next begins is due before the wait has begun.
TEST_CASE("a short wait ends, also when a millisecond begins meanwhile") {
  test::net_world();
  net::UvLoop &loop = net::this_loop();
  for (unsigned i = 0; i < 1000; ++i) {
    while (uv_hrtime() % 1'000'000 < 999'900 - i % 500) {
    }
    loop.poll(1);
  }
}
