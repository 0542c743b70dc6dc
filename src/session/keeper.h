#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace thing::session {

// A thread that does some small work again and again.
class Keeper {
 public:
  Keeper() = default;
  ~Keeper() { stop(); }
  Keeper(const Keeper&) = delete;
  // Without a thread to be had nothing is done; the work must be one that can be left.
  void start(std::chrono::milliseconds every, std::function<void()> work);
  void wake();  // the work is done now, or once more behind the one under way
  void stop();  // waits for the work under way; idempotent

 private:
  void run(std::chrono::milliseconds every, const std::function<void()>& work);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool woken_ = false;
  std::optional<std::thread> thread_;
};

}  // namespace thing::session
