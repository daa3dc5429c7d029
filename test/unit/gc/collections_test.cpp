// Structs, sets, the hash table behind their mutable twins, sequences, sorting, access (05 sections 2, 3, 6, 7).
#include "test/unit/gc/library.hpp"

#include "gc/object/ordered.hpp"

#include <string>

using namespace evjit::gc;
using namespace evjit::gc::test;

TEST_CASE("structs keep compare order and the last of equal keys") {
  Library r;
  CHECK(print_literal(r.st({r.kw("b"), 1, r.kw("a"), 2, r.kw("b"), 3})) == "{:a 2 :b 3}");
  CHECK(print_literal(r.st({r.str("s"), 1, r.kw("k"), 2, 3, 3, kNil, 4})) == "{nil 4 3 3 :k 2 \"s\" 1}");
  CHECK(r.show("%%struct", {r.flo(1.5), 1}) == "error type-error");
  CHECK(r.show("struct", {1}) == "error arity-error");
  Value s = r.st({});
  for (int i = 0; i < 100; ++i)
    s = struct_put(r.m, s, keyword("k" + std::to_string(i)), Value::fixnum(i));
  CHECK(struct_length(s) == 100);
  CHECK(struct_get(s, "k73") == Value::fixnum(73));
  CHECK(struct_get(s, "zz", kTrue) == kTrue);
  for (int i = 0; i < 100; i += 2)
    s = struct_remove(r.m, s, keyword("k" + std::to_string(i)));
  CHECK(struct_length(s) == 50);
  CHECK(struct_get(s, "k72") == kNil);
}

TEST_CASE("mutable structs grow, shrink and reuse removed slots") {
  Library r;
  Value s = r.mst({});
  constexpr int n = 5000;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < n; ++i)
      struct_put(r.m, s, make_string(r.m, "key " + std::to_string(i)), Value::fixnum(i + round));
    CHECK(struct_length(s) == n);
    for (int i = 0; i < n; ++i)
      REQUIRE(struct_get(s, make_string(r.m, "key " + std::to_string(i))) == Value::fixnum(i + round));
    for (int i = 0; i < n; ++i)
      if (i % 3 != round)
        struct_remove(r.m, s, make_string(r.m, "key " + std::to_string(i)));
  }
  CHECK(struct_length(s) == n / 3);
  Value keys = struct_keys_array(r.m, s);
  for (size_t i = 1; i < array_length(keys); ++i)
    REQUIRE(compare(array_items(keys)[i - 1], array_items(keys)[i]) < 0);
}

TEST_CASE("sets are ordered, unique and frozen") {
  Library r;
  CHECK(print_literal(r.set({3, 1, r.flo(3.0), 2})) == "|1 2 3|");
  CHECK(print_literal(r.set({r.marray({1})})) == "|[1]|");
  CHECK(r.show("has?", {r.set({r.array({1, 2})}), r.marray({1, 2})}) == "true");
  Value s = r.mset({});
  for (int i = 200; i > 0; --i)
    r("add", {s, i});
  for (int i = 1; i <= 200; i += 2)
    r("del", {s, i});
  CHECK(set_length(s) == 100);
  CHECK(set_contains(s, Value::fixnum(100)));
  CHECK(!set_contains(s, Value::fixnum(101)));
  CHECK(r.show("union", {r.set({1}), r.set({2})}) == "|1 2|");
  CHECK(r.show("difference", {r.set({1, 2, 3}), r.set({2})}) == "|1 3|");
  CHECK(r.show("intersection", {r.mset({1, 2}), r.mset({2})}) == "@|2|");
  CHECK(r.show("union", {r.set({1}), r.mset({2})}) == "error type-error");
}

