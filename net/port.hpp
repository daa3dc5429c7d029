// Ports: what a program calls a port is an Opaque whose data is a PortHandle; several handles may share one Port (the standard
// streams). Essay: net/port.cpp. Internal to net/, loop thread only.
#pragma once

#include "base/assert.hpp"
#include "gc/value/make.hpp"
#include "net/op.hpp"

#include <string>
#include <string_view>

namespace evjit::net {

enum class PortKind : uint8_t { File, Stdin, Stdout, Stderr, TcpListener, TcpStream, UnixListener, UnixStream, Pipe, Udp };
// How the descriptor is read and written.
enum class Engine : uint8_t {
  Unknown,  // of a standard stream that was not used yet
  Socket,   // readiness; send and recv never block
  Poll,     // readiness; O_NONBLOCK is set
  Careful,  // readiness; O_NONBLOCK is not ours to set (a terminal): asked before each call
  File,     // the pool, at explicit offsets
  Direct,   // plain calls (/dev/null)
  Held      // stdout to a regular file: collected, written directly
};

// Bytes read ahead.
class Buffer {
public:
  std::string_view view() const { return std::string_view(data_).substr(head_); }
  size_t size() const { return data_.size() - head_; }
  bool empty() const { return size() == 0; }
  void append(std::string_view s) { data_.append(s); }
  void consume(size_t n);
  void clear();

private:
  std::string data_;
  size_t head_ = 0;
};

struct Port {
  UvLoop *loop = nullptr;
  Port *prev = nullptr, *next = nullptr;
  uint32_t refs = 1;
  PortKind kind = PortKind::File;
  Engine engine = Engine::Unknown;
  bool readable = false, writable = false, append = false;
  bool closed = false;       // nobody may use it any more
  bool polled = false;       // `poll` is initialised
  bool unlink_path = false;  // a Unix listener's socket file
  int fd = -1;
  int flying = 0;            // pool requests on fd: it is closed after the last
  int mask = 0;              // UV_READABLE | UV_WRITABLE that libuv watches
  uv_poll_t poll;
  Lane in, out;
  Buffer buffer;
  uint64_t offset = 0;       // files: position of the buffer's first byte
  std::string name;          // path or address
  const char *mode = "read-write";
  std::string held;          // Engine::Held
};

struct PortHandle {
  Port *port;
  bool closed = false, binary = false;
  int64_t timeout_ms = -1;
};

extern const gc::OpaqueClass kPortClass;

Port *port_new(PortKind kind, int fd, Engine engine, bool readable, bool writable); // refs = 1: the caller's
inline void port_ref(Port *p) { ++p->refs; }
void port_unref(Port *p);
// Wakes everybody with :closed, closes the descriptor. The Port lives on while referenced.
void port_close(Port *p);
void handle_close(PortHandle *h); // (port/close): of a standard stream only the handle
// A new handle; takes over the caller's reference.
Value port_wrap(Mutator &m, Port *p, bool binary);

inline bool is_port(Value v) { return gc::is(v, gc::Type::Opaque) && v.as<gc::Opaque>()->cls == &kPortClass; }
inline PortHandle *handle_of(Value v) { return static_cast<PortHandle *>(v.as<gc::Opaque>()->data); }

// libuv watches the descriptor for these (UV_READABLE, UV_WRITABLE) besides what it watches already. 0, or -errno.
int port_watch(Port *p, int events);

// --- a call on a port -----------------------------------------------------------------------------------------------------
struct PortCall {
  const char *op;
  Value value;        // the handle
  PortHandle *handle;
  Port *port;
  int64_t timeout_ms; // -1: none
};
// Checks args[0]: an open port. False: *raised.
bool want_port(Mutator &m, const char *op, Value v, PortCall *call, Value *raised);
bool want_readable(Mutator &m, const PortCall &call, Value *raised);
bool want_writable(Mutator &m, const PortCall &call, Value *raised);

// --- streams (net/stream.cpp) -----------------------------------------------------------------------------------------------
// Begins an operation in a lane and waits until it is first. Null: *out.
Op *begin_in(Mutator &m, const PortCall &call, Lane &lane, const char *kind, Value *out);
// Waits until the descriptor is ready for `event`. False: the operation is over.
bool wait_ready(Mutator &m, const PortCall &call, Op *op, int event, const char *kind, Value *out);
// After a wait: false, and the error, if the port was closed meanwhile.
bool still_open(Mutator &m, const PortCall &call, Op *op, Value *out);
// More input for the call that is first in the lane, in the loop's scratch or the port's request; empty at the end.
bool fill(Mutator &m, const PortCall &call, Op *op, size_t wanted, std::string_view *data, Value *out);
enum class Keep : uint8_t { AsIs, Copy }; // whether `data` stays valid across waits by itself
// Writes everything. nil, or what the primitive returns.
Value write_all(Mutator &m, const PortCall &call, std::string_view data, Keep keep);
bool flush_held(Port *p); // false: errno
bool can_wait(const Mutator &m); // a scheduler runs this code
inline bool is_text(const PortHandle &h) { return !h.binary; }
Value make_text(Mutator &m, std::string_view bytes); // sanitised

// --- files (net/file_port.cpp) ----------------------------------------------------------------------------------------------
bool file_fill(Mutator &m, const PortCall &call, Op *op, size_t wanted, std::string_view *data, Value *out);
Value file_write_all(Mutator &m, const PortCall &call, Op *op, std::string_view data);
void port_landed(Port *p); // a pool request on its descriptor has landed

std::string port_text(const PortHandle &h); // how it prints
void classify_std(Port *p);                 // chooses the engine of a standard stream

} // namespace evjit::net
