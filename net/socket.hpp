// What TCP, UDP and Unix sockets share. Internal to net/.
#pragma once

#include "net/address.hpp"
#include "net/options.hpp"
#include "net/port.hpp"

namespace evjit::net {

int open_socket(int family, int type);                // nonblocking, close-on-exec; -errno
void set_int_option(int fd, int level, int name, int value);
void apply_options(int fd, const Options &o, bool tcp); // buffers, keepalive, nodelay
// Takes the next connection of the listener: its descriptor, or -1 and *out.
int accept_connection(Mutator &m, const PortCall &call, Value *out);
// Connects `fd` of the port, which is nobody else's yet. True: connected. False: *code (errno), or *out with *code 0: the operation
// is over.
bool connect_socket(Op *op, Port *p, const sockaddr *to, socklen_t size, Value target, int *code, Value *out);
Value shutdown_port(Mutator &m, const char *op, const Value *args, PortKind kind);
bool want_kind(Mutator &m, const char *op, Value v, PortKind kind, const char *expected, Value *raised);

} // namespace evjit::net
