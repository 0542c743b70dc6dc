#pragma once
// Rows whose value only grows, and the rule that every read must keep: it sees each write that
// returned before it began.
#include <array>
#include <string>

#include "crew.h"

namespace trial {

inline constexpr int64_t kGroups = 4;

// A database with kKeys counters, ids from 1 on.
void make_counters(const std::string& file);
Db open_counters(const std::string& file, const std::string& options = "");

// Raises one counter, by one of several ways, and notes on the board what was returned.
void raise_counter(thing_db* db, Board& board, Random& random);
// Reads by one of several ways; throws Wrong when something older is seen than what was on the
// board before.
void check_counters(thing_db* db, const Board& board, Random& random);
// Every counter, past the cache and through it.
void check_all_counters(thing_db* db, const Board& board);

}  // namespace trial
