#include "driver/mysql/errors.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace thing::driver::mysql {
namespace {

using base::Code;
using base::Error;

struct Meaning {
  unsigned number;
  Code code;
  bool retryable = false;
};

// By number, which MySQL and MariaDB share up to 1900. Retryable is what did nothing and may go
// well when the same is done again.
constexpr Meaning kMeanings[] = {
    {1005, Code::kSchema},               // no such table can be made; errno 150: a foreign key
    {1020, Code::kSerialization, true},  // record changed since last read
    {1022, Code::kUnique},               // duplicate key in table
    {1036, Code::kReadonly},             // table is read only
    {1040, Code::kBusy, true},           // too many connections
    {1044, Code::kAuth},                 // database access denied
    {1045, Code::kAuth},                 // access denied
    {1046, Code::kInvalid},              // no database selected
    {1048, Code::kNotNull},              // column cannot be null
    {1049, Code::kSchema},               // unknown database
    {1050, Code::kSchema},               // table exists
    {1051, Code::kSchema},               // unknown table
    {1052, Code::kSyntax},               // ambiguous column
    {1053, Code::kConnection, true},     // server shutdown in progress
    {1054, Code::kSchema},               // unknown column
    {1060, Code::kSchema},               // duplicate column name
    {1061, Code::kSchema},               // duplicate key name
    {1062, Code::kUnique},               // duplicate entry
    {1064, Code::kSyntax},               // parse error
    {1065, Code::kInvalid},              // empty query
    {1071, Code::kRange},                // key too long
    {1072, Code::kSchema},               // key column does not exist
    {1074, Code::kRange},                // column too long
    {1091, Code::kSchema},               // cannot drop, does not exist
    {1105, Code::kInternal},             // unknown error
    {1109, Code::kSchema},               // unknown table
    {1118, Code::kRange},                // row size too large
    {1130, Code::kAuth},                 // host not allowed
    {1136, Code::kSyntax},               // value count on row
    {1138, Code::kNotNull},              // invalid use of NULL
    {1142, Code::kAuth},                 // table access denied
    {1143, Code::kAuth},                 // column access denied
    {1146, Code::kSchema},               // no such table
    {1149, Code::kSyntax},               // syntax error
    {1152, Code::kConnection, true},     // aborted connection
    {1153, Code::kRange},                // packet too large
    {1158, Code::kConnection},           // network errors
    {1159, Code::kConnection},
    {1160, Code::kConnection},
    {1161, Code::kConnection},
    {1162, Code::kRange},                // result string too long
    {1169, Code::kUnique},               // unique constraint
    {1176, Code::kSchema},               // key does not exist
    {1179, Code::kState},                // not allowed in a transaction
    {1180, Code::kConnection},           // error during COMMIT
    {1203, Code::kBusy, true},           // too many connections of the user
    {1205, Code::kBusy, true},           // lock wait timeout
    {1213, Code::kSerialization, true},  // deadlock
    {1215, Code::kSchema},               // cannot add foreign key
    {1216, Code::kForeignKey},           // no referenced row
    {1217, Code::kForeignKey},           // row is referenced
    {1222, Code::kSyntax},               // UNION with different columns
    {1226, Code::kBusy, true},           // user limit reached
    {1227, Code::kAuth},                 // privilege needed
    {1235, Code::kUnsupported},          // not supported yet
    {1243, Code::kState, true},          // unknown prepared statement
    {1264, Code::kRange},                // out of range
    {1265, Code::kType},                 // data truncated for column
    {1286, Code::kUnsupported},          // unknown storage engine
    {1290, Code::kReadonly},             // --read-only
    {1292, Code::kType},                 // incorrect value
    {1295, Code::kUnsupported},          // not for prepared statements
    {1301, Code::kRange},                // result larger than max_allowed_packet
    {1305, Code::kSchema},               // routine or savepoint does not exist
    {1317, Code::kCancelled},            // query was interrupted
    {1364, Code::kNotNull},              // field has no default
    {1365, Code::kRange},                // division by 0
    {1366, Code::kType},                 // incorrect value for column
    {1370, Code::kAuth},                 // routine access denied
    {1406, Code::kRange},                // data too long
    {1411, Code::kType},                 // incorrect value for function
    {1416, Code::kType},                 // no geometry
    {1426, Code::kRange},                // too big precision
    {1436, Code::kRange},                // thread stack overrun
    {1438, Code::kRange},
    {1441, Code::kRange},             // datetime function overflow
    {1451, Code::kForeignKey},        // row is referenced
    {1452, Code::kForeignKey},        // no referenced row
    {1461, Code::kRange},             // too many prepared statements
    {1557, Code::kForeignKey},        // foreign key and duplicate key
    {1568, Code::kState},             // transaction characteristics in a transaction
    {1586, Code::kUnique},            // duplicate entry with key name
    {1615, Code::kSchema, true},      // statement needs to be prepared again
    {1690, Code::kRange},             // out of range in an expression
    {1698, Code::kAuth},              // access denied without password
    {1792, Code::kReadonly},          // read-only transaction
    {1836, Code::kReadonly},          // read-only mode
    {1927, Code::kConnection, true},  // connection was killed
    {1969, Code::kTimeout},           // max_statement_time
    {2002, Code::kConnection, true},  // can not connect by the socket
    {2003, Code::kConnection, true},  // nor by TCP
    {2005, Code::kConnection},        // unknown host
    {2006, Code::kConnection, true},  // gone away: the command was not sent whole
    {2012, Code::kConnection},        // handshake
    {2013, Code::kConnection},        // lost: the command may have run
    {2014, Code::kInternal},          // commands out of sync
    {2020, Code::kRange},             // packet too large
    {2026, Code::kConnection},        // TLS
    {2027, Code::kConnection},        // malformed packet
    {2055, Code::kConnection},        // lost, with the system's error
    {2056, Code::kConnection},        // statement closed with its connection
    {2057, Code::kSchema},            // result with other columns than when prepared
    {2061, Code::kAuth},              // authentication plugin
    {3024, Code::kTimeout},           // max_execution_time
    {3098, Code::kUnsupported},       // group replication
    {3140, Code::kType},              // invalid JSON text
    {3141, Code::kType},
    {3572, Code::kBusy, true},        // NOWAIT
    {3730, Code::kForeignKey},        // table is referenced
    {3819, Code::kCheck},             // CHECK constraint, MySQL
    {4025, Code::kCheck},             // and MariaDB
    {4031, Code::kConnection, true},  // idle for too long
};
static_assert(std::is_sorted(std::begin(kMeanings), std::end(kMeanings),
                             [](const Meaning& a, const Meaning& b) {
                               return a.number < b.number;
                             }));

Meaning meaning_of(const Failure& f) {
  const auto* found =
      std::lower_bound(std::begin(kMeanings), std::end(kMeanings), f.number,
                       [](const Meaning& m, unsigned number) { return m.number < number; });
  if (found != std::end(kMeanings) && found->number == f.number) return *found;
  if (f.sqlstate.starts_with("08")) return {f.number, Code::kConnection};
  if (f.sqlstate.starts_with("22")) return {f.number, Code::kRange};
  if (f.sqlstate.starts_with("23")) return {f.number, Code::kCheck};
  if (f.sqlstate == "28000") return {f.number, Code::kAuth};
  if (f.sqlstate == "40001") return {f.number, Code::kSerialization, true};
  if (f.sqlstate.starts_with("42")) return {f.number, Code::kSyntax};
  if (f.sqlstate == "45000") return {f.number, Code::kCheck};  // SIGNAL in a trigger
  return {f.number, Code::kInternal};
}

// What stands between two texts; empty when they are not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + before.size());
  const size_t end = text.find(after);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

// The key of "Duplicate entry '...' for key 'users.email'": the entry may hold anything, so it is
// looked for from the end. MySQL puts the table before it.
std::string_view full_key_of(std::string_view message) {
  constexpr std::string_view kBefore = "for key '";
  const size_t start = message.rfind(kBefore);
  if (start == std::string_view::npos || !message.ends_with('\'')) return {};
  std::string_view key = message.substr(start + kBefore.size());
  key.remove_suffix(1);
  return key;
}

std::string_view key_of(std::string_view message) {
  const std::string_view key = full_key_of(message);
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

std::string_view table_of_key(std::string_view message) {
  const std::string_view key = full_key_of(message);
  const size_t dot = key.find('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

// The last name of "`db`.`t`" that starts behind `before`.
std::string_view table_behind(std::string_view message, std::string_view before) {
  std::string_view table = between(message, before, "`");
  const size_t start = message.find(before);
  if (start == std::string_view::npos) return {};
  message.remove_prefix(start + before.size() + table.size());
  constexpr std::string_view kNext = "`.`";
  return message.starts_with(kNext) ? between(message, kNext, "`") : table;
}

// "Table 'db.t' doesn't exist", "Unknown table 'db.t'"
std::string_view missing_table_of(std::string_view message) {
  const std::string_view name = between(message, "able '", "'");
  return name.substr(name.find('.') + 1);
}

// "Column 'a' cannot be null", "Field 'a' doesn't have a default value", "... for column 'a' at row
// 1", "... for column `db`.`t`.`a` at row 1", "Unknown column 't.a' in 'WHERE'".
std::string_view column_of(std::string_view message) {
  if (message.starts_with("Column '")) return between(message, "Column '", "'");
  if (message.starts_with("Field '")) return between(message, "Field '", "'");
  if (message.starts_with("Unknown column '")) {
    const std::string_view name = between(message, "'", "'");
    return name.substr(name.rfind('.') + 1);
  }
  const size_t start = message.rfind("for column ");
  if (start == std::string_view::npos) return {};
  message.remove_prefix(start + std::string_view("for column ").size());
  const std::string_view name = message.substr(0, message.rfind(" at row "));
  if (name.size() < 2) return {};
  const size_t open = name.back() == '`' ? name.rfind('`', name.size() - 2) : 0;
  return name.substr(open + 1, name.size() - open - 2);
}

// "CONSTRAINT `positive` failed for `db`.`t`" (MariaDB), "Check constraint 'positive' is violated."
// (MySQL); of a column's own check in MariaDB the name is "t.a".
std::string_view check_of(std::string_view message) {
  if (message.starts_with("Check constraint '")) return between(message, "'", "'");
  std::string_view name = between(message, "CONSTRAINT `", "` failed");
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

// "... CONSTRAINT `to_p` FOREIGN KEY (`a`, `b`) REFERENCES `p` (`x`, `y`))" -> "a,b", or "x,y"
// where it is the row referred to that can not go.
std::string key_columns(std::string_view message, bool is_referenced) {
  if (is_referenced) message.remove_prefix(std::min(message.find(" REFERENCES "), message.size()));
  const std::string_view list = between(message, is_referenced ? "` (`" : "FOREIGN KEY (`", "`)");
  std::string columns(list);
  constexpr std::string_view kBetween = "`, `";
  for (size_t at = columns.find(kBetween); at != std::string::npos; at = columns.find(kBetween, at))
    columns.replace(at, kBetween.size(), ",");
  return columns;
}

Error&& add_names(Error&& error, const Failure& f, Code code) {
  const std::string_view message = f.message;
  switch (code) {
    case Code::kUnique:
      return std::move(error).constraint(key_of(message)).table(table_of_key(message));
    case Code::kCheck:
      return std::move(error)
          .constraint(check_of(message))
          .table(table_behind(message, "` failed for `"));
    case Code::kForeignKey:
      (void)std::move(error)
          .constraint(between(message, "CONSTRAINT `", "`"))
          .table(table_behind(message, "constraint fails (`"));
      if (f.number == 1451) return std::move(error).field(key_columns(message, true));
      return std::move(error).column(key_columns(message, false));
    case Code::kNotNull:
    case Code::kType:
    case Code::kRange:
      return std::move(error)
          .column(column_of(message))
          .table(
              table_behind(message.substr(std::min(message.rfind(" for column "), message.size())),
                           " for column `"));
    case Code::kSchema:
      if (f.number == 1054) return std::move(error).column(column_of(message));
      if (f.number == 1146 || f.number == 1051)
        return std::move(error).table(missing_table_of(message));
      return std::move(error);
    default: return std::move(error);
  }
}

// "Incorrect integer value: 'secret' for column `db`.`t`.`a` at row 1" without the value; what is
// quoted may hold quotes itself.
std::string without_value(std::string_view message) {
  const size_t colon = message.find(": '");
  if (colon == std::string_view::npos) return std::string(message);
  const size_t tail = message.rfind("' for column ");
  std::string out(message.substr(0, colon));
  if (tail != std::string_view::npos && tail > colon) out += message.substr(tail + 1);
  return out;
}

std::string public_message(const Failure& f) {
  switch (f.number) {
    case 1062:
    case 1586: return fmt::format("duplicate entry for key '{}'", key_of(f.message));
    case 1265:
    case 1292:
    case 1366:
    case 1411: return without_value(f.message);
    case 1690: return "a number in an expression is out of range";
    default: return std::string(f.message);
  }
}

// One line, lower case: what the server quotes from the SQL text may hold line ends.
std::string one_line(std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  while (line.ends_with('.') || line.ends_with(' ')) line.pop_back();
  if (line.size() > 1 && line[0] >= 'A' && line[0] <= 'Z' && line[1] >= 'a' && line[1] <= 'z')
    line[0] = static_cast<char>(line[0] - 'A' + 'a');
  return line;
}

bool is_lost(unsigned number) {
  return number == client_error::kGoneAway || number == client_error::kLost ||
         number == client_error::kLostExtended;
}

Error ended_error(const Failure& f, Code given_up) {
  if (given_up == Code::kConnection) {
    return Error(given_up, "the server did not answer in time")
        .sqlstate("08006")
        .native(f.number)
        .retryable(true);
  }
  const char* why =
      given_up == Code::kTimeout ? "the deadline of the call passed" : "the call was cancelled";
  return Error(given_up, why).sqlstate("57014").native(f.number);
}

// The servers say 23000 for every constraint.
std::string_view sqlstate_of(const Failure& f, Code code) {
  if (f.sqlstate != "23000") return f.sqlstate;
  switch (code) {
    case Code::kNotNull: return "23502";
    case Code::kForeignKey: return "23503";
    case Code::kUnique: return "23505";
    case Code::kCheck: return "23514";
    default: return f.sqlstate;
  }
}

}  // namespace

Error make_error(const Failure& f, Code given_up) {
  if (f.number == client_error::kOutOfMemory) return Error();
  if (given_up != Code::kOk && (is_killed(f.number) || is_lost(f.number) || f.number == 1205))
    return ended_error(f, given_up);
  const Meaning m = meaning_of(f);
  Error error = Error(m.code, "mysql: " + one_line(public_message(f)))
                    .sqlstate(sqlstate_of(f, m.code))
                    .native(f.number)
                    .retryable(m.retryable);
  return add_names(std::move(error), f, m.code);
}

bool is_killed(unsigned number) { return number == 1317 || number == 1969 || number == 3024; }

bool is_broken(unsigned number) {
  switch (number) {
    case 1053:
    case 1152:
    case 1153:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1927:
    case 4031:
    case client_error::kOutOfSync:
    case client_error::kPacketTooLarge:
    case client_error::kTls:
    case client_error::kMalformedPacket: return true;
    default: return is_lost(number);
  }
}

bool is_ended(unsigned number) {
  return number == 1053 || number == 1152 || number == 1927 || number == 4031;
}

bool is_unanswered(unsigned number) {
  switch (number) {
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case client_error::kLost:
    case client_error::kLostExtended:
    case client_error::kTls:
    case client_error::kMalformedPacket: return true;
    default: return false;
  }
}

bool needs_prepare(unsigned number) { return number == 1615 || number == 1243; }

bool may_end_transaction(unsigned number) {
  return number == 1213 || number == 1205 || number == 1180 || number == 1020;
}

}  // namespace thing::driver::mysql
