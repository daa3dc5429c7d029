// The reader against chapter 01 of the specification.
#include "reader_fixture.hpp"

#include <doctest/doctest.h>

using namespace evjit;
using namespace evjit::frontend;
using namespace evjit::frontend::test;

namespace {

std::string data(const char *text) {
  ReadResult r = read_all(text);
  CHECK_MESSAGE(r.errors.empty(), text, ": ", r.first());
  return r.data;
}

void fails(const std::string &text, const char *message, const char *where) {
  ReadResult r = read_all(text);
  INFO(text);
  REQUIRE(!r.errors.empty());
  CHECK(r.first().find(message) != std::string::npos);
  CHECK_MESSAGE(r.first().find(message) != std::string::npos, r.first());
  CHECK(r.where() == where);
}

} // namespace

TEST_CASE("reader: brackets") {
  CHECK(data("()") == "()");
  CHECK(data("(a [b] @[1] {:k v} @{} |1 1| @|2| b[1 255] @b[0])") ==
        "(a [b] @[1] {:k v} @{} |1| @|2| b[1 255] @b[0])");
  CHECK(data("|| @||") == "|| @||");
  CHECK(data("|(|1|) 2|") == "|2 (|1|)|");
  CHECK(data("a[1]b[2]c") == "a [1] b[2] c");
  CHECK(data("ab[2]") == "ab [2]");
  CHECK(data("# only a comment") == "");
  CHECK(data("#!/usr/bin/env evjit\n1") == "1");
  CHECK(data("\xef\xbb\xbf#!x\n1") == "1");
  fails("\xef\xbb\xbf )", "unexpected closing", "1:2");
  CHECK(data("c# (a)#x\n b") == "c# (a) b");
  CHECK(data("1\xc2\xa0" "2\xe3\x80\x80" "3") == "1 2 3");
}

TEST_CASE("reader: prefixes") {
  CHECK(data("'x `x ,x ,;x ;x") == "(quote x) (quasiquote x) (unquote x) (unquote-splicing x) (splice x)");
  CHECK(data("' # comment\n x") == "(quote x)");
  CHECK(data("''(a)") == "(quote (quote (a)))");
  CHECK(data("[1 ;[2]]") == "[1 (splice [2])]");
  CHECK(data("a'b") == "a (quote b)");
}

TEST_CASE("reader: names") {
  CHECK(data("- -> -x +x .5 . & ev/join ->a \xce\xbb \xce\xbb:\xce\xbc") == "- -> -x +x .5 . & ev/join ->a \xce\xbb \xce\xbb:\xce\xbc");
  CHECK(data("a:b:c x:1 x:y") == "a:b:c x :1 x:y");
  CHECK(data(":a :@set :a:b :1 @x @array") == ":a :@set :a:b :1 @x @array");
  CHECK(data("a@b") == "a @b");
  CHECK(data("nil true false nilx") == "nil true false nilx");
  fails(": x", "invalid keyword", "1:1");
  fails("x:", "invalid keyword", "1:2");
  fails("(a :)", "invalid keyword", "1:4");
  fails("@ x", "@ must be followed by [ { | \" b[ or a name", "1:1");
  fails("(@(1))", "@ must be followed", "1:2");
}

TEST_CASE("reader: integers") {
  CHECK(data("0xFF 0b1010_1010 0o17 -0x10 1_000 042 +5") == "255 170 15 -16 1000 42 5");
  CHECK(data("9223372036854775807 -9223372036854775808 -0x8000000000000000") ==
        "9223372036854775807 -9223372036854775808 -9223372036854775808");
  CHECK(data("1:a") == "1 :a");
  for (const char *bad : {"9223372036854775808", "-9223372036854775809", "0x8000000000000000", "12abc", "1/2", "0x", "0b2",
                          "0o8", "0xfg", "99999999999999999999", "1#", "0x1.5"})
    fails(bad, (std::string("invalid integer ") + bad).c_str(), "1:1");
  for (const char *bad : {"1_", "1__0", "0x_1", "0x1_", "1_.5", "1._5", "1_e5", "1e_5", "1e5_", "12_abc"})
    fails(bad, (std::string("invalid underscore in ") + bad).c_str(), "1:1");
}

