#include "world.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <doctest/doctest.h>
#include <string>

using namespace evjit;
using namespace evjit::test;

static std::string g_log;
static Value kw(const char *name) { return gc::keyword(name); }
static Value spawn(Body body, std::initializer_list<Value> captures = {}) {
  return world().prim("ev/spawn", {world().closure(body, captures)});
}
static Value join(Value f) { return world().prim("ev/join", {f}); }
static Value nap(double s) { return world().prim("ev/sleep", {gc::make_float(world().m, s)}); }
static int run(Body body, Value *out = nullptr) {
  g_log.clear();
  return world().run(world().closure(body), out);
}
static double now_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

TEST_CASE("run_main returns the value of the thunk") {
  Value v;
  CHECK(run([](Mutator &, Value, int64_t, Value) { return num(42); }, &v) == 0);
  CHECK(v == num(42));
}

TEST_CASE("fibers run in spawn order and yield to the tail") {
  run([](Mutator &, Value, int64_t, Value) -> Value {
    auto body = [](Mutator &, Value c, int64_t, Value) -> Value {
      g_log += gc::name_of(capture(c, 1));
      world().prim("emit", {kw("yield"), gc::kNil});
      g_log += gc::name_of(capture(c, 1));
      return gc::kNil;
    };
    Value a = spawn(body, {kw("a")}), b = spawn(body, {kw("b")});
    g_log += "m";
    join(a);
    return join(b);
  });
  CHECK(g_log == "mabab");
}

TEST_CASE("sleepers wake by deadline, then by order") {
  run([](Mutator &, Value, int64_t, Value) -> Value {
    for (const char *name : {"3", "1", "2", "2b"})
      spawn([](Mutator &, Value c, int64_t, Value) -> Value {
        auto n = gc::name_of(capture(c, 1));
        nap(n[0] - '0');
        g_log += n;
        return gc::kNil;
      }, {kw(name)});
    return gc::kNil;
  });
  CHECK(g_log == "122b3");
}

TEST_CASE("a failure comes out of the join, and an unobserved one is an exit code") {
  auto fails = [](Mutator &m, Value, int64_t, Value) -> Value { return gc::raise(m, kw("bad")); };
  static Body body = fails;
  Value v;
  CHECK(run([](Mutator &m, Value, int64_t, Value) -> Value {
    Value r = join(spawn(body));
    return r.is_error() ? m.error : gc::kNil;
  }, &v) == 0);
  CHECK(v == kw("bad"));
  CHECK(run([](Mutator &, Value, int64_t, Value) -> Value { return spawn(body), gc::kNil; }) == 1);
}

TEST_CASE("abort runs the target at once and the caller goes on before the others") {
  run([](Mutator &, Value, int64_t, Value) -> Value {
    Value f = spawn([](Mutator &, Value, int64_t, Value) -> Value {
      Value r = nap(60);
      g_log += "cleanup ";
      return r;
    });
    nap(0);
    spawn([](Mutator &, Value, int64_t, Value) -> Value { return g_log += "other ", gc::kNil; });
    world().prim("ev/abort", {f});
    g_log += "caller ";
    CHECK(world().prim("fiber/status", {f}) == kw("error"));
    return gc::kNil;
  });
  CHECK(g_log == "cleanup caller other ");
}

TEST_CASE("an abort during cleanup waits for its end") {
  run([](Mutator &, Value, int64_t, Value) -> Value {
    Value f = spawn([](Mutator &m, Value, int64_t, Value) -> Value {
      ++m.shield;
      g_log += nap(1).is_error() ? "broken " : "cleaned ";
      --m.shield;
      g_log += nap(1).is_error() ? "aborted " : "slept ";
      return gc::kNil;
    });
    nap(0);
    world().prim("ev/abort", {f});
    join(f);
    return gc::kNil;
  });
  CHECK(g_log == "cleaned aborted ");
}

