// tcp/*: listen, accept, connect, shutdown; sys/resolve.
#include "net/dns.hpp"
#include "net/prims.hpp"
#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo;

static Value stream_port(Mutator &m, int fd) {
  Port *p = port_new(PortKind::TcpStream, fd, Engine::Socket, true, true);
  p->name = peer_address(fd);
  return port_wrap(m, p, false);
}

// --- listen ----------------------------------------------------------------------------------------------------------------
static Value listen_at(Mutator &m, const char *op, const Address &where, int64_t backlog) {
  int fd = open_socket(where.family(), SOCK_STREAM);
  std::string addr = address_text(where);
  if (fd < 0)
    return raise_os(m, {.op = op, .code = -fd, .addr = addr});
  set_int_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(fd, where.get(), where.size) != 0 || listen(fd, static_cast<int>(std::min<int64_t>(backlog, 1 << 20))) != 0) {
    int code = errno;
    close(fd);
    return raise_os(m, {.op = op, .code = code, .addr = addr});
  }
  Port *p = port_new(PortKind::TcpListener, fd, Engine::Socket, false, false);
  p->name = own_address(fd);
  return port_wrap(m, p, false);
}

EVJIT_PRIM(evrt_tcp_listen) {
  constexpr const char *kOp = "tcp/listen";
  Value out = kNil;
  Options o;
  int number;
  if (!want_string(m, kOp, args[0], 0, &out) || !want_port_number(m, kOp, args[1], 1, &number, &out) ||
      !parse_options(m, kOp, args + 2, argc - 2, {"backlog"}, &o, &out))
    return out;
  Op *op = op_begin(kOp, -1);
  NameRequest *r = resolve_name(m, op, gc::string_view_of(args[0]), number, args[0], &out);
  if (!r)
    return out;
  Address where = r->addresses[0];
  op_end(op);
  return listen_at(m, kOp, where, o.backlog);
}

EVJIT_PRIM(evrt_tcp_accept) {
  constexpr const char *kOp = "tcp/accept";
  Value out = kNil;
  Options o;
  PortCall call;
  if (!want_kind(m, kOp, args[0], PortKind::TcpListener, "a tcp listener", &out) ||
      !parse_options(m, kOp, args + 1, argc - 1, {"timeout", "sndbuf", "rcvbuf", "nodelay", "keepalive"}, &o, &out) ||
      !want_port(m, kOp, args[0], &call, &out))
    return out;
  if (o.has_timeout)
    call.timeout_ms = o.timeout_ms;
  int fd = accept_connection(m, call, &out);
  if (fd < 0)
    return out;
  apply_options(fd, o, true);
  return stream_port(m, fd);
}

// --- connect ---------------------------------------------------------------------------------------------------------------
// Tries one address. The port, 0 with *code, or (with *code 0) the operation is over: *out.
static Port *try_address(Op *op, NameRequest *r, const Address &to, const Options &o, Value target, int *code, Value *out) {
  int fd = open_socket(to.family(), SOCK_STREAM);
  if (fd < 0) {
    *code = -fd;
    return nullptr;
  }
  apply_options(fd, o, true);
  Port *p = port_new(PortKind::TcpStream, fd, Engine::Socket, true, true);
  r->connecting = p; // closes it if the call is withdrawn
  if (connect_socket(op, p, to.get(), to.size, target, code, out)) {
    r->connecting = nullptr;
    return p;
  }
  if (*code == 0)
    return nullptr; // r is gone
  r->connecting = nullptr;
  port_close(p);
  port_unref(p);
  return nullptr;
}

