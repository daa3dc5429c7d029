// The collected heap: what must survive, what must go, and that nothing recurses.
#include "test/unit/gc/fixture.hpp"

#include "gc/heap/heap-inl.hpp"
#include "gc/roots/root.hpp"

#include <cstring>
#include <memory>
#include <random>

using namespace evjit::gc;
using namespace evjit::gc::test;

TEST_CASE("values on the stack survive collections") {
  Runtime r;
  Value list = kEmpty;
  for (int i = 0; i < 1000; ++i) {
    list = cons(r.m, make_string(r.m, "item " + std::to_string(i)), list);
    if (i % 100 == 0)
      collect(r.m);
  }
  collect(r.m);
  CHECK(list_length(list) == 1000);
  int i = 999;
  for (Value l = list; is_pair(l); l = tail(l), --i)
    CHECK(string_view_of(head(l)) == "item " + std::to_string(i));
}

TEST_CASE("a list of ten million cells is marked without recursion") {
  Runtime r;
  Root list(r.m, kEmpty), deep(r.m, kEmpty);
  const int cells = rounds(10'000'000), levels = rounds(1'000'000);
  in_dead_frame([&] {
    for (int i = 0; i < cells; ++i)
      list.set(cons(r.m, Value::fixnum(i), list.get()));
    for (int i = 0; i < levels; ++i) // nested to the left
      deep.set(cons(r.m, deep.get(), kEmpty));
    collect(r.m);
    CHECK(list_length(list.get()) == static_cast<size_t>(cells));
    size_t depth = 0;
    for (Value d = deep.get(); is_pair(d); d = head(d))
      ++depth;
    CHECK(depth == static_cast<size_t>(levels));
  });
  list.set(kNil);
  deep.set(kNil);
  wipe_stack();
  collect(r.m);
  CHECK(heap_stats(r.m).live_bytes < 1'000'000);
}

