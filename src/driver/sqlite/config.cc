#include "driver/sqlite/config.h"

#include <mutex>

#include "base/decimal.h"
#include "driver/sqlite/errors.h"
#include "driver/sqlite/list_function.h"
#include "driver/sqlite/sum_functions.h"

namespace thing::driver::sqlite {
namespace {

// The cache: an upper bound, taken as pages are read. Much above SQLite's 2 MiB: a miss costs a
// system call. Sorting without an index stays in memory: no rows in files of the directory for
// temporary ones, which may not even be there.
constexpr const char* kMemory = "PRAGMA cache_size=-32768; PRAGMA temp_store=memory";

// SQLite counts its memory under a global mutex in every allocation, which costs more than half of
// the speed of two threads. The setting belongs to the process: when the program or another library
// was first, it stays as they want it.
void configure_process() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

int open_flags(OpenMode mode) {
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  switch (mode) {
    case OpenMode::kReadOnly: return kAlways | SQLITE_OPEN_READONLY;
    case OpenMode::kReadWrite: return kAlways | SQLITE_OPEN_READWRITE;
    case OpenMode::kCreate: return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return kAlways;
}

// A path is a path: SQLite would read one that starts with "file:" as a URI.
base::Result<std::string> file_name(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return base::fail(base::Code::kInvalid, "the path of the database is empty or holds a NUL");
  }
  return path.starts_with("file:") ? "./" + path : path;
}

int compare_decimals(void*, int a_size, const void* a, int b_size, const void* b) noexcept {
  const auto order =
      base::compare_decimal({static_cast<const char*>(a), static_cast<size_t>(a_size)},
                            {static_cast<const char*>(b), static_cast<size_t>(b_size)});
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

base::Status check(sqlite3* db, int rc, const Waits& waits) {
  if (rc == SQLITE_OK) return {};
  return base::fail(make_error(db, rc, waits.control()));
}

base::Status set_switch(sqlite3* db, int option, bool on, const Waits& waits) {
  int now = 0;
  THING_TRY(check(db, sqlite3_db_config(db, option, on ? 1 : 0, &now), waits));
  if ((now != 0) == on) return {};
  return base::fail(base::Code::kUnsupported, "this build of SQLite can not set its option {}",
                    option);
}

base::Status set_switches(sqlite3* db, const Options& options, const Waits& waits) {
  THING_TRY(check(db, sqlite3_extended_result_codes(db, 1), waits));
  THING_TRY(set_switch(db, SQLITE_DBCONFIG_ENABLE_FKEY, options.foreign_keys, waits));
  THING_TRY(set_switch(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, false, waits));
  // A misspelt column in double quotes is an error, not a text.
  THING_TRY(set_switch(db, SQLITE_DBCONFIG_DQS_DML, false, waits));
  THING_TRY(set_switch(db, SQLITE_DBCONFIG_DQS_DDL, false, waits));
  THING_TRY(check(db, add_list_function(db), waits));
  THING_TRY(check(db, add_sum_functions(db), waits));
  return check(db,
               sqlite3_create_collation_v2(db, "thing_decimal", SQLITE_UTF8, nullptr,
                                           compare_decimals, nullptr),
               waits);
}

base::Status run(sqlite3* db, const std::string& sql, const Waits& waits) {
  return check(db, sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), waits);
}

// The switch needs the file for itself and does not call the busy handler.
base::Status switch_to_wal(sqlite3* db, Waits& waits) {
  for (int attempt = 0;; ++attempt) {
    const int rc = sqlite3_exec(db, "PRAGMA journal_mode=wal", nullptr, nullptr, nullptr);
    if (rc == SQLITE_OK) return {};
    if ((rc & 0xff) != SQLITE_BUSY || !waits.pause(attempt)) return check(db, rc, waits);
  }
}

base::Status set_journal(sqlite3* db, const Options& options, Waits& waits) {
  if (!options.wal || is_memory(options) || sqlite3_db_readonly(db, "main") == 1) return {};
  THING_ASSIGN(const std::string mode, query_text(db, "PRAGMA journal_mode", waits));
  return mode == "wal" ? base::Status() : switch_to_wal(db, waits);
}

base::Status set_synchronous(sqlite3* db, const Options& options, const Waits& waits) {
  const std::string& level = options.synchronous;
  if (level != "off" && level != "normal" && level != "full") {
    return base::fail(base::Code::kInvalid,
                      "synchronous is '{}', expected 'off', 'normal' or 'full'", level);
  }
  return run(db, "PRAGMA synchronous=" + level, waits);
}

}  // namespace

base::Result<std::string> query_text(sqlite3* db, const char* sql, const Waits& waits) {
  sqlite3_stmt* raw = nullptr;
  THING_TRY(check(db, sqlite3_prepare_v2(db, sql, -1, &raw, nullptr), waits));
  const StatementHandle statement(raw);
  const int rc = sqlite3_step(raw);
  if (rc == SQLITE_DONE) return std::string();
  if (rc != SQLITE_ROW) return base::fail(make_error(db, rc, waits.control()));
  if (sqlite3_column_type(raw, 0) == SQLITE_NULL) return std::string();
  const unsigned char* text = sqlite3_column_text(raw, 0);
  if (text == nullptr) return base::fail(base::Error());
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<size_t>(sqlite3_column_bytes(raw, 0)));
}

base::Result<Handle> open_handle(const Options& options, Waits& waits) {
  configure_process();
  forget_inherited_files();
  THING_ASSIGN(const std::string name, file_name(options.path));
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(name.c_str(), &raw, open_flags(options.mode), nullptr);
  Handle db(raw);
  if (rc != SQLITE_OK)
    return base::fail(make_error(raw, rc).context("while opening '" + options.path + "'"));
  if (raw == nullptr) return base::fail(base::Error());
  THING_TRY(check(raw, waits.attach(raw), waits));
  THING_TRY(set_switches(raw, options, waits));
  // The first read finds out whether the file is a database at all.
  THING_TRY(query_text(raw, "PRAGMA schema_version", waits));
  THING_TRY(set_journal(raw, options, waits));
  THING_TRY(set_synchronous(raw, options, waits));
  THING_TRY(run(raw, kMemory, waits));
  return db;
}

}  // namespace thing::driver::sqlite
