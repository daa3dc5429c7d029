// See options.hpp.
#include "net/options.hpp"

#include <algorithm>
#include <cmath>

namespace evjit::net {

static bool integer_option(Mutator &m, const char *op, std::string_view name, Value v, int64_t least, int64_t *out, Value *raised) {
  if (!gc::is_int(v)) {
    *raised = gc::type_error(m, op, "integer for :" + std::string(name), v);
    return false;
  }
  *out = gc::int_of(v);
  if (*out >= least)
    return true;
  *raised = gc::value_error(m, op, ":" + std::string(name) + " is out of range: " + std::to_string(*out));
  return false;
}

static bool boolean_option(Mutator &m, const char *op, std::string_view name, Value v, int *out, Value *raised) {
  if (v != gc::kTrue && v != gc::kFalse) {
    *raised = gc::type_error(m, op, "boolean for :" + std::string(name), v);
    return false;
  }
  *out = v == gc::kTrue;
  return true;
}

static bool take_option(Mutator &m, const char *op, std::string_view name, Value v, Options *o, Value *raised) {
  if (name == "timeout") {
    o->has_timeout = true;
    o->timeout_ms = -1;
    return v.is_nil() || integer_option(m, op, name, v, 0, &o->timeout_ms, raised);
  }
  if (name == "sndbuf")
    return integer_option(m, op, name, v, 1, &o->sndbuf, raised);
  if (name == "rcvbuf")
    return integer_option(m, op, name, v, 1, &o->rcvbuf, raised);
  if (name == "backlog")
    return integer_option(m, op, name, v, 1, &o->backlog, raised);
  if (name == "nodelay")
    return boolean_option(m, op, name, v, &o->nodelay, raised);
  if (name == "keepalive")
    return boolean_option(m, op, name, v, &o->keepalive, raised);
  if (name == "from")
    o->from = v;
  else
    o->encoding = v;
  return true;
}

bool parse_options(Mutator &m, const char *op, const Value *args, size_t argc, std::initializer_list<std::string_view> allowed,
                   Options *out, Value *raised) {
  for (size_t i = 0; i < argc; i += 2) {
    if (!gc::is_keyword(args[i])) {
      *raised = gc::type_error(m, op, "an option keyword", args[i]);
      return false;
    }
    std::string_view name = gc::name_of(args[i]);
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      *raised = gc::value_error(m, op, "unknown option :" + std::string(name));
      return false;
    }
    if (i + 1 == argc) {
      *raised = gc::raise_error(m, "arity-error", std::string(op) + ": option :" + std::string(name) + " has no value");
      return false;
    }
    if (!take_option(m, op, name, args[i + 1], out, raised))
      return false;
  }
  return true;
}

bool want_string(Mutator &m, const char *op, Value v, int arg, Value *raised) {
  if (gc::is_string(v))
    return true;
  *raised = gc::type_error(m, op, "string", v, arg);
  return false;
}

bool want_integer(Mutator &m, const char *op, Value v, int arg, int64_t *out, Value *raised) {
  if (!gc::is_int(v)) {
    *raised = gc::type_error(m, op, "integer", v, arg);
    return false;
  }
  *out = gc::int_of(v);
  return true;
}

bool want_seconds(Mutator &m, const char *op, Value v, double *out, Value *raised) {
  if (!gc::is_number(v)) {
    *raised = gc::type_error(m, op, "number", v, 0);
    return false;
  }
  *out = gc::number_as_double(v);
  if (std::isfinite(*out) && *out >= 0)
    return true;
  *raised = gc::argument_error(m, op, "seconds must be finite and not negative");
  return false;
}

bool want_port_number(Mutator &m, const char *op, Value v, int arg, int *out, Value *raised) {
  int64_t n;
  if (!want_integer(m, op, v, arg, &n, raised))
    return false;
  if (n < 0 || n > 65535) {
    *raised = gc::value_error(m, op, "port number out of 0..65535: " + std::to_string(n));
    return false;
  }
  *out = static_cast<int>(n);
  return true;
}

bool want_data(Mutator &m, const char *op, Value v, int arg, std::string_view *out, Value *raised) {
  if (gc::is_string(v))
    *out = gc::string_view_of(v);
  else if (gc::is_bytes(v))
    *out = gc::bytes_view_of(v);
  else {
    *raised = gc::type_error(m, op, "string or bytes", v, arg);
    return false;
  }
  return true;
}

} // namespace evjit::net
