#include "driver/sqlite/errors.h"

#include <algorithm>
#include <string>

namespace thing::driver::sqlite {
namespace {

using base::Code;
using base::Error;

struct Meaning {
  Code code;
  std::string_view sqlstate;
  bool retryable = false;
};

Meaning constraint_meaning(int rc) {
  switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return {Code::kUnique, "23505"};
    case SQLITE_CONSTRAINT_NOTNULL: return {Code::kNotNull, "23502"};
    case SQLITE_CONSTRAINT_FOREIGNKEY: return {Code::kForeignKey, "23503"};
    case SQLITE_CONSTRAINT_CHECK: return {Code::kCheck, "23514"};
    case SQLITE_CONSTRAINT_DATATYPE: return {Code::kType, "42804"};
    default: return {Code::kCheck, "23000"};  // RAISE() in a trigger, virtual tables
  }
}

// What only the text tells: SQLITE_ERROR stands for all mistakes in SQL.
struct Phrase {
  std::string_view start;
  std::string_view within;
  Meaning meaning;
};

constexpr Phrase kPhrases[] = {
    {"no such table", "", {Code::kSchema, "42P01"}},
    {"no such view", "", {Code::kSchema, "42P01"}},
    {"no such column", "", {Code::kSchema, "42703"}},
    {"", " has no column named ", {Code::kSchema, "42703"}},
    {"no such function", "", {Code::kSchema, "42883"}},
    {"no such savepoint", "", {Code::kState, "3B001"}},
    {"no such ", "", {Code::kSchema, "42704"}},
    {"unknown database", "", {Code::kSchema, "3D000"}},
    {"", " already exists", {Code::kSchema, "42P07"}},
    {"duplicate column name", "", {Code::kSchema, "42701"}},
    {"foreign key mismatch", "", {Code::kSchema, "42830"}},
    {"ambiguous column name", "", {Code::kSyntax, "42702"}},
    {"", "syntax error", {Code::kSyntax, "42601"}},
    {"incomplete input", "", {Code::kSyntax, "42601"}},
    {"unrecognized token", "", {Code::kSyntax, "42601"}},
    {"integer overflow", "", {Code::kRange, "22003"}},
    {"too many ", "", {Code::kRange, "54000"}},
    {"Expression tree is too large", "", {Code::kRange, "54001"}},
    {"parser stack overflow", "", {Code::kRange, "54001"}},
    {"cannot start a transaction", "", {Code::kState, "25001"}},
    {"cannot commit - no transaction", "", {Code::kState, "25P01"}},
    {"cannot rollback - no transaction", "", {Code::kState, "25P01"}},
    {"cannot ", "SQL statements in progress", {Code::kState, "55006"}},
};

Meaning text_meaning(std::string_view message) {
  for (const Phrase& p : kPhrases) {
    if (message.starts_with(p.start) && message.find(p.within) != std::string_view::npos)
      return p.meaning;
  }
  return {Code::kSyntax, "42000"};
}

Meaning meaning_of(int rc, std::string_view message) {
  if (rc == SQLITE_BUSY_SNAPSHOT) return {Code::kSerialization, "40001", true};
  switch (rc & 0xff) {
    case SQLITE_ERROR: return text_meaning(message);
    case SQLITE_CONSTRAINT:
      // RESTRICT is kept to by a trigger of SQLite's own.
      if (message == "FOREIGN KEY constraint failed") rc = SQLITE_CONSTRAINT_FOREIGNKEY;
      return constraint_meaning(rc);
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: return {Code::kBusy, "55P03", true};
    case SQLITE_LOCKED: return {Code::kBusy, "55006", true};
    case SQLITE_INTERRUPT: return {Code::kCancelled, "57014"};
    case SQLITE_READONLY: return {Code::kReadonly, "25006"};
    case SQLITE_FULL: return {Code::kConnection, "53100"};
    case SQLITE_IOERR: return {Code::kConnection, "58030"};
    case SQLITE_CANTOPEN: return {Code::kConnection, "08001"};
    case SQLITE_NOLFS: return {Code::kConnection, "58000"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {Code::kConnection, "XX001"};
    case SQLITE_SCHEMA: return {Code::kSchema, "55000", true};
    case SQLITE_TOOBIG: return {Code::kRange, "54000"};
    case SQLITE_MISMATCH: return {Code::kType, "42804"};
    case SQLITE_AUTH:
    case SQLITE_PERM: return {Code::kAuth, "42501"};
    case SQLITE_RANGE: return {Code::kInvalid, "07009"};
    case SQLITE_ABORT: return {Code::kState, "40000"};
    default: return {Code::kInternal, "XX000"};
  }
}

// "users.email, users.tenant" -> "email,tenant". All names have the table before them; it is that
// of the first.
std::string column_list(std::string_view names) {
  const std::string_view table = names.substr(0, names.find('.') + 1);
  const std::string between = ", " + std::string(table);
  std::string columns;
  names.remove_prefix(table.size());
  for (size_t end = names.find(between); end != std::string_view::npos; end = names.find(between)) {
    columns.append(names, 0, end).push_back(',');
    names.remove_prefix(end + between.size());
  }
  return columns.append(names);
}

// "UNIQUE constraint failed: users.email", "UNIQUE constraint failed: index 'lower_email'", "CHECK
// constraint failed: age > 0"
Error&& name_constraint(Error&& error, Code code, std::string_view message) {
  constexpr std::string_view kMiddle = " constraint failed: ";
  constexpr std::string_view kIndex = "index '";
  const size_t middle = message.find(kMiddle);
  if (middle == std::string_view::npos) return std::move(error);
  std::string_view rest = message.substr(middle + kMiddle.size());
  if (code == Code::kCheck) return std::move(error).constraint(rest);
  if (rest.starts_with(kIndex) && rest.ends_with('\'')) {
    return std::move(error).constraint(rest.substr(kIndex.size(), rest.size() - kIndex.size() - 1));
  }
  if (code == Code::kUnique || code == Code::kNotNull)
    return std::move(error).table(rest.substr(0, rest.find('.'))).column(column_list(rest));
  return std::move(error);
}

std::string_view behind(std::string_view text, std::string_view start) {
  return text.starts_with(start) ? text.substr(start.size()) : std::string_view();
}

// What is behind the last dot: "main.users", "u.email".
std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// "no such table: main.users", "no such column: u.email", "table users has no column named email"
Error&& name_missing(Error&& error, std::string_view message) {
  constexpr std::string_view kColumn = " has no column named ";
  if (const auto table = behind(message, "no such table: "); !table.empty())
    return std::move(error).table(last_part(table));
  if (const auto column = behind(message, "no such column: "); !column.empty())
    return std::move(error).column(last_part(column));
  const std::string_view table = behind(message, "table ");
  const size_t middle = table.find(kColumn);
  if (middle == std::string_view::npos) return std::move(error);
  return std::move(error)
      .table(table.substr(0, middle))
      .column(table.substr(middle + kColumn.size()));
}

// One line: what SQLite quotes from the SQL text may hold line ends.
std::string one_line(std::string_view message) {
  std::string line(message);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

}  // namespace

Error make_error(int rc, std::string_view message) {
  if (is_no_memory(rc)) return Error();
  const Meaning m = meaning_of(rc, message);
  Error error = Error(m.code, "sqlite: " + one_line(message))
                    .sqlstate(m.sqlstate)
                    .native(rc)
                    .retryable(m.retryable);
  if ((rc & 0xff) == SQLITE_CONSTRAINT) return name_constraint(std::move(error), m.code, message);
  if (m.code == Code::kSchema) return name_missing(std::move(error), message);
  return error;
}

Error make_error(sqlite3* db, int rc, const Control* control) {
  const int primary = rc & 0xff;
  if (control != nullptr && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY)) {
    if (auto over = control->check(); !over)
      return std::move(over.error()).sqlstate("57014").native(rc);
  }
  // The text belongs to the last call of the connection; it counts when that is the one that
  // failed.
  const bool told = db != nullptr && sqlite3_extended_errcode(db) == rc;
  const char* message = told ? sqlite3_errmsg(db) : nullptr;
  return make_error(rc, message != nullptr ? message : sqlite3_errstr(rc));
}

bool is_broken(int rc) {
  switch (rc & 0xff) {
    case SQLITE_IOERR: return rc != SQLITE_IOERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return true;
    default: return false;
  }
}

}  // namespace thing::driver::sqlite
