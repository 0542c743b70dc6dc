#include "store/log.h"

#include <utility>

namespace thing::store {

void Log::set(int32_t level_and_flags, Receiver receiver) {
  const bool is_set = static_cast<bool>(receiver);
  auto next = is_set ? std::make_shared<const Receiver>(std::move(receiver)) : nullptr;
  // Declared before the lock, so freed after it: the capture runs the user's free function.
  std::shared_ptr<const Receiver> former;
  std::lock_guard lock(mutex_);
  former = std::exchange(receiver_, std::move(next));
  level_.store(is_set ? level_and_flags & (kLogArguments - 1) : 0, std::memory_order_relaxed);
  arguments_.store((level_and_flags & kLogArguments) != 0, std::memory_order_relaxed);
}

void Log::write(Level level, std::string_view json_line) const {
  std::shared_ptr<const Receiver> receiver;
  {
    std::lock_guard lock(mutex_);
    receiver = receiver_;
  }
  if (receiver != nullptr) (*receiver)(static_cast<int32_t>(level), json_line);
}

}  // namespace thing::store
