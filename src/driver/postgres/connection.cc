#include "driver/postgres/connection.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "driver/postgres/config.h"
#include "driver/postgres/errors.h"
#include "driver/postgres/statement.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

// Names that are let go at once: a round trip for each would be too much.
constexpr size_t kForgottenAtOnce = 16;
constexpr int64_t kLongestPing = 60'000;  // ms

// NULL: no such column. Text is compared by bytes in the collations "C" and "POSIX", and in that
// of the database when it is one of them. An enum sorts by its declaration, jsonb by its content.
constexpr const char* kComparesBytes =
    "SELECT CASE WHEN t.typname IN ('citext', 'bpchar', 'json', 'jsonb') OR t.typtype = 'e' "
    "THEN false WHEN a.attcollation = 0 THEN true "
    "WHEN c.collprovider = 'd' THEN d.datcollate IN ('C', 'POSIX') "
    "AND coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' "
    "ELSE c.collprovider = 'c' AND c.collcollate IN ('C', 'POSIX') END "
    "FROM pg_catalog.pg_attribute a "
    "JOIN pg_catalog.pg_type s ON s.oid = a.atttypid "
    "JOIN pg_catalog.pg_type t ON t.oid = CASE s.typtype WHEN 'd' THEN s.typbasetype "
    "ELSE s.oid END "
    "LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation "
    "LEFT JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database() "
    "WHERE a.attrelid = pg_catalog.to_regclass(pg_catalog.quote_ident($1)) "
    "AND a.attname = $2 AND NOT a.attisdropped AND a.attnum > 0";

// No row: no such table. What is written to a table reaches those that inherit from it, too. Other
// relations than tables hand the write on.
// Triggers of this library's own write for who does not use it alone.
constexpr const char* kWritesMore =
    "WITH RECURSIVE reached(oid) AS (SELECT pg_catalog.to_regclass(pg_catalog.quote_ident($1))::oid"
    " UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN reached r ON i.inhparent = r.oid) "
    "SELECT c.relkind NOT IN ('r', 'p')"
    " OR EXISTS (SELECT FROM pg_catalog.pg_trigger t JOIN reached r ON t.tgrelid = r.oid"
    " WHERE NOT t.tgisinternal AND pg_catalog.left(t.tgname::text, 12) <> 'thing_watch_')"
    " OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w JOIN reached r ON w.ev_class = r.oid"
    " WHERE w.ev_type <> '1')"
    ", EXISTS (SELECT FROM pg_catalog.pg_constraint k JOIN reached r ON k.confrelid = r.oid"
    " WHERE k.contype = 'f' AND k.confupdtype NOT IN ('a', 'r'))"
    ", EXISTS (SELECT FROM pg_catalog.pg_constraint k JOIN reached r ON k.confrelid = r.oid"
    " WHERE k.contype = 'f' AND k.confdeltype NOT IN ('a', 'r')) "
    "FROM pg_catalog.pg_class c "
    "WHERE c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident($1))";

base::Status check_sql(std::string_view sql) {
  if (sql.find('\0') == std::string_view::npos) return {};
  return base::fail(Code::kInvalid, "the statement holds a NUL");
}

PgStatement& statement_of(const Step& step) { return static_cast<PgStatement&>(*step.statement); }

// In the middle of a pipeline, which has to be ended whatever happens.
base::Status bind_step(const Step& step) {
  try {
    return step.bind();
  } catch (const std::bad_alloc&) {
    return base::fail(base::Error());
  }
}

bool is_true(const PGresult* result, int row, int column) {
  return PQgetvalue(result, row, column)[0] == 't';
}

Oid oid_at(const PGresult* result, int row, int column) {
  return static_cast<Oid>(std::strtoul(PQgetvalue(result, row, column), nullptr, 10));
}

}  // namespace

base::Result<std::unique_ptr<PgConnection>> PgConnection::open(const Options& options,
                                                               Control* control) {
  std::unique_ptr<PgConnection> connection(new PgConnection(options));
  THING_TRY(connection->waits_.open());
  const Serving serving(*connection, control);
  THING_ASSIGN(const int64_t own_limit_ms,
               open_link(options, connection->link_, connection->waits_));
  connection->limit_.open(own_limit_ms);
  const char* encoding = PQparameterStatus(connection->link_.get(), "server_encoding");
  connection->checks_utf8_ = encoding == nullptr || encoding == std::string_view("SQL_ASCII");
  return connection;
}

