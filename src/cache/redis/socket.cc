#include "cache/redis/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

namespace thing::cache::redis {

using base::Code;
using base::fail;

namespace {

constexpr int64_t kBetweenLooks = 5'000;  // at whether a call was cancelled, when nobody wakes it

int64_t now() { return base::system_clock().monotonic_micros(); }

tl::unexpected<base::Error> lost(std::string_view what, int error) {
  return fail(base::Error(Code::kConnection, fmt::format("Redis: {}: {}", what,
                                                         std::generic_category().message(error)))
                  .native(error)
                  .retryable(true));
}

struct FreeAddresses {
  void operator()(addrinfo* first) const { freeaddrinfo(first); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

base::Result<Addresses> look_up(const Config& config) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  const std::string port = std::to_string(config.port);
  addrinfo* first = nullptr;
  int status = getaddrinfo(config.host.c_str(), port.c_str(), &hints, &first);
  if (status == EAI_NONAME) {
    hints.ai_flags = AI_NUMERICSERV;
    status = getaddrinfo(config.host.c_str(), port.c_str(), &hints, &first);
  }
  if (status == 0) return Addresses(first);
  return fail(
      base::Error(Code::kConnection,
                  fmt::format("Redis: the name of the host is not known: {}", gai_strerror(status)))
          .retryable(true));
}

}  // namespace

base::Status late() {
  return fail(base::Error(Code::kTimeout, "Redis did not answer in time").retryable(true));
}

base::Status cancelled() { return fail(Code::kCancelled, "the call was cancelled"); }

base::Status Socket::connect(const Config& config, const Patience& patience) {
  close();
  if (event_ < 0) event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ < 0) return lost("no file descriptor is left to wait with", errno);
  base::Status status =
      config.path.empty() ? connect_tcp(config, patience) : connect_unix(config, patience);
  if (!status) close();
  return status;
}

Socket::~Socket() {
  close();
  if (event_ >= 0) ::close(event_);
}

void Socket::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

// A name may have several addresses; each gets its share of the time that is left.
base::Status Socket::connect_tcp(const Config& config, const Patience& patience) {
  THING_ASSIGN(const Addresses addresses, look_up(config));
  int left = 0;
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) ++left;
  base::Status status;
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next, --left) {
    Patience share = patience;
    if (patience.deadline != Patience::kForever)
      share.deadline = now() + std::max(patience.deadline - now(), int64_t{0}) / left;
    status = connect_one(a->ai_family, a->ai_addr, a->ai_addrlen, share);
    if (status) {
      const int one = 1;
      setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      setsockopt(socket_, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
      return status;
    }
    if (status.error().code() == Code::kCancelled) return status;
  }
  return status;
}

base::Status Socket::connect_unix(const Config& config, const Patience& patience) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t size = std::min(config.path.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, config.path.data(), size);
  return connect_one(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                     patience);
}

base::Status Socket::connect_one(int family, const sockaddr* address, socklen_t size,
                                 const Patience& patience) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return lost("no socket", errno);
  int error = ::connect(socket_, address, size) == 0 ? 0 : errno;
  // A Unix socket whose queue is full does not become writable; it has to be asked again.
  while (error == EAGAIN) {
    const int64_t soon = std::min(patience.deadline, now() + 1'000);
    const Woke woke = wait(0, {soon, patience.cancelled});
    if (woke == Woke::kCancelled) return cancelled();
    if (now() >= patience.deadline) return late();
    error = ::connect(socket_, address, size) == 0 ? 0 : errno;
  }
  if (error == EINPROGRESS) {
    const Woke woke = wait(POLLOUT, patience);
    if (woke != Woke::kReady) return woke == Woke::kLate ? late() : cancelled();
    socklen_t error_size = sizeof error;
    if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &error_size) != 0) error = errno;
  }
  return error == 0 ? base::Status() : lost("connecting", error);
}

void Socket::wake() {
  const uint64_t one = 1;
  // It fails only when the counter is full, and then the thread is awake already.
  [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
}

// The counter is emptied before the flag is looked at, so that no wake is missed.
void Socket::take_wake() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(event_, &count, sizeof count);
}

Socket::Woke Socket::wait(short events, const Patience& patience) {
  for (;;) {
    if (patience.is_cancelled()) return Woke::kCancelled;
    const int64_t t = now();
    if (t >= patience.deadline) return Woke::kLate;
    int64_t left = patience.deadline - t;
    if (patience.cancelled != nullptr) left = std::min(left, kBetweenLooks);
    const timespec span{left / 1'000'000, static_cast<long>(left % 1'000'000) * 1000};
    pollfd descriptors[2] = {{events != 0 ? socket_ : -1, events, 0}, {event_, POLLIN, 0}};
    const bool waits_for_ever =
        left == patience.deadline - t && patience.deadline == Patience::kForever;
    const int ready = ppoll(descriptors, 2, waits_for_ever ? nullptr : &span, nullptr);
    if (ready < 0 && errno != EINTR) return Woke::kReady;  // the socket's next use tells why
    if (ready > 0 && descriptors[1].revents != 0) take_wake();
    if (ready > 0 && descriptors[0].revents != 0) return Woke::kReady;
  }
}

base::Result<size_t> Socket::send(std::string_view bytes) {
  for (;;) {
    const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) return static_cast<size_t>(size);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
    if (errno != EINTR) return lost("sending", errno);
  }
}

base::Result<size_t> Socket::receive(char* room, size_t size) {
  for (;;) {
    const ssize_t got = recv(socket_, room, size, 0);
    if (got > 0) return static_cast<size_t>(got);
    if (got == 0)
      return fail(base::Error(Code::kConnection, "Redis closed the connection").retryable(true));
    if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
    if (errno != EINTR) return lost("receiving", errno);
  }
}

bool Socket::is_quiet() const {
  char byte = 0;
  const ssize_t got = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

}  // namespace thing::cache::redis
