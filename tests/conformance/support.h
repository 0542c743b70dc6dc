#pragma once
// What every conformance test stands on: owners of thing.h's handles, one way to call and to
// assert, and a database of its own for each test. The tests see the library through thing.h alone.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "json.h"
#include "thing.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFORMANCE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFORMANCE_SANITIZED 1
#endif
#endif

namespace servers {
class Place;
}

namespace conformance {

// ---- calls
// ---------------------------------------------------------------------------------------

// What a call came back with: its status and, below zero, what its error says.
struct Outcome {
  thing_status status = THING_OK;
  std::string message, sqlstate, model, field, constraint;
  int64_t native = 0;
  bool retryable = false;
  std::string table, column;
};

// Takes the error over and holds it to the conventions of thing.h.
Outcome take_outcome(thing_status status, thing_error* error);

// call(thing_save, db, ctx, obj): the call with its error parameter.
template <class Function, class... Args>
Outcome call(Function function, const Args&... args) {
  thing_error* error = nullptr;
  const thing_status status = function(args..., &error);
  return take_outcome(status, error);
}

testing::AssertionResult is_ok(const char* expression, const Outcome& outcome);
testing::AssertionResult has_status(const char*, const char* expression, thing_status expected,
                                    const Outcome& outcome);
// For failures that thing.h does not tell apart.
testing::AssertionResult fails_with(const Outcome& outcome,
                                    std::initializer_list<thing_status> expected);
testing::AssertionResult says(const Outcome& outcome, std::string_view part);

#define EXPECT_OK(...) EXPECT_PRED_FORMAT1(::conformance::is_ok, (__VA_ARGS__))
#define ASSERT_OK(...) ASSERT_PRED_FORMAT1(::conformance::is_ok, (__VA_ARGS__))
#define EXPECT_STATUS(expected, ...) \
  EXPECT_PRED_FORMAT2(::conformance::has_status, expected, (__VA_ARGS__))
#define ASSERT_STATUS(expected, ...) \
  ASSERT_PRED_FORMAT2(::conformance::has_status, expected, (__VA_ARGS__))

// ---- owners
// --------------------------------------------------------------------------------------

template <class T, void (*Free)(T*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T* raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Handle() { Free(raw_); }

  T** out() {
    reset();
    return &raw_;
  }
  void reset() { Free(std::exchange(raw_, nullptr)); }
  T* release() { return std::exchange(raw_, nullptr); }
  T* get() const { return raw_; }
  operator T*() const { return raw_; }

 protected:
  T* raw_ = nullptr;
};

using Criteria = Handle<thing_criteria, thing_criteria_free>;
using Cursor = Handle<thing_cursor, thing_cursor_free>;

class Buf : public Handle<thing_buf, thing_buf_free> {
 public:
  using Handle::Handle;
  std::string text() const;
};

class Ctx : public Handle<thing_ctx, thing_ctx_free> {
 public:
  explicit Ctx(thing_db* db, int32_t flags = 0);
};

class Tx : public Handle<thing_tx, thing_tx_free> {
 public:
  Tx() = default;
  // Begins; a failure is a failure of the test.
  explicit Tx(thing_db* db, int32_t flags = THING_TX_DEFAULT, thing_ctx* outer = nullptr);
  thing_ctx* ctx() const { return thing_tx_ctx(raw_); }
  Outcome commit() { return call(thing_tx_commit, raw_); }
  Outcome rollback() { return call(thing_tx_rollback, raw_); }
};

// An object with its fields by name.
class Obj : public Handle<thing_obj, thing_obj_free> {
 public:
  using Handle::Handle;
  int32_t field(std::string_view name) const;
  int64_t id() const { return thing_obj_id(raw_); }
  int64_t integer(std::string_view name) const { return thing_obj_int64(raw_, field(name)); }
  double real(std::string_view name) const { return thing_obj_double(raw_, field(name)); }
  std::string text(std::string_view name) const;  // "<NULL>" and "<MISSING>" for those
  int32_t state(std::string_view name) const { return thing_obj_field_state(raw_, field(name)); }
  bool is_dirty() const { return thing_obj_dirty(raw_, -1); }
  bool is_dirty(std::string_view name) const { return thing_obj_dirty(raw_, field(name)); }
  std::string json(int32_t flags = 0) const;
  std::string changes() const;
  std::string saved_changes() const;

