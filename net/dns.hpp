// Names to addresses, in libuv's pool. Internal to net/.
#pragma once

#include "net/address.hpp"
#include "net/op.hpp"

#include <vector>

namespace evjit::net {

// A lookup and what follows from it. Stays attached to its operation, so that nothing with a destructor is on the fiber's stack
// across a wait.
struct NameRequest final : Request {
  uv_getaddrinfo_t uv;
  std::string host;
  int port_number = 0;
  int status = 0;
  addrinfo *found = nullptr;
  std::vector<Address> addresses;
  Port *connecting = nullptr; // counted reference
  int last_error = 0;
  ~NameRequest() override;
  void cancel() override;
};

// Attaches a NameRequest with the addresses of `host`, in the resolver's order. Literals are not looked up and do not wait. Null: the
// operation is over, *out.
NameRequest *resolve_name(Mutator &m, Op *op, std::string_view host, int port, Value target, Value *out);

} // namespace evjit::net
