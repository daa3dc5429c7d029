// Socket addresses and their text: "127.0.0.1:80", "[::1]:80". Internal to net/.
#pragma once

#include <string>
#include <sys/socket.h>

namespace evjit::net {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
  int family() const { return storage.ss_family; }
  void set_port(int port);
  int port() const;
};

bool parse_numeric(const std::string &host, int port, Address *out); // IPv4 or IPv6 literal
std::string host_text(const Address &a);                             // without the port
std::string address_text(const Address &a);
std::string join_host_port(const std::string &host, int port);
std::string own_address(int fd);
std::string peer_address(int fd);

} // namespace evjit::net
