#pragma once
#include <string>

#include "driver/mysql/connection.h"
#include "driver/mysql/rows.h"

namespace thing::driver::mysql {

class MysqlStatement final : public driver::Statement {
 public:
  MysqlStatement(MysqlConnection& connection, StatementHandle handle, std::string_view sql,
                 const SqlText& text);
  ~MysqlStatement() override {
    if (connection_.is_inherited()) (void)handle_.release();
  }

  base::Status bind(int index, const value::ValueView& v) override;
  base::Result<bool> step(value::BatchBuilder& out, const Projection& projection) override;
  base::Status execute() override;
  void reset() override;

  bool is_read_only() const override { return text_.is_read_only; }
  int parameter_count() const override { return static_cast<int>(parameters_.size()); }
  int column_count() const override { return static_cast<int>(rows_.columns()); }
  std::string_view column_name(int i) const override {
    return rows_.column_name(static_cast<size_t>(i));
  }
  base::Result<bool> step_dynamic(std::vector<value::Value>& out) override;

 private:
  base::Status start();
  base::Status check_size() const;
  base::Status send_long();
  base::Status run();
  bool is_stale(const base::Error& why) const;
  base::Status prepare_again();
  base::Status take_result();
  void drain();
  base::Result<bool> next();
  base::Result<bool> give_up(base::Status why);
  base::Error error() { return connection_.error(handle_.get(), text_); }

  MysqlConnection& connection_;
  StatementHandle handle_;
  const std::string sql_;
  const SqlText text_;
  Parameters parameters_;
  Rows rows_;
  bool running_ = false;       // executed and not reset
  bool must_prepare_ = false;  // the library can not execute it once more
};

// A statement that the server runs as text only.
class PlainStatement final : public driver::Statement {
 public:
  PlainStatement(MysqlConnection& connection, std::string_view sql, const SqlText& text)
      : connection_(connection), sql_(sql), text_(text) {}

  base::Status bind(int index, const value::ValueView& v) override;
  base::Result<bool> step(value::BatchBuilder& out, const Projection& projection) override;
  base::Status execute() override { return connection_.execute(sql_); }
  void reset() override {}

  bool is_read_only() const override { return text_.is_read_only; }
  int parameter_count() const override { return 0; }
  int column_count() const override { return 0; }
  std::string_view column_name(int) const override { return {}; }
  base::Result<bool> step_dynamic(std::vector<value::Value>& out) override;

 private:
  MysqlConnection& connection_;
  const std::string sql_;
  const SqlText text_;
};

}  // namespace thing::driver::mysql
