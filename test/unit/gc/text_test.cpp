// Graphemes, string functions, string/format, bytes, JSON, conversions, numbers (02 section 9; 05 sections 1, 5, 11).
#include "test/unit/gc/library.hpp"

#include "gc/value/text.hpp"

#include <cmath>

using namespace evjit::gc;
using namespace evjit::gc::test;

TEST_CASE("graphemes are clusters, CR LF is one") {
  Library r;
  CHECK(text::grapheme_count("abc") == 3);
  CHECK(text::grapheme_count("a\r\nb") == 3);
  CHECK(!text::is_plain("a\r\nb"));
  CHECK(text::is_plain("a\rb\n"));
  CHECK(text::grapheme_count("e\u0301x") == 2);
  CHECK(text::grapheme_count("👩‍👩‍👧 🇩🇪🇫🇷") == 4);
  CHECK(r.show("length", {r.str("👍🏽é\r\n")}) == "3");
  CHECK(r.show("get", {r.str("a\r\nb"), 1}) == "\"\\r\\n\"");
  CHECK(r.show("reverse", {r.str("ae\u0301")}) == "\"e\u0301a\"");
  CHECK(!text::is_valid_utf8("\xc3"));
  CHECK(!text::is_valid_utf8("\xed\xa0\x80"));
}

TEST_CASE("string functions") {
  Library r;
  CHECK(r.show("string/upcase", {r.str("straße ñ")}) == "\"STRASSE Ñ\"");
  CHECK(r.show("string/downcase", {r.mstr("ΑΣ ÄB")}) == "@\"ας äb\"");
  CHECK(r.show("string/trim", {r.str(" \t\u00a0a b\u2003\n")}) == "\"a b\"");
  CHECK(r.show("string/find", {r.str("banana"), r.str("an"), 2}) == "3");
  CHECK(r.show("string/find", {r.str("éaéb"), r.str("b")}) == "3");
  CHECK(r.show("string/find", {r.str("ab"), r.str("x")}) == "nil");
  CHECK(r.show("string/find", {r.str("ab"), r.str("a"), -1}) == "error argument-error");
  CHECK(r.show("string/split", {r.str("a--b"), r.str("-")}) == "[\"a\" \"\" \"b\"]");
  CHECK(r.show("string/split", {r.str(""), r.str("-")}) == "[\"\"]");
  CHECK(r.show("string/split", {r.str("a"), r.str("")}) == "error argument-error");
  CHECK(r.show("string/join", {r.list({r.str("a"), r.mstr("b")}), r.str(", ")}) == "\"a, b\"");
  CHECK(r.show("string/join", {r.array({1}), r.str("")}) == "error type-error");
  CHECK(r.show("string/replace", {r.mstr("aXbX"), r.str("X"), r.str("--")}) == "@\"a--b--\"");
  CHECK(r.show("string/repeat", {r.str("ab"), 3}) == "\"ababab\"");
  CHECK(r.show("string/repeat", {r.str("ab"), -3}) == "error argument-error");
  CHECK(r.show("string/starts-with?", {r.str("abc"), r.str("")}) == "true");
  CHECK(r.show("uri-encode", {r.str("a b/é")}) == "\"a%20b%2F%C3%A9\"");
  CHECK(r.show("string-upcase", {r.str("a")}) == "\"A\"");
}

