#include "driver/mysql/statement.h"

namespace thing::driver::mysql {

using base::Code;

MysqlStatement::MysqlStatement(MysqlConnection& connection, StatementHandle handle,
                               std::string_view sql, const SqlText& text)
    : connection_(connection),
      handle_(std::move(handle)),
      sql_(sql),
      text_(text),
      parameters_(mysql_stmt_param_count(handle_.get())) {
  rows_.prepare(handle_.get());
}

base::Status MysqlStatement::bind(int index, const value::ValueView& v) {
  if (running_) reset();
  return parameters_.bind(index, v);
}

// What is too large makes the server close the connection, so it is not sent.
base::Status MysqlStatement::check_size() const {
  const auto most = static_cast<size_t>(connection_.max_packet());
  size_t size = parameters_.command_size();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_.is_long(i)) size = std::max(size, parameters_.bytes(i).size());
  }
  if (size <= most) return {};
  return base::fail(Code::kRange,
                    "the values of the statement have {} bytes, the server's max_allowed_packet is "
                    "{}",
                    size, most);
}

base::Status MysqlStatement::send_long() {
  constexpr size_t kPiece = 256 * 1024;
  for (unsigned i = 0; i < parameters_.size(); ++i) {
    if (!parameters_.is_long(i)) continue;
    std::string_view rest = parameters_.bytes(i);
    for (; !rest.empty(); rest.remove_prefix(std::min(kPiece, rest.size()))) {
      const std::string_view piece = rest.substr(0, kPiece);
      if (connection_.calls().send_long(handle_.get(), i, piece) != 0) return base::fail(error());
    }
  }
  return {};
}

base::Status MysqlStatement::prepare_again() {
  THING_ASSIGN(handle_, connection_.compile(sql_));
  must_prepare_ = false;
  rows_.prepare(handle_.get());
  if (mysql_stmt_param_count(handle_.get()) == parameters_.size()) return {};
  return base::fail(Code::kSchema, "the statement has other parameters than when it was prepared");
}

base::Status MysqlStatement::run() {
  MYSQL_STMT* const statement = handle_.get();
  if (parameters_.size() != 0 && mysql_stmt_bind_param(statement, parameters_.binds()) != 0)
    return base::fail(error());
  THING_TRY(send_long());
  if (connection_.calls().execute(statement) == 0) return {};
  base::Error why = error();
  // Rows of other columns than the statement's are on their way all the same.
  if (mysql_stmt_errno(statement) == client_error::kNewMetadata) {
    must_prepare_ = true;
    connection_.calls().free_result(statement);
  }
  return base::fail(std::move(why));
}

// Whether the statement did nothing and goes well once it is prepared anew. A result with more or
// fewer columns than before is told of when the statement has run: it may run again when it only
// reads.
bool MysqlStatement::is_stale(const base::Error& why) const {
  if (why.detail() == nullptr || !connection_.is_usable()) return false;
  const auto number = static_cast<unsigned>(why.detail()->native);
  if (number == client_error::kNewMetadata) return text_.is_read_only;
  return needs_prepare(number) && !connection_.in_transaction();
}

base::Status MysqlStatement::start() {
  THING_TRY(connection_.begin(text_));
  THING_TRY(check_size());
  if (must_prepare_) THING_TRY(prepare_again());
  base::Status done = run();
  if (!done && is_stale(done.error())) {
    THING_TRY(prepare_again());
    done = run();
  }
  if (!done) return done;
  running_ = true;
  base::Status taken = take_result();
  if (!taken) reset();
  return taken;
}

// The whole result, so that the connection is free for others. A call that is over gets nothing,
// even where the server was quicker; but for what was written, which stays.
base::Status MysqlStatement::take_result() {
  MYSQL_STMT* const statement = handle_.get();
  rows_.describe(statement);
  if (mysql_stmt_field_count(statement) == 0) {
    connection_.count_changes(mysql_stmt_affected_rows(statement), mysql_stmt_insert_id(statement));
    return {};
  }
  THING_TRY(rows_.bind(statement));
  if (connection_.calls().store_result(statement) != 0) {
    must_prepare_ = true;  // the library would wait for the rest of this result before the next one
    return base::fail(error());
  }
  if (text_.is_read_only) {
    if (connection_.is_over()) return base::fail(connection_.over_error());
  } else {
    connection_.count_rows(mysql_stmt_num_rows(statement));
  }
  return {};
}

// CALL gives several results; those behind the first are dropped.
void MysqlStatement::drain() {
  while (mysql_stmt_more_results(handle_.get())) {
    if (connection_.calls().next_result(handle_.get()) != 0) {
      if (mysql_stmt_errno(handle_.get()) != 0) (void)error();
      return;
    }
    if (mysql_stmt_field_count(handle_.get()) != 0)
      (void)connection_.calls().store_result(handle_.get());
    mysql_stmt_free_result(handle_.get());
  }
}

void MysqlStatement::reset() {
  if (running_ && connection_.is_usable() && !connection_.is_inherited()) {
    // The library forgets to free a result that was read to its end.
    if (mysql_stmt_num_rows(handle_.get()) != 0) mysql_stmt_data_seek(handle_.get(), 0);
    mysql_stmt_free_result(handle_.get());
    drain();
  }
  running_ = false;
  rows_.shrink();
  // Bound bytes are the caller's; nothing may point at them any more.
  parameters_.clear();
}

base::Result<bool> MysqlStatement::give_up(base::Status why) {
  reset();
  return base::fail(std::move(why.error()));
}

// The next row of the result; nothing is left open behind the last.
base::Result<bool> MysqlStatement::next() {
  if (rows_.columns() == 0) {
    reset();
    return false;
  }
  base::Result<bool> more = rows_.fetch(handle_.get());
  if (!more || !*more) reset();
  return more;
}

base::Result<bool> MysqlStatement::step(value::BatchBuilder& out, const Projection& projection) {
  if (!running_) {
    THING_TRY(start());
    if (rows_.columns() != projection.fields.size()) {
      return give_up(base::fail(Code::kSchema, "the statement gives {} columns, expected {}",
                                rows_.columns(), projection.fields.size()));
    }
  }
  THING_ASSIGN(const bool more, next());
  if (!more) return false;
  if (base::Status read = rows_.read(projection, out); !read) return give_up(std::move(read));
  return true;
}

base::Status MysqlStatement::execute() {
  if (running_) reset();
  THING_TRY(start());
  reset();
  return {};
}

base::Result<bool> MysqlStatement::step_dynamic(std::vector<value::Value>& out) {
  if (!running_) THING_TRY(start());
  THING_ASSIGN(const bool more, next());
  if (!more) return false;
  if (base::Status read = rows_.read_dynamic(out); !read) return give_up(std::move(read));
  return true;
}

base::Status PlainStatement::bind(int index, const value::ValueView&) {
  return base::fail(Code::kInvalid, "parameter {} does not exist, the statement has 0", index);
}

base::Result<bool> PlainStatement::step(value::BatchBuilder&, const Projection&) {
  THING_TRY(execute());
  return false;
}

base::Result<bool> PlainStatement::step_dynamic(std::vector<value::Value>&) {
  THING_TRY(execute());
  return false;
}

}  // namespace thing::driver::mysql
