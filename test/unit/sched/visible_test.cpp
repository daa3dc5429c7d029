// Dumps and names under a simulated clock.
#include "world.hpp"

#include "sched/visible.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace evjit;
using namespace evjit::test;

static std::string g_text;

static Value nap(double s) { return world().prim("ev/sleep", {gc::make_float(world().m, s)}); }
static Value spawn(Body body, std::initializer_list<Value> captures = {}) {
  return world().prim("ev/spawn", {world().closure(body, captures)});
}
static std::string dump() { return sched::dump_fibers(sched::runtime(world().m)); }
static size_t names() { return sched::runtime(world().m).visible.names.size(); }
static Value text(const char *s) { return gc::make_string(world().m, s); }
static bool has(const std::string &what) { return g_text.find(what) != std::string::npos; }

TEST_CASE("a dump tells since when and how long a fiber waits") {
  world().run(world().closure([](Mutator &, Value, int64_t, Value) -> Value {
    auto sleeper = [](Mutator &, Value, int64_t, Value) { return nap(5); };
    world().prim("ev/set-name", {spawn(sleeper), text("five")});
    nap(2);
    g_text = dump();
    return gc::kNil;
  }));
  CHECK(has("2 fibers: 1 running, 1 parked\n"));
  CHECK(has("#2 \"five\" parked 2.0 s in ev/sleep, 3.0 s left\n"));
}

TEST_CASE("fibers that look alike are one entry, with the shortest and the longest wait") {
  world().run(world().closure([](Mutator &, Value, int64_t, Value) -> Value {
    auto sleeper = [](Mutator &, Value, int64_t, Value) { return nap(500); };
    spawn(sleeper);
    nap(90);
    for (int i = 0; i < 9; ++i)
      spawn(sleeper);
    nap(100);
    g_text = dump();
    return gc::kNil;
  }));
  CHECK(has("11 fibers: 1 running, 10 parked\n"));
  CHECK(has("10 fibers parked 100.0 s to 3 min in ev/sleep\n  #2, #3, #4, ...\n"));
}

TEST_CASE("three of a kind are listed one by one") {
  world().run(world().closure([](Mutator &, Value, int64_t, Value) -> Value {
    for (int i = 0; i < 3; ++i)
      spawn([](Mutator &, Value, int64_t, Value) { return nap(5); });
    nap(1);
    g_text = dump();
    return gc::kNil;
  }));
  for (const char *label : {"#2 parked", "#3 parked", "#4 parked"})
    CHECK(has(label));
}

TEST_CASE("what a fiber waits for is cut when it is long") {
  world().run(world().closure([](Mutator &, Value, int64_t, Value) -> Value {
    Value key = text(std::string(10'000, 'x').c_str());
    spawn([](Mutator &mm, Value c, int64_t, Value) {
      Value zero = num(0);
      return world().prim("ev/futex-wait", {capture(c, 1), gc::make_marray(mm, &zero, 1), zero});
    }, {key});
    nap(1);
    g_text = dump();
    return world().prim("ev/futex-wake", {key, num(1)});
  }));
  CHECK(has("in ev/futex-wait on \"xxx"));
  CHECK(has("xxx...\n"));
  CHECK(g_text.size() < 400);
}

TEST_CASE("a dump outside any fiber") {
  CHECK(dump() == "0 fibers\n");
}

TEST_CASE("names go with their fibers") {
  size_t before = names();
  world().run(world().closure([](Mutator &m, Value, int64_t, Value) -> Value {
    for (int i = 0; i < 100; ++i)
      world().prim("ev/set-name", {spawn([](Mutator &, Value, int64_t, Value) { return gc::kNil; }), text("short-lived")});
    CHECK(names() >= 100);
    nap(1);
    gc::collect(m);
    return gc::kNil;
  }));
  gc::collect(world().m);
  CHECK(names() < before + 10); // the stack is scanned conservatively
}
