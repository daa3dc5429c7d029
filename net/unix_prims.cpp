// unix/*: Unix domain sockets. "@name" is an abstract address. A socket file that nobody listens on is replaced (11-14).
#include "net/prims.hpp"
#include "net/socket.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo;

namespace {
struct UnixAddress {
  sockaddr_un un{};
  socklen_t size = 0;
  bool abstract = false;
  const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&un); }
};
} // namespace

// 0, or errno.
static int unix_address(std::string_view path, UnixAddress *out) {
  if (path.empty())
    return ENOENT;
  if (path.size() >= sizeof out->un.sun_path)
    return ENAMETOOLONG;
  out->un.sun_family = AF_UNIX;
  out->abstract = path[0] == '@';
  std::memcpy(out->un.sun_path, path.data(), path.size());
  if (out->abstract)
    out->un.sun_path[0] = '\0';
  out->size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (out->abstract ? 0 : 1));
  return 0;
}

// Whether a socket is bound to the address now. Asked with the wrong kind of socket, which is told so (EPROTOTYPE), so that the
// listener sees no connection.
static bool somebody_listens(const UnixAddress &a) {
  int fd = open_socket(AF_UNIX, SOCK_DGRAM);
  if (fd < 0)
    return true;
  bool nobody = connect(fd, a.get(), a.size) != 0 && (errno == ECONNREFUSED || errno == ENOENT);
  close(fd);
  return !nobody;
}

// Makes room for a socket file. 0, or errno.
static int clear_way(const std::string &path, const UnixAddress &a) {
  struct stat info;
  if (a.abstract || lstat(path.c_str(), &info) != 0)
    return 0;
  if (!S_ISSOCK(info.st_mode))
    return EEXIST;
  if (somebody_listens(a))
    return EADDRINUSE;
  return unlink(path.c_str()) == 0 ? 0 : errno;
}

static int listen_at(const std::string &path, int64_t backlog, bool *owns_file) {
  UnixAddress a;
  int code = unix_address(path, &a);
  if (code == 0)
    code = clear_way(path, a);
  if (code)
    return -code;
  int fd = open_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0)
    return fd;
  if (bind(fd, a.get(), a.size) != 0 || listen(fd, static_cast<int>(std::min<int64_t>(backlog, 1 << 20))) != 0) {
    code = errno;
    close(fd);
    return -code;
  }
  *owns_file = !a.abstract;
  return fd;
}

EVJIT_PRIM(evrt_unix_listen) {
  constexpr const char *kOp = "unix/listen";
  Value raised;
  Options o;
  if (!want_string(m, kOp, args[0], 0, &raised) || !parse_options(m, kOp, args + 1, argc - 1, {"backlog"}, &o, &raised))
    return raised;
  std::string path(gc::string_view_of(args[0]));
  bool owns_file = false;
  int fd = listen_at(path, o.backlog, &owns_file);
  if (fd < 0)
    return raise_os(m, {.op = kOp, .code = -fd, .path = path});
  Port *p = port_new(PortKind::UnixListener, fd, Engine::Socket, false, false);
  p->name = path;
  p->unlink_path = owns_file;
  return port_wrap(m, p, false);
}

EVJIT_PRIM(evrt_unix_accept) {
  constexpr const char *kOp = "unix/accept";
  Value out = kNil;
  Options o;
  PortCall call;
  if (!want_kind(m, kOp, args[0], PortKind::UnixListener, "a unix listener", &out) ||
      !parse_options(m, kOp, args + 1, argc - 1, {"timeout", "sndbuf", "rcvbuf", "keepalive"}, &o, &out) ||
      !want_port(m, kOp, args[0], &call, &out))
    return out;
  if (o.has_timeout)
    call.timeout_ms = o.timeout_ms;
  int fd = accept_connection(m, call, &out);
  if (fd < 0)
    return out;
  apply_options(fd, o, false);
  Port *p = port_new(PortKind::UnixStream, fd, Engine::Socket, true, true);
  p->name = call.port->name;
  return port_wrap(m, p, false);
}

