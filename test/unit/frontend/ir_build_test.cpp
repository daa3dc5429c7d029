// analyse and the IR builder on hand-made trees: what is captured, checked, jumped; every unit passes the verifier and survives
// print and parse.
#include "ast_make.hpp"

#include "gc/prims/prims.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace evjit;
using namespace evjit::test;

namespace {

gc::Value answer(gc::Mutator &, const gc::Value *, size_t) { return gc::kNil; }

const gc::PrimDef kDefs[] = {
    {.name = "+", .symbol = "", .fn = answer, .arity = {0, gc::kAny}}, {.name = "-", .symbol = "", .fn = answer, .arity = {1, gc::kAny}},
    {.name = "=", .symbol = "", .fn = answer, .arity = {2, gc::kAny}}, {.name = "<", .symbol = "", .fn = answer, .arity = {2, gc::kAny}},
    {.name = "not", .symbol = "", .fn = answer, .arity = {1, gc::kAny}},
    {.name = "%%array", .symbol = "", .fn = answer, .arity = {0, gc::kAny}},
    {.name = "print1", .symbol = "", .fn = answer, .arity = {1, 1}},
};

struct Fixture {
  gc::Mutator m;
  std::string text;
  std::unique_ptr<ir::Unit> unit;

  Fixture() {
    gc::heap_create(m);
    static bool registered = false;
    if (!std::exchange(registered, true)) {
      gc::register_prims(kDefs);
      gc::register_prims(gc::kPatternPrims);
    }
  }
  ~Fixture() {
    unit.reset();
    gc::heap_destroy(m);
  }

