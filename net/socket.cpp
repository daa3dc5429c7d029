// See socket.hpp. A connection that is not taken (the call was aborted, timed out, or accept4 failed with EMFILE) stays in the
// listener's backlog for the next call.
#include "net/socket.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;

int open_socket(int family, int type) {
  int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd < 0 ? -errno : fd;
}

void set_int_option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

void apply_options(int fd, const Options &o, bool tcp) {
  if (o.sndbuf)
    set_int_option(fd, SOL_SOCKET, SO_SNDBUF, static_cast<int>(std::min<int64_t>(o.sndbuf, 1 << 30)));
  if (o.rcvbuf)
    set_int_option(fd, SOL_SOCKET, SO_RCVBUF, static_cast<int>(std::min<int64_t>(o.rcvbuf, 1 << 30)));
  if (o.keepalive >= 0)
    set_int_option(fd, SOL_SOCKET, SO_KEEPALIVE, o.keepalive);
  if (tcp && o.nodelay != 0)
    set_int_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int accept_connection(Mutator &m, const PortCall &call, Value *out) {
  Op *op = begin_in(m, call, call.port->in, "accept", out);
  if (!op)
    return -1;
  for (;;) {
    int fd = accept4(call.port->fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      op_end(op);
      return fd;
    }
    int code = errno;
    if (code == EINTR)
      continue;
    if (code != EAGAIN && code != EWOULDBLOCK) {
      op_end(op);
      *out = raise_os(m, {.op = call.op, .code = code, .addr = call.port->name});
      return -1;
    }
    if (!wait_ready(m, call, op, UV_READABLE, "accept", out))
      return -1;
  }
}

bool connect_socket(Op *op, Port *p, const sockaddr *to, socklen_t size, Value target, int *code, Value *out) {
  *code = 0;
  if (connect(p->fd, to, size) == 0)
    return true;
  if (errno != EINPROGRESS) {
    *code = errno;
    return false;
  }
  op_queue(op, p, &p->out);
  int status = port_watch(p, UV_WRITABLE);
  if (status < 0) {
    op_leave(op);
    *code = -status;
    return false;
  }
  if (!op_wait(op, "connect", target, out))
    return false;
  op_leave(op);
  socklen_t length = sizeof *code;
  if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, code, &length) != 0)
    *code = errno;
  return *code == 0;
}

bool want_kind(Mutator &m, const char *op, Value v, PortKind kind, const char *expected, Value *raised) {
  if (is_port(v) && handle_of(v)->port->kind == kind)
    return true;
  *raised = gc::type_error(m, op, expected, v, 0);
  return false;
}

Value shutdown_port(Mutator &m, const char *op, const Value *args, PortKind kind) {
  PortCall call;
  Value raised;
  if (!want_kind(m, op, args[0], kind, "a connected stream port", &raised))
    return raised;
  if (!gc::is_keyword(args[1]))
    return gc::type_error(m, op, ":read, :write or :read-write", args[1], 1);
  std::string_view how = gc::name_of(args[1]);
  int which = how == "read" ? SHUT_RD : how == "write" ? SHUT_WR : how == "read-write" ? SHUT_RDWR : -1;
  if (which < 0)
    return gc::value_error(m, op, "expected :read, :write or :read-write, got :" + std::string(how));
  if (!want_port(m, op, args[0], &call, &raised))
    return raised;
  if (which != SHUT_RD && call.port->out.first && can_wait(m)) { // after the writes before it
    Op *turn = begin_in(m, call, call.port->out, "write", &raised);
    if (!turn)
      return raised;
    op_end(turn);
  }
  if (shutdown(call.port->fd, which) != 0)
    return raise_os(m, {.op = op, .code = errno, .addr = call.port->name});
  return kNil;
}

} // namespace evjit::net
