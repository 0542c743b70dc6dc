#pragma once
// Money that moves between rows in transactions: whatever is read at once adds up.
#include <string>

#include "crew.h"

namespace trial {

inline constexpr int64_t kPurses = 12;
inline constexpr int64_t kTotal = kPurses * 1000;

void make_purses(const std::string& file);
Db open_purses(const std::string& file, const std::string& options = "");

// One transaction that moves money, or two purses between towns; sometimes it changes its mind and
// rolls back.
void move_money(thing_db* db, Random& random);
// Two entries of the ledger with one number, by one save_many.
void add_entries(thing_db* db, int64_t number);

// Each throws Wrong when what was read does not add up.
void check_sum(thing_db* db, Random& random);
void check_towns(thing_db* db);
void check_snapshot(thing_db* db);  // a read-only transaction sees one state
void check_ledger(thing_db* db);    // entries come in pairs

}  // namespace trial
