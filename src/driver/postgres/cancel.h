#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>

#include <libpq-fe.h>

namespace thing::driver::postgres {

// Asks the server to stop what a session runs. That takes a connection of its own, which can hang
// when the network does; so another thread makes it, and nobody has to wait for that thread.
class Cancellation {
 public:
  void start(PGconn* connection);
  bool is_started() const { return state_ != nullptr; }
  // Whether the server has the request by `until`: from then on it hits no later statement.
  bool wait(int64_t until) const;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace thing::driver::postgres
