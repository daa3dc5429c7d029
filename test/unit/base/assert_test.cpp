// base/assert: a failed check names the place and the reason and ends the process by SIGABRT.
#include "base/assert.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Ended {
  int signal = 0;
  std::string said; // on stderr
};

Ended run_child(void (*body)()) {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGABRT, SIG_DFL);
    dup2(fds[1], 2);
    close(fds[0]);
    body();
    _exit(0);
  }
  close(fds[1]);
  Ended e;
  char buf[512];
  for (ssize_t n; (n = read(fds[0], buf, sizeof buf)) > 0;)
    e.said.append(buf, static_cast<size_t>(n));
  close(fds[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  e.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return e;
}

} // namespace

TEST_CASE("a failed check aborts and says where and why") {
  Ended e = run_child([] { EVJIT_CHECK(1 + 1 == 3, "sums are wrong"); });
  CHECK(e.signal == SIGABRT);
  CHECK(e.said.find("assert_test.cpp") != std::string::npos);
  CHECK(e.said.find("sums are wrong") != std::string::npos);
}

TEST_CASE("a check that holds says nothing") {
  Ended e = run_child([] { EVJIT_CHECK(1 + 1 == 2, "sums are wrong"); });
  CHECK(e.signal == 0);
  CHECK(e.said.empty());
}
