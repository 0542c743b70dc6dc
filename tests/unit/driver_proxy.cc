#include "driver_proxy.h"

#include <chrono>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace thing::test {
namespace {

sockaddr_in inet_address(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("no address: " + host);
  return address;
}

bool write_all(int socket, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = send(socket, bytes, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

Proxy::Proxy(const std::string& host, int port) : host_(host), server_port_(port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sockaddr_in address = inet_address("127.0.0.1", 0);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(listener_, any, size) != 0 || listen(listener_, 16) != 0 ||
      getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("no socket for a proxy");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Proxy::~Proxy() {
  ends_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
  close_all();
  close(listener_);
  close(wake_);
}

// From its return on the network is that.
void Proxy::set(Net net) {
  net_ = net;
  ++sets_;
  eventfd_write(wake_, 1);
  while (sets_seen_ < sets_) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

void Proxy::close_all() {
  for (const Pair& pair : pairs_) close(pair.client), close(pair.server);
  pairs_.clear();
}

void Proxy::hold(Net before, Net net) {
  if ((before == Net::kHeld) == (net == Net::kHeld)) return;
  for (Pair& pair : pairs_) pair.is_held = net == Net::kHeld;
}

int Proxy::connect_server() const {
  if (host_.starts_with('/')) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    host_.copy(address.sun_path, sizeof address.sun_path - 1);
    const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return s;
    close(s);
    return -1;
  }
  sockaddr_in address = inet_address(host_, server_port_);
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return s;
  close(s);
  return -1;
}

void Proxy::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int server = connect_server();
  if (server >= 0) {
    pairs_.push_back({client, server});
  } else {
    close(client);
  }
}

bool Proxy::pass(Pair& pair, bool from_client) {
  char bytes[1 << 16];
  const ssize_t n = recv(from_client ? pair.client : pair.server, bytes, sizeof bytes, 0);
  if (n <= 0) return false;
  if (const int ms = delay_ms_; ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  if (from_client && pair.server_spoke) ++turns_;
  pair.server_spoke = !from_client;
  return write_all(from_client ? pair.server : pair.client, bytes, static_cast<size_t>(n));
}

void Proxy::run() {
  Net before = Net::kOpen;
  while (!ends_) {
    const int seen = sets_;  // before the network is looked at
    const Net net = net_;
    if (net == Net::kCut) close_all();
    hold(before, net);
    before = net;
    const auto wants = [](bool yes) { return static_cast<short>(yes ? POLLIN : 0); };
    // What must not pass is not even looked at: a negative descriptor is left out.
    std::vector<pollfd> all{{wake_, POLLIN, 0}, {net == Net::kDead ? -1 : listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      const bool answers = net == Net::kOpen || net == Net::kHeld;
      all.push_back({net == Net::kDead || pair.is_held ? -1 : pair.client, wants(true), 0});
      all.push_back({answers ? pair.server : -1, wants(true), 0});
    }
    sets_seen_ = seen;
    if (poll(all.data(), all.size(), -1) < 0) continue;
    if (all[0].revents != 0) {
      eventfd_t count;
      eventfd_read(wake_, &count);
      continue;
    }
    size_t i = 2;
    for (auto pair = pairs_.begin(); pair != pairs_.end(); i += 2) {
      const bool lives = (all[i].revents == 0 || pass(*pair, true)) &&
                         (all[i + 1].revents == 0 || pass(*pair, false));
      if (!lives) close(pair->client), close(pair->server);
      pair = lives ? std::next(pair) : pairs_.erase(pair);
    }
    if (all[1].revents != 0) accept_one();
  }
}

}  // namespace thing::test
