// Equality, identity, order and hashing of values (02 sections 3 to 5).
#include "test/unit/gc/library.hpp"

#include <cmath>

using namespace evjit::gc;
using namespace evjit::gc::test;

namespace {

// One value of every shape that has an order, ascending.
Value ascending(Library &r) {
  return r.array({kNil,
          kFalse,
          kTrue,
          make_float(r.m, -INFINITY),
          make_int(r.m, INT64_MIN),
          Value::fixnum(-1),
          Value::fixnum(0),
          r.flo(0.5),
          Value::fixnum(1),
          r.flo(9007199254740992.0),
          make_int(r.m, 9007199254740993),
          make_int(r.m, INT64_MAX),
          r.flo(INFINITY),
          r.flo(NAN),
          symbol("a"),
          symbol("b"),
          r.kw("a"),
          r.kw("ab"),
          r.str(""),
          r.str("a"),
          r.mstr("b"),
          r.str("é"),
          kEmpty,
          r.list({1}),
          r.list({1, 2}),
          r.list({2}),
          r.array({}),
          r.marray({1}),
          r.array({1, 2}),
          r.array({r.array({0}), 1}),
          r.bytes({}),
          r.bytes({1, 2}),
          r.mbytes({200}),
          r.st({}),
          r.st({r.kw("a"), 1}),
          r.mst({r.kw("a"), 2}),
          r.st({r.kw("a"), 2, r.kw("b"), 1}),
          r.set({}),
          r.mset({1}),
          r.set({1, 2})});
}

Value nested_arrays(Library &r, int depth, Value innermost) {
  Value v = innermost;
  for (int i = 0; i < depth; ++i)
    v = make_array(r.m, &v, 1);
  return v;
}

} // namespace

TEST_CASE("numbers are equal by exact value") {
  Library r;
  CHECK(equal(Value::fixnum(1), r.flo(1.0)));
  CHECK(!equal(make_int(r.m, 9007199254740993), r.flo(9007199254740992.0)));
  CHECK(!equal(make_int(r.m, INT64_MAX), r.flo(9223372036854775808.0)));
  CHECK(equal(make_int(r.m, INT64_MIN), r.flo(-9223372036854775808.0)));
  CHECK(equal(r.flo(0.0), r.flo(-0.0)));
  CHECK(equal(r.flo(NAN), r.flo(NAN)));
  CHECK(equal(make_int(r.m, INT64_MAX), make_int(r.m, INT64_MAX)));
}

TEST_CASE("equality is structural and ignores mutability") {
  Library r;
  CHECK(equal(r.array({1, 2}), r.marray({1, r.flo(2.0)})));
  CHECK(equal(r.str("a"), r.mstr("a")));
  CHECK(equal(r.bytes({1}), r.mbytes({1})));
  CHECK(equal(r.st({r.kw("a"), 1, r.kw("b"), 2}), r.mst({r.kw("b"), 2, r.kw("a"), 1})));
  CHECK(equal(r.set({3, 1, 2}), r.mset({1, 2, 3, 3})));
  CHECK(equal(r("box", {1}), r("box", {1})));
  CHECK(!equal(r.list({1}), r.array({1})));
  CHECK(!equal(r.str("a"), r.kw("a")));
  CHECK(!equal(kNil, kEmpty));
  CHECK(!equal(kNil, kFalse));
  CHECK(!equal(r("gensym", {r.str("k")}), r("gensym", {r.str("k")})));
  CHECK(!equal(cons(r.m, Value::fixnum(1), Value::fixnum(2)), r.list({1})));
}

TEST_CASE("identity coerces nothing and tells mutable objects apart") {
  Library r;
  CHECK(identical(r.array({1, r.str("x")}), r.array({1, r.str("x")})));
  CHECK(!identical(Value::fixnum(1), r.flo(1.0)));
  CHECK(!identical(r.array({1}), r.array({r.flo(1.0)})));
  CHECK(!identical(r.marray({1}), r.marray({1})));
  CHECK(!identical(r.array({r.marray({})}), r.array({r.marray({})})));
  CHECK(!identical(r.str("a"), r.mstr("a")));
  CHECK(identical(r.st({r.kw("a"), 1}), r.st({r.kw("a"), 1})));
  CHECK(!identical(r.set({1}), r.set({r.flo(1.0)})));
  CHECK(!identical(r("box", {1}), r("box", {1})));
  CHECK(identical(r.list({1, 2}), r.list({1, 2})));
  CHECK(!identical(kTrue, kFalse));
}

