#include "dialect/sqlite/introspect.h"

#include <initializer_list>

#include "dialect/sqlite/ddl.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {
namespace {

using value::Type;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool has(std::string_view declared, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (declared.find(word) != std::string_view::npos) return true;
  }
  return false;
}

Affinity affinity_of_upper(std::string_view declared) {
  if (has(declared, {"INT"})) return Affinity::kInteger;
  if (has(declared, {"CHAR", "CLOB", "TEXT"})) return Affinity::kText;
  if (declared.empty() || has(declared, {"BLOB"})) return Affinity::kBlob;
  if (has(declared, {"REAL", "FLOA", "DOUB"})) return Affinity::kReal;
  return Affinity::kNumeric;
}

// What the words of a type say, whatever the affinity; kNull when they say nothing.
Type named_type(std::string_view declared) {
  if (has(declared, {"BOOL"})) return Type::kBool;
  if (has(declared, {"DATETIME", "TIMESTAMP"})) return Type::kDatetime;
  if (has(declared, {"DATE"})) return Type::kDate;
  if (has(declared, {"TIME"})) return Type::kTime;
  if (has(declared, {"UUID", "GUID", "UNIQUEIDENTIFIER"})) return Type::kUuid;
  if (has(declared, {"JSON"})) return Type::kJson;
  if (has(declared, {"BINARY", "BYTEA", "BYTES"})) return Type::kBytes;
  return Type::kNull;
}

bool is_time(Type type) {
  return type == Type::kDatetime || type == Type::kDate || type == Type::kTime;
}

// Affinity NUMERIC turns text that looks like a number into one: times and UUIDs never do, a JSON
// document only when it is a bare number.
bool can_hold_numeric(Type named, Type type) {
  switch (type) {
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat: return named == Type::kNull || named == Type::kBool;
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return is_time(named);
    case Type::kUuid:
    case Type::kJson:
    case Type::kBytes: return named == type;
    default: return false;
  }
}

bool is_text_stored(Type type) {
  return value::is_utf8_type(type) || is_time(type) || type == Type::kUuid;
}

class SqliteCatalogue final : public Catalogue {
 public:
  const CatalogueQueries& queries() const override {
    static constexpr CatalogueQueries kQueries = {
        .tables = kListTables,
        .name = kFindName,
        .columns = kListColumns,
        .indexes = kListIndexes,
        .index_columns = kListIndexColumns,
        .foreign_keys = kListForeignKeys,
    };
    return kQueries;
  }
  Spelling spelling() const override { return {.folds = true, .brackets = true}; }
  bool shares_index_names() const override { return true; }
  std::string_view schema() const override { return "main."; }

  Type field_type(std::string_view declared, std::string_view /*checks*/) const override {
    return sqlite_field_type(declared);
  }
  bool can_hold(std::string_view declared, Type type) const override {
    return sqlite_can_hold(declared, type);
  }
  std::string_view id_clause() const override { return "INTEGER PRIMARY KEY"; }

  std::span<const std::string_view> now_defaults(Type type) const override {
    static constexpr std::string_view kNow[] = {"CURRENT_TIMESTAMP", "CURRENT_DATE",
                                                "CURRENT_TIME"};
    switch (type) {
      case Type::kDatetime: return {&kNow[0], 1};
      case Type::kDate: return {&kNow[1], 1};
      case Type::kTime: return {&kNow[2], 1};
      default: return {};
    }
  }
  std::span<const std::string_view> uuid_defaults(Type type) const override {
    const bool fits = type == Type::kUuid || type == Type::kText;
    return {&kUuidExpression, fits ? size_t{1} : 0};
  }
};

}  // namespace

const Catalogue& Sqlite::catalogue() const {
  static const SqliteCatalogue instance;
  return instance;
}

Affinity sqlite_affinity(std::string_view declared) { return affinity_of_upper(upper(declared)); }

Type sqlite_field_type(std::string_view declared) {
  const std::string name = upper(declared);
  const Type named = named_type(name);
  switch (affinity_of_upper(name)) {
    case Affinity::kInteger:
      return name == "TINYINT(1)" || named == Type::kBool ? Type::kBool : Type::kInt;
    case Affinity::kText:
      if (name.starts_with("DECIMAL")) return Type::kDecimal;
      return named == Type::kNull || named == Type::kBool || named == Type::kBytes ? Type::kText
                                                                                   : named;
    case Affinity::kBlob: return name.empty() ? Type::kText : Type::kBytes;
    case Affinity::kReal: return Type::kFloat;
    case Affinity::kNumeric:
      if (has(name, {"STRING"})) return Type::kText;
      return named == Type::kNull ? Type::kFloat : named;
  }
  return Type::kText;
}

bool sqlite_can_hold(std::string_view declared, Type type) {
  if (value::is_list(type)) type = Type::kJson;  // which is how they are stored
  if (declared.empty()) return true;
  const std::string name = upper(declared);
  switch (affinity_of_upper(name)) {
    case Affinity::kInteger: return type == Type::kInt || type == Type::kBool;
    case Affinity::kText: return is_text_stored(type);
    case Affinity::kBlob: return type == Type::kBytes;
    case Affinity::kReal: return type == Type::kFloat;
    case Affinity::kNumeric: return can_hold_numeric(named_type(name), type);
  }
  return false;
}

}  // namespace thing::dialect
