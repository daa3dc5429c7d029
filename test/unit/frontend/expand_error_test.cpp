// What the expander reports (03 section 16).
#include "expand_fixture.hpp"

#include <doctest/doctest.h>

using namespace evjit::frontend::test;

namespace {

void fails(const char *text, const char *part) {
  std::string m = expand(text).messages();
  CHECK_MESSAGE(m.find(part) != std::string::npos, text, " reported: ", m);
}
void fine(const char *text) {
  Expanded e = expand(text);
  CHECK_MESSAGE(e.problems.empty(), text, " reported: ", e.messages());
}

} // namespace

TEST_CASE("expand errors: names") {
  fails("(t/prnit 1)", "1:2 undefined variable: t/prnit (did you mean: t/print?)");
  fails("(nope) (nada)", "1:9 undefined variable: nada");
  fails("(def x 1) (assign x 2)", "cannot assign immutable binding 'x' (use @x to make it mutable)");
  fails("(assign y 2)", "undefined variable: y");
  fails("(assign a:b 2)", "assign target must be a symbol");
  fails("(assign t/len 2)", "cannot assign immutable binding");
  fails("(t/print when)", "macro used as a value");
  fine("(def @x 1) (assign x 2)");
}

TEST_CASE("expand errors: shapes") {
  fails("(if)", "if: expected (if test then else?)");
  fails("(def x)", "def: expected (def pattern value)");
  fails("(fn [])", "fn: expected (fn params doc? body+)");
  fails("(let [[a 1] [b 2]] a)", "pair style");
  fails("(let (x 1) x)", "let: expected a (target value) pair");
  fails("(let [x] x)", "let: odd number of forms");
  fails("(let {x 1} x)", "let: expected a binding list");
  fails("(error 1 2)", "error: expected");
  fails("(try 1)", "try: expected");
  fails("{:a}", "odd number of forms");
  fails("b[256]", "bytes literal");
  fails(";[1]", "';' is splice");
  fails("{;[1 2]}", "comments start with '#'");
  fails(",x", "unquote outside template");
}

TEST_CASE("expand errors: patterns and parameters") {
  fails("(fn [x x] 1)", "duplicate name 'x'");
  fails("(letrec [x 1 x 2] x)", "duplicate name 'x'");
  fails("(def [a a] 1)", "duplicate name 'a'");
  fails("(def [a 1] 1)", "a literal is not a binding pattern");
  fails("(fn [&opt] 1)", "&opt needs at least one name");
  fails("(fn [& a b] 1)", "& must be followed by exactly one");
  fails("(match 1 1 2)", "non-exhaustive match");
  fails("(match 1 true 2 false)", "pattern without a body");
  fails("(match 1 (or a b) 1)", "binds different variables");
  fine("(match 1 true 2 false 3)");
  fine("(fn [_ _] 1)");
}

TEST_CASE("expand errors: break") {
  fails("(break)", "break outside of any block");
  fails("(block (break :x))", "no block named :x in scope");
  fails("(block (fn [] (break)))", "break cannot cross function boundary");
  fails("(block (protect (break)))", "break cannot leave a protected body");
  fine("(block (protect (block (break))))");
  fine("(block (try 1 (catch e (break))))");
}
