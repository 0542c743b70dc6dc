#include "driver/postgres/statement.h"

#include <algorithm>

#include <fmt/format.h>

#include "driver/postgres/errors.h"

namespace thing::driver::postgres {

using base::Code;

base::Result<std::unique_ptr<PgStatement>> PgStatement::make(PgConnection& connection,
                                                             std::string_view sql) {
  const SqlText text = look_at(sql);
  if (text.is_empty) return base::fail(Code::kInvalid, "the text holds no statement");
  std::unique_ptr<PgStatement> statement(new PgStatement(connection, sql, text));
  // COMMIT and ROLLBACK have nothing to be told of, and may end a transaction of which nothing was
  // sent: they are parsed when they run.
  if (!text.ends_transaction) THING_TRY(statement->parse());
  return statement;
}

// Once more, too, when the server's idea of the statement is outdated.
base::Status PgStatement::parse() {
  connection_.forget(std::move(name_));
  name_.clear();
  std::string name = connection_.next_name();
  THING_ASSIGN(const ResultHandle described, connection_.describe(name, sql_));
  name_ = std::move(name);
  const PGresult* r = described.get();
  std::vector<Oid> oids, columns;
  for (int i = 0; i < PQnparams(r); ++i) oids.push_back(PQparamtype(r, i));
  column_names_.clear();
  for (int i = 0; i < PQnfields(r); ++i) {
    columns.push_back(PQftype(r, i));
    column_names_.emplace_back(PQfname(r, i));
  }
  columns.insert(columns.end(), oids.begin(), oids.end());
  THING_TRY(connection_.learn_types(columns));
  is_outdated_ = false;
  return set_parameters(oids);
}

// Bound values have the form that a parameter's type had before.
base::Status PgStatement::set_parameters(const std::vector<Oid>& oids) {
  const bool is_first = parameters_.count() == 0;
  if (std::equal(oids.begin(), oids.end(), parameters_.oids(),
                 parameters_.oids() + parameters_.count()))
    return {};
  std::vector<const PgType*> types;
  for (const Oid oid : oids) types.push_back(&connection_.types().get(oid));
  parameters_.start(types);
  if (is_first) return {};
  return base::fail(
      base::Error(Code::kSchema, "postgres: the types of the statement's parameters have changed")
          .sqlstate("0A000")
          .retryable(true));
}

base::Status PgStatement::check_parameter(int index) const {
  if (index >= 0 && index < parameters_.count()) return {};
  return base::fail(
      base::Error(Code::kInvalid, fmt::format("there is no parameter {}, expected 0 to {}", index,
                                              parameters_.count() - 1))
          .sqlstate("07009"));
}

base::Status PgStatement::bind(int index, const value::ValueView& v) {
  if (result_ != nullptr) reset();
  THING_TRY(check_parameter(index));
  const PgType& type = *parameters_.type(index);
  const bool is_array = value::is_list(v.type) && type.kind == Kind::kArray;
  if (is_array && connection_.types().get(type.element).kind == Kind::kOther)
    return base::fail(Code::kUnsupported, "postgres: arrays of {} can not be bound",
                      connection_.types().get(type.element).name);
  auto set = is_array ? parameters_.set_list(index, connection_.types().get(type.element), v)
                      : parameters_.set(index, v);
  if (set) return set;
  return base::fail(
      std::move(set.error()).context(fmt::format("while binding parameter {}", index + 1)));
}

base::Status PgStatement::bind_array(int index, value::Type type,
                                     std::span<const value::ValueView> values) {
  if (result_ != nullptr) reset();
  THING_TRY(check_parameter(index));
  const PgType& array = *parameters_.type(index);
  if (array.kind != Kind::kArray)
    return base::fail(Code::kType, "parameter {} is of type {}, expected an array", index + 1,
                      array.name);
  const PgType& element = connection_.types().get(array.element);
  if (element.kind == Kind::kOther)
    return base::fail(Code::kUnsupported, "postgres: arrays of {} can not be bound", element.name);
  auto set = parameters_.set_array(index, element, type, values);
  if (set) return set;
  return base::fail(
      std::move(set.error()).context(fmt::format("while binding parameter {}", index + 1)));
}

int PgStatement::send(PGconn* c) const {
  const Parameters& p = parameters_;
  if (name_.empty())
    return PQsendQueryParams(c, sql_.c_str(), p.count(), p.oids(), p.values(), p.lengths(),
                             p.formats(), 1);
  return PQsendQueryPrepared(c, name_.c_str(), p.count(), p.values(), p.lengths(), p.formats(), 1);
}

base::Result<ResultHandle> PgStatement::run_once() {
  return connection_.ask(text_, [this](PGconn* c) { return send(c); });
}

// A table that changed, or a session that lost its statements, is nothing the caller has to know;
// but in a transaction without guard the failure has ended it.
base::Result<ResultHandle> PgStatement::run() {
  if (is_outdated_ && connection_.takes_statements()) THING_TRY(parse());
  base::Result<ResultHandle> result = run_once();
  if (result || !postgres::is_outdated(result.error())) return result;
  note(result.error());
  if (!connection_.takes_statements() || !connection_.is_usable()) return result;
  THING_TRY(parse());
  return run_once();
}

void PgStatement::note(const base::Error& error) {
  if (!postgres::is_outdated(error)) return;
  is_outdated_ = true;
  if (is_lost_statement(error)) name_.clear();  // nothing is left to let go
}

base::Status PgStatement::adopt(ResultHandle result) {
  row_ = 0;
  result_ = std::move(result);
  is_adopted_ = true;
  return connection_.uses_prepared() ? base::Status() : learn_columns();
}

base::Status PgStatement::execute() {
  if (is_adopted_) {
    reset();
    return {};
  }
  result_.reset();
  base::Result<ResultHandle> done = run();
  reset();
  if (!done) return base::fail(std::move(done.error()));
  return {};
}

base::Status PgStatement::start() {
  row_ = 0;
  base::Result<ResultHandle> result = run();
  if (!result) {
    reset();
    return base::fail(std::move(result.error()));
  }
  result_ = std::move(*result);
  return connection_.uses_prepared() ? base::Status() : learn_columns();
}

// What was not parsed beforehand may give columns of other types than it did.
base::Status PgStatement::learn_columns() {
  std::vector<Oid> oids;
  for (int i = 0; i < PQnfields(result_.get()); ++i) oids.push_back(PQftype(result_.get(), i));
  return connection_.learn_types(oids);
}

// Nothing is left open behind the last row, or one that does not fit.
base::Result<bool> PgStatement::end(base::Status read) {
  reset();
  if (!read) return base::fail(std::move(read.error()));
  return false;
}

base::Result<bool> PgStatement::step(value::BatchBuilder& out, const Projection& projection) {
  if (result_ == nullptr || is_adopted_) {
    if (!is_adopted_) THING_TRY(start());
    is_adopted_ = false;
    if (PQresultStatus(result_.get()) != PGRES_TUPLES_OK) return end({});
    if (auto fits = reader_.start(result_.get(), connection_.types(), projection,
                                  connection_.checks_utf8());
        !fits)
      return end(std::move(fits));
  }
  if (row_ == PQntuples(result_.get())) return end({});
  if (auto read = reader_.read(result_.get(), row_++, out); !read) return end(std::move(read));
  return true;
}

base::Result<bool> PgStatement::step_dynamic(std::vector<value::Value>& out) {
  if (result_ == nullptr || is_adopted_) {
    if (!is_adopted_) THING_TRY(start());
    is_adopted_ = false;
    reader_.start_dynamic(result_.get(), connection_.types(), connection_.checks_utf8());
  }
  if (row_ == PQntuples(result_.get())) return end({});
  if (auto read = reader_.read_dynamic(result_.get(), row_++, out); !read)
    return end(std::move(read));
  return true;
}

void PgStatement::reset() {
  result_.reset();
  is_adopted_ = false;
  row_ = 0;
  parameters_.clear();  // bound bytes are the caller's; nothing may point at them any more
}

}  // namespace thing::driver::postgres
