#include "table.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <limits>

namespace trial {
namespace {

constexpr int64_t kDay = 86'400'000'000;

int64_t days(int year, int month, int day) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  return sys_days{date}.time_since_epoch().count();
}

int64_t micros(int year, int month, int day, int hour, int minute, int second, int micro) {
  return days(year, month, day) * kDay + ((hour * 60 + minute) * int64_t{60} + second) * 1'000'000 +
         micro;
}

// "2024-05-06 07:08:09" or "2024-05-06 07:08:09.250000"
int64_t parse_datetime(const std::string& text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, us = 0;
  const int found =
      std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%2d.%6d", &y, &mo, &d, &h, &mi, &s, &us);
  if (!(found == 6 && text.size() == 19) && !(found == 7 && text.size() == 26)) {
    throw Wrong("a datetime is stored as '" + text + "'");
  }
  return micros(y, mo, d, h, mi, s, us);
}

int64_t parse_date(const std::string& text) {
  int y = 0, m = 0, d = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2d-%2d", &y, &m, &d) != 3) {
    throw Wrong("a date is stored as '" + text + "'");
  }
  return days(y, m, d);
}

std::chrono::year_month_day date_of(int64_t day) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{day}}};
}

std::string print_date(int64_t day) {
  const auto date = date_of(day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string print_datetime(int64_t value) {
  const int64_t day = value >= 0 ? value / kDay : -((-value + kDay - 1) / kDay);
  const int64_t rest = value - day * kDay, second = rest / 1'000'000, micro = rest % 1'000'000;
  char text[64];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d.%06dZ", static_cast<int>(second / 3600),
                static_cast<int>(second / 60 % 60), static_cast<int>(second % 60),
                static_cast<int>(micro));
  return print_date(day) + text;
}

std::vector<Cell> texts(std::initializer_list<const char*> items) {
  std::vector<Cell> cells;
  for (const char* item : items) cells.emplace_back(std::string(item));
  return cells;
}

std::vector<Cell> integers(std::initializer_list<int64_t> items) {
  return {items.begin(), items.end()};
}

const std::vector<Cell> kNames = texts({"",
                                        "a",
                                        "A",
                                        "Ab",
                                        "aB",
                                        "ab",
                                        "b",
                                        "Bob",
                                        "bob",
                                        "BOB",
                                        "a%b",
                                        "a_b",
                                        "%",
                                        "_",
                                        "o'ne",
                                        "\"q\"",
                                        "back\\slash",
                                        "\xc3\xa4",
                                        "\xc3\x84",
                                        "z\xc3\xa4",
                                        "\xe6\x97\xa5\xe6\x9c\xac",
                                        "\xf0\x9f\x98\x80",
                                        "  ",
                                        "null",
                                        "ab ",
                                        "line\nbreak"});
const std::vector<Cell> kDecimals =
    texts({"0", "0.0", "1.5", "1.50", "-1.5", "10", "9.99", "-0.01", "2", "100", "99.999",
           "12345678901234567890.123456789", "12345678901234567890.123456788"});
const std::vector<Cell> kTimes =
    integers({0, micros(2024, 5, 6, 7, 8, 9, 250'000), micros(2024, 5, 6, 7, 8, 9, 0),
              micros(2024, 5, 6, 7, 8, 9, 1), micros(1969, 12, 31, 23, 59, 59, 999'999),
              micros(1, 1, 1, 0, 0, 0, 0), micros(9999, 12, 31, 23, 59, 59, 999'999)});
const std::vector<Cell> kDates =
    integers({0, -1, days(2024, 2, 29), days(2024, 3, 1), days(1, 1, 1), days(9999, 12, 31)});
const std::vector<Cell> kSmall = integers({-2, -1, 0, 1, 2, 3, 7, 30});
const std::vector<Cell> kIntegers =
    integers({-3, -1, 0, 1, 2, 3, 18, 30, 9007199254740993, std::numeric_limits<int64_t>::max(),
              std::numeric_limits<int64_t>::min()});
const std::vector<Cell> kFloats = {0.0, 1.0, 1.5, -2.25, 0.1, 1e300, -1e-300, 3.0};
const std::vector<Cell> kBools = integers({0, 1});
const std::vector<Cell> kTimesOfDay = integers({0, 1, 25'629'250'000, 25'629'000'000, kDay - 1});
const std::vector<Cell> kBytes = {
    std::string(),           std::string("a"),         std::string("\0", 1), std::string("a\0b", 3),
    std::string("\xff\x80"), std::string("\x7f'\"\\"), std::string("abcd")};
const std::vector<Cell> kDocuments =
    // No two are one document in two spellings: setting the other one is no change.
    texts({"{\"a\":1}", "{\"a\": 2}", "[1,2]", "[]", "{}", "\"x\"", "\"\"", "true", "7", "7.50",
           "{\"a\":1,\"b\":[null,\"\xc3\xa4\"]}"});

const std::vector<Cell> kIntLists =
    texts({"[]", "[1]", "[1,2]", "[2,1]", "[2,2,3]", "[0]", "[9007199254740992]",
           "[9007199254740993,1]", "[-9223372036854775808]", "[9223372036854775807,7]"});
const std::vector<Cell> kDecimalLists =
    texts({"[]", "[\"1.5\"]", "[\"1.50\"]", "[\"1.500\",\"2\"]", "[\"2\",\"1.5\"]", "[\"0\"]",
           "[\"-1.5\"]", "[\"100\",\"0.00\"]", "[\"1\",\"10\"]",
           "[\"1234567890123456789012345678901234567890.10\"]",
           "[\"1234567890123456789012345678901234567890.1\"]"});
const std::vector<Cell> kTextLists = texts(
    {"[]", "[\"a\"]", "[\"A\"]", "[\"a\",\"b\"]", "[\"b\",\"a\"]", "[\"a,b\"]", "[\"a \"]",
     "[\"\"]", "[\"\\\"q\\\"\",\"back\\\\slash\"]", "[\"\xc3\xa4\",\"\xc3\x84\"]",
     "[\"null\",\"1\",\"{}\"]", "[\"\xf0\x9f\x98\x80\",\"line\\nbreak\"]", "[\"%\",\"_\",\"a\"]"});

Table make_account() {
  Table t;
  t.model = "Account";
  t.name = "accounts";
  t.document = R"({"name": "Account", "fields": {
      "id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text",
      "nickName": {"type": "text", "null": true}, "age": "int?", "points": {"type": "int", "default": 0}, "score": "float?",
      "active": "bool", "balance": "decimal?", "seenAt": "datetime?",
      "role": {"type": "enum", "values": ["admin", "guest", "user"], "default": "user"},
      "code": {"type": "text", "null": true, "unique": true},
      "marks": {"type": "int", "list": true, "default": []}, "tags": {"type": "text", "list": true, "null": true}},
    "indexes": [{"fields": ["role", "age"]}, {"fields": ["name"]}],
    "timestamps": true, "softDelete": true, "version": true})";
  const auto codes = texts({"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "C1", ""});
  t.fields = {
      {"id", "id", Kind::kInt, false, false, false, Unset{},
       integers({1, 2, 3, 5, 8, 13, 21, 34, 55, -1, 1000})},
      {"name", "name", Kind::kText, false, false, false, Unset{}, kNames},
      {"nickName", "nick_name", Kind::kText, true, false, false, Null{}, kNames},
      {"age", "age", Kind::kInt, true, false, false, Null{}, kIntegers},
      {"points", "points", Kind::kInt, false, false, false, int64_t{0}, kSmall},
      {"score", "score", Kind::kFloat, true, false, false, Null{}, kFloats},
      {"active", "active", Kind::kBool, false, false, false, Unset{}, kBools},
      {"balance", "balance", Kind::kDecimal, true, false, false, Null{}, kDecimals},
      {"seenAt", "seen_at", Kind::kDatetime, true, false, false, Null{}, kTimes},
      {"role", "role", Kind::kEnum, false, false, false, std::string("user"),
       texts({"admin", "guest", "user"})},
      {"code", "code", Kind::kText, true, true, false, Null{}, codes},
      {"marks", "marks", Kind::kInts, false, false, false, std::string("[]"), kIntLists},
      {"tags", "tags", Kind::kTexts, true, false, false, Null{}, kTextLists},
      {"createdAt", "created_at", Kind::kDatetime, false, false, true, Unset{}, kTimes},
      {"updatedAt", "updated_at", Kind::kDatetime, false, false, true, Unset{}, kTimes},
      {"deletedAt", "deleted_at", Kind::kDatetime, true, false, true, Null{}, kTimes},
      {"version", "version", Kind::kInt, false, false, true, int64_t{0}, integers({0, 1, 2, 3})}};
  t.key = {0};
  t.created = t.find("createdAt");
  t.deleted = t.find("deletedAt");
  t.version = t.find("version");
  t.generated_key = true;
  return t;
}

Table make_seat() {
  Table t;
  t.model = "Seat";
  t.name = "seats";
  t.document =
      R"({"name": "Seat", "primary": ["hall", "place"], "order": [{"label": {"sort": "desc", "nulls": "first"}}],
    "fields": {"hall": "text", "place": "int", "label": "text?", "price": {"type": "decimal", "default": "1.50"},
      "taken": "bool?", "day": "date?", "visits": "int?",
      "notes": {"type": "text", "list": true, "null": true}, "sums": {"type": "decimal", "list": true, "null": true}}})";
  t.fields = {
      {"hall", "hall", Kind::kText, false, false, false, Unset{},
       texts({"", "A", "a", "B", "\xc3\xa4"})},
      {"place", "place", Kind::kInt, false, false, false, Unset{},
       integers({-1, 0, 1, 2, 3, 4, 5})},
      {"label", "label", Kind::kText, true, false, false, Null{}, kNames},
      {"price", "price", Kind::kDecimal, false, false, false, std::string("1.50"), kDecimals},
      {"taken", "taken", Kind::kBool, true, false, false, Null{}, kBools},
      {"day", "day", Kind::kDate, true, false, false, Null{}, kDates},
      {"visits", "visits", Kind::kInt, true, false, false, Null{}, kIntegers},
      {"notes", "notes", Kind::kTexts, true, false, false, Null{}, kTextLists},
      {"sums", "sums", Kind::kDecimals, true, false, false, Null{}, kDecimalLists}};
  t.key = {0, 1};
  t.order = {{2, true, true}};
  return t;
}

struct Digits {
  bool negative = false;
  std::string whole, fraction;
};

Digits digits_of(std::string_view text) {
  Digits d;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    d.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t dot = text.find('.');
  d.whole = text.substr(0, dot);
  if (dot != std::string_view::npos) d.fraction = text.substr(dot + 1);
  d.whole.erase(0, std::min(d.whole.find_first_not_of('0'), d.whole.size()));
  while (!d.fraction.empty() && d.fraction.back() == '0') d.fraction.pop_back();
  if (d.whole.empty() && d.fraction.empty()) d.negative = false;
  return d;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Cell cell_of(sqlite3_stmt* row, int column, const Field& field) {
  const int type = sqlite3_column_type(row, column);
  if (type == SQLITE_NULL) return Null{};
  const bool number = field.kind == Kind::kBool || field.kind == Kind::kInt;
  const int expected = number                       ? SQLITE_INTEGER
                       : field.kind == Kind::kFloat ? SQLITE_FLOAT
                                                    : SQLITE_TEXT;
  if (type != expected)
    throw Wrong("'" + field.name + "' is stored as type " + std::to_string(type));
  if (number) return sqlite3_column_int64(row, column);
  if (field.kind == Kind::kFloat) return sqlite3_column_double(row, column);
  std::string text(reinterpret_cast<const char*>(sqlite3_column_text(row, column)),
                   static_cast<size_t>(sqlite3_column_bytes(row, column)));
  if (field.kind == Kind::kDatetime) return parse_datetime(text);
  if (field.kind == Kind::kDate) return parse_date(text);
  return text;
}

int column_named(sqlite3_stmt* row, const std::string& name) {
  for (int i = 0; i < sqlite3_column_count(row); i++) {
    if (name == sqlite3_column_name(row, i)) return i;
  }
  throw Wrong("there is no column " + name);
}

// Of its 16 bytes.
std::string print_uuid(const std::string& bytes) {
  if (bytes.size() != 16) throw Wrong("a UUID has " + std::to_string(bytes.size()) + " bytes");
  std::string text;
  for (size_t i = 0; i < bytes.size(); i++) {
    char digits[8];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<uint8_t>(bytes[i]));
    text += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "") + std::string(digits);
  }
  return text;
}

Cell cell_of(const Field& field, const thing_obj* obj, int32_t i) {
  const int32_t state = thing_obj_field_state(obj, i) & ~THING_STATE_DIRTY;
  if (state == THING_STATE_MISSING) return Unset{};
  if (state == THING_STATE_NULL) return Null{};
  switch (field.kind) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kDatetime:
    case Kind::kDate:
    case Kind::kTime: return thing_obj_int64(obj, i);
    case Kind::kFloat: return thing_obj_double(obj, i);
    default: break;
  }
  const char* text = nullptr;
  int64_t size = 0;
  const thing_status status = thing_obj_text(obj, i, &text, &size);
  if (status != THING_OK)
    throw Wrong("thing_obj_text of a set field gave " + std::string(thing_status_name(status)));
  if (text[size] != '\0') throw Wrong("text of '" + field.name + "' is not followed by a NUL");
  const std::string found(text, static_cast<size_t>(size));
  return field.kind == Kind::kUuid ? print_uuid(found) : found;
}

std::string print_time(int64_t time) { return print_datetime(time).substr(11, 15); }

std::string base64(const std::string& bytes) {
  static const char* const kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; k++)
      group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; k++)
      out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

}  // namespace