TEST_CASE("cycles are collected") {
  Runtime r;
  in_dead_frame([&] {
    for (int i = 0; i < 1000; ++i) {
      Value a = make_marray(r.m, nullptr, 1), b = make_box(r.m, a);
      a.as<MArray>()->buf.as<ValueBuf>()->items[0] = b;
    }
  });
  wipe_stack();
  collect(r.m);
  CHECK(heap_stats(r.m).live_bytes < 20'000);
}

// Keeps only a pointer into the object in a register or slot.
__attribute__((noinline)) static uint8_t *interior(Mutator &m, size_t bytes, size_t at) {
  Value v = make_bytes(m, nullptr, bytes);
  std::memset(v.as<Bytes>()->data, 0x5a, bytes);
  return v.as<Bytes>()->data + at;
}

TEST_CASE("interior pointers keep small and large objects") {
  Runtime r;
  for (size_t bytes : {40u, 200u, 8000u, 9000u, 100'000u, 2'000'000u})
    for (size_t at : {size_t{0}, size_t{7}, bytes / 2, bytes - 1}) {
      uint8_t *volatile p = interior(r.m, bytes, at);
      wipe_stack();
      collect(r.m);
      in_dead_frame([&] {
        for (int i = 0; i < 300; ++i)
          (void)make_bytes(r.m, nullptr, bytes);
      });
      CHECK(p[0] == 0x5a);
      CHECK(p[-static_cast<ptrdiff_t>(at)] == 0x5a);
      CHECK(p[bytes - 1 - at] == 0x5a);
    }
}

TEST_CASE("memory of fresh objects is zero, also when it is used again") {
  Runtime r;
  for (int round = 0; round < (rounds(1000) > 1 ? 20 : 2); ++round) {
    in_dead_frame([&] {
      for (int i = 0; i < 2000; ++i) {
        size_t n = static_cast<size_t>(i % 700) + 1;
        Value v = make_bytes(r.m, nullptr, n);
        auto *b = v.as<Bytes>();
        for (size_t j = 0; j < n; ++j)
          REQUIRE(b->data[j] == 0);
        std::memset(b->data, 0xff, n);
      }
    });
    wipe_stack();
    collect(r.m);
  }
}

TEST_CASE("memory stays flat under churn") {
  Runtime r;
  Value keep = kEmpty;
  const int n = rounds(3'000'000);
  for (int i = 0; i < n; ++i) {
    Value v = make_string(r.m, "some text of a little length");
    if (i % 1000 == 0)
      keep = cons(r.m, v, keep);
  }
  CHECK(heap_stats(r.m).collections > 0);
  CHECK(heap_stats(r.m).committed_bytes < size_t{100} << 20);
  CHECK(list_length(keep) == static_cast<size_t>(n / 1000));
}

namespace {
int g_finalized;
const OpaqueClass kProbe{"probe", nullptr, [](void *data) { g_finalized += *static_cast<int *>(data); }, nullptr};
int g_one = 1;
} // namespace

TEST_CASE("finalizers run once, for what is unreachable") {
  g_finalized = 0;
  {
    Runtime r;
    Root kept(r.m, make_opaque(r.m, &kProbe, &g_one));
    in_dead_frame([&] {
      for (int i = 0; i < 10; ++i)
        (void)make_opaque(r.m, &kProbe, &g_one);
    });
    wipe_stack();
    collect(r.m);
    CHECK(g_finalized >= 9); // a stale register may keep one
    collect(r.m);
    CHECK(g_finalized <= 10);
  }
  CHECK(g_finalized == 11);
}

TEST_CASE("roots outside the stack are seen") {
  Runtime r;
  auto vec = std::make_unique<RootVector>(r.m);
  for (int i = 0; i < 1000; ++i)
    vec->push(make_float(r.m, i));
  wipe_stack();
  collect(r.m);
  in_dead_frame([&] {
    for (int i = 0; i < 100'000; ++i)
      (void)make_float(r.m, -1);
  });
  for (int i = 0; i < 1000; ++i)
    CHECK(float_of((*vec)[static_cast<size_t>(i)]) == i);
}

TEST_CASE("traits live as long as their object") {
  Runtime r;
  Value v = make_string(r.m, "x");
  in_dead_frame([&] { set_traits(r.m, v.as(), make_string(r.m, "table")); });
  wipe_stack();
  collect(r.m);
  in_dead_frame([&] {
    for (int i = 0; i < 1000; ++i)
      (void)make_string(r.m, "other");
  });
  CHECK(string_view_of(get_traits(r.m, v.as())) == "table");
}

TEST_CASE("a heap limit asks for attention and grants the memory") {
  Runtime r;
  set_heap_limit(r.m, size_t{1} << 20);
  Value list = kEmpty;
  for (int i = 0; i < 100'000; ++i)
    list = cons(r.m, kNil, list);
  CHECK((r.m.attention.load() & kAttentionOom) != 0);
  CHECK(r.m.stack_check.load() == ~uintptr_t{0});
  CHECK(list_length(list) == 100'000);
}

static void set_item(Mutator &m, Value array, size_t i, Value v) {
  write_barrier(m, array.as(), v);
  array.as<Array>()->items[i] = v;
}

// A random graph of arrays, mirrored in plain memory; every edge is checked after each collection.
TEST_CASE("random object graphs keep their shape") {
  Runtime r;
  std::mt19937 rng(7);
  constexpr size_t kNodes = 400;
  RootVector nodes(r.m);
  std::vector<std::vector<size_t>> mirror(kNodes);
  std::vector<int64_t> stamp(kNodes);
  auto renew = [&](size_t i) {
    size_t n = rng() % (i % 50 == 0 ? 3000 : 12);
    mirror[i].assign(n, 0);
    Value a = make_array(r.m, nullptr, n + 1);
    stamp[i] = static_cast<int64_t>(rng());
    set_item(r.m, a, 0, make_float(r.m, static_cast<double>(stamp[i])));
    for (size_t j = 0; j < n; ++j) {
      mirror[i][j] = rng() % kNodes;
      set_item(r.m, a, j + 1, nodes[mirror[i][j]]);
    }
    nodes[i] = a;
    // Edges of others still lead to the old node: point them anew.
    for (size_t k = 0; k < kNodes; ++k)
      for (size_t j = 0; j < mirror[k].size(); ++j)
        if (mirror[k][j] == i)
          set_item(r.m, nodes[k], j + 1, a);
  };
  nodes.resize(kNodes);
  for (size_t i = 0; i < kNodes; ++i)
    renew(i);
  for (int round = 0; round < 60; ++round) {
    for (int k = 0; k < 40; ++k)
      renew(rng() % kNodes);
    if (round % 5 == 4)
      collect(r.m);
    else
      collect_young(r.m);
    for (size_t i = 0; i < kNodes; ++i) {
      REQUIRE(nodes[i].as()->h.aux == mirror[i].size() + 1);
      REQUIRE(float_of(nodes[i].as<Array>()->items[0]) == static_cast<double>(stamp[i]));
      for (size_t j = 0; j < mirror[i].size(); ++j)
        REQUIRE(nodes[i].as<Array>()->items[j + 1] == nodes[mirror[i][j]]);
    }
  }
}

TEST_CASE("a young object that only an old one refers to survives") {
  Runtime r;
  Value old = make_array(r.m, nullptr, 100), list = kEmpty;
  collect_young(r.m);
  CHECK((old.as()->h.flags & kOld) != 0);
  for (int round = 0; round < 20; ++round) {
    in_dead_frame([&] { set_item(r.m, old, static_cast<size_t>(round), make_float(r.m, round)); });
    CHECK((old.as()->h.flags & kOld) == 0); // remembered
    wipe_stack();
    collect_young(r.m);
    in_dead_frame([&] {
      for (int i = 0; i < 1000; ++i)
        (void)make_float(r.m, -1);
    });
    for (int i = 0; i <= round; ++i)
      CHECK(float_of(old.as<Array>()->items[i]) == i);
  }
}

TEST_CASE("however much is remembered, a collection comes after some 32 MB: pauses stay short") {
  constexpr size_t kOlds = 300000;
  Runtime r;
  Value olds = make_array(r.m, nullptr, kOlds);
  for (size_t i = 0; i < kOlds; ++i)
    set_item(r.m, olds, i, make_array(r.m, nullptr, 1));
  collect(r.m);
  Value young = make_float(r.m, 1);
  for (size_t i = 0; i < kOlds; ++i)
    set_item(r.m, olds.as<Array>()->items[i], 0, young);
  HeapStats before = heap_stats(r.m), now = before;
  while (now.collections == before.collections && now.allocated_bytes < before.allocated_bytes + (size_t{100} << 20)) {
    (void)make_array(r.m, nullptr, 100);
    now = heap_stats(r.m);
  }
  CHECK(now.allocated_bytes - before.allocated_bytes < (size_t{34} << 20));
}

static Value g_probed = kNil;
TEST_CASE("a traced opaque object that is old is looked into without a barrier") {
  static const OpaqueClass kTraced{"traced", [](void *, Marker &k) { k.mark(g_probed); }, nullptr, nullptr};
  Runtime r;
  Root opaque(r.m, make_opaque(r.m, &kTraced, &g_probed));
  for (int round = 0; round < 4; ++round) {
    in_dead_frame([&] { g_probed = make_float(r.m, round); });
    wipe_stack();
    collect_young(r.m);
    in_dead_frame([&] {
      for (int i = 0; i < 1000; ++i)
        (void)make_float(r.m, -1);
    });
    CHECK(float_of(g_probed) == round);
  }
  g_probed = kNil;
}

TEST_CASE("what was old when it died goes with a full collection, what was young with any") {
  Runtime r;
  static int ended;
  ended = 0;
  static const OpaqueClass kEnds{"ends", nullptr, [](void *) { ++ended; }, nullptr};
  Root root(r.m);
  in_dead_frame([&] { root.set(make_opaque(r.m, &kEnds, &ended)); });
  collect_young(r.m);
  in_dead_frame([&] {
    root.set(kNil);
    for (int i = 0; i < 10; ++i)
      (void)make_opaque(r.m, &kEnds, &ended);
  });
  wipe_stack();
  collect_young(r.m);
  CHECK(ended >= 9); // a dead word may keep one
  CHECK(ended <= 10);
  collect(r.m);
  CHECK(ended >= 10);
}

TEST_CASE("what an immortal scope makes outlives its heap") {
  Value list = kEmpty;
  {
    Runtime r;
    Value before = cons(r.m, kNil, kEmpty);
    {
      ImmortalScope scope(r.m);
      for (int i = 0; i < 1000; ++i)
        list = cons(r.m, make_float(r.m, i), list);
    }
    CHECK(is_immortal(list));
    CHECK_FALSE(is_immortal(before));
    CHECK_FALSE(is_immortal(cons(r.m, kNil, kEmpty)));
    collect(r.m);
  }
  CHECK(list_length(list) == 1000);
  CHECK(float_of(head(list)) == 999);
}

TEST_CASE("names are interned once") {
  Runtime r;
  CHECK(intern_symbol("alpha") == intern_symbol("alpha"));
  CHECK(intern_symbol("alpha") != intern_keyword("alpha"));
  for (int i = 0; i < 5000; ++i)
    CHECK(intern_keyword("k" + std::to_string(i)) == intern_keyword("k" + std::to_string(i)));
  Value g = make_uninterned_symbol(r.m, "alpha");
  CHECK(g != intern_symbol("alpha"));
  CHECK(name_of(g) == "alpha");
}
