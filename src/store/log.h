#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

namespace thing::store {

// THING_LOG_* of thing.h.
enum class Level : int32_t { kOff = 0, kError = 1, kWarn = 2, kInfo = 3, kDebug = 4 };
inline constexpr int32_t kLogArguments = 16;

// Where lines go. The receiver runs on the thread that logs, without a lock.
class Log {
 public:
  using Receiver = std::function<void(int32_t level, std::string_view line)>;
  // The capture of `receiver` frees the user's pointer when the last running call is over. Empty:
  // no lines.
  void set(int32_t level_and_flags, Receiver receiver);
  bool wants(Level level) const {
    return level_.load(std::memory_order_relaxed) >= static_cast<int32_t>(level);
  }
  bool wants_arguments() const { return arguments_.load(std::memory_order_relaxed); }
  void write(Level level, std::string_view json_line) const;

 private:
  std::atomic<int32_t> level_{0};
  std::atomic<bool> arguments_{false};
  mutable std::mutex mutex_;
  std::shared_ptr<const Receiver> receiver_;
};

}  // namespace thing::store
