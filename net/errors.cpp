// See errors.hpp. The table of 11 section 1 is reason_of; messages are for people: "tcp/connect: connection refused (HOST:PORT)".
#include "net/errors.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <uv.h>

namespace evjit::net {

using gc::keyword;
using gc::make_string;

std::string_view reason_of(int code) {
  switch (code) {
  case ENOENT: return "not-found";
  case EACCES:
  case EPERM: return "permission-denied";
  case EEXIST: return "already-exists";
  case EISDIR: return "is-directory";
  case ENOTDIR: return "not-directory";
  case ENOTEMPTY: return "not-empty";
  case EMFILE:
  case ENFILE: return "too-many-files";
  case ENOSPC: return "no-space";
  case EADDRINUSE: return "address-in-use";
  case EADDRNOTAVAIL: return "address-not-available";
  case ECONNREFUSED: return "connection-refused";
  case ECONNRESET: return "connection-reset";
  case ECONNABORTED: return "connection-aborted";
  case EPIPE: return "broken-pipe";
  case ETIMEDOUT: return "timed-out";
  case EHOSTUNREACH:
  case ENETUNREACH: return "unreachable";
  case ENOTCONN: return "not-connected";
  default: return "os-error";
  }
}

static std::string errno_name(int code) {
  char buffer[64];
  uv_err_name_r(-code, buffer, sizeof buffer);
  std::string name(buffer);
  for (char &c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

static std::string describe(const OsError &e) {
  char buffer[128];
  std::string text = std::string(e.op) + ": " + uv_strerror_r(-e.code, buffer, sizeof buffer);
  std::string_view what = e.path.empty() ? e.addr : e.path;
  if (!what.empty())
    text.append(" (").append(what).append(")");
  return text;
}

Value make_os_error(Mutator &m, const OsError &e) {
  Value reason = keyword(reason_of(e.code));
  Value name = keyword(errno_name(e.code));
  Value code = Value::fixnum(e.code);
  Value op = make_string(m, e.op);
  std::string message = describe(e);
  if (!e.path.empty())
    return gc::make_error(m, e.kind, message, {{"reason", reason}, {"errno", name}, {"code", code}, {"op", op},
                                               {"path", make_string(m, e.path)}});
  if (!e.addr.empty())
    return gc::make_error(m, e.kind, message, {{"reason", reason}, {"errno", name}, {"code", code}, {"op", op},
                                               {"addr", make_string(m, e.addr)}});
  return gc::make_error(m, e.kind, message, {{"reason", reason}, {"errno", name}, {"code", code}, {"op", op}});
}

Value raise_os(Mutator &m, const OsError &e) { return gc::raise(m, make_os_error(m, e)); }

Value make_io_error(Mutator &m, const char *op, std::string_view reason, std::string_view text) {
  std::string message = std::string(op) + ": " + std::string(text);
  return gc::make_error(m, "io-error", message, {{"reason", keyword(reason)}, {"op", make_string(m, op)}});
}

Value raise_io(Mutator &m, const char *op, std::string_view reason, std::string_view text) {
  return gc::raise(m, make_io_error(m, op, reason, text));
}

Value make_timeout_error(Mutator &m, const char *op) {
  return gc::make_error(m, "timeout", std::string(op) + ": timed out", {{"op", make_string(m, op)}});
}

Value make_dns_error(Mutator &m, const char *op, std::string_view name, int uv_code) {
  char text[128], code[64];
  uv_strerror_r(uv_code, text, sizeof text);
  uv_err_name_r(uv_code, code, sizeof code);
  std::string lower(code);
  for (char &c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string_view reason = uv_code == UV_EAI_NONAME || uv_code == UV_EAI_NODATA ? "not-found" : "os-error";
  return gc::make_error(m, "dns-error", std::string(op) + ": cannot resolve " + std::string(name) + ": " + text,
                        {{"reason", keyword(reason)}, {"errno", keyword(lower)}, {"code", Value::fixnum(uv_code)},
                         {"op", make_string(m, op)}, {"name", make_string(m, name)}});
}

} // namespace evjit::net
