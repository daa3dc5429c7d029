// Regular files behind ports: reads and writes run in libuv's pool at explicit offsets, so a call that is withdrawn while its
// request is under way changes nothing for the next one. The request owns its bytes; see Request in net/op.hpp.
#include "net/errors.hpp"
#include "net/port.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace evjit::net {

using gc::kNil;

namespace {

// One read or write of a port's file.
struct FileRequest final : Request {
  uv_fs_t fs;
  Port *port;
  std::string bytes;
  ssize_t result = 0;

  explicit FileRequest(Port *p) : port(p) {
    port_ref(p);
    ++p->flying;
  }
  ~FileRequest() override { uv_fs_req_cleanup(&fs); }
  void cancel() override { uv_cancel(reinterpret_cast<uv_req_t *>(&fs)); }
};

void on_file_done(uv_fs_t *fs) {
  auto *r = static_cast<FileRequest *>(fs->data);
  r->result = fs->result;
  Port *p = r->port;
  op_landed(r);
  port_landed(p);
}

} // namespace

// Starts a request and waits for it. The request stays attached until the caller drops it. Null: *out.
static FileRequest *run_request(Mutator &m, const PortCall &call, Op *op, FileRequest *r, int64_t offset, bool writing, Value *out) {
  uv_buf_t buf = uv_buf_init(r->bytes.data(), static_cast<unsigned>(r->bytes.size()));
  r->fs.data = r;
  uv_loop_t *uv = call.port->loop->uv();
  op_attach(op, r);
  if (writing)
    uv_fs_write(uv, &r->fs, call.port->fd, &buf, 1, offset, on_file_done);
  else
    uv_fs_read(uv, &r->fs, call.port->fd, &buf, 1, offset, on_file_done);
  if (!op_wait(op, writing ? "write" : "read", call.value, out) || !still_open(m, call, op, out))
    return nullptr;
  if (r->result >= 0)
    return r;
  int code = static_cast<int>(-r->result);
  op_end(op);
  *out = raise_os(m, {.op = call.op, .code = code, .path = call.port->name});
  return nullptr;
}

bool file_fill(Mutator &m, const PortCall &call, Op *op, size_t wanted, std::string_view *data, Value *out) {
  Port *p = call.port;
  auto *r = new FileRequest(p);
  size_t have = p->buffer.size();
  size_t missing = wanted > have ? wanted - have : 0;
  constexpr size_t kMost = size_t{4} << 20;
  r->bytes.resize(std::min(kMost, std::max<size_t>(missing, UvLoop::kScratchBytes)));
  r = run_request(m, call, op, r, static_cast<int64_t>(p->offset + have), false, out);
  if (!r)
    return false;
  *data = std::string_view(r->bytes).substr(0, static_cast<size_t>(r->result));
  return true; // r stays attached: it owns the bytes
}

static Value write_failed_plainly(Mutator &m, const PortCall &call, Op *op) {
  int code = errno;
  op_end(op);
  return raise_os(m, {.op = call.op, .code = code, .path = call.port->name});
}

// Where no scheduler runs.
static Value write_plainly(Mutator &m, const PortCall &call, Op *op, std::string_view data) {
  Port *p = call.port;
  while (!data.empty()) {
    ssize_t k = p->append ? write(p->fd, data.data(), data.size())
                          : pwrite(p->fd, data.data(), data.size(), static_cast<off_t>(p->offset));
    if (k < 0 && errno != EINTR)
      return write_failed_plainly(m, call, op);
    if (k > 0) {
      p->offset += static_cast<uint64_t>(k);
      data.remove_prefix(static_cast<size_t>(k));
    }
  }
  op_end(op);
  return kNil;
}

Value file_write_all(Mutator &m, const PortCall &call, Op *op, std::string_view data) {
  Port *p = call.port;
  p->buffer.clear(); // read ahead: the logical position is its first byte
  if (!can_wait(m))
    return write_plainly(m, call, op, data);
  Value out = kNil;
  while (!data.empty()) {
    auto *r = new FileRequest(p);
    r->bytes.assign(data.substr(0, size_t{4} << 20));
    r = run_request(m, call, op, r, p->append ? -1 : static_cast<int64_t>(p->offset), true, &out);
    if (!r)
      return out;
    auto written = static_cast<size_t>(r->result);
    op_drop_request(op);
    p->offset += written;
    data.remove_prefix(written);
  }
  struct stat info;
  if (p->append && fstat(p->fd, &info) == 0)
    p->offset = static_cast<uint64_t>(info.st_size);
  op_end(op);
  return kNil;
}

} // namespace evjit::net