  Outcome set(std::string_view name, int64_t value);
  Outcome set(std::string_view name, int value) { return set(name, int64_t{value}); }
  Outcome set(std::string_view name, double value);
  Outcome set(std::string_view name, std::string_view value);
  Outcome set(std::string_view name, const char* value) {
    return set(name, std::string_view(value));
  }
  Outcome set_null(std::string_view name);
  Outcome assign(std::string_view json);
};

// An object that belongs to the library, as hooks get it.
class Borrowed : public Obj {
 public:
  explicit Borrowed(thing_obj* raw) : Obj(raw) {}
  ~Borrowed() { release(); }
};

class Rows : public Handle<thing_rows, thing_rows_free> {
 public:
  using Handle::Handle;
  int64_t count() const { return thing_rows_count(raw_); }
  std::vector<int64_t> ids() const;
  std::vector<std::string> texts(std::string_view field) const;
  Obj obj(int64_t i) const { return Obj(thing_rows_obj(raw_, i)); }
  std::string json(int32_t flags = 0) const;
  std::string next() const;  // the token; "" at the end
};

class Db : public Handle<thing_db, thing_close> {
 public:
  Db() = default;
  explicit Db(const std::string& config);
  const thing_model* model(const char* name) const;
  // Registers the models and brings the tables up to them.
  void define(const std::string& models) const;
  int64_t stat(int32_t which) const { return thing_cache_stat(raw_, which); }
  int64_t sql() const { return stat(THING_STAT_SQL); }
};

// ---- the short words of the tests: what goes wrong in them fails the test
// ----------------------------

using Ids = std::vector<int64_t>;
using Texts = std::vector<std::string>;

Obj new_obj(const thing_model* m, std::string_view json = "{}");
int64_t insert(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx = nullptr);
// An empty Obj when there is no such row.
Obj find(const Db& db, const thing_model* m, int64_t id, thing_ctx* ctx = nullptr);
// The value of a field of a row as it reads now; "<ABSENT>" without the row.
std::string read_text(const Db& db, const thing_model* m, int64_t id, const char* field,
                      thing_ctx* ctx = nullptr);
bool exists(const Db& db, const thing_model* m, int64_t id, thing_ctx* ctx = nullptr);
void update(const Db& db, const thing_model* m, int64_t id, std::string_view json,
            thing_ctx* ctx = nullptr);
void remove(const Db& db, const thing_model* m, int64_t id, int32_t mode = THING_DELETE_DEFAULT,
            thing_ctx* ctx = nullptr);

Criteria parse(const thing_model* m, std::string_view json);
Rows query(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx = nullptr);
// Ids and counts of a query, asked once, again, and past the cache: the three must agree.
Ids matching(const Db& db, const thing_model* m, std::string_view json);
int64_t counted(const Db& db, const thing_model* m, std::string_view json);
// The same, asked once.
Ids ids(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx = nullptr);
int64_t count(const Db& db, const thing_model* m, std::string_view json, thing_ctx* ctx = nullptr);

// Raw SQL. tables as in thing_exec.
int64_t execute(const Db& db, const std::string& sql, const char* tables, thing_ctx* ctx = nullptr);
std::string sql_json(const Db& db, const std::string& sql, const char* params = nullptr,
                     thing_ctx* ctx = nullptr);
std::string sql_value(const Db& db, const std::string& sql);  // of the one column of the one row
// The tables as the library tells them, sorted, and their documents.
Texts tables(const Db& db);
std::string introspected(const Db& db);

// ---- surroundings
// --------------------------------------------------------------------------------

// A folder that goes with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A generator that tells its seed; the environment variable THING_SEED brings a run back.
class Random {
 public:
  Random();
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine_); }
  bool chance(int percent) { return below(100) < percent; }
  template <class Items>
  const auto& pick(const Items& items) {
    return items[static_cast<size_t>(below(static_cast<int64_t>(std::size(items))))];
  }
  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_;
  std::mt19937_64 engine_;
};

// How often to repeat what costs time.
inline int repetitions(int plain) {
#ifdef CONFORMANCE_SANITIZED
  return plain / 10 > 0 ? plain / 10 : 1;
#else
  return plain;
#endif
}

