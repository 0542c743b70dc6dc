#pragma once
// One database read for many callers that miss the same entry at once. The first one to enter
// leads; the others wait and then look into the cache again, which checks the stamp, so nobody gets
// an answer older than its own call.
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace thing::cache {

class Flights {
 public:
  // The leader's ticket: landing wakes the others.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& o) noexcept : flights_(o.flights_), key_(o.key_) { o.flights_ = nullptr; }
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() { land(); }
    void land();
    bool leads() const { return flights_ != nullptr; }

   private:
    friend class Flights;
    Ticket(Flights* flights, uint64_t key) : flights_(flights), key_(key) {}
    Flights* flights_ = nullptr;
    uint64_t key_ = 0;
  };

  // Leads when nobody reads `key`. Otherwise waits until that read landed, or `wanted()` is false
  // (asked every few milliseconds), and returns a ticket that does not lead.
  template <class Wanted>
  Ticket enter(uint64_t key, Wanted wanted) {
    Shard& shard = shards_[key % shards_.size()];
    std::unique_lock lock(shard.mutex);
    if (!shard.is_flying(key)) {
      shard.flying.push_back(key);
      return Ticket(this, key);
    }
    while (shard.is_flying(key) && wanted())
      shard.landed.wait_for(lock, std::chrono::milliseconds(5));
    return Ticket();
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::condition_variable landed;
    std::vector<uint64_t> flying;

    bool is_flying(uint64_t key) const {
      for (uint64_t k : flying) {
        if (k == key) return true;
      }
      return false;
    }
  };
  std::array<Shard, 32> shards_;
};

inline void Flights::Ticket::land() {
  if (flights_ == nullptr) return;
  Shard& shard = flights_->shards_[key_ % flights_->shards_.size()];
  {
    std::lock_guard lock(shard.mutex);
    std::erase(shard.flying, key_);
  }
  shard.landed.notify_all();
  flights_ = nullptr;
}

}  // namespace thing::cache
