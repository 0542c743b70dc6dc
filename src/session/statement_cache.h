#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "driver/driver.h"

namespace thing::session {

// The statements of one connection by the id of their plan. [1]
class StatementCache {
 public:
  static constexpr size_t kMost = 256;

  // nullptr when it is not here; counts as a use.
  driver::Statement* find(uint64_t plan) {
    for (uint32_t i = home(plan); index_[i] != 0; i = (i + 1) % kPlaces) {
      Entry& e = entries_[index_[i] - 1u];
      if (e.plan != plan) continue;
      e.used = ++uses_;
      return e.statement.get();
    }
    return nullptr;
  }
  // For a plan that is not here. The least recently used statement goes when there are kMost.
  driver::Statement* add(uint64_t plan, std::unique_ptr<driver::Statement> statement);
  size_t size() const { return entries_.size(); }

 private:
  static constexpr uint32_t kPlaces = 512;  // never more than half full
  struct Entry {
    uint64_t plan = 0;
    uint64_t used = 0;  // value of uses_ at the last use
    std::unique_ptr<driver::Statement> statement;
  };

  static uint32_t home(uint64_t plan) {
    return static_cast<uint32_t>(plan * 0x9e3779b97f4a7c15u >> 55);
  }
  void place(uint64_t plan, uint16_t entry);
  void displace(uint64_t plan);

  std::vector<Entry> entries_;
  std::array<uint16_t, kPlaces> index_{};  // number of the entry + 1; linear probing
  uint64_t uses_ = 0;
};

}  // namespace thing::session
