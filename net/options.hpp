// Trailing keyword options of primitives, (port/read p n :timeout 20), and checks of arguments. Every function that finds a mistake
// raises it: it returns false and *raised is what the primitive must return.
#pragma once

#include "net/errors.hpp"

#include <cstdint>
#include <initializer_list>

namespace evjit::net {

struct Options {
  int64_t timeout_ms = -1; // negative: none
  bool has_timeout = false; // nil counts as given
  int64_t sndbuf = 0, rcvbuf = 0, backlog = 128;
  int nodelay = -1, keepalive = -1; // -1: not given
  Value from = gc::kNil;            // :from of port/seek
  Value encoding = gc::kNil;
};

// `allowed` names the options of this primitive.
bool parse_options(Mutator &m, const char *op, const Value *args, size_t argc, std::initializer_list<std::string_view> allowed,
                   Options *out, Value *raised);
bool want_string(Mutator &m, const char *op, Value v, int arg, Value *raised);
bool want_integer(Mutator &m, const char *op, Value v, int arg, int64_t *out, Value *raised);
// Seconds as by ev/sleep: integer or float, not negative, finite.
bool want_seconds(Mutator &m, const char *op, Value v, double *out, Value *raised);
bool want_port_number(Mutator &m, const char *op, Value v, int arg, int *out, Value *raised);
// A string, @string, bytes or @bytes; the view stays valid while the value lives and is not mutated.
bool want_data(Mutator &m, const char *op, Value v, int arg, std::string_view *out, Value *raised);

} // namespace evjit::net
