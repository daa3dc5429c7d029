// port/*: open, read, write, position, options.
#include "net/decode.hpp"
#include "net/options.hpp"
#include "net/port.hpp"
#include "net/prims.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evjit::net {

using gc::kEmpty;
using gc::kFalse;
using gc::kNil;
using gc::kTrue;
using gc::PrimDef;
namespace sig = gc::sig;

static constexpr uint64_t kWaits = sig::kError | sig::kYield | sig::kIo;

// --- reading -------------------------------------------------------------------------------------------------------------
static void consume(Port *p, size_t n) {
  p->buffer.consume(n);
  p->offset += n;
}

static Value make_data(Mutator &m, const PortHandle &h, std::string_view bytes) {
  return h.binary ? gc::make_bytes(m, bytes.data(), bytes.size()) : make_text(m, bytes);
}

static size_t prefix(const PortHandle &h, std::string_view s, size_t n, bool final) {
  return h.binary ? std::min(n, s.size()) : text_prefix(s, n, final);
}

// The common arguments of a reading call: port, then options from args[first] on.
static bool want_read(Mutator &m, const char *op, const Value *args, size_t argc, size_t first, PortCall *call, Value *raised) {
  if (!is_port(args[0])) {
    *raised = gc::type_error(m, op, "port", args[0], 0);
    return false;
  }
  Options o;
  if (argc > first && !parse_options(m, op, args + first, argc - first, {"timeout"}, &o, raised))
    return false;
  if (!want_port(m, op, args[0], call, raised) || !want_readable(m, *call, raised))
    return false;
  if (o.has_timeout)
    call->timeout_ms = o.timeout_ms;
  return true;
}

// What a read of n bytes delivers from `view`; 0: not enough yet.
static size_t deliverable(const PortCall &call, std::string_view view, size_t n, bool final) {
  bool whole = call.port->engine == Engine::File; // files: exactly n bytes
  if (view.empty() || (whole && view.size() < n && !final))
    return 0;
  return prefix(*call.handle, view, n, final);
}

static Value read_some(Mutator &m, const PortCall &call, size_t n) {
  Port *p = call.port;
  Value out = kNil;
  Op *op = begin_in(m, call, p->in, "read", &out);
  if (!op)
    return out;
  bool final = false;
  for (;;) {
    if (size_t take = deliverable(call, p->buffer.view(), n, final)) {
      Value v = make_data(m, *call.handle, p->buffer.view().substr(0, take));
      consume(p, take);
      op_end(op);
      return v;
    }
    std::string_view data;
    if (final) {
      op_end(op);
      return kNil;
    }
    if (!fill(m, call, op, n, &data, &out))
      return out;
    final = data.empty();
    size_t take = p->buffer.empty() ? deliverable(call, data, n, false) : 0;
    if (take == 0) {
      p->buffer.append(data);
      op_drop_request(op);
      continue;
    }
    Value v = make_data(m, *call.handle, data.substr(0, take));
    p->buffer.append(data.substr(take));
    p->offset += take;
    op_end(op);
    return v;
  }
}

EVJIT_PRIM(evrt_port_read) {
  PortCall call;
  Value raised;
  int64_t n;
  if (!is_port(args[0]))
    return gc::type_error(m, "port/read", "port", args[0], 0);
  if (!want_integer(m, "port/read", args[1], 1, &n, &raised))
    return raised;
  if (n < 0)
    return gc::value_error(m, "port/read", "the count is negative: " + std::to_string(n));
  if (!want_read(m, "port/read", args, argc, 2, &call, &raised))
    return raised;
  if (n == 0)
    return make_data(m, *call.handle, {});
  return read_some(m, call, static_cast<size_t>(n));
}

