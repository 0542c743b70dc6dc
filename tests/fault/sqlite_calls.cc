// SQLite's functions as libthing calls them: the real ones, with failures. Only those that can fail
// are here.
#include <cstdio>
#include <cstdlib>

#include <dlfcn.h>
#include <sqlite3.h>

#include "faults.h"

namespace {

#define EACH_FUNCTION(X)                                                                         \
  X(open_v2)                                                                                     \
  X(prepare_v2)                                                                                  \
  X(prepare_v3)                                                                                  \
  X(step)                                                                                        \
  X(reset)                                                                                       \
  X(exec)                                                                                        \
  X(bind_blob64) X(bind_double) X(bind_int) X(bind_int64) X(bind_null) X(bind_text64)            \
      X(bind_zeroblob) X(bind_text) X(file_control) X(column_text) X(column_blob) X(column_name) \
          X(create_collation_v2) X(busy_handler) X(table_column_metadata) X(extended_errcode)    \
              X(errcode) X(wal_checkpoint_v2)

#define DECLARE(name) decltype(&sqlite3_##name) real_##name = nullptr;
EACH_FUNCTION(DECLARE)
#undef DECLARE

// What the connection says of its last call, after one that was made to fail.
thread_local int pretended = SQLITE_OK;

// SQLite calls itself by the same names; what it does inside is not a call of libthing.
thread_local int depth = 0;

class Inside {
 public:
  Inside() { depth++; }
  ~Inside() { depth--; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

template <class Function, class... Args>
auto forward(Function function, Args... args) {
  const Inside inside;
  return function(args...);
}

bool fails(const char* call) {
  if (depth > 0) return false;
  const bool yes = trial::strikes(trial::Source::kSqlite, call);
  pretended = yes ? trial::strike_code() : SQLITE_OK;
  return yes;
}

// Functions that have no result code fail for want of memory alone.
bool lacks_memory(const char* call) {
  return trial::is_armed() && trial::strike_code() == SQLITE_NOMEM && fails(call);
}

template <class Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
  if (function != nullptr) return;
  std::fprintf(stderr, "SQLite has no function %s\n", name);
  std::abort();
}

}  // namespace

namespace trial {

void take_over_sqlite() {
#define FIND(name) find(real_##name, "sqlite3_" #name);
  EACH_FUNCTION(FIND)
#undef FIND
}

}  // namespace trial

#pragma GCC visibility push(default)
extern "C" {

int sqlite3_open_v2(const char* name, sqlite3** db, int flags, const char* vfs) {
  *db = nullptr;
  return fails("sqlite3_open_v2") ? trial::strike_code()
                                  : forward(real_open_v2, name, db, flags, vfs);
}

int sqlite3_prepare_v2(sqlite3* db, const char* sql, int n, sqlite3_stmt** statement,
                       const char** tail) {
  *statement = nullptr;
  return fails("sqlite3_prepare_v2") ? trial::strike_code()
                                     : forward(real_prepare_v2, db, sql, n, statement, tail);
}

int sqlite3_prepare_v3(sqlite3* db, const char* sql, int n, unsigned flags,
                       sqlite3_stmt** statement, const char** tail) {
  *statement = nullptr;
  return fails("sqlite3_prepare_v3") ? trial::strike_code()
                                     : forward(real_prepare_v3, db, sql, n, flags, statement, tail);
}

int sqlite3_step(sqlite3_stmt* statement) {
  return fails("sqlite3_step") ? trial::strike_code() : forward(real_step, statement);
}

// A reset always resets; only its result can be bad.
int sqlite3_reset(sqlite3_stmt* statement) {
  const int code = forward(real_reset, statement);
  return fails("sqlite3_reset") ? trial::strike_code() : code;
}

int sqlite3_exec(sqlite3* db, const char* sql, int (*row)(void*, int, char**, char**), void* user,
                 char** message) {
  if (message != nullptr) *message = nullptr;
  return fails("sqlite3_exec") ? trial::strike_code()
                               : forward(real_exec, db, sql, row, user, message);
}

int sqlite3_bind_blob64(sqlite3_stmt* s, int i, const void* bytes, sqlite3_uint64 n,
                        void (*drop)(void*)) {
  return fails("sqlite3_bind_blob64") ? trial::strike_code()
                                      : forward(real_bind_blob64, s, i, bytes, n, drop);
}

int sqlite3_bind_text64(sqlite3_stmt* s, int i, const char* text, sqlite3_uint64 n,
                        void (*drop)(void*), unsigned char encoding) {
  return fails("sqlite3_bind_text64") ? trial::strike_code()
                                      : forward(real_bind_text64, s, i, text, n, drop, encoding);
}

int sqlite3_bind_text(sqlite3_stmt* s, int i, const char* text, int n, void (*drop)(void*)) {
  return fails("sqlite3_bind_text") ? trial::strike_code()
                                    : forward(real_bind_text, s, i, text, n, drop);
}

int sqlite3_bind_double(sqlite3_stmt* s, int i, double value) {
  return fails("sqlite3_bind_double") ? trial::strike_code()
                                      : forward(real_bind_double, s, i, value);
}

int sqlite3_bind_int(sqlite3_stmt* s, int i, int value) {
  return fails("sqlite3_bind_int") ? trial::strike_code() : forward(real_bind_int, s, i, value);
}

int sqlite3_bind_int64(sqlite3_stmt* s, int i, sqlite3_int64 value) {
  return fails("sqlite3_bind_int64") ? trial::strike_code() : forward(real_bind_int64, s, i, value);
}

int sqlite3_bind_null(sqlite3_stmt* s, int i) {
  return fails("sqlite3_bind_null") ? trial::strike_code() : forward(real_bind_null, s, i);
}

int sqlite3_bind_zeroblob(sqlite3_stmt* s, int i, int n) {
  return fails("sqlite3_bind_zeroblob") ? trial::strike_code()
                                        : forward(real_bind_zeroblob, s, i, n);
}

int sqlite3_file_control(sqlite3* db, const char* name, int op, void* argument) {
  return fails("sqlite3_file_control") ? trial::strike_code()
                                       : forward(real_file_control, db, name, op, argument);
}

const unsigned char* sqlite3_column_text(sqlite3_stmt* s, int i) {
  return lacks_memory("sqlite3_column_text") ? nullptr : forward(real_column_text, s, i);
}

// NULL for a value without bytes too, so only others can fail to be seen.
const void* sqlite3_column_blob(sqlite3_stmt* s, int i) {
  const void* bytes = forward(real_column_blob, s, i);
  return bytes != nullptr && lacks_memory("sqlite3_column_blob") ? nullptr : bytes;
}

const char* sqlite3_column_name(sqlite3_stmt* s, int i) {
  return lacks_memory("sqlite3_column_name") ? nullptr : forward(real_column_name, s, i);
}

int sqlite3_create_collation_v2(sqlite3* db, const char* name, int encoding, void* user,
                                int (*compare)(void*, int, const void*, int, const void*),
                                void (*drop)(void*)) {
  if (fails("sqlite3_create_collation_v2")) return trial::strike_code();
  return forward(real_create_collation_v2, db, name, encoding, user, compare, drop);
}

int sqlite3_busy_handler(sqlite3* db, int (*handler)(void*, int), void* user) {
  return fails("sqlite3_busy_handler") ? trial::strike_code()
                                       : forward(real_busy_handler, db, handler, user);
}

int sqlite3_table_column_metadata(sqlite3* db, const char* name, const char* table,
                                  const char* column, const char** type, const char** collation,
                                  int* not_null, int* primary, int* increments) {
  if (fails("sqlite3_table_column_metadata")) return trial::strike_code();
  return forward(real_table_column_metadata, db, name, table, column, type, collation, not_null,
                 primary, increments);
}

int sqlite3_wal_checkpoint_v2(sqlite3* db, const char* name, int mode, int* log, int* done) {
  return fails("sqlite3_wal_checkpoint_v2")
             ? trial::strike_code()
             : forward(real_wal_checkpoint_v2, db, name, mode, log, done);
}

int sqlite3_extended_errcode(sqlite3* db) {
  return pretended != SQLITE_OK ? pretended : forward(real_extended_errcode, db);
}

int sqlite3_errcode(sqlite3* db) {
  return pretended != SQLITE_OK ? pretended & 0xff : forward(real_errcode, db);
}

}  // extern "C"
#pragma GCC visibility pop
