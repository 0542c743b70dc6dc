// Declared types keep what the driver stores: SQLite derives from the words of a type how it
// converts values, and "DECIMAL" or "JSON" alone would turn '12.50' into a number. The first word
// tells people and introspection what is meant, TEXT tells SQLite to leave the text alone.
// docs/design/dialect.md has the table.
#include "dialect/sqlite/ddl.h"

#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

using schema::Model;
using value::Type;

const std::string_view kUuidExpression =
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), "
    "2) || '-' || "
    "substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || "
    "hex(randomblob(6)))";

std::string_view Sqlite::now(Type type) const {
  switch (type) {
    case Type::kDate: return "CURRENT_DATE";
    case Type::kTime: return "CURRENT_TIME";
    default: return "CURRENT_TIMESTAMP";
  }
}

std::string Sqlite::uuid_expression(Type /*type*/) const { return std::string(kUuidExpression); }

std::string Sqlite::literal_default(const Model& model, uint32_t field) const {
  const std::string literal = SqlDialect::literal_default(model, field);
  return literal.starts_with("CAST") ? "(" + literal + ")" : literal;
}

// A decimal in an index has the collation that queries compare it with, or it could neither serve
// them nor keep 1.0 and 1.00 apart from being two values of a unique one.
std::string Sqlite::index_column(const Model& model, uint32_t field) const {
  return bare_column(model, field).append(sqlite_collation(model.fields[field].type));
}

std::string Sqlite::column_type(const Model& model, uint32_t field) const {
  if (model.fields[field].is_list()) return "JSON TEXT";
  switch (model.fields[field].type) {
    case Type::kNull: break;
    case Type::kBool: return "BOOLEAN";
    case Type::kInt: return "INTEGER";
    case Type::kFloat: return "REAL";
    case Type::kDecimal: return "DECIMAL TEXT";
    case Type::kText:
    case Type::kEnum: return "TEXT";
    case Type::kBytes: return "BLOB";
    case Type::kDatetime: return "DATETIME TEXT";
    case Type::kDate: return "DATE TEXT";
    case Type::kTime: return "TIME TEXT";
    case Type::kUuid: return "UUID TEXT";
    case Type::kJson: return "JSON TEXT";
  }
  return "";
}

}  // namespace thing::dialect
