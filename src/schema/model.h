#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/relation.h"
#include "schema/rules.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::query {
class Scopes;
}

namespace thing::schema {

inline constexpr int kNone = -1;  // "no such field"

enum class DefaultKind : uint8_t { kAbsent, kLiteral, kAutoincrement, kNow, kUuid, kSql };

struct Default {
  DefaultKind kind = DefaultKind::kAbsent;
  value::Value literal;  // kLiteral; NULL for `"default": null`
  std::string sql;       // kSql
};

// What a number means for a datetime in documents: so many since 1970 UTC.
enum class Epoch : uint8_t { kOff, kSeconds, kMillis, kMicros };
std::string_view epoch_name(Epoch epoch);  // "s", "ms", "us"

struct Field {
  std::string name;
  std::string column;
  value::Type type = value::Type::kNull;
  bool nullable = false;
  bool primary = false;
  bool unique = false;
  bool alive = false;  // unique among the rows that are not deleted
  bool hidden = false;
  bool fillable = true;
  Default initial;
  std::vector<std::string> enum_values;
  Rules rules;
  Cast cast;
  Epoch epoch = Epoch::kOff;

  bool is_list() const { return value::is_list(type); }
  bool is_enum_value(std::string_view text) const;
};

struct Index {
  std::string name;
  std::vector<uint32_t> fields;  // in the declared order
  bool unique = false;
  std::string where;  // the criteria JSON of a partial index; "" for a whole one
};

// What becomes of rows that refer to a row when that is deleted, or its key changes.
enum class Action : uint8_t { kNoAction, kRestrict, kCascade, kSetNull, kSetDefault };
std::string_view action_name(Action action);  // "no_action", ...

// Fields whose values are those of a row of another model, of the same one, or of a table that has
// no model.
struct ForeignKey {
  std::string name;
  std::vector<uint32_t> fields;
  std::string model;  // referred to; "": `table` is
  std::string table;
  std::vector<std::string> referred;  // its fields, or columns of the table; none: the primary key
  Action on_delete = Action::kNoAction;
  Action on_update = Action::kNoAction;
  friend bool operator==(const ForeignKey&, const ForeignKey&) = default;
};

struct Order {
  uint32_t field = 0;
  bool descending = false;
  bool nulls_first = false;
  int related = kNone;  // of a query: the number of what rows of relations say, not of the field
  friend bool operator==(const Order&, const Order&) = default;
};

// A condition, and an order, that queries name; or that hold for all of them that do not leave it
// out.
struct Scope {
  std::string name;
  std::string where;  // criteria JSON; "": none
  std::vector<Order> order;
  bool always = false;
};
inline constexpr std::string_view kVisible =
    "visible";  // the scope that "visible" of a model makes

// How the cache treats rows of a model, lists and counts of them.
struct CacheOptions {
  bool is_on = true;
  bool in_memory = true;      // also as copies in the process, where the cache is in Redis
  int64_t ttl_ms = 0;         // in Redis; 0: as the database says
  int64_t absent_ttl_ms = 0;  // the same for rows that are not there
  friend bool operator==(const CacheOptions&, const CacheOptions&) = default;
};

// One kind of thing, complete and checked. Never changes after parse_models made it.
struct Model {
  std::string name;
  std::string table;
  std::vector<Field> fields;
  std::vector<uint32_t> primary;         // fields of the key, in key order
  std::vector<Index> indexes;            // those of "unique" fields too; names are complete
  std::vector<ForeignKey> foreign_keys;  // names are complete, each once
  std::vector<Order> order;              // as declared; empty means by primary key
  std::vector<Scope> scopes;
  // They as conditions; made when the model is registered, by the floor that knows conditions.
  std::shared_ptr<const query::Scopes> conditions;
  std::vector<std::unique_ptr<Relation>> relations;
  CacheOptions cache;
  int created = kNone;  // fields with a task
  int updated = kNone;
  int deleted = kNone;  // datetime or bool
  int version = kNone;
  int id = kNone;                 // the primary key when it is one int field
  bool autoincrement = false;     // id is given by the database
  value::Layout layout;           // types in field order; hash is the model's fingerprint
  value::Layout key_layout;       // types of the primary key in key order, same hash
  mutable void* state = nullptr;  // the store's, of a registered model

  int find(std::string_view field) const;                      // its index or kNone
  const Relation* find_relation(std::string_view name) const;  // nullptr: none
  int find_scope(std::string_view name) const;
  uint32_t columns() const { return static_cast<uint32_t>(fields.size()); }
  bool is_key(uint32_t field) const { return fields[field].primary; }
};

// A foreign key with what it refers to found out.
struct Reference {
  const ForeignKey* key = nullptr;
  const Model* model = nullptr;  // nullptr: a table without one among the models
  std::string table;
  std::vector<std::string> columns;  // empty: the primary key of a table without a model
};
// kModel: the model, or a field of it, is not among the models.
base::Result<Reference> find_reference(const Model& model, const ForeignKey& key,
                                       std::span<const Model* const> models);

// THING_FIELD_* of thing.h.
int32_t field_flags(const Model& model, uint32_t field);

}  // namespace thing::schema