static Value make_line(Mutator &m, std::string_view line) {
  if (line.ends_with('\n'))
    line.remove_suffix(1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return make_text(m, line);
}

// The line at the start of `view` with its end, or the whole rest at the end of input.
static size_t line_size(std::string_view view, size_t *searched, bool final) {
  const void *at = std::memchr(view.data() + *searched, '\n', view.size() - *searched);
  if (at)
    return static_cast<size_t>(static_cast<const char *>(at) - view.data()) + 1;
  *searched = view.size();
  return final ? view.size() : 0;
}

EVJIT_PRIM(evrt_port_read_line) {
  PortCall call;
  Value out = kNil;
  if (!want_read(m, "port/read-line", args, argc, 1, &call, &out))
    return out;
  Port *p = call.port;
  Op *op = begin_in(m, call, p->in, "read", &out);
  if (!op)
    return out;
  bool final = false;
  size_t searched = 0;
  for (;;) {
    std::string_view view = p->buffer.view();
    if (size_t size = view.empty() ? 0 : line_size(view, &searched, final)) {
      bool ended = view[size - 1] == '\n';
      Value v = ended ? make_line(m, view.substr(0, size)) : make_text(m, view.substr(0, size));
      consume(p, size);
      op_end(op);
      return v;
    }
    if (final) {
      op_end(op);
      return kNil;
    }
    std::string_view data;
    if (!fill(m, call, op, 0, &data, &out))
      return out;
    final = data.empty();
    p->buffer.append(data);
    op_drop_request(op);
  }
}

EVJIT_PRIM(evrt_port_read_all) {
  PortCall call;
  Value out = kNil;
  if (!want_read(m, "port/read-all", args, argc, 1, &call, &out))
    return out;
  Port *p = call.port;
  Op *op = begin_in(m, call, p->in, "read", &out);
  if (!op)
    return out;
  for (;;) {
    std::string_view data;
    if (!fill(m, call, op, 0, &data, &out))
      return out;
    if (data.empty())
      break;
    p->buffer.append(data);
    op_drop_request(op);
  }
  Value v = make_data(m, *call.handle, p->buffer.view());
  consume(p, p->buffer.size());
  op_end(op);
  return v;
}

// --- writing -------------------------------------------------------------------------------------------------------------
static bool take_timeout(Mutator &m, const char *op, const Value *args, size_t argc, size_t first, PortCall *call, Value *raised) {
  Options o;
  if (argc > first && !parse_options(m, op, args + first, argc - first, {"timeout"}, &o, raised))
    return false;
  if (o.has_timeout)
    call->timeout_ms = o.timeout_ms;
  return true;
}

EVJIT_PRIM(evrt_port_write) {
  PortCall call;
  Value raised;
  std::string_view data;
  if (!is_port(args[0]))
    return gc::type_error(m, "port/write", "port", args[0], 0);
  if (!want_data(m, "port/write", args[1], 1, &data, &raised) || !want_port(m, "port/write", args[0], &call, &raised) ||
      !take_timeout(m, "port/write", args, argc, 2, &call, &raised) || !want_writable(m, call, &raised))
    return raised;
  auto size = static_cast<int64_t>(data.size());
  if (size == 0)
    return Value::fixnum(0);
  Value owner = args[1];
  bool constant = gc::is(owner, gc::Type::String) || gc::is(owner, gc::Type::Bytes);
  Value r = write_all(m, call, data, constant ? Keep::AsIs : Keep::Copy);
  asm volatile("" : : "r"(owner.bits)); // the bytes live as long as it is on this stack
  return r.is_nil() ? gc::make_int(m, size) : r;
}

EVJIT_PRIM(evrt_port_flush) {
  PortCall call;
  Value raised = kNil;
  if (!want_port(m, "port/flush", args[0], &call, &raised) || !take_timeout(m, "port/flush", args, argc, 1, &call, &raised) ||
      !want_writable(m, call, &raised))
    return raised;
  if (call.port->engine == Engine::Held && !flush_held(call.port))
    return raise_os(m, {.op = "port/flush", .code = errno});
  if (!call.port->out.first || !can_wait(m))
    return kNil;
  Op *op = begin_in(m, call, call.port->out, "write", &raised); // after those before it
  if (!op)
    return raised;
  op_end(op);
  return kNil;
}

// --- position ------------------------------------------------------------------------------------------------------------
static bool want_file(Mutator &m, const char *op, Value v, PortCall *call, Value *raised) {
  if (!want_port(m, op, v, call, raised))
    return false;
  if (call->port->engine == Engine::Unknown)
    classify_std(call->port);
  if (call->port->engine == Engine::File)
    return true;
  *raised = gc::raise_error(m, "type-error", std::string(op) + ": expected a port of a file, got " + port_text(*call->handle),
                            {{"got", gc::keyword("port")}, {"arg", Value::fixnum(0)}});
  return false;
}

EVJIT_PRIM(evrt_port_seek) {
  PortCall call;
  Value raised;
  Options o;
  int64_t offset;
  if (!is_port(args[0]))
    return gc::type_error(m, "port/seek", "port", args[0], 0);
  if (!want_integer(m, "port/seek", args[1], 1, &offset, &raised) ||
      !parse_options(m, "port/seek", args + 2, argc - 2, {"from"}, &o, &raised) ||
      !want_file(m, "port/seek", args[0], &call, &raised))
    return raised;
  Port *p = call.port;
  int64_t base = 0;
  std::string_view from = o.from.is_nil() ? "start" : gc::is_keyword(o.from) ? gc::name_of(o.from) : "";
  if (from == "current") {
    base = static_cast<int64_t>(p->offset);
  } else if (from == "end") {
    struct stat info;
    if (fstat(p->fd, &info) != 0)
      return raise_os(m, {.op = "port/seek", .code = errno, .path = p->name});
    base = info.st_size;
  } else if (from != "start") {
    return gc::value_error(m, "port/seek", ":from must be :start, :current or :end");
  }
  int64_t target;
  if (__builtin_add_overflow(base, offset, &target) || target < 0)
    return raise_os(m, {.op = "port/seek", .code = EINVAL, .path = p->name});
  p->buffer.clear();
  p->offset = static_cast<uint64_t>(target);
  return gc::make_int(m, target);
}

EVJIT_PRIM(evrt_port_tell) {
  PortCall call;
  Value raised;
  if (!want_file(m, "port/tell", args[0], &call, &raised))
    return raised;
  return gc::make_int(m, static_cast<int64_t>(call.port->offset));
}

// --- about a port ----------------------------------------------------------------------------------------------------------
EVJIT_PRIM(evrt_port_p) { return Value::boolean(is_port(args[0])); }

EVJIT_PRIM(evrt_port_open_p) {
  if (!is_port(args[0]))
    return gc::type_error(m, "port/open?", "port", args[0], 0);
  return Value::boolean(!handle_of(args[0])->closed);
}

EVJIT_PRIM(evrt_port_path) {
  if (!is_port(args[0]))
    return gc::type_error(m, "port/path", "port", args[0], 0);
  const std::string &name = handle_of(args[0])->port->name;
  return name.empty() ? kNil : gc::make_string(m, name);
}

EVJIT_PRIM(evrt_port_close) {
  if (!is_port(args[0]))
    return gc::type_error(m, "port/close", "port", args[0], 0);
  handle_close(handle_of(args[0]));
  return kNil;
}

EVJIT_PRIM(evrt_port_set_options) {
  PortCall call;
  Value raised;
  Options o;
  if (!is_port(args[0]))
    return gc::type_error(m, "port/set-options", "port", args[0], 0);
  if (!parse_options(m, "port/set-options", args + 1, argc - 1, {"timeout", "encoding"}, &o, &raised) ||
      !want_port(m, "port/set-options", args[0], &call, &raised))
    return raised;
  if (!o.encoding.is_nil()) {
    std::string_view e = gc::is_keyword(o.encoding) ? gc::name_of(o.encoding) : "";
    if (e != "text" && e != "binary")
      return gc::value_error(m, "port/set-options", ":encoding must be :text or :binary");
    call.handle->binary = e == "binary";
  }
  if (o.has_timeout)
    call.handle->timeout_ms = o.timeout_ms;
  return kNil;
}

// --- opening -----------------------------------------------------------------------------------------------------------------
namespace {

struct Mode {
  const char *name;
  int flags;
  bool readable, writable;
};
constexpr Mode kModes[] = {{"read", O_RDONLY, true, false},
                           {"write", O_WRONLY | O_CREAT | O_TRUNC, false, true},
                           {"append", O_WRONLY | O_CREAT | O_APPEND, false, true},
                           {"read-write", O_RDWR | O_CREAT, true, true}};

struct OpenRequest final : Request {
  uv_fs_t fs;
  std::string path;
  ssize_t result = -1;
  ~OpenRequest() override {
    if (result >= 0)
      close(static_cast<int>(result));
    uv_fs_req_cleanup(&fs);
  }
  void cancel() override { uv_cancel(reinterpret_cast<uv_req_t *>(&fs)); }
};

void on_opened(uv_fs_t *fs) {
  auto *r = static_cast<OpenRequest *>(fs->data);
  r->result = fs->result;
  op_landed(r);
}

} // namespace

static Value port_of_file(Mutator &m, const char *op, int fd, const Mode &mode, const std::string &path, bool binary) {
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return raise_os(m, {.op = op, .code = EISDIR, .path = path});
  }
  Engine engine = Engine::File;
  if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) || (S_ISCHR(info.st_mode) && isatty(fd))) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    engine = Engine::Poll;
  } else if (S_ISCHR(info.st_mode)) {
    engine = Engine::Direct;
  }
  Port *p = port_new(PortKind::File, fd, engine, mode.readable, mode.writable);
  p->name = path;
  p->mode = mode.name;
  p->append = (mode.flags & O_APPEND) != 0;
  if (p->append)
    p->offset = static_cast<uint64_t>(info.st_size);
  return port_wrap(m, p, binary);
}

