// Arithmetic, argument binding, calls, errors and constants of the runtime core.
#include "test/unit/gc/fixture.hpp"
#include "test/unit/gc/library.hpp"

#include "gc/arith.hpp"
#include "gc/call.hpp"
#include "gc/errors.hpp"
#include "gc/prims/prims.hpp"
#include "gc/rt/evrt.hpp"
#include "gc/roots/root.hpp"
#include "gc/trace.hpp"
#include "gc/value/serial.hpp"

#include <cmath>
#include <limits>

using namespace evjit::gc;
using namespace evjit::gc::test;

static void register_once() { register_library(); }

static constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();

TEST_CASE("integers wrap modulo 2^64 and are boxed invisibly") {
  Runtime r;
  auto num = [&](int64_t i) { return make_int(r.m, i); };
  CHECK(int_of(arith(r.m, Arith::Add, num(kMax), num(1))) == kMin);
  CHECK(int_of(arith(r.m, Arith::Sub, num(kMin), num(1))) == kMax);
  CHECK(int_of(arith(r.m, Arith::Mul, num(kMax), num(kMax))) == 1);
  CHECK(int_of(arith(r.m, Arith::Div, num(kMin), num(-1))) == kMin);
  CHECK(int_of(arith(r.m, Arith::Rem, num(kMin), num(-1))) == 0);
  Value v = arith(r.m, Arith::Sub, num(kFixnumMax + 1), num(1));
  CHECK(v.is_fixnum());
}

TEST_CASE("division truncates, rem follows the dividend, mod the divisor") {
  Runtime r;
  auto go = [&](Arith op, int64_t a, int64_t b) { return int_of(arith(r.m, op, Value::fixnum(a), Value::fixnum(b))); };
  CHECK(go(Arith::Div, -7, 2) == -3);
  CHECK(go(Arith::Rem, -7, 2) == -1);
  CHECK(go(Arith::Mod, -7, 2) == 1);
  CHECK(go(Arith::Mod, 7, -2) == -1);
  CHECK(arith(r.m, Arith::Div, Value::fixnum(1), Value::fixnum(0)).is_error());
  CHECK(error_kind(r.m) == "division-by-zero");
  CHECK(std::isinf(float_of(arith(r.m, Arith::Div, make_float(r.m, 1), Value::fixnum(0)))));
  CHECK(arith(r.m, Arith::Mod, make_float(r.m, 1), Value::fixnum(2)).is_error());
  CHECK(error_kind(r.m) == "type-error");
}

TEST_CASE("operands of the wrong type name operator, type and position") {
  Runtime r;
  CHECK(arith(r.m, Arith::Add, Value::fixnum(1), make_string(r.m, "a")).is_error());
  CHECK(error_message(r.m) == "+: expected number, got string");
  CHECK(name_of(struct_get(r.m.error, "got")) == "string");
  CHECK(struct_get(r.m.error, "arg") == Value::fixnum(1));
}

TEST_CASE("integers and floats compare exactly") {
  Runtime r;
  Value big = make_int(r.m, 9007199254740993), f = make_float(r.m, 9007199254740992.0);
  CHECK(order(r.m, Order::Gt, big, f) == kTrue);
  CHECK(order(r.m, Order::Lt, f, big) == kTrue);
  Value nan = make_float(r.m, NAN);
  for (Order op : {Order::Lt, Order::Le, Order::Gt, Order::Ge}) {
    CHECK(order(r.m, op, nan, Value::fixnum(1)) == kFalse);
    CHECK(order(r.m, op, Value::fixnum(1), nan) == kFalse);
    CHECK(order(r.m, op, nan, nan) == kFalse);
  }
  CHECK(order(r.m, Order::Lt, keyword("a"), keyword("b")) == kTrue);
  CHECK(order(r.m, Order::Lt, Value::fixnum(1), keyword("b")).is_error());
}

TEST_CASE("the n-ary primitives") {
  Runtime r;
  register_once();
  auto go = [&](const char *fn, std::initializer_list<Value> args) { return call(r.m, find_builtin(fn), args.begin(), args.size()); };
  auto n = [](int64_t i) { return Value::fixnum(i); };
  CHECK(go("+", {}) == n(0));
  CHECK(go("*", {}) == n(1));
  CHECK(go("+", {n(1), n(2), n(3), n(4), n(5)}) == n(15));
  CHECK(go("-", {n(5)}) == n(-5));
  CHECK(float_of(go("/", {n(4)})) == 0.25);
  CHECK(go("/", {n(0)}).is_error());
  CHECK(go("<", {n(1), n(2), n(3)}) == kTrue);
  CHECK(go("<", {n(1), n(3), n(3)}) == kFalse);
  CHECK(go("-", {}).is_error());
  CHECK(error_kind(r.m) == "arity-error");
  CHECK(error_message(r.m) == "-: expected at least 1 argument, got 0");
  CHECK(go("rem", {n(1), n(2), n(3)}).is_error());
  CHECK(error_message(r.m) == "rem: expected 2 arguments, got 3");
}