// The log lines of a database while it lives.
class Log {
 public:
  Log(thing_db* db, int32_t level);
  ~Log() { thing_log_set(db_, THING_LOG_OFF, nullptr, nullptr, nullptr); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  std::vector<std::string> lines() const;
  std::string all() const;
  // The SQL texts logged since the last call, those that begin with `verb` only.
  Texts take_sql(std::string_view verb = "");

 private:
  static void add(void* user, int32_t level, const char* line, int64_t len);
  thing_db* db_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  size_t taken_ = 0;
};

// ---- databases
// ------------------------------------------------------------------------------------

enum class Database { kSqlite, kPostgres, kMysql };

// How a database is opened.
struct Setup {
  const char* name;
  Database database;
  const char* options;  // of the URL
  bool in_memory = false;

  bool is_cached() const { return has("cache=memory") || is_in_redis(); }
  bool is_in_redis() const { return has("cache=redis"); }
  bool has(std::string_view option) const {
    return std::string_view(options).find(option) != std::string_view::npos;
  }
};

inline constexpr Setup kUncached{"SqliteUncached", Database::kSqlite, "cache=off"};
inline constexpr Setup kCached{"SqliteCached", Database::kSqlite, "cache=memory"};
inline constexpr Setup kUncachedWithoutLease{"SqliteUncachedWithoutLease", Database::kSqlite,
                                             "cache=off&lease=false"};
inline constexpr Setup kCachedWithoutLease{"SqliteCachedWithoutLease", Database::kSqlite,
                                           "cache=memory&lease=false"};
inline constexpr Setup kInMemory{"SqliteInMemory", Database::kSqlite, "cache=memory", true};
inline constexpr Setup kPostgresUncached{"PostgresUncached", Database::kPostgres, "cache=off"};
inline constexpr Setup kPostgresCached{"PostgresCached", Database::kPostgres, "cache=memory"};
inline constexpr Setup kMysqlUncached{"MysqlUncached", Database::kMysql, "cache=off"};
inline constexpr Setup kMysqlCached{"MysqlCached", Database::kMysql, "cache=memory"};
inline constexpr Setup kPostgresRedis{"PostgresRedis", Database::kPostgres, "cache=redis"};
inline constexpr Setup kMysqlRedis{"MysqlRedis", Database::kMysql, "cache=redis"};

inline constexpr Setup kEverywhere[] = {
    kUncached,       kCached,        kCachedWithoutLease, kInMemory,    kPostgresUncached,
    kPostgresCached, kPostgresRedis, kMysqlUncached,      kMysqlCached, kMysqlRedis};
// A handle has several connections there; a database in memory has one.
inline constexpr Setup kConcurrent[] = {
    kUncached,       kCached,        kUncachedWithoutLease, kCachedWithoutLease, kPostgresUncached,
    kPostgresCached, kPostgresRedis, kMysqlUncached,        kMysqlCached,        kMysqlRedis};
// What another handle writes is seen at once there: of servers the cache follows its own handle
// alone.
inline constexpr Setup kShared[] = {kUncached,           kCached,           kUncachedWithoutLease,
                                    kCachedWithoutLease, kPostgresUncached, kMysqlUncached,
                                    kPostgresRedis,      kMysqlRedis};
inline constexpr Setup kCaches[] = {kCached,         kCachedWithoutLease, kInMemory,
                                    kPostgresCached, kPostgresRedis,      kMysqlCached,
                                    kMysqlRedis};
// What it costs is known to the statement there.
inline constexpr Setup kMemoryCaches[] = {kCached, kCachedWithoutLease, kInMemory, kPostgresCached,
                                          kMysqlCached};
inline constexpr Setup kConcurrentCaches[] = {kCached,        kCachedWithoutLease, kPostgresCached,
                                              kPostgresRedis, kMysqlCached,        kMysqlRedis};
// What is about SQLite, or about its files.
inline constexpr Setup kSqlite[] = {kUncached, kCached, kCachedWithoutLease, kInMemory};
inline constexpr Setup kSqliteFiles[] = {kUncached, kCached, kUncachedWithoutLease,
                                         kCachedWithoutLease};
inline constexpr Setup kSqliteFileCaches[] = {kCached, kCachedWithoutLease};
inline constexpr Setup kSqliteCaches[] = {kCached, kCachedWithoutLease, kInMemory};
inline constexpr Setup kPostgres[] = {kPostgresUncached, kPostgresCached};
inline constexpr Setup kServers[] = {kPostgresUncached, kPostgresCached, kPostgresRedis,
                                     kMysqlUncached,    kMysqlCached,    kMysqlRedis};

void PrintTo(const Setup& setup, std::ostream* out);
std::string setup_name(const testing::TestParamInfo<Setup>& info);
bool is_built(Database database);
// Those that this build has a driver for.
template <size_t N>
std::vector<Setup> built(const Setup (&setups)[N]) {
  std::vector<Setup> all;
  for (const Setup& setup : setups) {
    if (is_built(setup.database)) all.push_back(setup);
  }
  return all;
}

// A build without drivers of servers leaves nothing of some suites.
#define FOR_SETUPS(suite, setups)                                                      \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(suite);                                \
  INSTANTIATE_TEST_SUITE_P(On, suite, testing::ValuesIn(::conformance::built(setups)), \
                           ::conformance::setup_name)

// A text in the form of each database.
struct Forms {
  const char* sqlite;
  const char* postgres;
  const char* mysql;
  const char* of(Database database) const {
    return database == Database::kSqlite     ? sqlite
           : database == Database::kPostgres ? postgres
                                             : mysql;
  }
};

// What differs by the nature of the databases. In all else they are to answer alike.
struct Nature {
  // PostgreSQL: no text may hold U+0000; such a value is THING_E_INVALID.
  bool text_holds_nul;
  // PostgreSQL: the sequence of a generated key does not notice keys that are given.
  bool ids_follow_given_ones;
  // An id that a failed insert, or one that was rolled back, took is lost on servers.
  bool ids_have_no_gaps;
  // MySQL: no index with a condition. A model that has one is THING_E_UNSUPPORTED.
  bool has_partial_indexes;
  // MySQL: CREATE, ALTER and DROP commit; a sync that fails leaves what it made before.
  bool schema_is_transactional;
  // MySQL: digits of a decimal before and behind the point; 0 for no limit that matters.
  int decimal_whole, decimal_fraction;
  // MySQL: characters of a text in a key or an index; 0 for no limit that matters.
  int64_t key_text;
  // MySQL: its upsert takes whichever unique key it meets, so the library looks for the row first.
  bool has_upserts_by_key;
  // PostgreSQL: an error has its SQLSTATE and no number.
  bool has_native_codes;
  // A writer locks the rows that it writes on servers, the whole database in SQLite.
  bool locks_rows;
};
const Nature& nature_of(Database database);

// A database, or a part of one, that is a test's own and goes with it.
class Place {
 public:
  explicit Place(const Setup& setup);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  // Why there is none: the server is not known. Empty: there is one.
  const std::string& absence() const { return absence_; }
  std::string url() const;                                      // with the setup's options
  std::string path() const { return folder_.file("test.db"); }  // SQLite