static Value port_open(Mutator &m, const char *op, const Value *args, size_t argc, bool binary) {
  Value out = kNil;
  if (!want_string(m, op, args[0], 0, &out))
    return out;
  const Mode *mode = nullptr;
  for (const Mode &known : kModes)
    if (gc::is_keyword(args[1]) && gc::name_of(args[1]) == known.name)
      mode = &known;
  if (!mode)
    return gc::type_error(m, op, ":read, :write, :append or :read-write", args[1], 1);
  Options o;
  if (!parse_options(m, op, args + 2, argc - 2, {"timeout"}, &o, &out))
    return out;
  Op *call = op_begin(op, o.timeout_ms);
  auto *r = new OpenRequest;
  r->path = gc::string_view_of(args[0]);
  r->fs.data = r;
  op_attach(call, r);
  uv_fs_open(call->loop->uv(), &r->fs, r->path.c_str(), mode->flags | O_CLOEXEC | O_NOCTTY, 0666, on_opened);
  if (!op_wait(call, "open", args[0], &out))
    return out;
  std::string path = r->path;
  auto fd = static_cast<int>(r->result);
  r->result = -1; // ours now
  op_end(call);
  if (fd < 0)
    return raise_os(m, {.op = op, .code = -fd, .path = path});
  return port_of_file(m, op, fd, *mode, path, binary);
}