TEST_CASE("parameters are bound by the rules of chapter 3") {
  Runtime r;
  Value names[2] = {keyword("unit"), keyword("depth")};
  FnProto p{};
  p.name = "f";
  p.required = 1;
  p.optional = 1;
  p.collector = Collector::Named;
  p.named = make_array(r.m, names, 2);
  Value c = make_closure(r.m, &p, kNil, nullptr, 0);
  Value out[3];
  auto bind = [&](std::initializer_list<Value> a) {
    Value v[3] = {kNil, kNil, kNil};
    for (size_t i = 0; i < a.size(); ++i)
      (i < 3 ? v[i] : r.m.xargs[i - 3]) = a.begin()[i];
    return evrt_bind_args(&r.m, c, static_cast<int64_t>(a.size()), v[0], v[1], v[2], out);
  };
  Value one = Value::fixnum(1), two = Value::fixnum(2);
  CHECK(bind({one}).is_nil());
  CHECK(out[1].is_nil());
  CHECK(struct_length(out[2]) == 0);
  CHECK(bind({one, two, names[0], kTrue}).is_nil());
  CHECK(out[1] == two);
  CHECK(struct_get(out[2], "unit") == kTrue);
  CHECK(bind({one, names[0], two}).is_nil()); // the keyword ends the optionals
  CHECK(out[1].is_nil());
  CHECK(struct_get(out[2], "unit") == two);
  CHECK(bind({}).is_error());
  CHECK(error_kind(r.m) == "arity-error");
  CHECK(bind({one, two, one, one}).is_error());
  CHECK(error_message(r.m) == "f: expected a keyword argument, got integer");
  CHECK(bind({one, names[0]}).is_error());
  CHECK(error_kind(r.m) == "argument-error");
  CHECK(bind({one, keyword("other"), two}).is_error());
  CHECK(error_message(r.m) == "f: unknown key :other, expected one of :unit :depth");
  CHECK(bind({one, names[0], one, names[0], two}).is_error());
  CHECK(error_message(r.m) == "f: repeated key :unit");
  p.collector = Collector::Rest;
  CHECK(bind({one, two, one, two, one}).is_nil());
  CHECK(list_length(out[2]) == 3);
}

TEST_CASE("calls with hundreds of arguments") {
  Runtime r;
  register_once();
  std::vector<Value> args(1000, Value::fixnum(1));
  CHECK(call(r.m, find_builtin("+"), args.data(), args.size()) == Value::fixnum(1000));
  Value arr = make_marray(r.m, args.data(), args.size());
  CHECK(evrt_spread(&r.m, arr) == 1000);
  CHECK(r.m.xargs[996] == Value::fixnum(1));
}

TEST_CASE("values that can be called") {
  Runtime r;
  register_once();
  Value items[2] = {Value::fixnum(10), Value::fixnum(20)};
  Value a = make_array(r.m, items, 2);
  CHECK(call1(r.m, a, Value::fixnum(-1)) == items[1]);
  CHECK(call2(r.m, a, Value::fixnum(5), kTrue) == kTrue);
  CHECK(call0(r.m, a).is_error());
  CHECK(error_kind(r.m) == "arity-error");
  Value p = make_parameter(r.m, Value::fixnum(7));
  CHECK(call0(r.m, p) == Value::fixnum(7));
  CHECK(evrt_param_bind(&r.m, p, kTrue).is_nil());
  CHECK(call0(r.m, p) == kTrue);
  CHECK(evrt_param_bind(&r.m, a, kTrue).is_error());
  Value s = make_set(r.m, items, 2);
  CHECK(call1(r.m, s, items[0]) == kTrue);
  CHECK(call1(r.m, Value::fixnum(3), items[0]).is_error());
  CHECK(error_message(r.m) == "cannot call integer");
}

TEST_CASE("a caught error keeps its trace when it is raised again") {
  Runtime r;
  raise_error(r.m, "boom", "x");
  Value trace = r.m.trace;
  CHECK(is(trace, Type::Bytes));
  Value e = evrt_catch(&r.m);
  for (int i = 0; i < 3; ++i) { // a cleanup catches others in between
    raise_error(r.m, "inner", "y");
    (void)evrt_catch(&r.m);
  }
  CHECK(evrt_rethrow(&r.m, e).is_error());
  CHECK(r.m.error == e);
  CHECK(r.m.trace == trace);
}

TEST_CASE("the stack limit raises :stack-overflow") {
  Runtime r;
  CHECK(evrt_safepoint(&r.m).is_nil());
  set_stack_limit(r.m, ~uintptr_t{0});
  CHECK(evrt_safepoint(&r.m).is_error());
  CHECK(error_kind(r.m) == "stack-overflow");
  CHECK(name_of(struct_get(r.m.error, "reason")) == "depth");
}

TEST_CASE("constants survive writing and reading") {
  Runtime r;
  register_once();
  Value inner[2] = {make_float(r.m, 2.5), make_string(r.m, "text")};
  Value kv[4] = {keyword("k"), make_list(r.m, inner, 2), keyword("a"), make_set(r.m, inner, 2)};
  std::vector<Value> consts = {kNil, kTrue, Value::fixnum(-5), make_int(r.m, kMin), intern_symbol("sym"), keyword("kw"),
                               make_struct(r.m, kv, 2), make_mstruct(r.m, kv, 2), make_marray(r.m, inner, 2),
                               make_bytes(r.m, "abc", 3), make_mstring(r.m, "mut"), find_builtin("+"),
                               cons(r.m, kTrue, kFalse), kEmpty};
  RootVector keep(r.m);
  for (Value v : consts)
    keep.push(v);
  std::vector<uint8_t> bytes;
  std::string problem;
  REQUIRE(write_constants(consts, bytes, problem));
  std::vector<Value> back(consts.size());
  REQUIRE_MESSAGE(read_constants(bytes, back, problem), problem);
  for (size_t i = 0; i < consts.size(); ++i) {
    CHECK(print_literal(back[i]) == print_literal(consts[i]));
    CHECK(equal(back[i], consts[i]));
    CHECK(type_keyword(back[i]) == type_keyword(consts[i]));
  }
  for (size_t cut = 0; cut < bytes.size(); ++cut) // damaged: refused, never read beyond
    CHECK_FALSE(read_constants({bytes.data(), cut}, back, problem));
  FnProto p{};
  Value fn = make_closure(r.m, &p, kNil, nullptr, 0);
  CHECK_FALSE(write_constants({&fn, 1}, bytes, problem));
}
