// Ports over descriptors. Every kind of stream (TCP, Unix, pipe, terminal, standard stream) is one nonblocking descriptor with one
// uv_poll_t; there is one way to read and one to write them (net/stream.cpp). Regular files go through libuv's pool at
// explicit offsets (net/file_port.cpp).
//
// Each direction has a lane (net/op.hpp): a FIFO of the calls on it. The first owns the direction until its call is complete, so no
// byte is delivered twice and no two writes interleave.
//
// What libuv watches is left armed between calls: a server that reads, writes and reads again makes two system calls a
// message. When an event finds nobody waiting, watching stops until somebody waits again.
//
// Lifetime: Port::refs counts handles, calls in lanes and the uv_poll_t until its close callback. A handle that the collector frees
// closes its port (the standard streams' ports belong to the loop as well).
#include "net/port.hpp"

#include "net/errors.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evjit::net {

void Buffer::consume(size_t n) {
  head_ += n;
  if (head_ == data_.size())
    clear();
  else if (head_ > 64 * 1024 && head_ > data_.size() / 2) {
    data_.erase(0, head_);
    head_ = 0;
  }
}

void Buffer::clear() {
  head_ = 0;
  if (data_.capacity() > UvLoop::kScratchBytes)
    std::string().swap(data_);
  else
    data_.clear();
}

static bool is_stdio(const Port &p) { return p.kind >= PortKind::Stdin && p.kind <= PortKind::Stderr; }

// --- life -----------------------------------------------------------------------------------------------------------------
Port *port_new(PortKind kind, int fd, Engine engine, bool readable, bool writable) {
  auto *p = new Port;
  p->loop = &this_loop();
  p->kind = kind;
  p->fd = fd;
  p->engine = engine;
  p->readable = readable;
  p->writable = writable;
  p->next = p->loop->ports;
  if (p->next)
    p->next->prev = p;
  p->loop->ports = p;
  return p;
}

void port_unref(Port *p) {
  if (p->refs == 1)
    port_close(p); // libuv may hold on to it for a while
  if (--p->refs == 0)
    delete p;
}

static void on_poll_closed(uv_handle_t *h) {
  auto *p = static_cast<Port *>(h->data);
  if (--p->refs == 0)
    delete p;
}

// From the last to the first, so that the lane wakes nobody who is about to fail. Those who are awake already see for
// themselves that the port is closed (wait_ready).
static void fail_lane(Lane &lane, const PortHandle *only) {
  for (Op *op = lane.last; op;) {
    Op *prev = op->prev;
    if (op->parked && (!only || op->handle == only))
      op_fail(op, make_io_error(op->loop->m, op->name, "closed", "the port was closed"));
    op = prev;
  }
}

// An orderly end of a connection: what the peer sent is read away, since closing with unread data resets the connection.
static void drain(Port *p) {
  char sink[8192]; // not the loop's scratch: the collector may close ports while somebody makes a string of that
  shutdown(p->fd, SHUT_WR);
  for (int i = 0; i < 64; ++i)
    if (recv(p->fd, sink, sizeof sink, MSG_DONTWAIT) <= 0)
      return;
}

static void close_fd(Port *p) {
  if (p->fd < 0 || p->flying)
    return;
  note_io(*p->loop);
  if (p->kind == PortKind::TcpStream)
    drain(p);
  if (p->unlink_path)
    unlink(p->name.c_str());
  if (p->fd > 2)
    close(p->fd);
  p->fd = -1;
}

void port_close(Port *p) {
  if (p->closed)
    return;
  p->closed = true;
  (p->prev ? p->prev->next : p->loop->ports) = p->next;
  if (p->next)
    p->next->prev = p->prev;
  fail_lane(p->in, nullptr);
  fail_lane(p->out, nullptr);
  if (p->polled) {
    p->polled = false;
    p->mask = 0;
    uv_close(reinterpret_cast<uv_handle_t *>(&p->poll), on_poll_closed);
    ++p->refs;
  }
  close_fd(p);
  p->buffer.clear();
}

// A pool request on the port's descriptor has landed.
void port_landed(Port *p) {
  --p->flying;
  if (p->closed)
    close_fd(p);
  port_unref(p);
}

static void finalize_handle(void *data) {
  auto *h = static_cast<PortHandle *>(data);
  port_unref(h->port);
  delete h;
}

static void print_handle(void *data, std::string &out) { out += port_text(*static_cast<PortHandle *>(data)); }

const gc::OpaqueClass kPortClass = {"port", nullptr, finalize_handle, print_handle};

Value port_wrap(Mutator &m, Port *p, bool binary) {
  auto *h = new PortHandle;
  h->port = p;
  h->binary = binary;
  gc::note_external(m, sizeof(Port) + sizeof(PortHandle));
  return gc::make_opaque(m, &kPortClass, h);
}

void handle_close(PortHandle *h) {
  if (h->closed)
    return;
  h->closed = true;
  Port *p = h->port;
  if (is_stdio(*p)) {
    fail_lane(p->in, h);
    fail_lane(p->out, h);
  } else {
    port_close(p);
  }
}

// --- readiness -----------------------------------------------------------------------------------------------------------
static bool wake_first(Lane &lane) {
  if (!lane.first || !lane.first->parked)
    return false;
  op_wake(lane.first);
  return true;
}