base::Status PgConnection::apply_busy_timeout() {
  if (busy_timeout_ms_ == applied_timeout_ms_ || !prepared_ || !link_.is_idle()) return {};
  THING_TRY(set_lock_timeout(link_, busy_timeout_ms_));
  applied_timeout_ms_ = busy_timeout_ms_;
  return {};
}

// What a cancelled call did can still be taken back: a rollback does not listen.
Asking PgConnection::asking_of(const SqlText& text) const {
  Asking asking;
  asking.is_commit = text.is_commit;
  asking.at_stake = text.has_commit || (text.may_write() && link_.is_idle() && !ahead_.begins());
  if (text.is_rollback && !text.is_several) {
    asking.listens = false;
    asking.until = base::system_clock().monotonic_micros() + kRollbackMicros;
  }
  return asking;
}

base::Status PgConnection::begin(const Asking& asking) {
  THING_TRY(apply_busy_timeout());
  return link_.begin(asking);
}

void PgConnection::forget_parsed() {
  guard_.forget();
  limit_.forget();
}

// `before`: how many commands the limit needs.
base::Result<ResultHandle> PgConnection::ask_once(const SqlText& text, const Queue& queue,
                                                  int commands, int before) {
  if (text.drops_prepared) forget_parsed();
  PGconn* c = link_.get();
  const Queue both = [&](PGconn* connection) {
    return limit_.queue() == 1 ? queue(connection) : 0;
  };
  if (guard_.covers(text)) return guard_.run(before + commands, both);
  const int ahead = ahead_.commands();
  if (ahead + before + commands == 1) return link_.finish(queue(c));
  const bool queued =
      PQenterPipelineMode(c) == 1 && ahead_.queue() == 1 && both(c) == 1 && PQpipelineSync(c) == 1;
  base::Result<ResultHandle> done =
      link_.finish_pipeline(queued ? 1 : 0, {ahead + before, commands});
  ahead_.sent(done.has_value());
  return done;
}

base::Result<ResultHandle> PgConnection::ask(const SqlText& text, const Queue& queue,
                                             int commands) {
  if (ahead_.settles(text)) {
    ResultHandle nothing(PQmakeEmptyPGresult(link_.get(), PGRES_COMMAND_OK));
    if (nothing == nullptr) return base::fail(base::Error());
    return nothing;
  }
  for (;;) {
    THING_TRY(begin(asking_of(text)));
    const int before = limit_.plan(text, waits_.deadline());
    base::Result<ResultHandle> done = ask_once(text, queue, commands, before);
    if (!limit_.settle(text, done ? nullptr : &done.error(), link_.ended_commands())) return done;
  }
}

std::string PgConnection::next_name() {
  return prepared_ ? fmt::format("thing_{}", ++last_name_) : std::string();
}

base::Result<ResultHandle> PgConnection::describe(const std::string& name, const std::string& sql) {
  drop_forgotten();
  const SqlText text = look_at(sql);
  SqlText harmless;
  harmless.is_empty = text.is_empty;
  harmless.is_rollback = text.is_rollback;
  harmless.is_control = text.is_control;
  harmless.is_query = text.is_query;
  harmless.is_read_only = true;
  const Queue queue = [&](PGconn* c) {
    const bool queued = PQsendPrepare(c, name.c_str(), sql.c_str(), 0, nullptr) == 1 &&
                        PQsendDescribePrepared(c, name.c_str()) == 1;
    return queued ? 1 : 0;
  };
  return ask(harmless, queue, 2);
}

base::Result<std::unique_ptr<driver::Statement>> PgConnection::prepare(std::string_view sql) {
  THING_TRY(check_sql(sql));
  THING_ASSIGN(std::unique_ptr<driver::Statement> statement, PgStatement::make(*this, sql));
  return statement;
}

