#include "session/keeper.h"

#include <system_error>
#include <utility>

#include "base/signals.h"

namespace thing::session {

void Keeper::start(std::chrono::milliseconds every, std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopping_ || thread_) return;
  try {
    const base::WithoutSignals quiet;
    thread_.emplace([this, every, work = std::move(work)] { run(every, work); });
  } catch (const std::system_error&) {
    // Nothing is tended then.
  }
}

void Keeper::run(std::chrono::milliseconds every, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, every, [this] { return stopping_ || woken_; });
    if (stopping_) return;
    woken_ = false;
    lock.unlock();
    work();
    lock.lock();
  }
}

void Keeper::wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void Keeper::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_) thread_->join();
  thread_.reset();
}

}  // namespace thing::session
