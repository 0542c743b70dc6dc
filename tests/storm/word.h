#pragma once
// Word of writes that others are still to be told of, as the database has it: past the library's
// cache, and past what the library makes of it.
#include <optional>
#include <set>
#include <string>

#include "board.h"
#include "thing.h"

namespace storm {

class Outbox {
 public:
  explicit Outbox(const std::string& database);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  // The rows that there is word of, 0 for all of them; nullopt: it could not be asked.
  std::optional<std::set<int64_t>> words() const;

 private:
  thing_db* db_ = nullptr;
  const thing_model* model_ = nullptr;
};

// Until board.stop: a write that returned when others were not told counts from then on when there
// is no word of its row any more.
void watch_outbox(Board& board, const std::string& database);

}  // namespace storm
