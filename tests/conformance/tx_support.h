#pragma once
// What tests of transactions share.
#include <string>

#include "support.h"

namespace conformance {

// Takes so long that a call is surely still running.
inline constexpr Forms kEndless{
    .sqlite =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) "
        "FROM n WHERE i < 0",
    .postgres = "SELECT count(*) FROM pg_sleep(60)",
    .mysql = "SELECT sleep(60)"};

class Transaction : public StandardTest {
 protected:
  int64_t add(const char* name, thing_ctx* ctx) {
    return insert(db_, user_,
                  R"({"name": ")" + std::string(name) + R"(", "email": ")" + name + "\"}", ctx);
  }
  Outcome savepoint(const Tx& tx, const char* name) { return call(thing_tx_savepoint, tx, name); }
  Outcome run_endless(thing_ctx* ctx) {
    Rows rows;
    Outcome outcome = call(thing_sql, db_, ctx, sql(kEndless), -1, nullptr, 0, rows.out());
    EXPECT_EQ(rows.get(), nullptr);
    return outcome;
  }
  // A write that does not end before the deadline that it sets.
  Outcome write_endless(const Tx& tx) {
    thing_ctx_set_timeout_ms(tx.ctx(), 30);
    const std::string endless = "UPDATE users SET age = (" + std::string(sql(kEndless)) + ")";
    Outcome outcome =
        call(thing_exec, db_, tx.ctx(), endless.c_str(), -1, nullptr, 0, "users", nullptr);
    thing_ctx_set_timeout_ms(tx.ctx(), -1);
    return outcome;
  }
  // Lets the transaction keep others from writing user 1.
  void hold(const Db& db, const Tx& tx) {
    if (nature().locks_rows) update(db, db.model("User"), 1, R"({"name": "held"})", tx.ctx());
  }
};

}  // namespace conformance
