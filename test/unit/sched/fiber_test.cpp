#include "world.hpp"

#include <doctest/doctest.h>

using namespace evjit;
using namespace evjit::test;

static Value kw(const char *name) { return gc::keyword(name); }
static Value fiber(Body body, Value mask, std::initializer_list<Value> captures = {}, uint32_t required = 0) {
  return world().prim("fiber/new", {world().closure(body, captures, required), mask});
}
static Value resume(Value f, Value v = gc::kNil) { return world().prim("fiber/resume", {f, v}); }
static Value status(Value f) { return world().prim("fiber/status", {f}); }
static Value yield(Value v) { return world().prim("emit", {kw("yield"), v}); }

TEST_CASE("a generator yields and returns") {
  Value f = fiber([](Mutator &, Value, int64_t, Value x) { return num(int_of(x) + int_of(yield(num(int_of(x) * 10)))); }, kw("yield"),
                  {}, 1);
  CHECK(status(f) == kw("new"));
  CHECK(resume(f, num(4)) == num(40));
  CHECK(status(f) == kw("paused"));
  CHECK(resume(f, num(1)) == num(5));
  CHECK(status(f) == kw("dead"));
  CHECK(resume(f).is_error());
  CHECK(gc::struct_get(world().m.error, "message") != gc::kNil);
}

TEST_CASE("a signal that is not covered passes through") {
  Value inner = fiber([](Mutator &, Value, int64_t, Value) { return num(2 * int_of(yield(kw("need")))); }, num(0));
  Value outer = fiber([](Mutator &, Value c, int64_t, Value) { return num(1 + int_of(resume(capture(c, 1)))); }, kw("yield"), {inner});
  CHECK(resume(outer) == kw("need"));
  CHECK(status(inner) == kw("paused"));
  CHECK(world().prim("fiber/child", {outer}) == inner);
  CHECK(resume(outer, num(10)) == num(21));
}

TEST_CASE("an error can be answered") {
  auto body = [](Mutator &m, Value, int64_t, Value) -> Value {
    Value v = gc::raise(m, kw("ask"));
    return v.is_error() ? v : num(1 + int_of(v));
  };
  Value f = fiber(body, kw("error"));
  CHECK(resume(f) == kw("ask"));
  CHECK(status(f) == kw("paused"));
  CHECK(resume(f, num(41)) == num(42));
  SUBCASE("at the resumer of a fiber that does not cover it") {
    Value deep = fiber(body, num(0));
    Value wrap = fiber([](Mutator &, Value c, int64_t, Value) -> Value {
      Value v = resume(capture(c, 1));
      return v.is_error() ? v : num(1 + int_of(v));
    }, kw("error"), {deep});
    CHECK(resume(wrap) == kw("ask"));
    CHECK(status(deep) == kw("error"));
    CHECK(resume(wrap, num(5)) == num(6));
    CHECK(resume(deep, num(1)) == num(2));
  }
}

TEST_CASE("abort unwinds, cancel does not") {
  static int cleaned;
  cleaned = 0;
  auto body = [](Mutator &, Value, int64_t, Value) -> Value {
    Value v = yield(kw("busy"));
    ++cleaned;
    return v;
  };
  Value both = num(3);
  Value f = fiber(body, both);
  CHECK(resume(f) == kw("busy"));
  CHECK(world().prim("fiber/abort", {f, kw("enough")}) == kw("enough"));
  CHECK(status(f) == kw("error"));
  CHECK(cleaned == 1);
  Value g = fiber(body, both);
  CHECK(resume(g) == kw("busy"));
  CHECK(world().prim("fiber/cancel", {g, kw("now")}) == kw("now"));
  CHECK(status(g) == kw("error"));
  CHECK(cleaned == 1);
}

TEST_CASE("a chain of many resumes needs no native stack of the resumers") {
  static int64_t depth;
  depth = 20000;
  static Body body = [](Mutator &, Value, int64_t, Value) -> Value {
    if (--depth == 0)
      return yield(kw("bottom"));
    Value v = resume(fiber(body, num(0)));
    return v;
  };
  Value top = fiber(body, kw("yield"));
  CHECK(resume(top) == kw("bottom"));
  gc::collect(world().m);
  CHECK(resume(top, kw("up")) == kw("up"));
}

TEST_CASE("paused stacks survive copying and collection") {
  std::vector<int> seen;
  gc::RootVector fibers(world().m);
  for (int i = 0; i < 5000; ++i)
    fibers.push(fiber([](Mutator &m, Value c, int64_t, Value) -> Value {
      Value kept = gc::cons(m, capture(c, 1), gc::kNil);
      Value *where = &kept; // an address inside the stack must stay right
      asm volatile("" : "+r"(where));
      yield(gc::kNil);
      return gc::head(*where);
    }, kw("yield"), {num(i)}));
  for (size_t i = 0; i < fibers.size(); ++i)
    resume(fibers[i]);
  gc::collect(world().m);
  bool all = true;
  for (size_t i = fibers.size(); i-- > 0;)
    all = all && resume(fibers[i]) == num(static_cast<int64_t>(i));
  CHECK(all);
}

TEST_CASE("fibers whose stacks must stay where they are do not stand in the way of others") {
  // More of them than the window that victims come from, in front of all others; then more fibers than slots.
  constexpr int kPinned = 100, kAll = 3000;
  gc::RootVector fibers(world().m);
  for (int i = 0; i < kAll; ++i)
    fibers.push(fiber([](Mutator &m, Value c, int64_t, Value) -> Value {
      Value kept = gc::cons(m, capture(c, 1), gc::kNil);
      if (int_of(capture(c, 1)) >= kPinned) {
        yield(gc::kNil);
        return gc::head(kept);
      }
      gc::RootVector pin(m);
      pin.push(kept);
      yield(gc::kNil);
      return gc::head(pin[0]);
    }, kw("yield"), {num(i)}));
  for (size_t i = 0; i < fibers.size(); ++i)
    resume(fibers[i]);
  gc::collect(world().m);
  bool all = true;
  for (size_t i = 0; i < fibers.size(); ++i)
    all = all && resume(fibers[i]) == num(static_cast<int64_t>(i));
  CHECK(all);
}

static int64_t down(Mutator &m, int64_t n) { // as compiled code does it
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < m.stack_limit &&
      !m.stack_hook(m, reinterpret_cast<uintptr_t>(__builtin_frame_address(0))))
    return -1;
  if (n == 0)
    return 0;
  int64_t r = down(m, n - 1);
  asm volatile("" : "+r"(r));
  return r < 0 ? r : r + 1;
}

TEST_CASE("deep recursion fits, endless recursion is noticed") {
  Value f = fiber([](Mutator &m, Value, int64_t, Value) -> Value { return num(down(m, 100000)); }, num(0));
  CHECK(resume(f) == num(100000));
  Value g = fiber([](Mutator &m, Value, int64_t, Value) -> Value { return num(down(m, 1000000000)); }, num(0));
  CHECK(resume(g) == num(-1));
}