int Table::find(std::string_view field) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [field](const Field& f) { return f.name == field; });
  if (it == fields.end()) throw Wrong("there is no field " + std::string(field));
  return static_cast<int>(it - fields.begin());
}

bool Table::is_key(int field) const {
  return std::find(key.begin(), key.end(), field) != key.end();
}

const Table& account_table() {
  static const Table table = make_account();
  return table;
}

const std::vector<Cell>& pool_of(Kind kind) {
  switch (kind) {
    case Kind::kBool: return kBools;
    case Kind::kInt: return kIntegers;
    case Kind::kFloat: return kFloats;
    case Kind::kDecimal: return kDecimals;
    case Kind::kDatetime: return kTimes;
    case Kind::kDate: return kDates;
    case Kind::kTime: return kTimesOfDay;
    case Kind::kBytes: return kBytes;
    case Kind::kJson: return kDocuments;
    case Kind::kInts: return kIntLists;
    case Kind::kDecimals: return kDecimalLists;
    case Kind::kTexts: return kTextLists;
    default: return kNames;
  }
}

const Table& seat_table() {
  static const Table table = make_seat();
  return table;
}

int compare_decimals(std::string_view a, std::string_view b) {
  const Digits x = digits_of(a), y = digits_of(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order = three_way(x.whole.size(), y.whole.size());
  if (order == 0) order = sign(x.whole.compare(y.whole));
  if (order == 0) order = sign(x.fraction.compare(y.fraction));
  return x.negative ? -order : order;
}

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> all;
  std::string one;
  bool in_text = false;
  for (size_t i = 1; i + 1 < list.size(); i++) {
    if (list[i] == ',' && !in_text) {
      all.push_back(std::move(one));
      one.clear();
      continue;
    }
    if (list[i] == '"') in_text = !in_text;
    one += list[i];
    if (list[i] == '\\') one += list[++i];
  }
  if (!one.empty()) all.push_back(std::move(one));
  return all;
}

