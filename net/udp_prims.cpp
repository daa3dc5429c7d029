// udp/*: datagrams. The same lanes and readiness as streams (net/stream.cpp).
#include "net/dns.hpp"
#include "net/prims.hpp"
#include "net/socket.hpp"

#include <cerrno>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo;
static constexpr size_t kLargestDatagram = 65536;

EVJIT_PRIM(evrt_udp_bind) {
  constexpr const char *kOp = "udp/bind";
  Value out = kNil;
  int number;
  if (!want_string(m, kOp, args[0], 0, &out) || !want_port_number(m, kOp, args[1], 1, &number, &out))
    return out;
  Op *op = op_begin(kOp, -1);
  NameRequest *r = resolve_name(m, op, gc::string_view_of(args[0]), number, args[0], &out);
  if (!r)
    return out;
  Address where = r->addresses[0];
  op_end(op);
  int fd = open_socket(where.family(), SOCK_DGRAM);
  if (fd < 0)
    return raise_os(m, {.op = kOp, .code = -fd, .addr = address_text(where)});
  if (bind(fd, where.get(), where.size) != 0) {
    int code = errno;
    close(fd);
    return raise_os(m, {.op = kOp, .code = code, .addr = address_text(where)});
  }
  Port *p = port_new(PortKind::Udp, fd, Engine::Socket, false, false);
  p->name = own_address(fd);
  return port_wrap(m, p, true);
}

static bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

// Sends one datagram. nil, or what the primitive returns.
static Value send_datagram(Mutator &m, const PortCall &call, std::string_view data, const Address &to) {
  Value out = kNil;
  Op *op = begin_in(m, call, call.port->out, "write", &out);
  if (!op)
    return out;
  for (;;) {
    if (sendto(call.port->fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to.get(), to.size) >= 0) {
      op_end(op);
      return kNil;
    }
    int code = errno;
    if (code == EINTR)
      continue;
    if (!would_block(code)) {
      op_end(op);
      return raise_os(m, {.op = call.op, .code = code, .addr = address_text(to)});
    }
    if (!wait_ready(m, call, op, UV_WRITABLE, "write", &out))
      return out;
  }
}

EVJIT_PRIM(evrt_udp_send_to) {
  constexpr const char *kOp = "udp/send-to";
  Value out = kNil;
  std::string_view data;
  int number;
  Options o;
  PortCall call;
  if (!want_kind(m, kOp, args[0], PortKind::Udp, "a udp port", &out) || !want_data(m, kOp, args[1], 1, &data, &out) ||
      !want_string(m, kOp, args[2], 2, &out) || !want_port_number(m, kOp, args[3], 3, &number, &out) ||
      !parse_options(m, kOp, args + 4, argc - 4, {"timeout"}, &o, &out) || !want_port(m, kOp, args[0], &call, &out))
    return out;
  if (o.has_timeout)
    call.timeout_ms = o.timeout_ms;
  Value copy = gc::make_bytes(m, data.data(), data.size()); // the data may change while a name is looked up
  Op *op = op_begin(kOp, call.timeout_ms);
  NameRequest *r = resolve_name(m, op, gc::string_view_of(args[2]), number, args[2], &out);
  if (!r)
    return out;
  Address to = r->addresses[0];
  op_end(op);
  if (call.handle->closed)
    return raise_io(m, kOp, "closed", "the port was closed");
  std::string_view bytes = gc::bytes_view_of(copy);
  out = send_datagram(m, call, bytes, to);
  return out.is_nil() ? gc::make_int(m, static_cast<int64_t>(bytes.size())) : out;
}

static Value received(Mutator &m, std::string_view data, const Address &from) {
  Value kv[6] = {gc::keyword("data"), gc::make_bytes(m, data.data(), data.size()), gc::keyword("addr"), kNil,
                 gc::keyword("port"), Value::fixnum(from.port())};
  kv[3] = gc::make_string(m, host_text(from));
  return gc::make_struct(m, kv, 3);
}

EVJIT_PRIM(evrt_udp_recv_from) {
  constexpr const char *kOp = "udp/recv-from";
  Value out = kNil;
  int64_t n;
  Options o;
  PortCall call;
  if (!want_kind(m, kOp, args[0], PortKind::Udp, "a udp port", &out) || !want_integer(m, kOp, args[1], 1, &n, &out))
    return out;
  if (n <= 0)
    return gc::value_error(m, kOp, "the count must be positive: " + std::to_string(n));
  if (!parse_options(m, kOp, args + 2, argc - 2, {"timeout"}, &o, &out) || !want_port(m, kOp, args[0], &call, &out))
    return out;
  if (o.has_timeout)
    call.timeout_ms = o.timeout_ms;
  Op *op = begin_in(m, call, call.port->in, "read", &out);
  if (!op)
    return out;
  for (;;) {
    Address from;
    from.size = sizeof from.storage;
    char *scratch = call.port->loop->scratch();
    size_t room = std::min<size_t>(static_cast<size_t>(n), std::min(kLargestDatagram, UvLoop::kScratchBytes));
    ssize_t k = recvfrom(call.port->fd, scratch, room, MSG_DONTWAIT, reinterpret_cast<sockaddr *>(&from.storage), &from.size);
    if (k >= 0) {
      op_end(op);
      return received(m, {scratch, static_cast<size_t>(k)}, from);
    }
    int code = errno;
    if (code == EINTR)
      continue;
    if (!would_block(code)) {
      op_end(op);
      return raise_os(m, {.op = kOp, .code = code, .addr = call.port->name});
    }
    if (!wait_ready(m, call, op, UV_READABLE, "read", &out))
      return out;
  }
}

static const PrimDef rows[] = {
    {.name = "udp/bind", EVJIT_PRIM_FN(evrt_udp_bind), .arity = {2, 2}, .signals = kWaits, .params = "addr port",
     .doc = "A datagram port; port 0 picks a free one.", .example = "(port? (udp/bind \"127.0.0.1\" 0)) # => true"},
    {.name = "udp/send-to", EVJIT_PRIM_FN(evrt_udp_send_to), .arity = {4, gc::kAny}, .signals = kWaits,
     .params = "s data addr port & options", .doc = "Send one datagram; returns its size. Options: :timeout ms.",
     .example = "(udp/send-to (udp/bind \"127.0.0.1\" 0) \"hi\" \"127.0.0.1\" 9) # => 2"},
    {.name = "udp/recv-from", EVJIT_PRIM_FN(evrt_udp_recv_from), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "s n & options", .doc = "Receive one datagram, cut to n bytes: {:data :addr :port}. Options: :timeout ms.",
     .example = "(let [a (udp/bind \"127.0.0.1\" 0) [host port] (string/split (port/path a) \":\")] "
                "(udp/send-to (udp/bind \"127.0.0.1\" 0) \"hi\" host (parse-int port)) (get (udp/recv-from a "
                "100) :data)) # => b[104 105]"},
};
const std::span<const PrimDef> kUdpPrims = rows;

} // namespace evjit::net
