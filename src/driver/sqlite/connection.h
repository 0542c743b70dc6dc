#pragma once
#include <string>

#include "driver/sqlite/database.h"
#include "driver/sqlite/handle.h"
#include "driver/sqlite/waits.h"

namespace thing::driver::sqlite {

class SqliteConnection final : public driver::Connection {
 public:
  static base::Result<std::unique_ptr<SqliteConnection>> open(const Options& options);

  base::Result<std::unique_ptr<driver::Statement>> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  bool in_transaction() const override { return sqlite3_get_autocommit(db_.get()) == 0; }
  std::string_view dialect() const override { return "sqlite"; }
  int64_t last_insert_id() const override { return sqlite3_last_insert_rowid(db_.get()); }
  int64_t changes() const override;
  int64_t total_changes() const override;
  void interrupt() override { sqlite3_interrupt(db_.get()); }
  void set_control(Control* control) override { waits_.set_control(db_.get(), control); }
  void set_busy_timeout(int64_t ms) override { waits_.set_busy_timeout(ms); }
  bool is_usable() const override { return !broken_; }
  base::Result<bool> compares_bytes(std::string_view table, std::string_view column) override;
  std::string server_version() const override { return sqlite3_libversion(); }

  // For statements.
  sqlite3* handle() const { return db_.get(); }
  Waits& waits() { return waits_; }
  base::Error error(int rc);  // of the last call on this connection
  bool is_inherited() const { return db_.is_inherited(); }

 private:
  explicit SqliteConnection(int64_t busy_timeout_ms) : waits_(busy_timeout_ms) {}
  base::Result<StatementHandle> compile(std::string_view sql, unsigned flags,
                                        std::string_view* rest);
  base::Status run_all(std::string_view sql);
  base::Result<bool> stores_utf8();

  Waits waits_;  // before db_: SQLite calls it until the handle is closed
  Handle db_;
  bool broken_ = false;
};

}  // namespace thing::driver::sqlite