TEST_CASE("select gives the first to complete; futexes wake in order") {
  run([](Mutator &m, Value, int64_t, Value) -> Value {
    auto sleeper = [](Mutator &, Value c, int64_t, Value) -> Value { return nap(static_cast<double>(gc::int_of(capture(c, 1)))); };
    Value two[2] = {spawn(sleeper, {num(2)}), spawn(sleeper, {num(1)})};
    Value r = world().prim("ev/select", {gc::make_array(m, two, 2)});
    CHECK(gc::array_items(r)[0] == two[1]);
    Value cell = gc::make_marray(m, nullptr, 0);
    gc::marray_push(m, cell, num(0));
    for (const char *name : {"x", "y", "z"})
      spawn([](Mutator &, Value c, int64_t, Value) -> Value {
        world().prim("ev/futex-wait", {kw("k"), capture(c, 1), num(0)});
        return g_log += gc::name_of(capture(c, 2)), gc::kNil;
      }, {cell, kw(name)});
    nap(0);
    CHECK(world().prim("ev/futex-wake", {kw("k"), num(2)}) == num(2));
    nap(0);
    g_log += "|";
    CHECK(world().prim("ev/futex-wake", {kw("k"), num(9)}) == num(1));
    return gc::kNil;
  });
  CHECK(g_log == "xy|z");
}

TEST_CASE("deadlock is raised in the main fiber") {
  Value v;
  CHECK(run([](Mutator &m, Value, int64_t, Value) -> Value {
    Value cell = gc::make_marray(m, nullptr, 0);
    gc::marray_push(m, cell, num(0));
    Value r = world().prim("ev/futex-wait", {num(12), cell, num(0)});
    return r.is_error() ? gc::struct_get(m.error, "error") : gc::kNil;
  }, &v) == 0);
  CHECK(v == kw("deadlock"));
}

TEST_CASE("main's failure aborts the others") {
  CHECK(run([](Mutator &m, Value, int64_t, Value) -> Value {
    spawn([](Mutator &, Value, int64_t, Value) -> Value { return g_log += nap(100).is_error() ? "aborted" : "slept", gc::kNil; });
    nap(0);
    return gc::raise(m, kw("main-failed-on-purpose"));
  }) == 1);
  CHECK(g_log == "aborted");
}

TEST_CASE("waits inside hand-driven fibers park the scheduled one") {
  Value v;
  run([](Mutator &, Value, int64_t, Value) -> Value {
    Value gen = world().prim("fiber/new", {world().closure([](Mutator &, Value, int64_t, Value) -> Value {
      nap(1);
      world().prim("emit", {kw("yield"), num(1)});
      return nap(1);
    }), kw("yield")});
    return world().prim("fiber/resume", {gen});
  }, &v);
  CHECK(v == num(1));
}

