// The expander's trees for small programs (03).
#include "expand_fixture.hpp"

#include <doctest/doctest.h>

using namespace evjit::frontend::test;

namespace {

std::string tree(const char *text) {
  Expanded e = expand(text);
  CHECK_MESSAGE(!e.tree.empty(), text, ": ", e.messages());
  return e.tree;
}

} // namespace

TEST_CASE("expand: atoms, calls, conditionals") {
  CHECK(tree("1") == "(scope [] 1)");
  CHECK(tree("(t/add 1 :k)") == "(scope [] (call #t/add 1 :k))");
  CHECK(tree("(if 1 2)") == "(scope [] (if 1 2))");
  CHECK(tree("(cond 1 2 3 4 5)") == "(scope [] (if 1 2 (if 3 4 5)))");
  CHECK(tree("(when 1 2 3)") == "(scope [] (if 1 (seq 2 3) nil))");
  CHECK(tree("[1 2 {:a 3}]") == "(scope [] [1 2 {:a 3}])");
  CHECK(tree("@[1 ;[2]]") == "(scope [] (@array 1 ;[2]))");
  CHECK(tree("(t/add ;[1] 2)") == "(scope [] (call #t/add ;[1] 2))");
}

TEST_CASE("expand: scopes and redefinition") {
  CHECK(tree("(def x 1) (def x (t/add x 1)) x") == "(scope [] (seq (def x 1) (def x.2 (call #t/add x 1)) x.2))");
  CHECK(tree("(defn f [] (g)) (defn g [] 1)") == "(scope [] (seq (def f (fn f [] (call g))) (def g (fn g [] 1))))");
  CHECK(tree("(let [x 1 x (t/add x)] x)") == "(scope [] (scope [x x.2] (seq (def x 1) (def x.2 (call #t/add x)) x.2)))");
  CHECK(tree("(fn [x] (def x (t/add x)) x)") ==
        "(scope [] (fn [x] (scope [x.2] (seq (def x.2 (call #t/add x)) x.2))))");
  CHECK(tree("(let [t/len 1] t/len) t/len") == "(scope [] (seq (scope [t/len] (seq (def t/len 1) t/len)) #t/len))");
  CHECK(tree("(def m {}) m:a:b") == "(scope [] (seq (def m {}) (field :b (field :a m))))");
}

TEST_CASE("expand: patterns") {
  CHECK(tree("(def [a {:k @b} & r] 1)") == "(scope [] (def [a {:k @b} & r] 1))");
  CHECK(tree("(match 1 (or [x 1] [2 x]) x 'q 2 (p . r) 3 _ 4)") ==
        "(scope [] (match 1 (or [x =1] [=2 x]) => x =q => 2 (p . r) => 3 _ => 4))");
  CHECK(tree("(match 1 x when (t/len x) 2 _ 3)") == "(scope [] (match 1 x when (call #t/len x) => 2 _ => 3))");
  CHECK(tree("(fn [[a b] &opt c & d] a)") == "(scope [] (fn [% &opt c & d] (scope [a b] (seq (def [a b] %) a))))");
  CHECK(tree("(fn [&named u] u)") == "(scope [] (fn [&named %] (scope [u] (seq (def u (field :u %)) u))))");
}

TEST_CASE("expand: control") {
  CHECK(tree("(block :a (while 1 (break :a 2)))") == "(scope [] (block b1 (block b2 (loop 1 (break b1 2)))))");
  CHECK(tree("(try 1 (catch e e))") == "(scope [] (try 1 (scope [e] (seq (def e <caught>) e))))");
  CHECK(tree("(defer 1 2)") == "(scope [] (defer 1 2))");
  CHECK(tree("(error)") == "(scope [] (raise nil))");
}

TEST_CASE("expand: quote and templates") {
  CHECK(tree("'(a [b] @[1])") == "(scope [] copy:(a [b] @[1]))");
  CHECK(tree("(def n 3) `(a ,n ,;[4])") == "(scope [] (seq (def n 3) (list a n ;[4])))");
  CHECK(tree("(def n 3) `(1 `(2 ,(3 ,n)))") ==
        "(scope [] (seq (def n 3) (list 1 (list quasiquote (list 2 (list unquote (list 3 n)))))))");
}

TEST_CASE("expand: a lexical binding hides a standard macro") {
  CHECK(tree("(fn [when] (when 1))") == "(scope [] (fn [when] (call when 1)))");
  CHECK(tree("(fn [] (when 1) (def when 2))") == "(scope [] (fn [] (scope [when] (seq (call when 1) (def when 2)))))");
}
