#include "session/lane.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace thing::session {
namespace {

using base::Code;

constexpr int64_t kPatience = 5'000;
// Cancelling a call sets a flag, which wakes nobody here.
constexpr int64_t kLookAtControl = 5'000;

int64_t now() { return base::system_clock().monotonic_micros(); }

}  // namespace

int Lane::try_take_any(uint32_t preferred) {
  const auto size = static_cast<uint32_t>(slots_.size());
  uint32_t i = preferred < size ? preferred : preferred % size;
  for (uint32_t seen = 0; seen < size; ++seen) {
    if (slots_[i].taken.load(std::memory_order_seq_cst) == 0 && try_take_slot(static_cast<int>(i)))
      return static_cast<int>(i);
    if (++i == size) i = 0;
  }
  return -1;
}

// Gives the slot, which stays taken, to the first of the queue when that has waited for long.
bool Lane::hand_over(int i) {
  std::lock_guard lock(mutex_);
  if (closed_ || queue_.empty() || now() - queue_.front()->started < kPatience) return false;
  Waiter& first = *queue_.front();
  first.slot = i;
  queue_.erase(queue_.begin());
  waiting_.fetch_sub(1);
  first.woken.notify_one();
  return true;
}

void Lane::wake_front() {
  if (!queue_.empty()) queue_.front()->woken.notify_one();
}

void Lane::wake() {
  std::lock_guard lock(mutex_);
  wake_front();
}

base::Result<int> Lane::take(uint32_t preferred, const driver::Control* control,
                             int64_t timeout_ms) {
  Waiter self;
  std::unique_lock lock(mutex_);
  const Queued queued(*this, self);
  const int64_t started = now();
  auto slot = wait(self, lock, preferred, control, timeout_ms);
  waits_.fetch_add(1, std::memory_order_relaxed);
  waited_.fetch_add(now() - started, std::memory_order_relaxed);
  return slot;
}

// A slot may have been freed for this thread while another was handed to it, or come free when only
// this one was woken: so the next of the queue looks as well.
Lane::Queued::~Queued() {
  const auto place = std::find(lane_.queue_.begin(), lane_.queue_.end(), &self_);
  if (place != lane_.queue_.end()) {
    lane_.queue_.erase(place);
    lane_.waiting_.fetch_sub(1);
  }
  lane_.wake_front();
}

base::Result<int> Lane::wait(Waiter& self, std::unique_lock<std::mutex>& lock, uint32_t preferred,
                             const driver::Control* control, int64_t timeout_ms) {
  self.started = now();
  for (int64_t t = self.started; self.slot < 0; t = now()) {
    if (closed_) return base::fail(Code::kClosed, "the database is closed");
    if (const int i = try_take(preferred); i >= 0) return i;
    if (control != nullptr) THING_TRY(control->check());
    int64_t left = self.started + timeout_ms * 1000 - t;
    if (left <= 0) {
      return base::fail(base::Error(Code::kBusy, "no connection came free in time")
                            .sqlstate("55P03")
                            .retryable(true));
    }
    if (control != nullptr) left = std::min(left, kLookAtControl);
    self.woken.wait_for(lock, std::chrono::microseconds(left));
  }
  return self.slot;
}

void Lane::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (Waiter* w : queue_) w->woken.notify_one();
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    while (!try_take_slot(static_cast<int>(i)))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

int Lane::count_taken() const {
  return static_cast<int>(std::count_if(slots_.begin(), slots_.end(), [](const Slot& s) {
    return s.taken.load(std::memory_order_relaxed) != 0;
  }));
}

}  // namespace thing::session