TEST_CASE("reader: floats") {
  CHECK(data("1e3 2.5e-1 1_0.5 5. 5.e2 1E+2 -0.5") == "1000.0 0.25 10.5 5.0 500.0 100.0 -0.5");
  CHECK(data("1e-400 0.0e999 4.9e-324") == "0.0 0.0 5e-324");
  for (const char *bad : {"1.2.3", "1e", "1e+", "1.5x", "1e400", "-1e309", "1e99999999999999999999", "0.001e400"})
    fails(bad, (std::string("invalid float ") + bad).c_str(), "1:1");
}

TEST_CASE("reader: strings") {
  CHECK(data(R"("a\tb\\\"\q\x41\u{e9}\u{1F600}")") == "\"a\\tb\\\\\\\"qA\xc3\xa9\xf0\x9f\x98\x80\"");
  CHECK(data("\"a\nb\r\n\"") == "\"a\\nb\\r\\n\"");
  CHECK(data("@\"x\"") == "@\"x\"");
  CHECK(data("\"a\"\"b\"") == "\"a\" \"b\"");
  fails("x \"abc", "unterminated string", "1:3");
  fails("\"abc\\", "unterminated string", "1:1");
  fails("\"ab\\x4\"", "invalid escape", "1:4");
  fails("\"\\u{}\"", "invalid escape", "1:2");
  fails("\"\\u{d800}\"", "invalid escape", "1:2");
  fails("\"\\u{110000}\"", "invalid escape", "1:2");
  fails("\"\\u{1234567}\"", "invalid escape", "1:2");
  fails("\"\n\n  \\u41\"", "invalid escape", "3:3");
}

TEST_CASE("reader: unterminated and mismatched brackets") {
  fails("(a", "unterminated list", "1:1");
  fails("(a [b", "unterminated array", "1:4");
  fails("{:a\n(b) @|x", "unterminated set", "2:5");
  fails("{:a", "unterminated struct", "1:1");
  fails("@b[1", "unterminated bytes", "1:1");
  fails("'", "unexpected end of input", "1:2");
  fails("('", "unterminated list", "1:1");
  fails("(')", "unexpected closing parenthesis", "1:3");
  fails(")", "unexpected closing parenthesis", "1:1");
  fails("x ]", "unexpected closing bracket", "1:3");
  fails("}", "unexpected closing brace", "1:1");
  fails("(a\n [b)", "unexpected closing parenthesis ): expected ] for the [ at 2:2", "2:4");
}

TEST_CASE("reader: goes on after an error") {
  ReadResult r = read_all("(a [1)\n(b 12x)\n\"\\xzz\"\n(c] d)\n@ ");
  REQUIRE(r.errors.size() == 5);
  CHECK(r.errors[1].span.line == 2);
  CHECK(r.errors[2].span.line == 3);
  CHECK(r.errors[3].span.line == 4);
  CHECK(r.errors[4].span.line == 5);
  CHECK(r.data == "(a [1]) (b nil) \"zz\" (c d) nil");
}

TEST_CASE("reader: bad UTF-8") {
  fails("(ab\n\xc3\xa9 \xff)", "invalid UTF-8: unexpected byte 0xFF", "2:3");
  fails("\xc0\x80", "invalid UTF-8", "1:1");
  fails("\xed\xa0\x80", "invalid UTF-8", "1:1");
  fails("a\xe2\x82", "invalid UTF-8", "1:2");
}

TEST_CASE("reader: quoted literals that are no data") {
  fails("'{:a}", "struct literal", "1:2");
  fails("b[256]", "bytes literal", "1:1");
  fails("{1.5 2}", "a key cannot be of type float", "1:1");
}