static void on_ready(uv_poll_t *h, int status, int events) {
  auto *p = static_cast<Port *>(h->data);
  if (status < 0) { // libuv stopped watching; the calls find out what it is
    p->mask = 0;
    wake_first(p->in);
    wake_first(p->out);
    return;
  }
  int mask = p->mask;
  if ((events & UV_READABLE) && !wake_first(p->in))
    mask &= ~UV_READABLE;
  if (events & UV_WRITABLE) { // a socket is writable most of the time
    wake_first(p->out);
    mask &= ~UV_WRITABLE;
  }
  if (mask == p->mask)
    return;
  p->mask = mask;
  if (mask)
    uv_poll_start(h, mask, on_ready);
  else
    uv_poll_stop(h);
}

int port_watch(Port *p, int events) {
  if ((p->mask & events) == events)
    return 0;
  if (!p->polled) {
    int flags = fcntl(p->fd, F_GETFL);
    int status = uv_poll_init(p->loop->uv(), &p->poll, p->fd);
    if (status < 0)
      return status;
    if (!(flags & O_NONBLOCK) && p->engine != Engine::Poll) // libuv has set it; the descriptor may be shared with others
      fcntl(p->fd, F_SETFL, flags);
    p->poll.data = p;
    p->polled = true;
  }
  int status = uv_poll_start(&p->poll, p->mask | events, on_ready);
  if (status == 0)
    p->mask |= events;
  return status;
}

// --- checks ----------------------------------------------------------------------------------------------------------------
bool want_port(Mutator &m, const char *op, Value v, PortCall *call, Value *raised) {
  if (!is_port(v)) {
    *raised = gc::type_error(m, op, "port", v, 0);
    return false;
  }
  *call = {op, v, handle_of(v), nullptr, -1};
  call->timeout_ms = call->handle->timeout_ms;
  call->port = call->handle->port;
  if ((call->port->loop != &this_loop() || call->port->closed) && is_stdio(*call->port)) // the builtin *stdout*, in another thread
    call->port = this_loop().std_ports[static_cast<int>(call->port->kind) - static_cast<int>(PortKind::Stdin)];
  if (!call->handle->closed)
    return true;
  *raised = raise_io(m, op, "closed", "the port is closed");
  return false;
}

bool want_readable(Mutator &m, const PortCall &call, Value *raised) {
  if (call.port->readable)
    return true;
  *raised = raise_io(m, call.op, "wrong-direction", "the port is not open for reading");
  return false;
}

bool want_writable(Mutator &m, const PortCall &call, Value *raised) {
  if (call.port->writable)
    return true;
  *raised = raise_io(m, call.op, "wrong-direction", "the port is not open for writing");
  return false;
}

// --- printing --------------------------------------------------------------------------------------------------------------
static const char *kind_text(PortKind kind) {
  switch (kind) {
  case PortKind::File: return "file";
  case PortKind::Stdin: return "stdin";
  case PortKind::Stdout: return "stdout";
  case PortKind::Stderr: return "stderr";
  case PortKind::TcpListener: return "tcp-listener";
  case PortKind::TcpStream: return "tcp-stream";
  case PortKind::UnixListener: return "unix-listener";
  case PortKind::UnixStream: return "unix-stream";
  case PortKind::Pipe: return "pipe";
  case PortKind::Udp: return "udp";
  }
  return "port";
}

std::string port_text(const PortHandle &h) {
  const Port &p = *h.port;
  std::string s = std::string("#<port:") + kind_text(p.kind);
  bool stdio = is_stdio(p);
  bool plain = stdio || p.kind == PortKind::TcpListener || p.kind == PortKind::UnixListener || p.kind == PortKind::Udp;
  if (!stdio && !p.name.empty())
    s += " \"" + p.name + "\"";
  if (!plain)
    s += std::string(" :") + p.mode + (h.binary ? " :binary" : " :text");
  return s + (h.closed ? " [closed]>" : ">");
}

// --- standard streams ------------------------------------------------------------------------------------------------------
// A description of our own of the same pipe, so that O_NONBLOCK is set for us only.
static bool reopen_nonblocking(Port *p) {
  std::string path = "/proc/self/fd/" + std::to_string(p->fd);
  int fd = open(path.c_str(), (p->writable ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return false;
  p->fd = fd;
  p->engine = Engine::Poll;
  return true;
}

void classify_std(Port *p) {
  struct stat info;
  p->engine = Engine::Direct;
  if (fstat(p->fd, &info) != 0)
    return;
  if (S_ISREG(info.st_mode)) {
    p->engine = p->kind == PortKind::Stdout ? Engine::Held : p->kind == PortKind::Stdin ? Engine::File : Engine::Direct;
    if (p->engine == Engine::File)
      p->offset = static_cast<uint64_t>(lseek(p->fd, 0, SEEK_CUR));
  } else if (S_ISSOCK(info.st_mode)) {
    p->engine = Engine::Socket;
  } else if (S_ISFIFO(info.st_mode)) {
    if (!reopen_nonblocking(p))
      p->engine = Engine::Careful;
  } else if (isatty(p->fd)) {
    p->engine = Engine::Careful;
  }
}

} // namespace evjit::net