TEST_CASE("get, put, has?, del, length") {
  Library r;
  CHECK(r.show("get", {r.array({1, 2}), -1}) == "2");
  CHECK(r.show("get", {r.array({1}), 5, 0}) == "0");
  CHECK(r.show("get", {r.list({1, 2}), -2}) == "1");
  CHECK(r.show("get", {r.str("né!"), 1}) == "\"é\"");
  CHECK(r.show("get", {r.bytes({7}), 1}) == "error argument-error");
  CHECK(r.show("get", {r.bytes({7}), 1, 0}) == "0");
  CHECK(r.show("get", {r.set({1}), 1}) == "error type-error");
  CHECK(r.show("get", {kNil, 1}) == "error type-error");
  CHECK(r.show("get", {r.array({}), r.kw("a")}) == "error type-error");
  CHECK(r.show("get", {r.st({}), r.flo(1)}) == "error type-error");
  CHECK(r.show("put", {r.str("coat"), 0, r.str("g")}) == "\"goat\"");
  CHECK(r.show("put", {r.array({1}), 1, 2}) == "error argument-error");
  CHECK(r.show("put", {r.array({1}), 0}) == "error arity-error");
  CHECK(r.show("put", {r.set({1}), 0}) == "|0 1|");
  CHECK(r.show("put", {r.bytes({1}), 0, 256}) == "error argument-error");
  Value m = r.mst({r.kw("n"), 1});
  CHECK(r("put", {m, r.kw("n"), 2}) == m);
  CHECK(print_literal(m) == "@{:n 2}");
  CHECK(r.show("length", {kNil}) == "0");
  CHECK(r.show("length", {r.kw("né")}) == "2");
  CHECK(r.show("length", {cons(r.m, kNil, kNil)}) == "error type-error");
  CHECK(r.show("get-in", {r.st({r.kw("a"), r.array({r.st({r.kw("b"), 5})})}), r.array({r.kw("a"), 0, r.kw("b")})}) == "5");
  CHECK(r.show("get-in", {r.st({}), r.array({r.kw("a"), 0}), 9}) == "9");
  CHECK(r.show("put-in", {r.st({}), r.array({r.kw("x"), r.kw("y")}), 1}) == "{:x {:y 1}}");
  CHECK(r.show("put-in", {r.st({}), r.array({}), 1}) == "error argument-error");
}

TEST_CASE("sequences keep their kind") {
  Library r;
  CHECK(r.show("slice", {r.array({1, 2, 3, 4, 5}), -3, -1}) == "[3 4]");
  CHECK(r.show("slice", {r.str("héllo"), 1, 3}) == "\"él\"");
  CHECK(r.show("slice", {r.array({1, 2}), 2, 0}) == "[]");
  CHECK(r.show("take", {2, r.list({1, 2, 3})}) == "(1 2)");
  CHECK(r.show("drop", {5, r.mbytes({1})}) == "@b[]");
  CHECK(r.show("take", {-1, r.array({})}) == "error argument-error");
  CHECK(r.show("rest", {r.bytes({1, 2, 3})}) == "b[2 3]");
  CHECK(r.show("rest", {r.mstr("")}) == "@\"\"");
  CHECK(r.show("butlast", {r.list({1, 2})}) == "(1)");
  CHECK(r.show("first", {r.array({})}) == "error argument-error");
  CHECK(r.show("first", {kNil}) == "error type-error");
  CHECK(r.show("last", {r.str("né")}) == "\"é\"");
  CHECK(r.show("reverse", {r.str("abc")}) == "\"cba\"");
  CHECK(r.show("concat", {r.array({1}), r.marray({2}), r.array({3})}) == "[1 2 3]");
  CHECK(r.show("concat", {r.array({1}), r.list({2})}) == "error type-error");
  CHECK(r.show("append", {r.list({1}), r.list({2})}) == "(1 2)");
  CHECK(r.show("append", {r.set({1}), r.set({2})}) == "|1 2|");
  Value a = r.marray({1, 2});
  CHECK(r("append", {a, a}) == a);
  CHECK(print_literal(a) == "@[1 2 1 2]");
  CHECK(r.show("distinct", {r.array({2, 1, r.flo(2), 1})}) == "[2 1]");
  CHECK(r.show("flatten", {r.list({1, r.array({2, r.list({3}), r.str("x")})})}) == "(1 2 3 \"x\")");
  CHECK(r.show("interpose", {0, r.array({1, 2})}) == "[1 0 2]");
  CHECK(r.show("partition", {2, r.array({1, 2, 3})}) == "[[1 2] [3]]");
  CHECK(r.show("partition", {0, r.array({})}) == "error argument-error");
  CHECK(r.show("zip", {r.array({1, 2}), r.list({r.kw("a"), r.kw("b"), r.kw("c")})}) == "[(1 :a) (2 :b)]");
  CHECK(r.show("->list", {r.st({r.kw("a"), 1})}) == "([:a 1])");
  CHECK(r.show("->array", {r.str("ab")}) == "[\"a\" \"b\"]");
}