TEST_CASE("compare is a total order over the ranks") {
  Library r;
  Value all = ascending(r);
  const Value *v = array_items(all);
  for (size_t i = 0; i < array_length(all); ++i)
    for (size_t k = 0; k < array_length(all); ++k) {
      CAPTURE(print_literal(v[i]));
      CAPTURE(print_literal(v[k]));
      CHECK(compare(v[i], v[k]) == (i < k ? -1 : i > k ? 1 : 0));
      CHECK(equal(v[i], v[k]) == (i == k));
    }
}

TEST_CASE("hash agrees with equality") {
  Library r;
  CHECK(hash(Value::fixnum(1)) == hash(r.flo(1.0)));
  CHECK(hash(r.flo(0.0)) == hash(r.flo(-0.0)));
  CHECK(hash(make_int(r.m, INT64_MIN)) == hash(r.flo(-9223372036854775808.0)));
  CHECK(hash(r.array({1, r.list({2})})) == hash(r.marray({r.flo(1.0), r.list({2})})));
  CHECK(hash(r.st({r.kw("a"), 1, r.kw("b"), 2})) == hash(r.mst({r.kw("b"), 2, r.kw("a"), 1})));
  CHECK(hash(r.set({1, 2, 3})) == hash(r.mset({3, 2, 1})));
  CHECK(hash(r.str("abc")) == hash(r.mstr("abc")));
  CHECK(hash(r.array({1})) != hash(r.list({1})));
  CHECK(hash(r.str("a")) != hash(r.str("b")));
}

TEST_CASE("cyclic values are compared, hashed and printed without looping") {
  Library r;
  Value a = r.marray({1}), b = r.marray({1});
  r("push", {a, a});
  r("push", {b, b});
  CHECK(equal(a, b));
  CHECK(compare(a, b) == 0);
  CHECK(hash(a) == hash(b));
  CHECK(print_literal(a) == "@[1 <cycle>]");
  Value c = r.marray({1});
  r("push", {c, r.array({c, 2})});
  CHECK(!equal(a, c));
  CHECK(print_literal(r.array({c})) == "[@[1 [<cycle> 2]]]");
  CHECK(r.show("deep-freeze", {a}) == "error value-error");
  Value box = r("box", {kNil});
  r("rebox", {box, r.list({box})});
  CHECK(print_literal(box) == "<box (<cycle>)>");
}

TEST_CASE("deep nesting and shared structure need no native stack and no exponential time") {
  Library r;
  constexpr int kDepth = 300000;
  Value a = nested_arrays(r, kDepth, Value::fixnum(1)), b = nested_arrays(r, kDepth, Value::fixnum(1));
  CHECK(equal(a, b));
  CHECK(compare(a, nested_arrays(r, kDepth, Value::fixnum(2))) == -1);
  CHECK(hash(a) == hash(b));
  CHECK(valid_key(a));
  CHECK(print_literal(a).size() == 2 * kDepth + 1);
  Value x = r.array({1}), y = r.array({1});
  for (int i = 0; i < 60; ++i) {
    x = r.array({x, x});
    y = r.array({y, y});
  }
  CHECK(equal(x, y));
}

TEST_CASE("floats and mutable data are no keys, at any depth") {
  Library r;
  CHECK(valid_key(kNil));
  CHECK(valid_key(make_int(r.m, INT64_MAX)));
  CHECK(valid_key(r.array({r.list({1}), r.set({2}), r.st({r.kw("a"), 1})})));
  CHECK(valid_key(find_builtin("get")));
  CHECK(!valid_key(r.flo(1.0)));
  CHECK(!valid_key(r.marray({})));
  CHECK(!valid_key(r.mstr("a")));
  CHECK(!valid_key(r("box", {1})));
  CHECK(!valid_key(r.array({r.list({1, r.mset({})})})));
  CHECK(!valid_key(r.st({r.kw("a"), r.flo(1.5)})));
}

TEST_CASE("freezing is shallow or deep and keeps what needs no copy") {
  Library r;
  Value m = r.mst({r.kw("xs"), r.marray({1})});
  CHECK(r.show("freeze", {m}) == "{:xs @[1]}");
  CHECK(r.show("deep-freeze", {m}) == "{:xs [1]}");
  CHECK(r.show("deep-freeze", {r.list({r.marray({r.mstr("a")}), 1})}) == "([\"a\"] 1)");
  Value frozen = r.array({1, r.list({2})});
  CHECK(deep_freeze(r.m, frozen) == frozen);
  CHECK(r.show("thaw", {r.set({1})}) == "@|1|");
  CHECK(r.show("freeze", {r.list({1})}) == "error type-error");
  CHECK(r.show("thaw", {1}) == "error type-error");
  Value quoted = r.array({r.marray({1})}), copy = r("%%copy", {quoted});
  CHECK(equal(copy, quoted));
  CHECK(array_items(copy)[0] != array_items(quoted)[0]);
}