  std::string build(AstMaker &a) {
    DiagSink sink;
    if (!analyse(a.ast, sink))
      return sink.all()[0].message;
    unit = build_ir(m, a.ast);
    CHECK(ir::verify(*unit) == "");
    text = ir::print(*unit);
    std::string error;
    auto again = ir::parse(m, text, error);
    CHECK(error == "");
    if (again)
      CHECK(ir::print(*again) == text);
    return "";
  }
  bool has(std::string_view what) const { return text.find(what) != std::string::npos; }
  size_t count(std::string_view what) const {
    size_t n = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++n;
    return n;
  }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "a self tail call becomes a loop") {
  AstMaker a(m);
  Var *f = a.var("spin", VarKind::Top), *n = a.var("n"), *acc = a.var("acc");
  Node *again = a.call(a.ref(f), {a.op("-", {a.ref(n), a.number(1)}), a.op("+", {a.ref(acc), a.number(1)})});
  Node *body = a.branch(a.op("=", {a.ref(n), a.number(0)}), a.ref(acc), again);
  a.top({f}, {a.define(f, a.fn("spin", {n, acc}, body)), a.call(a.ref(f), {a.number(10), a.number(0)})});
  CHECK(build(a) == "");
  CHECK(has("loop:"));
  CHECK(has("safepoint 1"));
  CHECK_FALSE(has("tail_call"));
  CHECK(has("call_known"));
  CHECK_FALSE(has("check_init"));
  CHECK_FALSE(has("bool_value"));
}

TEST_CASE_FIXTURE(Fixture, "captured and assigned variables live in cells, others are copied") {
  AstMaker a(m);
  Var *x = a.var("x"), *y = a.var("y");
  x->is_mutable = true;
  Node *inc = a.fn("", {}, a.assign(x, a.op("+", {a.ref(x), a.ref(y)})));
  a.top({}, {a.scope({x, y}, a.seq({a.define(x, a.number(0)), a.define(y, a.number(1)), inc}))});
  CHECK(build(a) == "");
  CHECK(count("cell_new") == 1);
  CHECK(has("cell_get"));
  CHECK(has("cell_set"));
  CHECK(unit->functions[1]->captures == 2);
}

TEST_CASE_FIXTURE(Fixture, "local functions that call each other are patched, not checked") {
  AstMaker a(m);
  Var *up = a.var("up"), *down = a.var("down"), *n = a.var("n"), *k = a.var("k");
  up->maybe_early = down->maybe_early = true;
  Node *down_fn = a.fn("down", {n}, a.call(a.ref(up), {a.ref(n)}));
  Node *up_fn = a.fn("up", {k}, a.call(a.ref(down), {a.ref(k)}));
  a.top({}, {a.scope({down, up}, a.seq({a.define(down, down_fn), a.define(up, up_fn), a.call(a.ref(down), {a.number(3)})}))});
  CHECK(build(a) == "");
  CHECK(count("closure_set") == 1);
  CHECK_FALSE(has("check_init"));
  CHECK_FALSE(has("cell_new"));
  CHECK(count("tail_call_known") == 2);
}

TEST_CASE_FIXTURE(Fixture, "a read that may come first is checked") {
  AstMaker a(m);
  Var *f = a.var("f", VarKind::Top), *g = a.var("g", VarKind::Top), *x = a.var("x", VarKind::Top);
  Node *f_fn = a.fn("f", {}, a.ref(x));
  Node *g_fn = a.fn("g", {}, a.ref(x));
  SUBCASE("called before the definition") {
    a.top({f, x}, {a.define(f, f_fn), a.call(a.ref(f), {}), a.define(x, a.number(1))});
    CHECK(build(a) == "");
    CHECK(count("check_init") == 1);
  }
  SUBCASE("called behind it") {
    a.top({f, x, g}, {a.define(f, f_fn), a.define(x, a.number(1)), a.define(g, g_fn), a.call(a.ref(f), {})});
    CHECK(build(a) == "");
    CHECK_FALSE(has("check_init"));
  }
}

TEST_CASE_FIXTURE(Fixture, "arity of known callees") {
  AstMaker a(m);
  Var *f = a.var("twice", VarKind::Top), *n = a.var("n");
  a.top({f}, {a.define(f, a.fn("twice", {n}, a.ref(n))), a.call(a.ref(f), {a.number(1), a.number(2)})});
  CHECK(build(a) == "arity error: twice expects 1 argument(s), got 2");
  AstMaker b(m);
  b.top({}, {b.op("print1", {})});
  CHECK(build(b) == "arity error: print1 expects 1 argument(s), got 0");
}

TEST_CASE_FIXTURE(Fixture, "try: error edges lead to a handler that starts with catch") {
  AstMaker a(m);
  Var *e = a.var("e"), *f = a.var("f", VarKind::Top);
  f->from_eval_env = true;
  a.top({f}, {a.try_catch(a.call(a.ref(f), {}), e, a.ref(e))});
  CHECK(build(a) == "");
  CHECK(has("catch"));
  CHECK(count("try_leave") == 2);
  CHECK(unit->functions[0]->signals != 0);
}

TEST_CASE_FIXTURE(Fixture, "loops have a back-edge safepoint; tests make no booleans") {
  AstMaker a(m);
  Var *i = a.var("i");
  i->is_mutable = true;
  Node *step = a.assign(i, a.op("+", {a.ref(i), a.number(1)}));
  Node *test = a.op("not", {a.op("<", {a.number(9), a.ref(i)})});
  a.top({}, {a.scope({i}, a.seq({a.define(i, a.number(0)), a.loop(test, step), a.ref(i)}))});
  CHECK(build(a) == "");
  CHECK(has("safepoint 1"));
  CHECK(has("local_get"));
  CHECK_FALSE(has("bool_value"));
  CHECK_FALSE(has("truthy"));
}

TEST_CASE_FIXTURE(Fixture, "match tests types before taking parts") {
  AstMaker a(m);
  Var *f = a.var("f", VarKind::Top), *v = a.var("v"), *h = a.var("h"), *t = a.var("t");
  std::vector<Arm> arms{
      {a.literal(gc::keyword("none")), nullptr, a.number(0), {}},
      {a.sequence(PatternKind::List, {a.bind(h)}, a.bind(t)), nullptr, a.ref(h), {h, t}},
      {a.sequence(PatternKind::Wild, {}), nullptr, a.number(1), {}},
  };
  a.top({f}, {a.define(f, a.fn("f", {v}, a.match(a.ref(v), arms)))});
  CHECK(build(a) == "");
  CHECK(has("has_type"));
  CHECK(has("same"));
  CHECK_FALSE(has("match-fail"));
}

TEST_CASE_FIXTURE(Fixture, "the verifier rejects broken units") {
  std::string error;
  auto broken = [&](std::string_view body, std::string_view problem) {
    std::string t = "unit \"x\" slots 0\nfn \"\" @0:0:0 required 0 optional 0 collector none captures 0 locals 0 group 0 signals 0 "
                    "params \"\"\n";
    auto u = ir::parse(m, t + std::string(body) + "end\n", error);
    CHECK(error == "");
    CHECK_MESSAGE(ir::verify(*u).find(problem) != std::string::npos, ir::verify(*u));
  };
  broken("b0:\n  v0 = imm 1\n", "no terminator");
  broken("b0:\n  v0 = imm 1\n  v0 = imm 2\n  return v0\n", "defined twice");
  broken("b0:\n  v0 = imm 1\n  v1 = truthy v0\n  branch v1, b1, b2\nb1:\n  v2 = imm 2\n  jump b2\nb2:\n  return v2\n",
         "may not be defined");
  broken("b0:\n  v0 = imm 1\n  jump b1(v0)\nb1:\n  return v0\n", "wrong number of arguments");
  broken("b0:\n  v0 = imm 1\n  v1 = not v0\n  return v0\n", "wrong type");
  broken("b0:\n  v0 = local_get 3\n  return v0\n", "index out of range");
  broken("b0:\n  v0 = imm 1\n  v1 = raise v0 !b1\n  return v1\nb1:\n  return v0\n", "handler block");
  broken("b0:\n  v0 = catch\n  return v0\n", "catch stands first");
}