TEST_CASE("reader: nesting is bounded, not the native stack") {
  std::string deep(1000000, '(');
  fails(deep, "nested more than 10000 levels deep", "1:10001");
  fails(std::string(1000000, '\''), "nested more than 10000 levels deep", "1:10001");
  std::string ok = std::string(9999, '[') + std::string(9999, ']');
  CHECK(read_all(ok).errors.empty());
}

TEST_CASE("reader: literate programs") {
  const char *text = "# Title (\n```lisp\n(def a 1)\n```\n``` text\n)))\n```\n  ```evjit  \n(+ a\n   2)\n   ```\n```lisp ignore\n(\n```\n";
  ReadResult r = read_all(text, "t.md");
  CHECK(r.errors.empty());
  CHECK(r.data == "(def a 1) (+ a 2)");
  r = read_all("```lisp\n(a\n```\n```lisp\nb)\n", "t.md");
  REQUIRE(r.errors.size() == 2);
  CHECK(r.errors[0].message == "unterminated list");
  CHECK(r.where() == "2:1");
  CHECK(r.errors[1].span.line == 5);
  CHECK(read_all("x\n```lisp\n1", "t.md").data == "1");
}

TEST_CASE("reader: spans count code points") {
  Heap h;
  DiagSink sink;
  gc::RootVector forms(h.m);
  read_source(h.m, add_source("t.lisp", "#!x\n\t(\xc3\xa9 \"\xe2\x82\xac\" 'b)\n @[q]"), sink, forms);
  REQUIRE(forms.size() == 2);
  auto *list = forms[0].as<gc::Syntax>();
  CHECK(list->line == 2);
  CHECK(list->col == 2);
  gc::Value third = gc::head(gc::tail(gc::tail(list->datum)));
  CHECK(third.as<gc::Syntax>()->col == 9);
  CHECK(forms[1].as<gc::Syntax>()->col == 2);
  CHECK(literal_kind(forms[1]) == LiteralKind::MArray);
}

TEST_CASE("reader: incomplete input asks for more") {
  CHECK(is_incomplete(read_all("(a").errors));
  CHECK(is_incomplete(read_all("\"a").errors));
  CHECK(is_incomplete(read_all("'").errors));
  CHECK_FALSE(is_incomplete(read_all("(a 12x").errors));
  CHECK_FALSE(is_incomplete(read_all("a)").errors));
  CHECK_FALSE(is_incomplete(read_all("a").errors));
}

TEST_CASE("reader: data to syntax and back") {
  Heap h;
  DiagSink sink;
  gc::RootVector forms(h.m);
  read_source(h.m, add_source("t.lisp", "(a [b 1] @{:k @[x]} |s| b[1] @\"m\" ())"), sink, forms);
  gc::Value datum = syntax_to_datum(h.m, forms[0], sink);
  gc::Value again = datum_to_syntax(h.m, datum, 7, {1, 2, 3});
  REQUIRE(gc::is(again, gc::Type::Syntax));
  CHECK(again.as<gc::Syntax>()->chain == 7);
  CHECK(gc::print_literal(syntax_to_datum(h.m, again, sink)) == "(a [b 1] @{:k @[x]} |s| b[1] @\"m\" ())");
  CHECK(sink.all().empty());
  CHECK(datum_to_syntax(h.m, again, 9, {1, 1, 1}) == again); // syntax stays as it is
  gc::Value loop = gc::make_marray(h.m, nullptr, 0);
  gc::marray_push(h.m, loop, loop);
  CHECK(datum_to_syntax(h.m, loop, 0, {}) == gc::kAbsent);
  gc::Value plain = gc::make_list(h.m, &datum, 1);
  CHECK(syntax_to_datum(h.m, plain, sink) == plain); // nothing to strip: not copied
}
