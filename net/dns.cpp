// See dns.hpp.
#include "net/dns.hpp"

#include "net/errors.hpp"
#include "net/port.hpp"

#include <cstring>
#include <netdb.h>

namespace evjit::net {

NameRequest::~NameRequest() {
  if (found)
    uv_freeaddrinfo(found);
  if (connecting) {
    port_close(connecting);
    port_unref(connecting);
  }
}

void NameRequest::cancel() { uv_cancel(reinterpret_cast<uv_req_t *>(&uv)); }

static void on_resolved(uv_getaddrinfo_t *uv, int status, addrinfo *found) {
  auto *r = static_cast<NameRequest *>(uv->data);
  r->status = status;
  r->found = found;
  op_landed(r);
}

static void take_addresses(NameRequest *r) {
  for (const addrinfo *i = r->found; i; i = i->ai_next) {
    if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
      continue;
    Address a;
    std::memcpy(&a.storage, i->ai_addr, i->ai_addrlen);
    a.size = i->ai_addrlen;
    a.set_port(r->port_number);
    r->addresses.push_back(a);
  }
}

static bool look_up(Op *op, NameRequest *r, Value target, Value *out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  r->uv.data = r;
  r->status = uv_getaddrinfo(op->loop->uv(), &r->uv, on_resolved, r->host.c_str(), nullptr, &hints);
  if (r->status != 0)
    return true;
  r->flying = true;
  if (!op_wait(op, "resolve", target, out))
    return false;
  take_addresses(r);
  return true;
}

NameRequest *resolve_name(Mutator &m, Op *op, std::string_view host, int port, Value target, Value *out) {
  auto *r = new NameRequest;
  r->host = host;
  r->port_number = port;
  op_attach(op, r);
  r->flying = false;
  Address numeric;
  if (parse_numeric(r->host, port, &numeric))
    r->addresses.push_back(numeric);
  else if (!look_up(op, r, target, out))
    return nullptr;
  if (!r->addresses.empty())
    return r;
  Value e = make_dns_error(m, op->name, r->host, r->status ? r->status : static_cast<int>(UV_EAI_NODATA));
  op_end(op);
  *out = gc::raise(m, e);
  return nullptr;
}

} // namespace evjit::net
