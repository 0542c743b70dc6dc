#pragma once
// A way into the database - a handle, or a transaction of it - and what all reads through it must
// agree with.
#include <cstdint>
#include <string>
#include <vector>

#include "criteria.h"
#include "table.h"

namespace trial {

enum class Database { kSqlite, kPostgres, kMysql };

struct Door {
  std::string name;
  thing_db* db = nullptr;
  thing_ctx* tx = nullptr;  // of the transaction, if there is one
  Database database = Database::kSqlite;

  const thing_model* model(const Table& table) const { return model_of(db, table.model.c_str()); }
};

// The ctx for one call with flags: the transaction's, or one of its own.
class Flags {
 public:
  Flags(const Door& door, int32_t flags) : tx_(door.tx) {
    if (tx_ == nullptr && flags != 0) own_ = Ctx(thing_ctx_new(door.db));
    if (ctx() != nullptr) thing_ctx_set_flags(ctx(), flags);
  }
  ~Flags() {
    if (tx_ != nullptr) thing_ctx_set_flags(tx_, 0);
  }
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;
  thing_ctx* ctx() const { return tx_ != nullptr ? tx_ : own_.get(); }

 private:
  thing_ctx* tx_;
  Ctx own_;
};

// All rows by the plainest query there is, past the cache: for a transaction, whose rows nobody
// else sees.
std::vector<Row> list_all(const Door& door, const Table& table);

// Each throws Wrong when the door's answer is not the one that `rows`, all rows of the table, call
// for.
void check_key(const Door& door, const Table& table, const std::vector<Row>& rows, const Row& key,
               int32_t scope);
void check_keys(const Door& door, const Table& table, const std::vector<Row>& rows,
                const std::vector<Row>& keys);
void check_query(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query);
void check_count(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query);
void check_first(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query);
void check_stream(const Door& door, const Table& table, const std::vector<Row>& rows,
                  const Query& query, int64_t batch);
// Pages by token, and the page that starts with a row.
void check_pages(const Door& door, const Table& table, const std::vector<Row>& rows,
                 const Query& query, int64_t take);
void check_cursor(const Door& door, const Table& table, const std::vector<Row>& rows,
                  const Query& query, const Row& start);

}  // namespace trial