bool is_same_element(Kind list, std::string_view a, std::string_view b) {
  if (list != Kind::kDecimals) return a == b;
  return compare_decimals(a.substr(1, a.size() - 2), b.substr(1, b.size() - 2)) == 0;
}

// Of lists only whether they are the same matters.
static int compare_lists(Kind kind, const std::string& a, const std::string& b) {
  const std::vector<std::string> x = elements(a), y = elements(b);
  const bool same = std::equal(
      x.begin(), x.end(), y.begin(), y.end(),
      [kind](const auto& one, const auto& other) { return is_same_element(kind, one, other); });
  return same ? 0 : 1;
}

int compare(Kind kind, const Cell& a, const Cell& b) {
  if (is_list(kind)) return compare_lists(kind, std::get<std::string>(a), std::get<std::string>(b));
  if (kind == Kind::kDecimal)
    return compare_decimals(std::get<std::string>(a), std::get<std::string>(b));
  if (kind == Kind::kFloat) return three_way(std::get<double>(a), std::get<double>(b));
  if (std::holds_alternative<std::string>(a))
    return sign(std::get<std::string>(a).compare(std::get<std::string>(b)));
  return three_way(std::get<int64_t>(a), std::get<int64_t>(b));
}

int compare_for(const Table& table, const Sort& sort, const Row& a, const Row& b) {
  const size_t i = Table::at(sort.field);
  const bool x = is_null(a[i]), y = is_null(b[i]);
  if (x && y) return 0;
  if (x || y) return x == sort.nulls_first ? -1 : 1;
  const int order = compare(table.fields[i].kind, a[i], b[i]);
  return sort.descending ? -order : order;
}