TEST_CASE("a mask with :io gets the request") {
  Value v;
  run([](Mutator &, Value, int64_t, Value) -> Value {
    Value box = world().prim("fiber/new", {world().closure([](Mutator &, Value, int64_t, Value) -> Value { return nap(1000); }), kw("io")});
    CHECK(world().prim("io-request?", {world().prim("fiber/resume", {box})}) == gc::kTrue);
    return world().prim("fiber/resume", {box, kw("pretend")});
  }, &v);
  CHECK(v == kw("pretend"));
  CHECK(world().time.now < 900'000'000'000);
}

TEST_CASE("100000 parked fibers") {
  Value v;
  run([](Mutator &m, Value, int64_t, Value) -> Value {
    gc::RootVector all(m);
    for (int i = 0; i < 100000; ++i)
      all.push(spawn([](Mutator &mm, Value c, int64_t, Value) -> Value {
        Value kept = gc::cons(mm, capture(c, 1), gc::kNil);
        nap(static_cast<double>(gc::int_of(capture(c, 1)) % 7));
        return gc::head(kept);
      }, {num(i)}));
    nap(0.5);
    gc::collect(m);
    int64_t sum = 0;
    for (size_t i = 0; i < all.size(); ++i)
      sum += gc::int_of(join(all[i]));
    return num(sum);
  }, &v);
  CHECK(v == num(int64_t{99999} * 50000));
}

TEST_CASE("a random half of the joiners is aborted") {
  Value v;
  run([](Mutator &m, Value, int64_t, Value) -> Value {
    static Value target;
    target = spawn([](Mutator &, Value, int64_t, Value) -> Value { return nap(1); });
    gc::RootVector joiners(m);
    static int64_t through, stopped;
    through = stopped = 0;
    for (int i = 0; i < 1000; ++i)
      joiners.push(spawn([](Mutator &, Value, int64_t, Value) -> Value {
        Value r = join(target);
        ++(r.is_error() ? stopped : through);
        return r;
      }));
    nap(0);
    unsigned seed = 7, aborted = 0;
    for (size_t i = 0; i < joiners.size(); ++i) {
      seed = seed * 1664525 + 1013904223;
      if (seed >> 31) {
        world().prim("ev/abort", {joiners[i]});
        ++aborted;
      }
    }
    for (size_t i = 0; i < joiners.size(); ++i)
      world().prim("ev/join-protected", {joiners[i]});
    CHECK(stopped == aborted);
    return num(through + stopped);
  }, &v);
  CHECK(v == num(1000));
}

TEST_CASE("costs" * doctest::skip()) {
  run([](Mutator &m, Value, int64_t, Value) -> Value {
    Value spawn_prim = gc::find_builtin("ev/spawn"), join_prim = gc::find_builtin("ev/join");
    Value nothing = world().closure([](Mutator &, Value, int64_t, Value) -> Value { return gc::kNil; });
    double t = now_ns();
    {
      gc::RootVector all(m);
      for (int i = 0; i < 1000000; ++i)
        all.push(gc::call1(m, spawn_prim, nothing));
      for (size_t i = 0; i < all.size(); ++i)
        gc::call1(m, join_prim, all[i]);
    }
    std::printf("spawn + join: %.0f ns\n", (now_ns() - t) / 1e6);
    auto yielder = [](Mutator &mm, Value, int64_t, Value) -> Value {
      Value emit = gc::find_builtin("emit"), bits = kw("yield");
      for (int i = 0; i < 1000000; ++i)
        gc::call2(mm, emit, bits, gc::kNil);
      return gc::kNil;
    };
    t = now_ns();
    Value a = spawn(yielder), b = spawn(yielder);
    join(a);
    join(b);
    std::printf("switch through the scheduler: %.0f ns\n", (now_ns() - t) / 2e6);
    Value gen = world().prim("fiber/new", {world().closure(yielder), kw("yield")});
    t = now_ns();
    Value resume_prim = gc::find_builtin("fiber/resume");
    for (int i = 0; i < 1000000; ++i)
      gc::call1(m, resume_prim, gen);
    std::printf("resume + yield: %.0f ns\n", (now_ns() - t) / 1e6);
    return gc::kNil;
  });
}

// Of 2000 sleepers ten wake up between two collections: the second looks at these, not at the others.
static size_t g_traced;
TEST_CASE("a young collection does not look at fibers that did not run") {
  Value result;
  CHECK(run([](Mutator &m, Value, int64_t, Value) -> Value {
    static void (*trace)(gc::Object *, gc::Marker &);
    gc::RootVector all(m);
    for (int i = 0; i < 2000; ++i)
      all.push(spawn([](Mutator &mm, Value c, int64_t, Value) -> Value {
        Value kept = gc::make_float(mm, gc::float_of(capture(c, 1)));
        nap(gc::float_of(capture(c, 1)));
        kept = gc::cons(mm, kept, gc::kNil); // young, on the stack of an old fiber
        nap(1);
        return gc::head(kept);
      }, {gc::make_float(m, i % 200 == 0 ? 1 : 5)}));
    nap(0.5);
    gc::collect(m);
    nap(1);
    trace = gc::g_fiber_hooks.trace;
    gc::g_fiber_hooks.trace = [](gc::Object *o, gc::Marker &k) { ++g_traced, trace(o, k); };
    gc::collect_young(m);
    gc::g_fiber_hooks.trace = trace;
    for (int i = 0; i < 10'000; ++i)
      (void)gc::make_float(m, -1);
    double sum = 0;
    for (Value f : all)
      sum += gc::float_of(join(f));
    return gc::make_float(m, sum);
  }, &result) == 0);
  CHECK(gc::float_of(result) == 10 * 1 + 1990 * 5);
  CHECK(g_traced >= 10);
  if (!std::getenv("EVJIT_GC_STRESS")) // there the check of barriers looks at all
    CHECK(g_traced < 20);
}
