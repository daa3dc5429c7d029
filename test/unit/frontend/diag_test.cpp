// Rendering of diagnostics (06 section 6, 01 section 8.1).
#include "frontend/diag/report.hpp"
#include "expand_fixture.hpp"

#include <doctest/doctest.h>

using namespace evjit::frontend;
using namespace evjit::frontend::test;

TEST_CASE("diag: the line and a caret") {
  uint32_t f = add_source("shop.lisp", "a\n\n(when ok (prnitln total))\r\n\t\xe4\xb8\xad x");
  CHECK(render({Severity::Error, code::UndefinedVariable, {f, 3, 11}, "undefined variable: prnitln (did you mean: println?)", {}, {}}) ==
        "shop.lisp:3:11: error: undefined variable: prnitln (did you mean: println?)\n"
        "  3 | (when ok (prnitln total))\n"
        "    |           ^\n");
  CHECK(render({Severity::Warning, "W0001", {f, 4, 4}, "m", {}, "try y"}) ==
        "shop.lisp:4:4: warning: m\n"
        "  4 | \t\xe4\xb8\xad x\n"
        "    | \t   ^\n"
        "  hint: try y\n");
  CHECK(render({Severity::Error, "E0000", {f, 0, 0}, "m", {}, {}}) == "shop.lisp: error: m\n");
  CHECK(render({Severity::Error, "E0000", {f, 4, 9}, "m", {}, {}}) == "shop.lisp:4:9: error: m\n  4 | \t\xe4\xb8\xad x\n    | \t        ^\n");
}

TEST_CASE("diag: a missing closer is told from the indentation") {
  const char *text = "(defn pair-up [xs]\n  (let ([a (first xs)]\n        [b (last xs)]\n    [b a]))\n";
  ReadResult r = read_all(text, "pair.lisp");
  REQUIRE(r.errors.size() == 1);
  CHECK(render(r.errors[0]) == "pair.lisp:1:1: error: unterminated list\n"
                               "  1 | (defn pair-up [xs]\n"
                               "    | ^\n"
                               "  note: the ( at 2:8 probably lacks its ) before line 4\n"
                               "  2 |   (let ([a (first xs)]\n"
                               "    |        ^\n"
                               "  3 |         [b (last xs)]\n"
                               "  4 |     [b a]))\n");
}

TEST_CASE("diag: a longer excerpt names the line to look at") {
  const char *text = "(p:start (fn []\n  (let* ([me (p:self)]\n         [peer (p:spawn (fn []\n                 (f)))]\n"
                     "    (send peer))))\n";
  ReadResult r = read_all(text);
  REQUIRE(r.errors.size() == 1);
  CHECK(r.where() == "1:1");
  CHECK(render(r.errors[0]).find("note: the ( at 2:9 probably lacks its ) before line 5, perhaps in line 4\n") != std::string::npos);
}

TEST_CASE("diag: no note without indentation, none when nothing stands out") {
  CHECK(read_all("(a\n(b\n(c)").errors[0].notes.empty());
  CHECK(read_all("(a\n  (b\n    (c)").errors[0].notes.empty());
  CHECK(read_all("(a (b").errors[0].notes.empty());
  ReadResult r = read_all("(def a\n  (b c)\n\n(def d 1)\n");
  REQUIRE(r.errors[0].notes.size() == 1);
  CHECK(r.errors[0].notes[0].message.find("before line 4") != std::string::npos);
}

TEST_CASE("diag: a line inside a string or a closer alone does not count") {
  CHECK(read_all("(a\n   \"x\ny\" (b\n   )").errors[0].notes.empty());
  CHECK(read_all("(a\n  [b\n  ] (c").errors[0].notes.empty());
}

TEST_CASE("diag: a mismatch has the note too") {
  ReadResult r = read_all("(f\n  (let [a 1\n    (g a))\n  x)", "t.lisp");
  REQUIRE(!r.errors.empty());
  CHECK(r.where() == "3:10");
  REQUIRE(r.errors[0].notes.size() == 1);
  CHECK(r.errors[0].notes[0].message == "the [ at {at} probably lacks its ] before line 3");
}