EVJIT_PRIM(evrt_port_open) { return port_open(m, "port/open", args, argc, false); }
EVJIT_PRIM(evrt_port_open_bytes) { return port_open(m, "port/open-bytes", args, argc, true); }

static const PrimDef rows[] = {
    {.name = "port/open", EVJIT_PRIM_FN(evrt_port_open), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "path mode & options",
     .doc = "Open a file as a text port. mode: :read, :write, :append, :read-write. Options: :timeout ms.",
     .example = "(file/write \"note.txt\" \"hi\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/read-all p)) # => \"hi\""},
    {.name = "port/open-bytes", EVJIT_PRIM_FN(evrt_port_open_bytes), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "path mode & options", .doc = "Open a file as a binary port; as port/open.",
     .example = "(file/write \"note.txt\" \"hi\") (with p (port/open-bytes \"note.txt\" :read) port/close "
                "(port/read-all p)) # => b[104 105]"},
    {.name = "port/read", EVJIT_PRIM_FN(evrt_port_read), .arity = {2, gc::kAny}, .signals = kWaits, .params = "p n & options",
     .doc = "Up to n bytes from the port; nil at the end of input. Files give exactly n unless the end comes first.",
     .example = "(file/write \"note.txt\" \"hello\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/read p 2)) # => \"he\""},
    {.name = "port/read-line", EVJIT_PRIM_FN(evrt_port_read_line), .arity = {1, gc::kAny}, .signals = kWaits,
     .params = "p & options", .doc = "The next line without its end, as a string; nil at the end of input.",
     .example = "(file/write \"note.txt\" \"one\\ntwo\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/read-line p)) # => \"one\""},
    {.name = "port/read-all", EVJIT_PRIM_FN(evrt_port_read_all), .arity = {1, gc::kAny}, .signals = kWaits,
     .params = "p & options", .doc = "Everything up to the end of input.",
     .example = "(file/write \"note.txt\" \"hello\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/read-all p)) # => \"hello\""},
    {.name = "port/write", EVJIT_PRIM_FN(evrt_port_write), .arity = {2, gc::kAny}, .signals = kWaits,
     .params = "p data & options", .doc = "Write all of a string or bytes; returns the number of bytes.",
     .example = "(port/write (port/stdout) \"\") # => 0"},
    {.name = "port/flush", EVJIT_PRIM_FN(evrt_port_flush), .arity = {1, gc::kAny}, .signals = kWaits, .params = "p & options",
     .doc = "Wait until buffered output is out.", .example = "(port/flush (port/stdout)) # => nil"},
    {.name = "port/seek", EVJIT_PRIM_FN(evrt_port_seek), .arity = {2, gc::kAny}, .signals = kWaits, .params = "p offset & options",
     .doc = "Move to a byte position of a file; :from :start, :current or :end. Returns the new position.",
     .example = "(file/write \"note.txt\" \"hello\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/seek p 3) (port/read-all p)) # => \"lo\""},
    {.name = "port/tell", EVJIT_PRIM_FN(evrt_port_tell), .arity = {1, 1}, .signals = kWaits, .params = "p",
     .doc = "The byte position in a file.",
     .example = "(file/write \"note.txt\" \"hello\") (with p (port/open \"note.txt\" :read) port/close "
                "(port/seek p 3) (port/tell p)) # => 3"},
    {.name = "port?", EVJIT_PRIM_FN(evrt_port_p), .arity = {1, 1}, .signals = sig::kSilent, .params = "x",
     .doc = "Whether x is a port.", .example = "(port? (port/stdin)) # => true"},
    {.name = "port/open?", EVJIT_PRIM_FN(evrt_port_open_p), .arity = {1, 1}, .params = "p", .doc = "Whether the port is not closed.",
     .example = "(port/open? (port/stdin)) # => true"},
    {.name = "port/path", EVJIT_PRIM_FN(evrt_port_path), .arity = {1, 1}, .params = "p",
     .doc = "Path of a file, own address of a listener, peer address of a connection; nil for standard streams.",
     .example = "(port/path (port/stdin)) # => nil"},
    {.name = "port/close", EVJIT_PRIM_FN(evrt_port_close), .arity = {1, 1}, .params = "p",
     .doc = "Close the port; fibers that wait on it get an error with :reason :closed.",
     .example = "(file/write \"note.txt\" \"hi\") (let [p (port/open \"note.txt\" :read)] (port/close p) "
                "(port/open? p)) # => false"},
    {.name = "port/set-options", EVJIT_PRIM_FN(evrt_port_set_options), .arity = {1, gc::kAny}, .params = "p & options",
     .doc = "Default :timeout in milliseconds (or nil) and :encoding (:text or :binary) of later operations.",
     .example = "(port/set-options (port/stdin) :timeout nil) # => nil"},
};
const std::span<const PrimDef> kPortPrims = rows;

} // namespace evjit::net
