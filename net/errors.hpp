// Errors of the operating system as structs of the language (specification, chapter 11 section 1).
#pragma once

#include "gc/errors.hpp"
#include "gc/value/make.hpp"

#include <string>
#include <string_view>

namespace evjit::net {

using gc::Mutator;
using gc::Value;

struct OsError {
  const char *op;             // "tcp/connect"
  int code;                   // errno
  std::string_view path = {}; // :path, if there is one
  std::string_view addr = {}; // :addr, if there is one
  const char *kind = "io-error";
};
Value make_os_error(Mutator &m, const OsError &e);
Value raise_os(Mutator &m, const OsError &e);
std::string_view reason_of(int errno_code); // "not-found"

// {:error :io-error :reason REASON :op OP :message "OP: TEXT"}
Value make_io_error(Mutator &m, const char *op, std::string_view reason, std::string_view text);
Value raise_io(Mutator &m, const char *op, std::string_view reason, std::string_view text);
Value make_timeout_error(Mutator &m, const char *op);
Value make_dns_error(Mutator &m, const char *op, std::string_view name, int uv_code);

} // namespace evjit::net
