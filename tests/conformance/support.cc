#include "support.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <ostream>

#include "servers/place.h"

namespace conformance {
namespace {

std::string take_text(thing_status (*print)(const thing_obj*, thing_buf**, thing_error**),
                      const thing_obj* obj) {
  Buf buf;
  EXPECT_OK(call(print, obj, buf.out()));
  return buf.text();
}

int64_t length(std::string_view text) { return static_cast<int64_t>(text.size()); }

void check_conventions(thing_status status, const thing_error* error, const Outcome& outcome) {
  if (status >= 0) {
    EXPECT_EQ(error, nullptr) << thing_status_name(status)
                              << " came with an error: " << outcome.message;
    return;
  }
  if (error == nullptr) {
    EXPECT_EQ(status, THING_E_NOMEM) << thing_status_name(status) << " came without an error";
    return;
  }
  EXPECT_EQ(thing_error_code(error), status);
  EXPECT_FALSE(outcome.message.empty()) << thing_status_name(status) << " without a message";
  EXPECT_EQ(outcome.message.find('\n'), std::string::npos)
      << "more than one line: " << outcome.message;
  EXPECT_TRUE(outcome.sqlstate.empty() || outcome.sqlstate.size() == 5) << outcome.sqlstate;
  EXPECT_STRNE(thing_status_name(status), "UNKNOWN") << status;
}

}  // namespace

// ---- calls

Outcome take_outcome(thing_status status, thing_error* error) {
  Outcome outcome{status,
                  thing_error_message(error),
                  thing_error_sqlstate(error),
                  thing_error_model(error),
                  thing_error_field(error),
                  thing_error_constraint(error),
                  thing_error_native(error),
                  thing_error_retryable(error),
                  thing_error_table(error),
                  thing_error_column(error)};
  check_conventions(status, error, outcome);
  thing_error_free(error);
  return outcome;
}

static std::string describe(const Outcome& outcome) {
  return std::string(thing_status_name(outcome.status)) + " (" + std::to_string(outcome.status) +
         ") " + outcome.message;
}

testing::AssertionResult is_ok(const char* expression, const Outcome& outcome) {
  if (outcome.status == THING_OK) return testing::AssertionSuccess();
  return testing::AssertionFailure() << expression << "\n  gave " << describe(outcome);
}

testing::AssertionResult has_status(const char*, const char* expression, thing_status expected,
                                    const Outcome& outcome) {
  if (outcome.status == expected) return testing::AssertionSuccess();
  return testing::AssertionFailure() << expression << "\n  gave " << describe(outcome)
                                     << "\n  expected " << thing_status_name(expected);
}

testing::AssertionResult fails_with(const Outcome& outcome,
                                    std::initializer_list<thing_status> expected) {
  for (const thing_status status : expected) {
    if (outcome.status == status) return testing::AssertionSuccess();
  }
  auto failure = testing::AssertionFailure()
                 << "gave " << describe(outcome) << "\n  expected one of";
  for (const thing_status status : expected) failure << ' ' << thing_status_name(status);
  return failure;
}

testing::AssertionResult says(const Outcome& outcome, std::string_view part) {
  if (outcome.message.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "the message does not hold '" << part << "': " << describe(outcome);
}

// ---- owners

std::string Buf::text() const {
  if (raw_ == nullptr) return "<NO BUFFER>";
  const auto* bytes = reinterpret_cast<const char*>(thing_buf_data(raw_));
  const auto size = static_cast<size_t>(thing_buf_len(raw_));
  EXPECT_EQ(bytes[size], '\0');
  return {bytes, size};
}

Ctx::Ctx(thing_db* db, int32_t flags) : Handle(thing_ctx_new(db)) {
  EXPECT_NE(raw_, nullptr);
  thing_ctx_set_flags(raw_, flags);
}

Tx::Tx(thing_db* db, int32_t flags, thing_ctx* outer) {
  EXPECT_OK(call(thing_tx_begin, db, outer, flags, out()));
}

int32_t Obj::field(std::string_view name) const {
  const int32_t index = thing_model_field_index(thing_obj_model(raw_), name.data(), length(name));
  EXPECT_GE(index, 0) << "no field " << name << (raw_ == nullptr ? " in no object" : "");
  return index;
}

std::string Obj::text(std::string_view name) const {
  const char* bytes = nullptr;
  int64_t size = 0;
  switch (thing_obj_text(raw_, field(name), &bytes, &size)) {
    case THING_OK: return {bytes, static_cast<size_t>(size)};
    case THING_NULL: return "<NULL>";
    case THING_MISSING: return "<MISSING>";
    default: return "<FAILED>";
  }
}

std::string Obj::json(int32_t flags) const {
  Buf buf;
  EXPECT_OK(call(thing_obj_json, raw_, flags, buf.out()));
  return canonical(buf.text());
}

std::string Obj::changes() const { return canonical(take_text(thing_obj_changes_json, raw_)); }
std::string Obj::saved_changes() const {
  return canonical(take_text(thing_obj_saved_changes_json, raw_));
}

Outcome Obj::set(std::string_view name, int64_t value) {
  return call(thing_obj_set_int64, raw_, field(name), value);
}
Outcome Obj::set(std::string_view name, double value) {
  return call(thing_obj_set_double, raw_, field(name), value);
}
Outcome Obj::set(std::string_view name, std::string_view value) {
  return call(thing_obj_set_text, raw_, field(name), value.data(), length(value));
}
Outcome Obj::set_null(std::string_view name) { return call(thing_obj_set_null, raw_, field(name)); }
Outcome Obj::assign(std::string_view json) {
  return call(thing_obj_assign_json, raw_, json.data(), length(json));
}

Ids Rows::ids() const {
  const int64_t* ids = thing_rows_ids(raw_);
  if (ids == nullptr) return {};
  return {ids, ids + count()};
}

Texts Rows::texts(std::string_view field) const {
  Texts texts;
  for (int64_t i = 0; i < count(); ++i) texts.push_back(obj(i).text(field));
  return texts;
}

std::string Rows::json(int32_t flags) const {
  Buf buf;
  EXPECT_OK(call(thing_rows_json, raw_, flags, buf.out()));
  return canonical(buf.text());
}

std::string Rows::next() const {
  Buf buf;
  const Outcome outcome = call(thing_rows_next, raw_, buf.out());
  EXPECT_TRUE(fails_with(outcome, {THING_OK, THING_DONE}));
  return outcome.status == THING_OK ? buf.text() : "";
}

Db::Db(const std::string& config) {
  EXPECT_OK(call(thing_open, config.data(), length(config), out())) << config;
}

const thing_model* Db::model(const char* name) const {
  const thing_model* m = thing_model_find(raw_, name, -1);
  EXPECT_NE(m, nullptr) << name;
  return m;
}

void Db::define(const std::string& models) const {
  EXPECT_OK(call(thing_model_register, raw_, models.data(), length(models)));
  EXPECT_OK(call(thing_schema_sync, raw_, nullptr));
}

// ---- the short words

Obj new_obj(const thing_model* m, std::string_view json) {
  Obj obj(thing_obj_new(m));
  EXPECT_NE(obj.get(), nullptr);
  EXPECT_OK(obj.assign(json)) << json;
  return obj;
}

int64_t insert(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx) {
  Obj obj = new_obj(m, json);
  EXPECT_OK(call(thing_save, db, ctx, obj)) << json;
  return obj.id();
}

Obj find(const Db& db, const thing_model* m, int64_t id, thing_ctx* ctx) {
  Obj obj;
  const Outcome outcome = call(thing_by_id, db, ctx, m, id, obj.out());
  EXPECT_TRUE(fails_with(outcome, {THING_OK, THING_NOT_FOUND}));
  EXPECT_EQ(outcome.status == THING_OK, obj.get() != nullptr);
  return obj;
}

std::string read_text(const Db& db, const thing_model* m, int64_t id, const char* field,
                      thing_ctx* ctx) {
  Obj obj = find(db, m, id, ctx);
  return obj == nullptr ? "<ABSENT>" : obj.text(field);
}

bool exists(const Db& db, const thing_model* m, int64_t id, thing_ctx* ctx) {
  return find(db, m, id, ctx) != nullptr;
}

void update(const Db& db, const thing_model* m, int64_t id, std::string_view json, thing_ctx* ctx) {
  Obj obj = find(db, m, id, ctx);
  ASSERT_NE(obj.get(), nullptr) << "no row " << id;
  ASSERT_OK(obj.assign(json)) << json;
  ASSERT_OK(call(thing_save, db, ctx, obj)) << json;
}

void remove(const Db& db, const thing_model* m, int64_t id, int32_t mode, thing_ctx* ctx) {
  EXPECT_OK(call(thing_delete_by_id, db, ctx, m, id, mode)) << id;
}

Criteria parse(const thing_model* m, std::string_view json) {
  Criteria criteria;
  EXPECT_OK(call(thing_criteria_parse, m, json.data(), length(json), criteria.out())) << json;
  return criteria;
}

Rows query(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx) {
  Rows rows;
  EXPECT_OK(call(thing_query, db, ctx, m, json.data(), length(json), rows.out())) << json;
  return rows;
}

Ids ids(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx) {
  return query(db, m, json, ctx).ids();
}

int64_t count(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx) {
  int64_t n = -1;
  EXPECT_OK(call(thing_query_count, db, ctx, parse(m, json), &n)) << json;
  return n;
}

Ids matching(const Db& db, const thing_model* m, std::string_view json) {
  Ctx uncached(db, THING_CTX_NO_CACHE_READ);
  const Ids first = ids(db, m, json);
  EXPECT_EQ(ids(db, m, json), first) << "asked again: " << json;
  EXPECT_EQ(ids(db, m, json, uncached), first) << "past the cache: " << json;
  return first;
}

int64_t counted(const Db& db, const thing_model* m, std::string_view json) {
  Ctx uncached(db, THING_CTX_NO_CACHE_READ);
  const int64_t first = count(db, m, json);
  EXPECT_EQ(count(db, m, json), first) << "asked again: " << json;
  EXPECT_EQ(count(db, m, json, uncached), first) << "past the cache: " << json;
  return first;
}

int64_t execute(const Db& db, const std::string& sql, const char* tables, thing_ctx* ctx) {
  int64_t affected = -1;
  EXPECT_OK(call(thing_exec, db, ctx, sql.data(), length(sql), nullptr, 0, tables, &affected))
      << sql;
  return affected;
}

std::string sql_json(const Db& db, const std::string& sql, const char* params, thing_ctx* ctx) {
  Rows rows;
  const Outcome outcome = call(thing_sql, db, ctx, sql.data(), length(sql), params, -1, rows.out());
  EXPECT_OK(outcome) << sql;
  return outcome.status == THING_OK ? rows.json() : "";
}

std::string sql_value(const Db& db, const std::string& sql) {
  const Json rows = Json::parse(sql_json(db, sql));
  EXPECT_EQ(rows.size(), 1U) << sql;
  EXPECT_EQ(rows.at(0).size(), 1U) << sql;
  return rows.at(0).at(0).text();
}

std::string introspected(const Db& db) {
  Buf buf;
  EXPECT_OK(call(thing_introspect, db, nullptr, nullptr, 0, buf.out()));
  return canonical(buf.text());
}

Texts tables(const Db& db) {
  const Json all = Json::parse(introspected(db));
  Texts names;
  for (size_t i = 0; i < all.size(); ++i) names.push_back(all.at(i)["table"].text());
  std::sort(names.begin(), names.end());
  return names;
}

// ---- surroundings

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "thing-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr) << name;
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Random::Random() {
  const char* given = std::getenv("THING_SEED");
  seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  engine_.seed(seed_);
  std::cout << "THING_SEED=" << seed_ << std::endl;
}

Log::Log(thing_db* db, int32_t level) : db_(db) { thing_log_set(db, level, add, this, nullptr); }

void Log::add(void* user, int32_t, const char* line, int64_t len) {
  auto* log = static_cast<Log*>(user);
  const std::lock_guard lock(log->mutex_);
  log->lines_.emplace_back(line, static_cast<size_t>(len));
}

std::vector<std::string> Log::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::string Log::all() const {
  std::string text;
  for (const std::string& line : lines()) text += line + "\n";
  return text;
}

Texts Log::take_sql(std::string_view verb) {
  const std::vector<std::string> lines = this->lines();
  Texts found;
  for (; taken_ < lines.size(); ++taken_) {
    const Json line = Json::parse(lines[taken_]);
    const std::string& sql = line["sql"].text();
    if (line["event"].text() == "sql" && sql.compare(0, verb.size(), verb) == 0)
      found.push_back(sql);
  }
  return found;
}

// ---- databases

void PrintTo(const Setup& setup, std::ostream* out) { *out << setup.name << ": " << setup.options; }

std::string setup_name(const testing::TestParamInfo<Setup>& info) { return info.param.name; }

bool is_built(Database database) {
  return database == Database::kSqlite ||
         (database == Database::kPostgres ? CONFORMANCE_POSTGRES : CONFORMANCE_MYSQL) != 0;
}

const Nature& nature_of(Database database) {
  static constexpr Nature kOfSqlite{.text_holds_nul = true,
                                    .ids_follow_given_ones = true,
                                    .ids_have_no_gaps = true,
                                    .has_partial_indexes = true,
                                    .schema_is_transactional = true,
                                    .decimal_whole = 0,
                                    .decimal_fraction = 0,
                                    .key_text = 0,
                                    .has_upserts_by_key = true,
                                    .has_native_codes = true,
                                    .locks_rows = false};
  static constexpr Nature kOfPostgres = [] {
    Nature n = kOfSqlite;
    n.text_holds_nul = n.ids_follow_given_ones = n.ids_have_no_gaps = n.has_native_codes = false;
    n.locks_rows = true;
    return n;
  }();
  static constexpr Nature kOfMysql = [] {
    Nature n = kOfSqlite;
    n.ids_have_no_gaps = n.has_partial_indexes = n.schema_is_transactional = false;
    n.has_upserts_by_key = false;
    n.decimal_whole = 35;
    n.decimal_fraction = 30;
    n.key_text = 255;
    n.locks_rows = true;
    return n;
  }();
  return database == Database::kSqlite     ? kOfSqlite
         : database == Database::kPostgres ? kOfPostgres
                                           : kOfMysql;
}

// As a value in a URL. An answer may be late where other programs run too, and is no outage then:
// what a read costs would be another number.
static std::string redis_url() {
  const char* const given = std::getenv("THING_TEST_REDIS");
  std::string url = given != nullptr ? given : "", out;
  if (!url.empty()) url += (url.find('?') == url.npos ? "?" : "&") + std::string("timeout_ms=5000");
  for (const char c : url) {
    if (c == '&' || c == '%' || c == '?') {
      out += c == '&' ? "%26" : c == '%' ? "%25" : "%3F";
    } else {
      out += c;
    }
  }
  return out;
}

Place::Place(const Setup& setup) : setup_(setup) {
  if (setup.database == Database::kSqlite) return;
  const auto server =
      setup.database == Database::kPostgres ? servers::Server::kPostgres : servers::Server::kMysql;
  absence_ = servers::absence_of(server);
  if (setup_.is_in_redis() && redis_url().empty()) absence_ = "THING_TEST_REDIS names no server";
  if (absence_.empty()) on_server_ = std::make_unique<servers::Place>(server);
}

Place::~Place() = default;

std::string Place::url() const {
  if (on_server_ != nullptr && setup_.is_in_redis())
    return on_server_->url(std::string(setup_.options) + "&redis=" + redis_url());
  if (on_server_ != nullptr) return on_server_->url(setup_.options);
  return "sqlite:" + (setup_.in_memory ? ":memory:" : path()) + "?synchronous=off&" +
         setup_.options;
}

DatabaseTest::DatabaseTest() : place_(GetParam()) { open(); }

void DatabaseTest::open() {
  if (!place_.absence().empty()) GTEST_SKIP() << place_.absence();
  db_ = Db(url());
}

std::string DatabaseTest::url(const std::string& more) const {
  return place_.url() + (more.empty() ? "" : "&" + more);
}

void DatabaseTest::execute_all(const Texts& sqlite, const Texts& postgres,
                               const Texts& mysql) const {
  const Texts& statements = is_sqlite()                         ? sqlite
                            : database() == Database::kPostgres ? postgres
                                                                : mysql;
  for (const std::string& statement : statements) execute(db_, statement, nullptr);
}

const char* StandardTest::models() {
  return R"([
    {"name": "User", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "name": "text", "email": {"type": "text", "unique": true}, "age": "int?",
      "active": {"type": "bool", "default": true}}},
    {"name": "Post", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "content": "text?", "userId": "int",
      "published": {"type": "bool", "default": false}, "views": {"type": "int", "default": 0}}}])";
}

