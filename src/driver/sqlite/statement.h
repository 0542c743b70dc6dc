#pragma once
#include "driver/sqlite/connection.h"
#include "driver/sqlite/types.h"

namespace thing::driver::sqlite {

class SqliteStatement final : public driver::Statement {
 public:
  SqliteStatement(SqliteConnection& connection, StatementHandle handle);
  ~SqliteStatement() override {
    if (connection_.is_inherited()) (void)handle_.release();
  }

  base::Status bind(int index, const value::ValueView& v) override;
  base::Result<bool> step(value::BatchBuilder& out, const Projection& projection) override;
  base::Status execute() override;
  void reset() override;

  bool is_read_only() const override { return sqlite3_stmt_readonly(handle_.get()) != 0; }
  int parameter_count() const override { return sqlite3_bind_parameter_count(handle_.get()); }
  int column_count() const override { return sqlite3_column_count(handle_.get()); }
  std::string_view column_name(int i) const override;
  base::Result<bool> step_dynamic(std::vector<value::Value>& out) override;

 private:
  base::Status start();
  base::Status check_columns(size_t columns) const;
  base::Result<bool> finish(int rc);
  base::Result<bool> give_up(base::Status why);
  base::Status read_values(std::vector<value::Value>& out);

  SqliteConnection& connection_;
  StatementHandle handle_;
  BoundTexts texts_;
  bool running_ = false;  // stepped and not reset
  bool bound_ = false;
  bool is_rollback_ = false;
};

}  // namespace thing::driver::sqlite
