#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "value/row.h"
#include "value/value.h"

namespace thing::schema {

inline constexpr int kNone = -1;  // "no such field"

enum class DefaultKind : uint8_t { kAbsent, kLiteral, kAutoincrement, kNow, kUuid, kSql };

struct Default {
  DefaultKind kind = DefaultKind::kAbsent;
  value::Value literal;  // kLiteral; NULL for `"default": null`
  std::string sql;       // kSql
};

struct Field {
  std::string name;
  std::string column;
  value::Type type = value::Type::kNull;
  bool nullable = false;
  bool primary = false;
  bool unique = false;
  bool hidden = false;
  bool fillable = true;
  Default initial;
  std::vector<std::string> enum_values;

  bool is_list() const { return value::is_list(type); }
  bool is_enum_value(std::string_view text) const;
};

struct Index {
  std::string name;
  std::vector<uint32_t> fields;  // in the declared order
  bool unique = false;
  std::string where;  // the criteria JSON of a partial index; "" for a whole one
};

struct Order {
  uint32_t field = 0;
  bool descending = false;
  bool nulls_first = false;
  friend bool operator==(const Order&, const Order&) = default;
};

// One kind of thing, complete and checked. Never changes after parse_models made it.
struct Model {
  std::string name;
  std::string table;
  std::vector<Field> fields;
  std::vector<uint32_t> primary;  // fields of the key, in key order
  std::vector<Index> indexes;     // those of "unique" fields too; names are complete
  std::vector<Order> order;       // as declared; empty means by primary key
  int created = kNone;            // fields with a task
  int updated = kNone;
  int deleted = kNone;  // datetime or bool
  int version = kNone;
  int id = kNone;              // the primary key when it is one int field
  bool autoincrement = false;  // id is given by the database
  value::Layout layout;        // types in field order; hash is the model's fingerprint
  value::Layout key_layout;    // types of the primary key in key order, same hash

  int find(std::string_view field) const;  // its index or kNone
  uint32_t columns() const { return static_cast<uint32_t>(fields.size()); }
  bool is_key(uint32_t field) const { return fields[field].primary; }
};

// THING_FIELD_* of thing.h.
int32_t field_flags(const Model& model, uint32_t field);

}  // namespace thing::schema