void StandardTest::SetUp() {
  db_.define(models());
  user_ = db_.model("User");
  post_ = db_.model("Post");
  const char* users[] = {
      R"({"name": "Alice", "email": "alice@example.com", "age": 25, "active": true})",
      R"({"name": "Bob", "email": "bob@example.com", "age": 30, "active": true})",
      R"({"name": "Charlie", "email": "charlie@example.com", "age": 35, "active": false})",
      R"({"name": "David", "email": "david@example.com", "age": null, "active": true})",
      R"({"name": "Eve", "email": "eve@example.com", "age": 28, "active": true})"};
  const char* posts[] = {
      R"({"title": "First Post", "content": "a", "userId": 1, "published": true, "views": 100})",
      R"({"title": "Second Post", "content": "b", "userId": 1, "published": false, "views": 0})",
      R"({"title": "Bob's Post", "content": "c", "userId": 2, "published": true, "views": 50})",
      R"({"title": "Charlie's Draft", "content": null, "userId": 3, "published": false, "views": 0})",
      R"({"title": "Popular Post", "content": "d", "userId": 2, "published": true, "views": 1000})"};
  Tx tx(db_);
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(insert(db_, user_, users[i], tx.ctx()), i + 1);
  for (int64_t i = 0; i < 5; ++i) EXPECT_EQ(insert(db_, post_, posts[i], tx.ctx()), i + 1);
  ASSERT_OK(tx.commit());
}

}  // namespace conformance
