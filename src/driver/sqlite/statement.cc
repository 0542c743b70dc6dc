#include "driver/sqlite/statement.h"

#include "driver/sqlite/errors.h"
#include "driver/sqlite/rows.h"

namespace thing::driver::sqlite {

using base::Code;

SqliteStatement::SqliteStatement(SqliteConnection& connection, StatementHandle handle)
    : connection_(connection), handle_(std::move(handle)) {
  const char* sql = sqlite3_sql(handle_.get());
  is_rollback_ = sql != nullptr && sqlite3_strnicmp(sql, "ROLLBACK", 8) == 0;
}

base::Status SqliteStatement::bind(int index, const value::ValueView& v) {
  if (running_) reset();
  bound_ = true;
  const int rc = bind_value(handle_.get(), index, v, texts_);
  if (rc == SQLITE_OK) return {};
  return base::fail(connection_.error(rc));
}

// An interrupt that came before the first step is lost in SQLite; the control remembers it. What a
// cancelled call did can still be taken back.
base::Status SqliteStatement::start() {
  const Control* control = connection_.waits().control();
  if (control == nullptr || is_rollback_) return {};
  return control->check();
}

// Of the first row: the first step compiles the statement again when the schema changed, and "*"
// may be something else.
base::Status SqliteStatement::check_columns(size_t columns) const {
  const auto found = static_cast<size_t>(sqlite3_column_count(handle_.get()));
  if (found == columns) return {};
  return base::fail(Code::kSchema, "the statement gives {} columns, expected {}", found, columns);
}

// What a step that gave no row means: the end, or a failure. Nothing is left open behind either.
base::Result<bool> SqliteStatement::finish(int rc) {
  base::Result<bool> more = false;
  if (rc != SQLITE_DONE) more = base::fail(connection_.error(rc));
  reset();
  return more;
}

base::Result<bool> SqliteStatement::give_up(base::Status why) {
  reset();
  return base::fail(std::move(why.error()));
}

base::Result<bool> SqliteStatement::step(value::BatchBuilder& out, const Projection& projection) {
  const bool first = !running_;
  if (first) THING_TRY(start());
  running_ = true;
  if (const int rc = connection_.waits().step(handle_.get(), is_rollback_); rc != SQLITE_ROW)
    return finish(rc);
  if (first) {
    if (base::Status same = check_columns(projection.fields.size()); !same)
      return give_up(std::move(same));
  }
  if (base::Status read = read_row(handle_.get(), projection, out); !read)
    return give_up(std::move(read));
  return true;
}

base::Status SqliteStatement::execute() {
  if (running_) reset();
  THING_TRY(start());
  running_ = true;
  int rc;
  do {
    rc = connection_.waits().step(handle_.get(), is_rollback_);
  } while (rc == SQLITE_ROW);
  THING_TRY(finish(rc));
  return {};
}

void SqliteStatement::reset() {
  // The result of a reset is that of the step before it, which step() has told already.
  if (running_) sqlite3_reset(handle_.get());
  running_ = false;
  // Bound bytes are the caller's; nothing may point at them any more.
  if (bound_) sqlite3_clear_bindings(handle_.get());
  bound_ = false;
}

std::string_view SqliteStatement::column_name(int i) const {
  const char* name = sqlite3_column_name(handle_.get(), i);
  return name != nullptr ? name : "";
}

base::Status SqliteStatement::read_values(std::vector<value::Value>& out) {
  const int columns = sqlite3_data_count(handle_.get());
  for (int i = 0; i < columns; ++i) {
    THING_ASSIGN(value::Value v, read_dynamic(Column(handle_.get(), i)));
    out.push_back(std::move(v));
  }
  return {};
}

base::Result<bool> SqliteStatement::step_dynamic(std::vector<value::Value>& out) {
  if (!running_) THING_TRY(start());
  running_ = true;
  if (const int rc = connection_.waits().step(handle_.get(), is_rollback_); rc != SQLITE_ROW)
    return finish(rc);
  if (base::Status read = read_values(out); !read) return give_up(std::move(read));
  return true;
}

}  // namespace thing::driver::sqlite