 private:
  Setup setup_;
  Folder folder_;
  std::string absence_;
  std::unique_ptr<servers::Place> on_server_;
};

// A test with an open database, empty at first. On a server that is not there it is skipped.
class DatabaseTest : public testing::TestWithParam<Setup> {
 protected:
  DatabaseTest();
  std::string path() const { return place_.path(); }
  std::string url(const std::string& more = "") const;
  // Another handle on the same database: to the database, another process.
  Db open_again(const std::string& more = "") const { return Db(url(more)); }

  static Database database() { return GetParam().database; }
  static bool is_sqlite() { return database() == Database::kSqlite; }
  static const Nature& nature() { return nature_of(database()); }
  // sql({.sqlite = "...", .postgres = "...", .mysql = "..."})
  static const char* sql(const Forms& forms) { return forms.of(database()); }
  // The statements of this database; they may change any table.
  void execute_all(const Texts& sqlite, const Texts& postgres, const Texts& mysql) const;
  Texts tables() const { return conformance::tables(db_); }

  Place place_;
  Db db_;

 private:
  void open();
};

// The standard data set: 5 users, 5 posts.
class StandardTest : public DatabaseTest {
 protected:
  void SetUp() override;
  static const char* models();
  const thing_model* user_ = nullptr;
  const thing_model* post_ = nullptr;
};

}  // namespace conformance
