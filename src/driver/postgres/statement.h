#pragma once
#include <string>
#include <vector>

#include "driver/postgres/connection.h"
#include "driver/postgres/parameters.h"
#include "driver/postgres/rows.h"

namespace thing::driver::postgres {

// A statement that the server has parsed. Its whole result is fetched by the first step, so that
// other statements of the connection can run between two steps.
class PgStatement final : public driver::Statement {
 public:
  static base::Result<std::unique_ptr<PgStatement>> make(PgConnection& connection,
                                                         std::string_view sql);
  ~PgStatement() override { connection_.forget(std::move(name_)); }

  base::Status bind(int index, const value::ValueView& v) override;
  base::Status bind_array(int index, value::Type type,
                          std::span<const value::ValueView> values) override;
  base::Result<bool> step(value::BatchBuilder& out, const Projection& projection) override;
  base::Status execute() override;
  void reset() override;

  bool is_read_only() const override { return text_.is_read_only; }
  int parameter_count() const override { return parameters_.count(); }
  int column_count() const override { return static_cast<int>(column_names_.size()); }
  std::string_view column_name(int i) const override {
    return column_names_[static_cast<size_t>(i)];
  }
  base::Result<bool> step_dynamic(std::vector<value::Value>& out) override;

  // For the connection, which runs several in one pipeline.
  int send(PGconn* c) const;
  bool is_outdated() const { return is_outdated_; }
  void note(const base::Error& error);
  // What the run gave: read by the next step() or execute(), which runs nothing.
  base::Status adopt(ResultHandle result);

 private:
  PgStatement(PgConnection& connection, std::string_view sql, const SqlText& text)
      : connection_(connection), sql_(sql), text_(text) {}
  base::Status parse();
  base::Status set_parameters(const std::vector<Oid>& oids);
  base::Status check_parameter(int index) const;
  base::Result<ResultHandle> run_once();
  base::Result<ResultHandle> run();
  base::Status start();
  base::Status learn_columns();
  base::Result<bool> end(base::Status read);

  PgConnection& connection_;
  std::string sql_;
  SqlText text_;
  std::string name_;  // on the server; empty when it is parsed at each run
  bool is_outdated_ = false;
  std::vector<std::string> column_names_;
  Parameters parameters_;
  RowReader reader_;
  ResultHandle result_;      // while rows are read
  bool is_adopted_ = false;  // of result_ nothing was read yet
  int row_ = 0;
};

}  // namespace thing::driver::postgres