TEST_CASE("string/format") {
  Library r;
  auto f = [&](std::string_view t, Value v) {
    Value out = r("string/format", {r.str(t), v});
    return out.is_error() ? "error " + error_kind(r.m) : std::string(string_view_of(out));
  };
  CHECK(r.show("string/format", {r.str("{}/{}"), 1, r.kw("two")}) == "\"1/two\"");
  CHECK(r.show("string/format", {r.str("{n:05d}|{s:*^7}|{f:.2f}"), r.kw("n"), -42, r.kw("s"), r.str("mid"), r.kw("f"), r.flo(2)}) ==
        "\"-0042|**mid**|2.00\"");
  CHECK(f("{:5}|", r.str("ab")) == "ab   |");
  CHECK(f("{:5}|", Value::fixnum(7)) == "    7|");
  CHECK(f("{:é>3}", r.str("x")) == "ééx");
  CHECK(f("{:.2}", r.str("née")) == "né");
  CHECK(f("{:x} ", Value::fixnum(-255)) == "-ff ");
  CHECK(f("{:X}", Value::fixnum(255)) == "FF");
  CHECK(f("{:b}", Value::fixnum(5)) == "101");
  CHECK(f("{:d}", r.flo(-2.9)) == "-2");
  CHECK(f("{:f}", Value::fixnum(3)) == "3.0");
  CHECK(f("{:f}", r.flo(0.25)) == "0.25");
  CHECK(f("{:e}", r.flo(1000)) == "1e3");
  CHECK(f("{:e}", r.flo(0.00125)) == "1.25e-3");
  CHECK(f("{{{}}}", Value::fixnum(1)) == "{1}");
  CHECK(f("{:}<4}", r.str("a")) == "a}}}");
  CHECK(f("{", Value::fixnum(1)) == "error format-error");
  CHECK(f("}", Value::fixnum(1)) == "error format-error");
  CHECK(f("{} {}", Value::fixnum(1)) == "error format-error");
  CHECK(f("none", Value::fixnum(1)) == "error format-error");
  CHECK(f("{:d}", r.str("a")) == "error format-error");
  CHECK(f("{:s}", Value::fixnum(1)) == "error format-error");
  CHECK(f("{:q}", Value::fixnum(1)) == "error format-error");
  CHECK(f("{a}", r.kw("a")) == "error format-error");
  CHECK(r.show("string/format", {r.str("{a}"), 1, 2}) == "error type-error");
  CHECK(r.show("string/format", {r.str("{a}"), r.kw("b"), 2}) == "error format-error");
  CHECK(r.show("string/format", {r.str("{a} {}"), r.kw("a"), 2}) == "error format-error");
}

TEST_CASE("bytes and hexadecimal text") {
  Library r;
  CHECK(r.show("bytes", {r.str("né")}) == "b[110 195 169]");
  CHECK(r.show("@bytes", {1, 2}) == "@b[1 2]");
  CHECK(r.show("bytes", {256}) == "error value-error");
  CHECK(r.show("bytes", {r.str("a"), 1}) == "error type-error");
  CHECK(r.show("@string", {104, r.str("é")}) == "@\"hé\"");
  CHECK(r.show("@string", {255}) == "error encoding-error");
  CHECK(r.show("seq->hex", {r("bytes", {r.str("AZ")})}) == "\"415a\"");
  CHECK(r.show("seq->hex", {0}) == "\"00\"");
  CHECK(r.show("seq->hex", {256}) == "\"0100\"");
  CHECK(r.show("seq->hex", {-1}) == "error value-error");
  CHECK(r.show("seq->hex", {r.marray({255})}) == "@\"ff\"");
}

TEST_CASE("conversions") {
  Library r;
  CHECK(r.show("integer", {r.flo(-3.9)}) == "-3");
  CHECK(r.show("integer", {r.flo(NAN)}) == "error value-error");
  CHECK(r.show("parse-int", {r.str("zz"), 36}) == "1295");
  CHECK(r.show("parse-int", {r.str("-9223372036854775808")}) == "-9223372036854775808");
  CHECK(r.show("parse-int", {r.str("9223372036854775808")}) == "error parse-error");
  CHECK(r.show("parse-int", {r.str("12x")}) == "error parse-error");
  CHECK(print_literal(struct_get(r.m.error, "input")) == "\"12x\"");
  CHECK(r.show("parse-int", {r.str("+-1")}) == "error parse-error");
  CHECK(r.show("parse-int", {r.str("1"), 1}) == "error argument-error");
  CHECK(r.show("parse-float", {r.str("-2.5e3")}) == "-2500.0");
  CHECK(r.show("parse-float", {r.str("-inf")}) == "-inf");
  CHECK(r.show("parse-float", {r.str("1e-999")}) == "0.0");
  CHECK(r.show("parse-float", {r.str("")}) == "error parse-error");
  CHECK(r.show("parse-float", {r.str("0x1p3")}) == "error parse-error");
  CHECK(r.show("number->string", {-255, 16}) == "\"-ff\"");
  CHECK(r.show("number->string", {r.flo(1), 16}) == "error type-error");
}

