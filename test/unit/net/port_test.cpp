#include "net/decode.hpp"
#include "net_world.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <unistd.h>

using namespace evjit::test;
using namespace evjit::net;

TEST_CASE("text is not split inside a character") {
  CHECK(text_prefix("a\xC3\xA9", 2, false) == 1);
  CHECK(text_prefix("\xC3\xA9z", 1, false) == 2);
  CHECK(text_prefix("\xC3", 5, false) == 0);
  CHECK(text_prefix("\xC3", 5, true) == 1);
  CHECK(text_prefix("ab", 5, false) == 2);
  CHECK(text_prefix("\xF0\x9F\x98", 10, false) == 0);
  CHECK(text_prefix("x\xF0\x9F\x98", 10, false) == 1);
  CHECK(text_prefix("\xFF\xFE", 1, false) == 1);
}

TEST_CASE("one replacement per maximal bad sequence") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(sanitize_utf8("a\xC3(") == "a" + r + "(");
  CHECK(sanitize_utf8("\xF0\x9F\x98") == r);
  CHECK(sanitize_utf8("\xE0\x80\x80") == r + r + r);
  CHECK(sanitize_utf8("\xED\xA0\x80") == r + r + r);
  CHECK(sanitize_utf8("\xC3\xA9") == "\xC3\xA9");
}

TEST_CASE("a file through a port: lines, position, seek") {
  auto &w = net_world();
  char path[] = "/tmp/evjit-port-XXXXXX";
  close(mkstemp(path));
  CHECK(w.run([&](Mutator &) {
    CHECK(w.call("file/write", {w.str(path), w.str("one\r\ntwo\nlast")}) == evjit::gc::kTrue);
    Value p = w.call("port/open", {w.str(path), key("read")});
    CHECK(text(w.call("port/read-line", {p})) == "one");
    CHECK(w.call("port/tell", {p}) == num(5));
    CHECK(text(w.call("port/read", {p, num(4)})) == "two\n");
    CHECK(text(w.call("port/read-all", {p})) == "last");
    CHECK(w.call("port/read-line", {p}).is_nil());
    CHECK(w.call("port/seek", {p, num(-4), key("from"), key("end")}) == num(9));
    CHECK(text(w.call("port/read", {p, num(100)})) == "last");
    CHECK(w.call("port/write", {p, w.str("x")}).is_error());
    CHECK(w.reason() == "wrong-direction");
    w.call("port/close", {p});
    CHECK(w.call("port/open", {w.str("/no/such/dir/f"), key("read")}).is_error());
    CHECK(w.reason() == "not-found");
    return kNil;
  }) == 0);
  unlink(path);
}

TEST_CASE("reading and writing at one position") {
  auto &w = net_world();
  char path[] = "/tmp/evjit-port-XXXXXX";
  close(mkstemp(path));
  CHECK(w.run([&](Mutator &) {
    w.call("file/write", {w.str(path), w.str("abcdef")});
    Value p = w.call("port/open", {w.str(path), key("read-write")});
    CHECK(text(w.call("port/read", {p, num(2)})) == "ab");
    CHECK(w.call("port/write", {p, w.str("XY")}) == num(2));
    CHECK(text(w.call("port/read-all", {p})) == "ef");
    w.call("port/close", {p});
    Value a = w.call("port/open", {w.str(path), key("append")});
    w.call("port/write", {a, w.str("!")});
    CHECK(w.call("port/tell", {a}) == num(7));
    w.call("port/close", {a});
    CHECK(text(w.call("file/read", {w.str(path)})) == "abXYef!");
    return kNil;
  }) == 0);
  unlink(path);
}

TEST_CASE("datagrams") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value u = w.call("udp/bind", {w.str("127.0.0.1"), num(0)});
    CHECK(w.call("udp/send-to", {u, w.str("ping"), w.str("127.0.0.1"), num(port_number(u))}) == num(4));
    Value got = w.call("udp/recv-from", {u, num(64)});
    CHECK(evjit::gc::bytes_view_of(evjit::gc::struct_get(got, "data")) == "ping");
    CHECK(evjit::gc::struct_get(got, "port") == num(port_number(u)));
    return w.call("port/close", {u});
  }) == 0);
}

TEST_CASE("children") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &m) {
    Value args[2] = {w.str("-c"), w.str("cat; exit 3")};
    Value c = w.call("subprocess/exec", {w.str("sh"), evjit::gc::make_array(m, args, 2)});
    Value in = evjit::gc::struct_get(c, "stdin"), out = evjit::gc::struct_get(c, "stdout");
    CHECK(w.call("port/write", {in, w.str("abc")}) == num(3));
    w.call("port/close", {in});
    CHECK(evjit::gc::bytes_view_of(w.call("port/read-all", {out})) == "abc");
    CHECK(w.call("subprocess/wait", {c}) == num(3));
    CHECK(w.call("subprocess/kill", {c}).is_nil());
    CHECK(w.call("subprocess/exec", {w.str("/no/such"), evjit::gc::make_array(m, nullptr, 0)}).is_error());
    CHECK(w.reason() == "not-found");
    return kNil;
  }) == 0);
}