bool same_key(const Table& table, const Row& a, const Row& b) {
  return std::all_of(table.key.begin(), table.key.end(),
                     [&](int f) { return a[Table::at(f)] == b[Table::at(f)]; });
}

std::vector<Row> fetch(Raw& raw, const Table& table) {
  std::vector<Row> rows;
  raw.rows("SELECT * FROM \"" + table.name + "\"", [&](sqlite3_stmt* found) {
    Row row;
    for (const Field& field : table.fields)
      row.push_back(cell_of(found, column_named(found, field.column), field));
    rows.push_back(std::move(row));
  });
  std::sort(rows.begin(), rows.end(), [&table](const Row& a, const Row& b) {
    for (const int field : table.key) {
      const int order =
          compare(table.fields[Table::at(field)].kind, a[Table::at(field)], b[Table::at(field)]);
      if (order != 0) return order < 0;
    }
    return false;
  });
  return rows;
}

Row row_of(const Table& table, const thing_obj* obj) {
  if (obj == nullptr) throw Wrong("there is no object");
  Row row;
  for (int i = 0; i < table.columns(); i++)
    row.push_back(cell_of(table.fields[Table::at(i)], obj, i));
  return row;
}

std::vector<Row> rows_of(const Table& table, const thing_rows* rows) {
  std::vector<Row> all;
  for (int64_t i = 0; i < thing_rows_count(rows); i++)
    all.push_back(row_of(table, Obj(thing_rows_obj(rows, i))));
  return all;
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json(Kind kind, const Cell& cell) {
  if (is_null(cell) || is_unset(cell)) return "null";
  char text[64];
  switch (kind) {
    case Kind::kBool: return std::get<int64_t>(cell) != 0 ? "true" : "false";
    case Kind::kInt: return std::to_string(std::get<int64_t>(cell));
    case Kind::kFloat:
      std::snprintf(text, sizeof text, "%.17g", std::get<double>(cell));
      return text;
    case Kind::kDatetime: return json_text(print_datetime(std::get<int64_t>(cell)));
    case Kind::kDate: return json_text(print_date(std::get<int64_t>(cell)));
    case Kind::kTime: return json_text(print_time(std::get<int64_t>(cell)));
    case Kind::kBytes: return json_text(base64(std::get<std::string>(cell)));
    case Kind::kJson:
    case Kind::kInts:
    case Kind::kDecimals:
    case Kind::kTexts:
    case Kind::kPlains: return std::get<std::string>(cell);
    default: return json_text(std::get<std::string>(cell));
  }
}

std::string key_json(const Table& table, const Row& row) {
  std::string out;
  for (const int f : table.key)
    out += (out.empty() ? "[" : ",") + json(table.fields[Table::at(f)].kind, row[Table::at(f)]);
  return out + "]";
}

std::string key_object(const Table& table, const Row& row) {
  std::string out;
  for (const int f : table.key) {
    const Field& field = table.fields[Table::at(f)];
    out += (out.empty() ? "{" : ",") + json_text(field.name) + ":" +
           json(field.kind, row[Table::at(f)]);
  }
  return out + "}";
}

std::string show(const Table& table, const Row& row) {
  std::string out = "{";
  for (int i = 0; i < table.columns(); i++) {
    if (is_unset(row[Table::at(i)])) continue;
    const Field& field = table.fields[Table::at(i)];
    out += (out.size() > 1 ? ", " : "") + field.name + ": " + json(field.kind, row[Table::at(i)]);
  }
  return out + "}";
}

std::string show(const Table& table, const std::vector<Row>& rows) {
  std::string out = std::to_string(rows.size()) + " rows";
  for (const Row& row : rows) out += "\n      " + show(table, row);
  return out;
}

}  // namespace trial