EVJIT_PRIM(evrt_tcp_connect) {
  constexpr const char *kOp = "tcp/connect";
  Value out = kNil;
  Options o;
  int number;
  if (!want_string(m, kOp, args[0], 0, &out) || !want_port_number(m, kOp, args[1], 1, &number, &out) ||
      !parse_options(m, kOp, args + 2, argc - 2, {"timeout", "sndbuf", "rcvbuf", "nodelay", "keepalive"}, &o, &out))
    return out;
  Op *op = op_begin(kOp, o.timeout_ms);
  NameRequest *r = resolve_name(m, op, gc::string_view_of(args[0]), number, args[0], &out);
  if (!r)
    return out;
  int code = 0;
  for (size_t i = 0; i < r->addresses.size(); ++i) {
    Port *p = try_address(op, r, r->addresses[i], o, args[0], &code, &out);
    if (p) {
      p->name = address_text(r->addresses[i]);
      op_end(op);
      return port_wrap(m, p, false);
    }
    if (code == 0)
      return out;
  }
  op_end(op);
  std::string addr = join_host_port(std::string(gc::string_view_of(args[0])), number);
  return raise_os(m, {.op = kOp, .code = code, .addr = addr});
}

EVJIT_PRIM(evrt_tcp_shutdown) { return shutdown_port(m, "tcp/shutdown", args, PortKind::TcpStream); }

// --- names -----------------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_sys_resolve) {
  constexpr const char *kOp = "sys/resolve";
  Value out = kNil;
  if (!want_string(m, kOp, args[0], 0, &out))
    return out;
  Op *op = op_begin(kOp, -1);
  NameRequest *r = resolve_name(m, op, gc::string_view_of(args[0]), 0, args[0], &out);
  if (!r)
    return out;
  Value found = gc::make_marray(m, nullptr, 0);
  std::vector<std::string> seen;
  for (const Address &a : r->addresses) {
    std::string text = host_text(a);
    if (std::find(seen.begin(), seen.end(), text) != seen.end())
      continue;
    seen.push_back(text);
    gc::marray_push(m, found, gc::make_string(m, text));
  }
  op_end(op);
  return gc::freeze(m, found);
}

static const PrimDef rows[] = {
    {.name = "tcp/listen", EVJIT_PRIM_FN(evrt_tcp_listen), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "addr port & options", .doc = "A listener; port 0 picks a free one (port/path). Options: :backlog n.",
     .example = "(port? (tcp/listen \"127.0.0.1\" 0)) # => true"},
    {.name = "tcp/accept", EVJIT_PRIM_FN(evrt_tcp_accept), .arity = {1, gc::kAny}, .signals = kWaits,
     .params = "listener & options",
     .doc = "The next connection. Options: :timeout ms, :sndbuf :rcvbuf bytes, :nodelay :keepalive boolean.",
     .example = "(try (tcp/accept (tcp/listen \"127.0.0.1\" 0) :timeout 5) (catch e e:error)) # => :timeout"},
    {.name = "tcp/connect", EVJIT_PRIM_FN(evrt_tcp_connect), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "host port & options", .doc = "Connect to a name or address, trying its addresses in order. Options as tcp/accept.",
     .example = "(let [l (tcp/listen \"127.0.0.1\" 0) server (ev/spawn (fn [] (let [c (tcp/accept l)] "
                "(port/write c \"hi\") (port/close c)))) [host port] (string/split (port/path l) \":\")] "
                "(port/read-all (tcp/connect host (parse-int port)))) # => \"hi\""},
    {.name = "tcp/shutdown", EVJIT_PRIM_FN(evrt_tcp_shutdown), .arity = {2, 2}, .signals = kWaits, .params = "p how",
     .doc = "End one direction of a connection: :read, :write or :read-write.",
     .example = "(let [l (tcp/listen \"127.0.0.1\" 0) server (ev/spawn (fn [] (port/read-all (tcp/accept "
                "l)))) [host port] (string/split (port/path l) \":\") c (tcp/connect host (parse-int port))] "
                "(port/write c \"hi\") (tcp/shutdown c :write) (ev/join server)) # => \"hi\""},
    {.name = "sys/resolve", EVJIT_PRIM_FN(evrt_sys_resolve), .arity = {1, 1}, .signals = kWaits, .params = "name",
     .doc = "The addresses of a name.", .example = "(sys/resolve \"127.0.0.1\") # => [\"127.0.0.1\"]"},
};
const std::span<const PrimDef> kTcpPrims = rows;

} // namespace evjit::net