TEST_CASE("numbers") {
  Library r;
  CHECK(r.show("max", {3, r.flo(2.5)}) == "3");
  CHECK(r.show("min", {1, r.flo(NAN), 0}) == "NaN");
  CHECK(r.show("abs", {make_int(r.m, INT64_MIN)}) == "error overflow");
  CHECK(r.show("inc", {make_int(r.m, INT64_MAX)}) == "-9223372036854775808");
  CHECK(r.show("range", {10, 0, -4}) == "[10 6 2]");
  CHECK(r.show("range", {0, r.flo(1), r.flo(0.25)}) == "[0.0 0.25 0.5 0.75]");
  CHECK(r.show("range", {3, 1}) == "[]");
  CHECK(r.show("range", {0, 1, 0}) == "error argument-error");
  CHECK(r.show("sum", {r.array({1, r.flo(2.5)})}) == "3.5");
  CHECK(r.show("pow", {3, 4}) == "81");
  CHECK(r.show("pow", {2, -1}) == "0.5");
  CHECK(r.show("pow", {2, 64}) == "0");
  CHECK(r.show("round", {r.flo(-2.5)}) == "-3");
  CHECK(r.show("floor", {r.flo(1e300)}) == "error value-error");
  CHECK(r.show("math/sqrt", {-1}) == "NaN");
  CHECK(r.show("bit/shr", {-8, 99}) == "-1");
  CHECK(r.show("bit/shl", {1, -1}) == "error argument-error");
  CHECK(r.show("bit/or", {4, 2}) == "6");
}

TEST_CASE("JSON") {
  Library r;
  CHECK(r.show("json/parse", {r.str("{\"k\":[1,2.5]}"), r.kw("keys"), r.kw("keyword")}) == "@{:k (1 2.5)}");
  CHECK(r.show("json/parse", {r.str(" [true,null,-0,1e2,12345678901234567890,\"a\\u00e9\\ud83d\\ude00\\n\"] ")}) ==
        "(true nil 0 100.0 12345678901234567000.0 \"aé😀\\n\")");
  CHECK(r.show("json/parse", {r.str("{\"a\":1,\"a\":2}")}) == "@{\"a\" 2}");
  for (const char *bad : {"", "[1,]", "{\"a\"}", "01", "1.", "nul", "[1] 2", "\"\\x\"", "\"\\ud800\"", "'a'", "\"a\nb\"", "-"}) {
    CAPTURE(bad);
    CHECK(r.show("json/parse", {r.str(bad)}) == "error parse-error");
  }
  CHECK(print_literal(struct_get(r.m.error, "offset")) == "1"); // behind the -
  CHECK(r.show("json/parse", {r.str("1"), r.kw("keys")}) == "error arity-error");
  CHECK(r.show("json/parse", {r.str("1"), r.kw("x"), kNil}) == "error argument-error");
  CHECK(r.show("json/serialize", {r.st({r.kw("b"), r.array({1, kNil}), r.kw("a"), r.str("x\n")})}) ==
        "\"{\\\"a\\\":\\\"x\\\\n\\\",\\\"b\\\":[1,null]}\"");
  CHECK(r.show("json/serialize", {r.flo(NAN)}) == "error value-error");
  CHECK(r.show("json/serialize", {r.st({1, 2})}) == "error value-error");
  CHECK(r.show("json/pretty", {r.array({1, r.st({})})}) == "\"[\\n  1,\\n  {}\\n]\"");
}

TEST_CASE("traits ride along and change nothing") {
  Library r;
  Value v = r.array({1}), t = r("with-traits", {v, r.st({r.kw("a"), 1})});
  CHECK(equal(v, t));
  CHECK(r.show("traits", {t}) == "{:a 1}");
  CHECK(r.show("traits", {v}) == "nil");
  CHECK(r.show("traits", {r("rest", {t})}) == "nil");
  CHECK(r.show("with-traits", {1, r.st({})}) == "error type-error");
  CHECK(r.show("with-traits", {v, r.mst({})}) == "error type-error");
  CHECK(r.show("with-traits", {find_builtin("get"), r.st({})}) == "error type-error");
}

TEST_CASE("every primitive says what it does") {
  for (auto table : library_tables())
    for (const PrimDef &def : table) {
      CAPTURE(def.name);
      CHECK((def.fn != nullptr));
      if (std::string_view(def.name).starts_with("%%"))
        continue;
      CHECK(*def.doc != '\0');
      CHECK((def.arity.max == 0 || *def.params != '\0'));
    }
}
