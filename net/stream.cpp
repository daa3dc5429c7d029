// Reading and writing of streams by readiness: system calls that never block, made by the calling fiber; when there is nothing to
// do the fiber parks until libuv reports the descriptor as ready. Files take the same ways with the pool behind them.
#include "net/decode.hpp"
#include "net/errors.hpp"
#include "net/port.hpp"

#include "base/output.hpp"
#include "gc/value/text.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;

// --- system calls ----------------------------------------------------------------------------------------------------------
static bool ready_now(int fd, short events, int timeout_ms) {
  pollfd f = {fd, events, 0};
  return ::poll(&f, 1, timeout_ms) > 0;
}

static ssize_t raw_read(Port *p, char *to, size_t n) {
  if (p->engine == Engine::Careful && !ready_now(p->fd, POLLIN, 0)) {
    errno = EAGAIN;
    return -1;
  }
  for (;;) {
    ssize_t k = p->engine == Engine::Socket ? recv(p->fd, to, n, MSG_DONTWAIT) : read(p->fd, to, n);
    if (k >= 0 || errno != EINTR)
      return k;
  }
}

static ssize_t raw_write(Port *p, std::string_view data) {
  note_io(*p->loop);
  if (p->engine == Engine::Careful) {
    if (!ready_now(p->fd, POLLOUT, 0)) {
      errno = EAGAIN;
      return -1;
    }
    data = data.substr(0, 4096); // PIPE_BUF: a ready pipe takes so much at once
  }
  for (;;) {
    ssize_t k = p->engine == Engine::Socket ? send(p->fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                            : write(p->fd, data.data(), data.size());
    if (k >= 0 || errno != EINTR)
      return k;
  }
}

static bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

bool can_wait(const Mutator &m) { return m.sched && !m.fiber.is_nil(); }

// --- waiting ---------------------------------------------------------------------------------------------------------------
bool still_open(Mutator &m, const PortCall &call, Op *op, Value *out) {
  if (!call.handle->closed && !call.port->closed)
    return true;
  op_end(op);
  *out = raise_io(m, call.op, "closed", "the port was closed");
  return false;
}

Op *begin_in(Mutator &m, const PortCall &call, Lane &lane, const char *kind, Value *out) {
  Op *op = op_begin(call.op, call.timeout_ms);
  op->handle = call.handle;
  if (!op_enter(op, call.port, &lane, kind, call.value, out) || !still_open(m, call, op, out))
    return nullptr;
  return op;
}

bool wait_ready(Mutator &m, const PortCall &call, Op *op, int event, const char *kind, Value *out) {
  int status = port_watch(call.port, event);
  if (status < 0) {
    op_end(op);
    *out = raise_os(m, {.op = call.op, .code = -status});
    return false;
  }
  return op_wait(op, kind, call.value, out) && still_open(m, call, op, out);
}

static bool stream_fill(Mutator &m, const PortCall &call, Op *op, size_t wanted, std::string_view *data, Value *out) {
  Port *p = call.port;
  if (p->engine == Engine::Unknown)
    classify_std(p);
  if (p->engine == Engine::File)
    return file_fill(m, call, op, wanted, data, out);
  // While libuv watches, it will tell; a call before that would mostly be in vain.
  bool look = !(p->mask & UV_READABLE) || op->immediate;
  for (;;) {
    if (look) {
      ssize_t k = raw_read(p, p->loop->scratch(), UvLoop::kScratchBytes);
      if (k >= 0) {
        *data = {p->loop->scratch(), static_cast<size_t>(k)};
        return true;
      }
      if (!would_block(errno)) {
        int code = errno;
        op_end(op);
        *out = raise_os(m, {.op = call.op, .code = code});
        return false;
      }
    }
    if (!wait_ready(m, call, op, UV_READABLE, "read", out))
      return false;
    look = true;
  }
}

bool fill(Mutator &m, const PortCall &call, Op *op, size_t wanted, std::string_view *data, Value *out) {
  return stream_fill(m, call, op, wanted, data, out);
}

Value make_text(Mutator &m, std::string_view bytes) {
  if (gc::text::is_valid_utf8(bytes))
    return gc::make_string(m, bytes);
  return gc::make_string(m, sanitize_utf8(bytes));
}

// --- writing ---------------------------------------------------------------------------------------------------------------
static Value write_failed(Mutator &m, const PortCall &call, int code) {
  if (call.port->kind != PortKind::Stdout)
    return raise_os(m, {.op = call.op, .code = code});
  Value e = make_os_error(m, {.op = call.op, .code = code}); // the scheduler ends quietly when this one is not caught
  return gc::raise(m, gc::struct_put(m, e, gc::keyword("stream"), gc::keyword("stdout")));
}

bool flush_held(Port *p) {
  std::string_view rest = p->held;
  while (!rest.empty()) {
    ssize_t k = write(p->fd, rest.data(), rest.size());
    if (k < 0 && errno == EINTR)
      continue;
    if (k < 0) {
      p->held.clear(); // it would fail again at exit
      return false;
    }
    rest.remove_prefix(static_cast<size_t>(k));
  }
  p->held.clear();
  return true;
}

static Value write_held(Mutator &m, const PortCall &call, std::string_view data) {
  Port *p = call.port;
  p->held.append(data);
  if (p->held.size() > UvLoop::kScratchBytes && !flush_held(p))
    return write_failed(m, call, errno);
  return kNil;
}

// Where no scheduler runs: the thread waits.
static Value write_blocking(Mutator &m, const PortCall &call, std::string_view data) {
  Port *p = call.port;
  while (!data.empty()) {
    ssize_t k = raw_write(p, data);
    if (k >= 0)
      data.remove_prefix(static_cast<size_t>(k));
    else if (would_block(errno))
      ready_now(p->fd, POLLOUT, -1);
    else
      return write_failed(m, call, errno);
  }
  return kNil;
}

static Value write_waiting(Mutator &m, const PortCall &call, std::string_view data, Keep keep) {
  Port *p = call.port;
  Value copy = kNil; // keeps `data` alive on this fiber's stack
  if (keep == Keep::Copy) {
    copy = gc::make_bytes(m, data.data(), data.size());
    data = gc::bytes_view_of(copy);
  }
  Value out = kNil;
  Op *op = begin_in(m, call, p->out, "write", &out);
  if (!op)
    return out;
  if (p->engine == Engine::File)
    return file_write_all(m, call, op, data);
  while (!data.empty()) {
    ssize_t k = raw_write(p, data);
    if (k >= 0) {
      data.remove_prefix(static_cast<size_t>(k));
    } else if (!would_block(errno)) {
      int code = errno;
      op_end(op);
      return write_failed(m, call, code);
    } else if (!wait_ready(m, call, op, UV_WRITABLE, "write", &out)) {
      return out;
    }
  }
  op_end(op);
  asm volatile("" : : "r"(copy.bits)); // alive until here
  return kNil;
}

static Value write_now_or_wait(Mutator &m, const PortCall &call, std::string_view data, Keep keep) {
  Port *p = call.port;
  if (p->engine == Engine::Held)
    return write_held(m, call, data);
  if (p->engine != Engine::File && !p->out.first) {
    ssize_t k = raw_write(p, data);
    if (k == static_cast<ssize_t>(data.size()))
      return kNil;
    if (k < 0 && !would_block(errno))
      return write_failed(m, call, errno);
    if (k > 0)
      data.remove_prefix(static_cast<size_t>(k));
  }
  if (!can_wait(m) && p->engine != Engine::File)
    return write_blocking(m, call, data);
  return write_waiting(m, call, data, keep);
}

Value write_all(Mutator &m, const PortCall &call, std::string_view data, Keep keep) {
  Port *p = call.port;
  if (p->engine == Engine::Unknown)
    classify_std(p);
  if (p->kind != PortKind::Stdout && p->kind != PortKind::Stderr)
    return write_now_or_wait(m, call, data, keep);
  bool ends_line = data.ends_with('\n');
  base::begin_output();
  Value r = write_now_or_wait(m, call, data, keep);
  base::end_output(ends_line);
  return r;
}

} // namespace evjit::net