base::Result<ResultHandle> PgConnection::run_text(const SqlText& text, const std::string& sql) {
  if (text.is_several) return run_several(text, sql);
  return ask(text, [&](PGconn* c) {
    if (PQpipelineStatus(c) == PQ_PIPELINE_OFF) return PQsendQuery(c, sql.c_str());
    return PQsendQueryParams(c, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
  });
}

base::Result<ResultHandle> PgConnection::run_several(const SqlText& text, const std::string& sql) {
  THING_TRY(flush_ahead());
  const Asking asking = asking_of(text);
  THING_TRY(begin(asking));
  if (text.drops_prepared) forget_parsed();
  (void)limit_.plan(text, waits_.deadline());
  const std::string all = limit_.prefix() + sql;
  base::Result<ResultHandle> done = guard_.covers(text)
                                        ? guard_.run_text(asking, all)
                                        : link_.finish(PQsendQuery(link_.get(), all.c_str()));
  (void)limit_.settle(text, done ? nullptr : &done.error(), 0);
  return done;
}

// Without a deadline the answer has as long as a new connection would.
base::Status PgConnection::ping() {
  Asking asking;
  asking.until = base::system_clock().monotonic_micros() +
                 std::clamp(ping_ms_, int64_t{1}, kLongestPing) * 1000;
  THING_TRY(begin(asking));
  THING_TRY(link_.finish(PQsendQuery(link_.get(), "")));
  return {};
}

base::Status PgConnection::execute(std::string_view sql) {
  THING_TRY(check_sql(sql));
  base::Result<ResultHandle> done = run_text(look_at(sql), std::string(sql));
  // A transaction that can not be rolled back leaves nothing to go on with.
  if (sql == "ROLLBACK" && (!done || in_transaction())) link_.give_up();
  if (!done) return base::fail(std::move(done.error()));
  return {};
}

// Looked at is all that could end a call before its statement is sent.
base::Result<bool> PgConnection::send_ahead(std::string_view sql) {
  // What would fail there is to fail at once.
  if (PQtransactionStatus(link_.get()) == PQTRANS_INERROR) return false;
  THING_TRY(link_.begin(Asking()));
  ahead_.add(sql);
  return true;
}

base::Status PgConnection::flush_ahead() {
  if (ahead_.is_empty()) return {};
  THING_TRY(begin(Asking()));
  PGconn* c = link_.get();
  const bool queued = PQenterPipelineMode(c) == 1 && ahead_.queue() == 1 && PQpipelineSync(c) == 1;
  base::Result<ResultHandle> done = link_.finish_pipeline(queued ? 1 : 0);
  ahead_.sent(done.has_value());
  if (!done) return base::fail(std::move(done.error()));
  return {};
}

// What a guard would take back alone runs alone.
base::Status PgConnection::run_steps(std::span<const Step> steps) {
  SqlText plain;
  plain.is_empty = false;
  const bool is_inside = ahead_.begins() || PQtransactionStatus(link_.get()) == PQTRANS_INTRANS;
  const bool is_plain = std::none_of(steps.begin(), steps.end(), [](const Step& step) {
    return statement_of(step).is_outdated();
  });
  if (steps.size() < 2 || !is_inside || !is_plain || guard_.covers(plain))
    return Connection::run_steps(steps);
  constexpr size_t kMost = 64;  // so that what waits for the server is bounded
  for (size_t at = 0; at < steps.size(); at += kMost)
    THING_TRY(run_pipeline(steps.subspan(at, std::min(kMost, steps.size() - at))));
  return {};
}

base::Status PgConnection::run_pipeline(std::span<const Step> steps) {
  SqlText plain;
  plain.is_empty = false;
  std::vector<ResultHandle> results;
  results.reserve(steps.size());
  THING_TRY(begin(asking_of(plain)));
  const int before = ahead_.commands() + limit_.plan(plain, waits_.deadline());
  PGconn* c = link_.get();
  bool queued = PQenterPipelineMode(c) == 1 && ahead_.queue() == 1 && limit_.queue() == 1;
  base::Status bound;
  for (size_t i = 0; i < steps.size() && queued && bound; ++i) {
    bound = bind_step(steps[i]);
    if (bound) queued = statement_of(steps[i]).send(c) == 1;
  }
  queued = PQpipelineSync(c) == 1 && queued;
  base::Status done =
      link_.finish_steps(queued ? 1 : 0, {before, static_cast<int>(steps.size())}, results);
  ahead_.sent(done.has_value());
  (void)limit_.settle(plain, done ? nullptr : &done.error(), 0);
  if (!bound) return bound;
  if (!done) {
    for (const Step& step : steps) statement_of(step).note(done.error());
    return done;
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    link_.count(results[i].get());
    THING_TRY(statement_of(steps[i]).adopt(std::move(results[i])));
    THING_TRY(steps[i].read());
  }
  return {};
}

bool PgConnection::in_transaction() const {
  if (!ahead_.is_empty()) return true;
  const PGTransactionStatusType status = PQtransactionStatus(link_.get());
  return status != PQTRANS_IDLE && status != PQTRANS_UNKNOWN;
}

base::Result<ResultHandle> PgConnection::query(const char* sql,
                                               std::span<const std::string> values) {
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  return ask(SqlText(), [&](PGconn* c) {
    return PQsendQueryParams(c, sql, static_cast<int>(texts.size()), nullptr, texts.data(), nullptr,
                             nullptr, 0);
  });
}

base::Status PgConnection::learn_types(std::span<const Oid> oids) {
  std::string list;
  for (const Oid oid : oids) {
    if (types_.find(oid) == nullptr) list += fmt::format("{}{}", list.empty() ? "{" : ",", oid);
  }
  if (list.empty()) return {};
  const std::string values[] = {list + "}"};
  THING_ASSIGN(const ResultHandle found, query(kLookUpTypes, values));
  const PGresult* r = found.get();
  for (int row = 0; row < PQntuples(r); ++row) {
    const Oid element = oid_at(r, row, 4);
    if (element != 0)
      types_.learn(element, is_true(r, row, 6) ? Kind::kText : Kind::kOther, PQgetvalue(r, row, 5),
                   0);
    const Kind base = is_true(r, row, 3) ? Kind::kText : types_.get(oid_at(r, row, 2)).kind;
    types_.learn(oid_at(r, row, 0), element != 0 ? Kind::kArray : base, PQgetvalue(r, row, 1),
                 element);
  }
  return {};
}

void PgConnection::forget(std::string name) noexcept {
  if (name.empty()) return;
  try {
    forgotten_.push_back(std::move(name));
  } catch (const std::bad_alloc&) {  // the server keeps it as long as the session
  }
}

// One that the server has lost keeps those behind it; the session's end lets all go.
void PgConnection::drop_forgotten() {
  if (forgotten_.size() < kForgottenAtOnce || !link_.is_idle()) return;
  std::string sql;
  for (const std::string& name : forgotten_) sql += "DEALLOCATE " + name + ";";
  forgotten_.clear();
  if (begin(Asking())) (void)link_.finish(PQsendQuery(link_.get(), sql.c_str()));
}

base::Result<bool> PgConnection::compares_bytes(std::string_view table, std::string_view column) {
  THING_TRY(check_sql(table));
  THING_TRY(check_sql(column));
  const std::string values[] = {std::string(table), std::string(column)};
  THING_ASSIGN(const ResultHandle found, query(kComparesBytes, values));
  if (PQntuples(found.get()) == 0)
    return base::fail(
        base::Error(Code::kSchema, fmt::format("no such column: '{}.{}'", table, column))
            .table(table)
            .column(column)
            .sqlstate("42703"));
  return is_true(found.get(), 0, 0);
}

base::Result<driver::MoreWrites> PgConnection::writes_more(std::string_view table) {
  THING_TRY(check_sql(table));
  const std::string values[] = {std::string(table)};
  THING_ASSIGN(const ResultHandle found, query(kWritesMore, values));
  if (PQntuples(found.get()) == 0) return base::fail(Code::kSchema, "no such table: '{}'", table);
  return MoreWrites{is_true(found.get(), 0, 0), is_true(found.get(), 0, 1),
                    is_true(found.get(), 0, 2)};
}

std::string PgConnection::server_version() const {
  const char* text = PQparameterStatus(link_.get(), "server_version");
  const std::string_view version = text != nullptr ? text : "";
  return std::string(version.substr(0, version.find_first_not_of("0123456789.")));
}

base::Result<std::unique_ptr<driver::Connection>> connect(const Options& options,
                                                          Control* control) {
  THING_ASSIGN(std::unique_ptr<driver::Connection> connection,
               PgConnection::open(options, control));
  return connection;
}

std::string library_version() {
  const int number = PQlibVersion();
  return fmt::format("{}.{}", number / 10000, number % 10000);
}

}  // namespace thing::driver::postgres