TEST_CASE("diag: long lines and long excerpts are cut") {
  std::string line(5000, 'x');
  uint32_t f = add_source("long.lisp", line);
  std::string out = render({Severity::Error, "E0000", {f, 1, 3000}, "m", {}, {}});
  CHECK(out.size() < 500);
  std::string many = "(let (\n";
  for (int i = 0; i < 50; ++i)
    many += "       [x 1]\n";
  ReadResult r = read_all(many + "  x)");
  CHECK(render(r.errors[0]).find("...") != std::string::npos);
  CHECK(render(r.errors[0]).size() < 700);
}

TEST_CASE("diag: every code once") {
  CHECK(find_diag("E0002")->slug == std::string("unterminated"));
  CHECK(find_diag("unterminated") == find_diag("E0002"));
  CHECK(find_diag("E9999") == nullptr);
}

TEST_CASE("diag: the code comes last, colours change nothing else") {
  uint32_t f = add_source("c.lisp", "(f x)\n");
  Diagnostic d{Severity::Error, code::UndefinedVariable, {f, 1, 4}, "undefined variable: x", {{"see {at}", Span{f, 1, 1}}}, "define it"};
  std::string plain = render(d, {.says_code = true});
  CHECK(plain == render(d) + "  help: evjit explain E0101\n");
  std::string coloured = render(d, {.colour = true, .says_code = true}), bare;
  CHECK(coloured.find("\x1b[1;31merror: \x1b[0m") != std::string::npos);
  for (size_t i = 0; i < coloured.size(); ++i)
    if (coloured[i] == '\x1b')
      i = coloured.find('m', i);
    else
      bare += coloured[i];
  CHECK(bare == plain);
}

TEST_CASE("diag: JSON") {
  uint32_t f = add_source("j \"1\".lisp", "(f\t\xff)\n");
  Diagnostic d{Severity::Warning, code::UnusedBinding, {f, 1, 4}, "a\nb", {{"see {at}", Span{f, 1, 1}}, {"and", {}}}, "\x01"};
  CHECK(to_json(d) == "{\"code\":\"W0002\",\"slug\":\"unused-binding\",\"severity\":\"warning\",\"message\":\"a\\nb\","
                      "\"file\":\"j \\\"1\\\".lisp\",\"line\":1,\"col\":4,\"source\":\"(f\\t\\ufffd)\",\"notes\":["
                      "{\"message\":\"see 1:1\",\"file\":\"j \\\"1\\\".lisp\",\"line\":1,\"col\":1,\"last_line\":1},"
                      "{\"message\":\"and\"}],\"hint\":\"\\u0001\"}");
  d.expected = "2 argument(s)";
  d.found = "1";
  CHECK(to_json(d).ends_with("\"hint\":\"\\u0001\",\"expected\":\"2 argument(s)\",\"found\":\"1\"}"));
}

TEST_CASE("diag: the two sides of a mismatch") {
  auto sides = [](const char *text) {
    Expanded e = expand(text);
    return e.problems.empty() ? "nothing" : e.problems[0].expected + " | " + e.problems[0].found;
  };
  CHECK(sides("(if)") == "(if test then else?) | 0 operands");
  CHECK(sides("(let 5 1)") == "a binding list ( ... ) or [ ... ] | 5");
  CHECK(sides("(let ([a]) 1)") == "a (target value) pair in the binding list | [a]");
  CHECK(sides("(fn 5 1)") == "a parameter list [ ... ] | 5");
  CHECK(sides("(assign 5 1)") == "a symbol | 5");
  CHECK(sides("b[256]") == "an integer from 0 to 255 | 256");
  CHECK(sides("(t/add [1)") == "] | )");
  CHECK(sides("nowhere") == " | ");
}

TEST_CASE("diag: pages") {
  CHECK(list_of_codes().find("E0101  undefined-variable\n") != std::string::npos);
  CHECK(explain("e0101").rfind("E0101 undefined-variable\n\n", 0) == 0);
  CHECK(explain("undefined-variable") == explain("E0101"));
  CHECK(explain("E9999").empty());
}
