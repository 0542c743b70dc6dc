#pragma once
// Hears which keys change, over one connection that both tracks and subscribes ("client side
// caching" of Redis' manual, by prefix): when either of two connections dies, nobody is told. A
// ping that is answered proves that all that came before it was heard.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <sys/types.h>

#include "cache/redis/config.h"
#include "cache/redis/link.h"
#include "cache/shared/wire.h"

namespace thing::cache::redis {

class Tracker final : public shared::Hearing {
 public:
  // `space`: what the keys begin with, but for the run of the server. `within_ms`: how long what is
  // known counts though the server says nothing.
  Tracker(Config config, std::string space, int64_t within_ms, Told told);
  ~Tracker() override;
  Tracker(const Tracker&) = delete;

 private:
  void run() noexcept;
  // Until the link ends or the tracker does.
  void track();
  base::Status subscribe(Link& link, std::string& space);
  base::Status listen(Link& link, std::string_view space);
  void hear(const Reply& reply, std::string_view space);
  bool sleep(int64_t micros);

  const Config config_;
  const std::string space_;
  const int64_t within_;  // microseconds
  const Told told_;
  std::atomic<bool> stops_{false};
  std::mutex link_mutex_;
  Link* link_ = nullptr;
  const pid_t process_;  // whose thread it is
  std::thread thread_;
};

}  // namespace thing::cache::redis
