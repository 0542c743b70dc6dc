#include "driver/postgres/errors.h"

#include <algorithm>
#include <cctype>

namespace thing::driver::postgres {
namespace {

using base::Code;
using base::Error;

// The states of appendix A of the manual; a state of two characters stands for the rest of its
// class. The first that fits counts.
struct Meaning {
  std::string_view state;
  Code code;
  bool retryable = false;
};

constexpr Meaning kMeanings[] = {
    {"08", Code::kConnection, true},
    {"0A", Code::kUnsupported},
    {"22001", Code::kRange},  // too long
    {"22003", Code::kRange},
    {"22008", Code::kRange},
    {"22009", Code::kRange},
    {"22012", Code::kRange},  // division by zero
    {"22015", Code::kRange},
    {"2201", Code::kRange},    // LIMIT, OFFSET, logarithms, ...
    {"2202", Code::kInvalid},  // characters
    {"22P02", Code::kSyntax},
    {"22P03", Code::kSyntax},
    {"2203", Code::kSyntax},  // JSON
    {"22", Code::kInvalid},
    {"23502", Code::kNotNull},
    {"23503", Code::kForeignKey},
    {"23001", Code::kForeignKey},
    {"23505", Code::kUnique},
    {"23", Code::kCheck},
    {"25006", Code::kReadonly},
    {"25P03", Code::kConnection, true},  // idle in a transaction for too long
    {"25P04", Code::kConnection, true},
    {"25", Code::kState},
    {"26", Code::kState, true},
    {"28", Code::kAuth},
    {"2B", Code::kState},
    {"2D", Code::kState},
    {"34", Code::kState},
    {"3B", Code::kState},
    {"3D", Code::kSchema},
    {"3F", Code::kSchema},
    {"40003", Code::kCommitUnknown},
    {"40", Code::kSerialization, true},
    {"42501", Code::kAuth},
    {"42601", Code::kSyntax},
    {"42602", Code::kSyntax},
    {"42622", Code::kSyntax},
    {"42702", Code::kSyntax},
    {"42703", Code::kSchema},
    {"42704", Code::kSchema},
    {"42710", Code::kSchema},
    {"42701", Code::kSchema},
    {"42804", Code::kType},
    {"42846", Code::kType},
    {"42830", Code::kSchema},
    {"42883", Code::kSchema},
    {"42P01", Code::kSchema},
    {"42P04", Code::kSchema},
    {"42P05", Code::kState},
    {"42P06", Code::kSchema},
    {"42P07", Code::kSchema},
    {"42P18", Code::kType},  // the type of a parameter can not be told
    {"42", Code::kSyntax},
    {"44", Code::kCheck},
    {"53300", Code::kBusy, true},
    {"53", Code::kConnection},
    {"54", Code::kRange},
    {"55P03", Code::kBusy, true},
    {"55006", Code::kBusy, true},
    {"55", Code::kState},
    {"57014", Code::kCancelled},
    {"57P04", Code::kConnection},  // the database was dropped
    {"57", Code::kConnection, true},
    {"58", Code::kConnection},
    {"P0", Code::kCheck},  // RAISE
    {"XX001", Code::kConnection},
    {"XX002", Code::kConnection},
};

Meaning meaning_of(std::string_view sqlstate) {
  for (const Meaning& m : kMeanings) {
    if (sqlstate.starts_with(m.state)) return m;
  }
  return {sqlstate, Code::kInternal};
}

// "Key (email, tenant)=(a, 7) already exists." -> "email,tenant", whatever the language is. Empty
// for an index of expressions.
std::string key_columns(std::string_view detail) {
  const size_t open = detail.find('(');
  const size_t close = detail.find(")=(");
  if (close == std::string_view::npos || open >= close) return {};
  const std::string_view list = detail.substr(open + 1, close - open - 1);
  if (list.find_first_of("()") != std::string_view::npos) return {};
  std::string columns;
  for (size_t i = 0; i < list.size(); ++i) {
    const bool is_separator_end = list[i] == ' ' && i > 0 && list[i - 1] == ',';
    if (list[i] != '"' && !is_separator_end) columns += list[i];
  }
  return columns;
}

// "Key (id)=(1) is still referenced from table "posts"." is about a row that the table refers to,
// "Key (user_id)=(9) is not present in table "users"." about one of the table itself.
bool is_referenced(std::string_view detail, std::string_view table) {
  const std::string_view end = detail.substr(std::min(detail.rfind(')'), detail.size()));
  return !table.empty() && end.find(table) != std::string_view::npos;
}

// What a mistake in a statement is about stands in its message alone:
// "relation "users" does not exist", "column "email" of relation "users" does not exist",
// "column "email" does not exist", "column u.email does not exist".
Error name_missing(Error error, std::string_view message) {
  const auto quoted_behind = [&](std::string_view start) {
    const size_t at = message.find(start);
    if (at == std::string_view::npos) return std::string_view();
    const std::string_view rest = message.substr(at + start.size());
    return rest.substr(0, std::min(rest.find('"'), rest.size()));
  };
  const auto last_part = [](std::string_view name) { return name.substr(name.rfind('.') + 1); };
  std::string_view table = quoted_behind("relation \"");
  if (table.empty() && message.starts_with("table \"")) table = quoted_behind("table \"");
  (void)std::move(error).table(last_part(table));
  constexpr std::string_view kColumn = "column ";
  if (!message.starts_with(kColumn)) return error;
  std::string_view column = quoted_behind("column \"");
  if (column.empty())
    column = message.substr(kColumn.size(), message.rfind(" does") - kColumn.size());
  return std::move(error).column(last_part(column));
}

Error name_parts(Error error, const PGresult* result) {
  const std::string_view table = field_of(result, PG_DIAG_TABLE_NAME);
  const std::string_view detail = field_of(result, PG_DIAG_MESSAGE_DETAIL);
  std::string columns(field_of(result, PG_DIAG_COLUMN_NAME));
  const Code code = error.code();
  if (columns.empty() && (code == Code::kUnique || code == Code::kForeignKey))
    columns = key_columns(detail);
  (void)std::move(error).table(table).constraint(field_of(result, PG_DIAG_CONSTRAINT_NAME));
  if (code == Code::kForeignKey && is_referenced(detail, table))
    return std::move(error).field(columns);
  return std::move(error).column(columns);
}

// The server's own limit looks like a request to stop; only the text tells.
bool is_statement_timeout(std::string_view message) {
  return message.find("timeout") != std::string_view::npos;
}

Error stopped_error(std::string_view message, Code over) {
  switch (over) {
    case Code::kTimeout: return {Code::kTimeout, "the deadline of the call passed"};
    case Code::kCancelled: return {Code::kCancelled, "the call was cancelled"};
    default:
      return {is_statement_timeout(message) ? Code::kTimeout : Code::kCancelled,
              "postgres: " + one_line(message)};
  }
}

// "... FATAL:  28P01: password authentication failed ..." has its state behind two spaces, in
// every language.
size_t find_state(std::string_view message) {
  for (size_t at = message.rfind(":  "); at != std::string_view::npos && at > 0;
       at = message.rfind(":  ", at - 1)) {
    const std::string_view state = message.substr(at + 3, 6);
    const bool is_state = state.size() == 6 && state[5] == ':' &&
                          std::all_of(state.begin(), state.begin() + 5, [](unsigned char c) {
                            return std::isdigit(c) != 0 || std::isupper(c) != 0;
                          });
    if (is_state) return at + 3;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view field_of(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

std::string one_line(std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  std::string line(message);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

Error make_error(std::string_view sqlstate, std::string_view message) {
  const Meaning m = meaning_of(sqlstate);
  return Error(m.code, "postgres: " + one_line(message)).sqlstate(sqlstate).retryable(m.retryable);
}

Error make_error(const PGresult* result, Code over) {
  const std::string_view state = field_of(result, PG_DIAG_SQLSTATE);
  const std::string_view message = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == "57014") return stopped_error(message, over).sqlstate(state);
  // "cached plan must not change result type" shares its state with much else.
  if (state == "0A000" &&
      field_of(result, PG_DIAG_SOURCE_FUNCTION) == std::string_view("RevalidateCachedQuery"))
    return Error(Code::kSchema, "postgres: " + one_line(message)).sqlstate(state).retryable(true);
  // More than one statement, which a prepared one can not be.
  if (state == "42601" &&
      field_of(result, PG_DIAG_SOURCE_FUNCTION) == std::string_view("exec_parse_message"))
    return Error(Code::kInvalid, "the text holds more than one statement").sqlstate(state);
  if (state == "42P01" || state == "42703")
    return name_missing(make_error(state, message), message);
  return name_parts(make_error(state, message), result);
}

Error connect_error(PGconn* connection) {
  std::string_view message = PQerrorMessage(connection);
  message = message.substr(0, message.rfind("\nLOCATION:"));
  const size_t at = find_state(message);
  if (at != std::string_view::npos) {
    const std::string state(message.substr(at, 5));
    return make_error(state, std::string(message).erase(at, 7));
  }
  if (PQconnectionNeedsPassword(connection) != 0) return make_error("28P01", message);
  return make_error("08001", message);
}

Error lost_error(std::string_view what, bool unknown) {
  if (!unknown) return make_error("08006", what);
  return Error(Code::kCommitUnknown,
               "postgres: " + one_line(what) + "; the statement may have taken effect")
      .sqlstate("08007");
}

bool is_fatal(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate.starts_with("57P") || sqlstate.starts_with("08") ||
         sqlstate == "25P03" || sqlstate == "25P04";
}

bool is_outdated(const Error& error) {
  const Error::Detail* detail = error.detail();
  return detail != nullptr && detail->retryable &&
         (detail->sqlstate == "0A000" || detail->sqlstate == "26000");
}

bool is_lost_statement(const Error& error) {
  return error.detail() != nullptr && error.detail()->sqlstate == "26000";
}

}  // namespace thing::driver::postgres
