// See address.hpp.
#include "net/address.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace evjit::net {

void Address::set_port(int port) {
  auto number = htons(static_cast<uint16_t>(port));
  if (family() == AF_INET6)
    reinterpret_cast<sockaddr_in6 *>(&storage)->sin6_port = number;
  else
    reinterpret_cast<sockaddr_in *>(&storage)->sin_port = number;
}

int Address::port() const {
  return ntohs(family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6 *>(&storage)->sin6_port
                                    : reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
}

bool parse_numeric(const std::string &host, int port, Address *out) {
  *out = Address{};
  std::string bare = host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
  auto *v4 = reinterpret_cast<sockaddr_in *>(&out->storage);
  auto *v6 = reinterpret_cast<sockaddr_in6 *>(&out->storage);
  if (inet_pton(AF_INET, bare.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    out->size = sizeof *v4;
  } else if (inet_pton(AF_INET6, bare.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    out->size = sizeof *v6;
  } else {
    return false;
  }
  out->set_port(port);
  return true;
}

std::string host_text(const Address &a) {
  char text[INET6_ADDRSTRLEN] = "";
  const void *from = a.family() == AF_INET6 ? static_cast<const void *>(&reinterpret_cast<const sockaddr_in6 *>(&a.storage)->sin6_addr)
                                            : &reinterpret_cast<const sockaddr_in *>(&a.storage)->sin_addr;
  return inet_ntop(a.family(), from, text, sizeof text) ? text : "";
}

std::string join_host_port(const std::string &host, int port) {
  bool v6 = host.find(':') != std::string::npos && host.front() != '[';
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string address_text(const Address &a) {
  return a.family() == AF_INET || a.family() == AF_INET6 ? join_host_port(host_text(a), a.port()) : "";
}

std::string own_address(int fd) {
  Address a;
  a.size = sizeof a.storage;
  return getsockname(fd, reinterpret_cast<sockaddr *>(&a.storage), &a.size) == 0 ? address_text(a) : "";
}

std::string peer_address(int fd) {
  Address a;
  a.size = sizeof a.storage;
  return getpeername(fd, reinterpret_cast<sockaddr *>(&a.storage), &a.size) == 0 ? address_text(a) : "";
}

} // namespace evjit::net
