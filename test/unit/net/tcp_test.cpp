#include "net_world.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace evjit::test;

namespace {

Value listen_here(NetWorld &w) { return w.call("tcp/listen", {w.str("127.0.0.1"), num(0)}); }
Value connect_to(NetWorld &w, Value listener) { return w.call("tcp/connect", {w.str("127.0.0.1"), num(port_number(listener))}); }

} // namespace

TEST_CASE("a line goes there and back, then the end of input") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w);
    Thunk server = [&](Mutator &) {
      Value c = w.call("tcp/accept", {l});
      w.call("port/write", {c, w.call("port/read-line", {c})});
      return w.call("port/close", {c});
    };
    Value f = w.spawn(server);
    Value c = connect_to(w, l);
    CHECK(w.call("port/write", {c, w.str("hey\r\n")}) == num(5));
    CHECK(text(w.call("port/read-line", {c})) == "hey");
    CHECK(w.call("port/read-line", {c}).is_nil());
    w.call("ev/join", {f});
    w.call("port/close", {c});
    CHECK(w.call("port/read", {c, num(1)}).is_error());
    CHECK(w.reason() == "closed");
    return w.call("port/close", {l});
  }) == 0);
}

TEST_CASE("refused, in use, timed out") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w);
    int64_t number = port_number(l);
    CHECK(w.call("tcp/listen", {w.str("127.0.0.1"), num(number)}).is_error());
    CHECK(w.reason() == "address-in-use");
    CHECK(w.call("tcp/accept", {l, key("timeout"), num(5)}).is_error());
    CHECK(w.reason() == "timeout");
    CHECK(w.call("tcp/accept", {l, key("timeout"), num(0)}).is_error());
    CHECK(w.reason() == "timeout");
    w.call("port/close", {l});
    CHECK(w.call("tcp/connect", {w.str("127.0.0.1"), num(number)}).is_error());
    CHECK(w.reason() == "connection-refused");
    return kNil;
  }) == 0);
}

TEST_CASE("a reset is an error, an orderly end is nil") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(port_number(l)));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a) == 0);
    Value c = w.call("tcp/accept", {l});
    linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    CHECK(w.call("port/read", {c, num(10)}).is_error());
    CHECK(w.reason() == "connection-reset");
    w.call("port/close", {c});
    return w.call("port/close", {l});
  }) == 0);
}

TEST_CASE("an aborted reader loses nothing, also when it had been woken") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w), c = connect_to(w, l), s = w.call("tcp/accept", {l});
    Thunk reader = [&](Mutator &) { return w.call("port/read", {s, num(10)}); };
    Value first = w.spawn(reader), second = w.spawn(reader);
    w.call("ev/sleep", {num(0)});
    w.call("port/write", {c, w.str("abc")});
    w.call("ev/abort", {first});
    CHECK(text(w.call("ev/join", {second})) == "abc");
    w.call("port/close", {c});
    w.call("port/close", {s});
    return w.call("port/close", {l});
  }) == 0);
}

TEST_CASE("closing wakes those who wait") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w);
    Thunk acceptor = [&](Mutator &) { return w.call("tcp/accept", {l}); };
    Value a = w.spawn(acceptor), b = w.spawn(acceptor);
    w.call("ev/sleep", {num(0)});
    w.call("port/close", {l});
    CHECK(w.call("ev/join", {a}).is_error());
    CHECK(w.reason() == "closed");
    CHECK(w.call("ev/join", {b}).is_error());
    CHECK(w.reason() == "closed");
    return kNil;
  }) == 0);
}

TEST_CASE("no descriptors left: the listener stays usable") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w), c = connect_to(w, l);
    int next = dup(0);
    close(next);
    rlimit old{}, low{};
    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = static_cast<rlim_t>(next);
    setrlimit(RLIMIT_NOFILE, &low);
    CHECK(w.call("tcp/accept", {l}).is_error());
    CHECK(w.reason() == "too-many-files");
    setrlimit(RLIMIT_NOFILE, &old);
    Value s = w.call("tcp/accept", {l});
    CHECK(!s.is_error());
    for (Value p : {s, c, l})
      w.call("port/close", {p});
    return kNil;
  }) == 0);
}

TEST_CASE("a large write against a slow reader; two writes do not mix") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w), c = connect_to(w, l), s = w.call("tcp/accept", {l});
    constexpr size_t kSize = 4 << 20;
    Value a = w.str(std::string(kSize, 'a')), b = w.str(std::string(kSize, 'b'));
    Thunk write_a = [&](Mutator &) { return w.call("port/write", {c, a}); };
    Thunk write_b = [&](Mutator &) { return w.call("port/write", {c, b}); };
    Value fa = w.spawn(write_a), fb = w.spawn(write_b);
    std::string got;
    while (got.size() < 2 * kSize)
      got += text(w.call("port/read", {s, num(65536)}));
    CHECK(got == std::string(kSize, 'a') + std::string(kSize, 'b'));
    CHECK(w.call("ev/join", {fa}) == num(kSize));
    CHECK(w.call("ev/join", {fb}) == num(kSize));
    for (Value p : {s, c, l})
      w.call("port/close", {p});
    return kNil;
  }) == 0);
}

TEST_CASE("half close") {
  auto &w = net_world();
  CHECK(w.run([&](Mutator &) {
    Value l = listen_here(w), c = connect_to(w, l), s = w.call("tcp/accept", {l});
    w.call("tcp/shutdown", {c, key("write")});
    CHECK(w.call("port/read", {s, num(1)}).is_nil());
    w.call("port/write", {s, w.str("late")});
    CHECK(text(w.call("port/read", {c, num(100)})) == "late");
    for (Value p : {s, c, l})
      w.call("port/close", {p});
    return kNil;
  }) == 0);
}
