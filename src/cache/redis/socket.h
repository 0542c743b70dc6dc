#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/socket.h>

#include "base/result.h"
#include "cache/redis/config.h"
#include "cache/redis/patience.h"

namespace thing::cache::redis {

// A connection that never blocks but in wait(), and raises no SIGPIPE. Closing it says nothing to
// the other side that a parent process would not want said.
class Socket {
 public:
  Socket() = default;
  ~Socket();
  Socket(const Socket&) = delete;

  // A name is looked up by the system's resolver, which knows no deadline; an address is not.
  base::Status connect(const Config& config, const Patience& patience);
  void close();  // wake() may still come until the end of this
  bool is_open() const { return socket_ >= 0; }

  enum class Woke : uint8_t { kReady, kLate, kCancelled };
  Woke wait(short events, const Patience& patience);
  void wake();  // ends a wait() whose call was cancelled; from any thread

  // How many bytes went; 0 when none can go now.
  base::Result<size_t> send(std::string_view bytes);
  // How many bytes came; 0 when none are there. The end of the stream is kConnection.
  base::Result<size_t> receive(char* room, size_t size);
  // Open, and nothing came that was not asked for.
  bool is_quiet() const;

 private:
  base::Status connect_tcp(const Config& config, const Patience& patience);
  base::Status connect_unix(const Config& config, const Patience& patience);
  base::Status connect_one(int family, const sockaddr* address, socklen_t size,
                           const Patience& patience);
  void take_wake();

  int socket_ = -1;
  int event_ = -1;
};

base::Status late();
base::Status cancelled();

}  // namespace thing::cache::redis