namespace {
// The port of a connection that is being made: closed if the call is withdrawn.
struct UnixConnect final : Request {
  Port *port = nullptr;
  ~UnixConnect() override {
    if (port) {
      port_close(port);
      port_unref(port);
    }
  }
};
} // namespace

EVJIT_PRIM(evrt_unix_connect) {
  constexpr const char *kOp = "unix/connect";
  Value out = kNil;
  Options o;
  if (!want_string(m, kOp, args[0], 0, &out) ||
      !parse_options(m, kOp, args + 1, argc - 1, {"timeout", "sndbuf", "rcvbuf", "keepalive"}, &o, &out))
    return out;
  UnixAddress a;
  int code = unix_address(gc::string_view_of(args[0]), &a);
  int fd = code ? -code : open_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0)
    return raise_os(m, {.op = kOp, .code = -fd, .path = gc::string_view_of(args[0])});
  apply_options(fd, o, false);
  Op *op = op_begin(kOp, o.timeout_ms);
  auto *r = new UnixConnect;
  r->op = op;
  op->request = r;
  Port *p = r->port = port_new(PortKind::UnixStream, fd, Engine::Socket, true, true);
  if (!connect_socket(op, p, a.get(), a.size, args[0], &code, &out)) {
    if (code == 0)
      return out;
    op_end(op);
    return raise_os(m, {.op = kOp, .code = code, .path = gc::string_view_of(args[0])});
  }
  r->port = nullptr;
  op_end(op);
  p->name = gc::string_view_of(args[0]);
  return port_wrap(m, p, false);
}

EVJIT_PRIM(evrt_unix_shutdown) { return shutdown_port(m, "unix/shutdown", args, PortKind::UnixStream); }

static const PrimDef rows[] = {
    {.name = "unix/listen", EVJIT_PRIM_FN(evrt_unix_listen), .arity = {1, gc::kAny}, .signals = kWaits, .params = "path & options",
     .doc = "A listener at a path, or at the abstract address @name. Options: :backlog n.",
     .example = "(file/mkdir-all \"sockets\") (port? (unix/listen \"sockets/a\")) # => true"},
    {.name = "unix/accept", EVJIT_PRIM_FN(evrt_unix_accept), .arity = {1, gc::kAny}, .signals = kWaits,
     .params = "listener & options", .doc = "The next connection. Options: :timeout ms, :sndbuf :rcvbuf bytes, :keepalive boolean.",
     .example = "(let [l (unix/listen \"accept.sock\") client (ev/spawn (fn [] (port/write (unix/connect "
                "\"accept.sock\") \"hi\")))] (port/read (unix/accept l) 2)) # => \"hi\""},
    {.name = "unix/connect", EVJIT_PRIM_FN(evrt_unix_connect), .arity = {1, gc::kAny}, .signals = kWaits, .params = "path & options",
     .doc = "Connect to a Unix socket. Options as unix/accept.",
     .example = "(let [l (unix/listen \"connect.sock\") server (ev/spawn (fn [] (port/write (unix/accept l) "
                "\"hi\")))] (port/read (unix/connect \"connect.sock\") 2)) # => \"hi\""},
    {.name = "unix/shutdown", EVJIT_PRIM_FN(evrt_unix_shutdown), .arity = {2, 2}, .signals = kWaits, .params = "p how",
     .doc = "End one direction of a connection: :read, :write or :read-write.",
     .example = "(let [l (unix/listen \"shutdown.sock\") server (ev/spawn (fn [] (port/read-all (unix/accept "
                "l)))) c (unix/connect \"shutdown.sock\")] (port/write c \"hi\") (unix/shutdown c :write) "
                "(ev/join server)) # => \"hi\""},
};
const std::span<const PrimDef> kUnixPrims = rows;

} // namespace evjit::net
