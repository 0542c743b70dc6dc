#include "session/statement_cache.h"

#include <algorithm>

namespace thing::session {

void StatementCache::place(uint64_t plan, uint16_t entry) {
  uint32_t i = home(plan);
  while (index_[i] != 0) i = (i + 1) % kPlaces;
  index_[i] = static_cast<uint16_t>(entry + 1);
}

// Takes the plan out of the index and moves back what stands behind it, so that no search ends too
// early.
void StatementCache::displace(uint64_t plan) {
  uint32_t hole = home(plan);
  while (entries_[index_[hole] - 1u].plan != plan) hole = (hole + 1) % kPlaces;
  for (uint32_t i = (hole + 1) % kPlaces; index_[i] != 0; i = (i + 1) % kPlaces) {
    const uint32_t wanted = home(entries_[index_[i] - 1u].plan);
    if ((i - wanted) % kPlaces < (i - hole) % kPlaces) continue;
    index_[hole] = index_[i];
    hole = i;
  }
  index_[hole] = 0;
}

driver::Statement* StatementCache::add(uint64_t plan,
                                       std::unique_ptr<driver::Statement> statement) {
  if (entries_.size() < kMost) {
    entries_.push_back({plan, ++uses_, std::move(statement)});
    place(plan, static_cast<uint16_t>(entries_.size() - 1));
    return entries_.back().statement.get();
  }
  const auto oldest =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return a.used < b.used; });
  displace(oldest->plan);
  *oldest = {plan, ++uses_, std::move(statement)};
  place(plan, static_cast<uint16_t>(oldest - entries_.begin()));
  return oldest->statement.get();
}

}  // namespace thing::session
