#pragma once
// The models of the random tests, and their rows as the oracle knows them: fetched by plain SQL,
// compared by own rules.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "surroundings.h"

namespace trial {

// The last ones are lists, which are their canonical text: kPlains of types whose elements compare
// by their text.
enum class Kind {
  kBool,
  kInt,
  kFloat,
  kDecimal,
  kText,
  kEnum,
  kDatetime,
  kDate,
  kTime,
  kBytes,
  kUuid,
  kJson,
  kInts,
  kDecimals,
  kTexts,
  kPlains
};

inline bool is_list(Kind kind) {
  return kind == Kind::kInts || kind == Kind::kDecimals || kind == Kind::kTexts ||
         kind == Kind::kPlains;
}
// Whether an order and "lt" may name it; bool has an order, but no "lt".
inline bool has_order(Kind kind) { return !is_list(kind) && kind != Kind::kJson; }

struct Null {
  friend auto operator<=>(Null, Null) = default;
};
struct Unset {
  friend auto operator<=>(Unset, Unset) = default;
};
// Times are int64 as in thing.h; decimals are their text.
using Cell = std::variant<Null, Unset, int64_t, double, std::string>;
using Row = std::vector<Cell>;

inline bool is_null(const Cell& cell) { return std::holds_alternative<Null>(cell); }
inline bool is_unset(const Cell& cell) { return std::holds_alternative<Unset>(cell); }

struct Field {
  std::string name, column;
  Kind kind;
  bool nullable = false;
  bool unique = false;
  bool managed = false;      // set by the library: times and version
  Cell initial = Unset{};    // the default
  std::vector<Cell> pool{};  // what values are picked from
};

struct Sort {
  int field = 0;
  bool descending = false;
  bool nulls_first = false;
};

struct Table {
  std::string model, name, document;
  std::vector<Field> fields;
  std::vector<int> key;
  std::vector<Sort> order;              // as the model declares it
  std::vector<std::string> statements;  // raw SQL that writes it
  int created = -1, deleted = -1, version = -1;
  bool generated_key = false;

  int columns() const { return static_cast<int>(fields.size()); }
  int find(std::string_view field) const;  // its number
  bool is_key(int field) const;
  // Whether a row has an int for its key alone.
  bool has_id() const { return key.size() == 1 && fields[at(key[0])].kind == Kind::kInt; }
  // What the deleted field of a row that is alive holds.
  Cell alive() const {
    return fields[at(deleted)].kind == Kind::kBool ? Cell{int64_t{0}} : Cell{Null{}};
  }
  bool is_settable(int field) const {
    return !fields[at(field)].managed && !(generated_key && is_key(field));
  }
  static size_t at(int field) { return static_cast<size_t>(field); }
};

// Account: int key from the database, timestamps, soft delete, version. Seat: key of a text and an
// int, nothing else.
const Table& account_table();
const Table& seat_table();
// Values of the kind to pick from; not of enums, UUIDs and kPlains.
const std::vector<Cell>& pool_of(Kind kind);

using Tables = std::vector<const Table*>;
inline Tables classic_tables() { return {&account_table(), &seat_table()}; }

// -1, 0 or 1; both are values of that kind.
int compare(Kind kind, const Cell& a, const Cell& b);
int compare_decimals(std::string_view a, std::string_view b);
// The elements of a list as JSON, and whether two of them are the same.
std::vector<std::string> elements(std::string_view list);
bool is_same_element(Kind list, std::string_view a, std::string_view b);
// NULL counts as the largest unless `sort` says otherwise.
int compare_for(const Table& table, const Sort& sort, const Row& a, const Row& b);
bool same_key(const Table& table, const Row& a, const Row& b);

// All rows in key order, by `SELECT *`.
std::vector<Row> fetch(Raw& raw, const Table& table);
// The fields of an object, by the getters.
Row row_of(const Table& table, const thing_obj* obj);
std::vector<Row> rows_of(const Table& table, const thing_rows* rows);

std::string json_text(std::string_view text);
std::string json(Kind kind, const Cell& cell);
std::string key_json(const Table& table, const Row& row);    // an array in key order
std::string key_object(const Table& table, const Row& row);  // {"field":value}
std::string show(const Table& table, const Row& row);
std::string show(const Table& table, const std::vector<Row>& rows);

}  // namespace trial
