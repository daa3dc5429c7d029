// Literal and display text (02 section 7), pretty printing, describe.
#include "test/unit/gc/library.hpp"

#include "gc/value/print.hpp"

#include <cmath>

using namespace evjit::gc;
using namespace evjit::gc::test;

namespace {
std::string float_text(double d) {
  std::string s;
  append_float(s, d);
  return s;
}
} // namespace

TEST_CASE("floats print shortest, with a point or an exponent") {
  CHECK(float_text(3) == "3.0");
  CHECK(float_text(0.1) == "0.1");
  CHECK(float_text(-0.0) == "-0.0");
  CHECK(float_text(1e20) == "100000000000000000000.0");
  CHECK(float_text(1e21) == "1e21");
  CHECK(float_text(1.5e300) == "1.5e300");
  CHECK(float_text(1e-7) == "0.0000001");
  CHECK(float_text(1e-8) == "1e-8");
  CHECK(float_text(5e-324) == "5e-324");
  CHECK(float_text(123456789.125) == "123456789.125");
  CHECK(float_text(INFINITY) == "inf");
  CHECK(float_text(-INFINITY) == "-inf");
  CHECK(float_text(NAN) == "NaN");
}

TEST_CASE("literals re-read") {
  Library r;
  CHECK(print_literal(r.str("a\"b\\\n\t\r\x01\x7f é\u0085")) == "\"a\\\"b\\\\\\n\\t\\r\\x01\\x7f é\\x85\"");
  CHECK(print_literal(r.mstr("x")) == "@\"x\"");
  CHECK(print_literal(r.list({1, r.kw("k"), symbol("s")})) == "(1 :k s)");
  CHECK(print_literal(cons(r.m, Value::fixnum(1), Value::fixnum(2))) == "(1 . 2)");
  CHECK(print_literal(cons(r.m, Value::fixnum(1), kNil)) == "(1 . nil)");
  CHECK(print_literal(kEmpty) == "()");
  CHECK(print_literal(r.array({})) == "[]");
  CHECK(print_literal(r.marray({r.array({1}), 2})) == "@[[1] 2]");
  CHECK(print_literal(r.set({2, 1})) == "|1 2|");
  CHECK(print_literal(r.mset({})) == "@||");
  CHECK(print_literal(r.bytes({1, 255})) == "b[1 255]");
  CHECK(print_literal(r.mbytes({})) == "@b[]");
  CHECK(print_literal(r.st({r.str("k"), r.array({2}), r.kw("a"), 1})) == "{:a 1 \"k\" [2]}");
  CHECK(print_literal(r.mst({})) == "@{}");
  CHECK(print_literal(make_int(r.m, INT64_MIN)) == "-9223372036854775808");
  CHECK(print_literal(find_builtin("get")) == "<native-fn get>");
  CHECK(print_literal(r("box", {r.str("x")})) == "<box \"x\">");
  CHECK(print_literal(r("make-parameter", {7})) == "<parameter 7>");
}

TEST_CASE("display shows text raw at the top level only") {
  Library r;
  CHECK(r.show("string", {r.str("n="), 3, r.str(" "), r.kw("ok"), r.str(" "), symbol("sym"), r.flo(2)}) == "\"n=3 ok sym2.0\"");
  CHECK(r.show("string", {r.array({r.str("a"), r.kw("b")})}) == "\"[\\\"a\\\" :b]\"");
  CHECK(r.show("string", {r.bytes({104, 105})}) == "\"hi\"");
  CHECK(r.show("string", {r.array({r.bytes({104}), kNil})}) == "\"[b[104] nil]\"");
  CHECK(r.show("string", {r.bytes({255})}) == "error encoding-error");
  CHECK(r.show("string", {}) == "\"\"");
}

TEST_CASE("pretty printing breaks what is too long") {
  Library r;
  Value v = r.st({r.kw("numbers"), r.array({1, 2, 3}), r.kw("list"), r.list({r.kw("alpha"), r.kw("beta")})});
  CHECK(pretty_print(v, 80) == print_literal(v));
  CHECK(pretty_print(v, 24) == "{\n  :list (:alpha :beta)\n  :numbers [1 2 3]\n}");
  CHECK(pretty_print(v, 16) == "{\n  :list (\n    :alpha\n    :beta\n  )\n  :numbers [\n    1\n    2\n    3\n  ]\n}");
  Value a = r.marray({r.str("a long enough string")});
  r("push", {a, r.array({a})});
  CHECK(pretty_print(a, 10) == "@[\n  \"a long enough string\"\n  [\n    <cycle>\n  ]\n]");
}

TEST_CASE("describe") {
  Library r;
  CHECK(r.show("describe", {r.array({1, 2, 3})}) == "\"<array (3 elements)>\"");
  CHECK(describe_value(r.str("abc")) == "<string \"abc\" (3 chars)>");
  CHECK(describe_value(Value::fixnum(5)) == "<integer 5>");
  CHECK(describe_value(r.mst({r.kw("a"), 1})) == "<@struct (1 entry)>");
  CHECK(describe_value(kNil) == "<nil>");
  CHECK(describe_value(find_builtin("get")) == "<native-fn get (arity 2-3)>");
}
