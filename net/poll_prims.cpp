// ev/poll-fd: readiness of a raw descriptor.
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"

#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

namespace {

constexpr const char *kOp = "ev/poll-fd";

// Watches a duplicate of the descriptor, so that several fibers, and ports, can wait for one. In the hands of libuv until closed.
struct PollRequest final : Request {
  uv_poll_t poll;
  int fd;
  int mask = 0; // of poll(2)
  explicit PollRequest(int f) : fd(f) {}
  ~PollRequest() override { close(fd); }
  void cancel() override {
    uv_close(reinterpret_cast<uv_handle_t *>(&poll), [](uv_handle_t *h) { delete static_cast<PollRequest *>(h->data); });
  }
};

void on_poll(uv_poll_t *h, int status, int events) {
  auto *r = static_cast<PollRequest *>(h->data);
  uv_poll_stop(h);
  r->mask = (events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0) | (status < 0 ? POLLERR : 0);
  if (r->op && r->op->parked)
    op_wake(r->op);
}

int mode_events(Value mode) {
  std::string_view name = gc::is_keyword(mode) ? gc::name_of(mode) : "";
  return name == "read" ? UV_READABLE : name == "write" ? UV_WRITABLE : name == "read-write" ? UV_READABLE | UV_WRITABLE : 0;
}

// libuv makes the description nonblocking, which is not ours to change.
int init_poll(PollRequest *r) {
  int flags = fcntl(r->fd, F_GETFL);
  int status = uv_poll_init(this_loop().uv(), &r->poll, r->fd);
  fcntl(r->fd, F_SETFL, flags);
  r->poll.data = r;
  return status;
}

Value poll_fd(Mutator &m, int64_t fd, int events, int64_t timeout_ms, Value target) {
  int copy = fd < 0 || fd > INT32_MAX ? -1 : fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 3);
  if (copy < 0)
    return raise_os(m, {.op = kOp, .code = fd < 0 || fd > INT32_MAX ? EBADF : errno});
  pollfd now = {copy, static_cast<short>((events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0)), 0};
  if (::poll(&now, 1, 0) > 0) {
    close(copy);
    return Value::fixnum(now.revents);
  }
  auto *r = new PollRequest(copy);
  int status = init_poll(r);
  if (status < 0) {
    delete r;
    return raise_os(m, {.op = kOp, .code = -status});
  }
  Op *op = op_begin(kOp, timeout_ms);
  op_attach(op, r);
  uv_poll_start(&r->poll, events, on_poll);
  Value out = kNil;
  if (!op_wait(op, "poll", target, &out))
    return out;
  int mask = r->mask;
  op_end(op);
  return Value::fixnum(mask);
}

} // namespace

EVJIT_PRIM(evrt_ev_poll_fd) {
  int64_t fd;
  double seconds = -1;
  Value raised;
  if (!want_integer(m, kOp, args[0], 0, &fd, &raised))
    return raised;
  int events = mode_events(args[1]);
  if (!events)
    return gc::is_keyword(args[1]) ? gc::value_error(m, kOp, "expected :read, :write or :read-write")
                                   : gc::type_error(m, kOp, ":read, :write or :read-write", args[1], 1);
  if (argc > 2 && !args[2].is_nil() && !want_seconds(m, kOp, args[2], &seconds, &raised))
    return raised;
  int64_t timeout_ms = seconds < 0 ? -1 : static_cast<int64_t>(std::min(std::ceil(seconds * 1000), 9e15));
  return poll_fd(m, fd, events, timeout_ms, args[0]);
}

static const PrimDef rows[] = {
    {.name = "ev/poll-fd", EVJIT_PRIM_FN(evrt_ev_poll_fd), .arity = {2, 3}, .signals = sig::kError | sig::kYield | sig::kIo,
     .params = "fd mode &opt seconds", .doc = "Wait until a descriptor is ready for :read, :write or :read-write; the mask of poll(2).",
     .example = "(try (ev/poll-fd -1 :read) (catch e e:error)) # => :io-error"},
};
const std::span<const PrimDef> kPollPrims = rows;

} // namespace evjit::net