TEST_CASE("in-place operations") {
  Library r;
  Value a = r.marray({1, 2, 3});
  CHECK(r.show("insert", {a, 1, 9}) == "@[1 9 2 3]");
  CHECK(r.show("insert", {a, 50, 8}) == "@[1 9 2 3 8]");
  CHECK(r.show("insert", {a, -9, 8}) == "error argument-error");
  CHECK(r.show("remove", {a, 1, 2}) == "@[1 3 8]");
  CHECK(r.show("remove", {a, 7}) == "@[1 3 8]");
  CHECK(r.show("popn", {a, 2}) == "@[3 8]");
  CHECK(r.show("pop", {a}) == "1");
  CHECK(r.show("pop", {a}) == "error argument-error");
  CHECK(r.show("pop", {r.array({1})}) == "error type-error");
  Value s = r.mstr("né");
  CHECK(r.show("push", {s, r.str("x")}) == "@\"néx\"");
  CHECK(r.show("insert", {s, 1, r.str("--")}) == "@\"n--éx\"");
  CHECK(r.show("remove", {s, 3}) == "@\"n--x\"");
  CHECK(r.show("pop", {s}) == "\"x\"");
  Value b = r.mbytes({1});
  CHECK(r.show("push", {b, 300}) == "error argument-error");
  for (int i = 0; i < 1000; ++i)
    r("push", {b, i & 255});
  CHECK(bytes_view_of(b).size() == 1001);
  CHECK(r.show("push", {r.list({1}), 1}) == "error type-error");
}

TEST_CASE("sort is stable and in place for mutable arrays") {
  Library r;
  CHECK(r.show("sort", {r.array({3, kNil, r.str("a"), kTrue, r.flo(1.5), r.kw("k")})}) == "[nil true 1.5 3 :k \"a\"]");
  CHECK(r.show("sort", {r.list({2, r.flo(1), 1})}) == "(1.0 1 2)");
  Value a = r.marray({3, 1, 2}), immutable = r.array({2, 1});
  CHECK(r("sort", {a}) == a);
  CHECK(print_literal(a) == "@[1 2 3]");
  r("sort", {immutable});
  CHECK(print_literal(immutable) == "[2 1]");
  CHECK(r.show("sort", {r.str("ba")}) == "error type-error");
  CHECK(r.show("%%sort-pairs", {r.array({2, 1, 2}), r.array({r.kw("a"), r.kw("b"), r.kw("c")})}) == "@[:b :a :c]");
}

TEST_CASE("what the prelude builds on") {
  Library r;
  CHECK(r.show("%%each-view", {r.str("ab")}) == "[\"a\" \"b\"]");
  Value a = r.marray({1});
  CHECK(r("%%each-view", {a}) == a);
  CHECK(r.show("%%each-view", {5}) == "error type-error");
  CHECK(struct_get(r.m.error, "reason") == keyword("not-a-sequence"));
  CHECK(r.show("%%build-like", {r.mset({}), r.array({2, 1})}) == "@|1 2|");
  CHECK(r.show("%%build-like", {r.str(""), r.array({r.str("a"), r.str("b")})}) == "\"ab\"");
  CHECK(r.show("%%map-like", {r.str(""), r.marray({1})}) == "[1]");
  CHECK(r.show("%%seq-more?", {a, 0, 1}) == "true");
  r("pop", {a});
  CHECK(r.show("%%seq-more?", {a, 0, 1}) == "false");
}
