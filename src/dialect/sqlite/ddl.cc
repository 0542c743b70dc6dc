// Declared types keep what the driver stores: SQLite derives from the words of a type how it
// converts values, and "DECIMAL" or "JSON" alone would turn '12.50' into a number. The first word
// tells people and introspection what is meant, TEXT tells SQLite to leave the text alone.
// docs/design/dialect.md has the table.
#include "dialect/sqlite/ddl.h"

#include "dialect/sqlite/condition.h"
#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {
namespace {

using schema::DefaultKind;
using schema::Field;
using schema::Model;
using value::Type;

std::string_view now(Type type) {
  switch (type) {
    case Type::kDate: return "CURRENT_DATE";
    case Type::kTime: return "CURRENT_TIME";
    default: return "CURRENT_TIMESTAMP";
  }
}

std::string literal_default(const value::Value& v) {
  const std::string literal = sqlite_literal(v.view());
  return literal.starts_with("CAST") ? "(" + literal + ")" : literal;
}

std::string key_clause(const Model& model, uint32_t field) {
  if (!model.is_key(field) || model.primary.size() > 1) return "";
  return model.autoincrement ? " PRIMARY KEY AUTOINCREMENT" : " PRIMARY KEY";
}

std::string column_definition(const Model& model, uint32_t i, bool with_default) {
  const Field& field = model.fields[i];
  std::string sql =
      sqlite_identifier(field.column) + " " + sqlite().column_type(field) + key_clause(model, i);
  if (model.autoincrement && model.is_key(i)) return sql;
  if (!field.nullable) sql += " NOT NULL";
  const std::string initial = with_default ? sqlite_default(field) : "";
  return initial.empty() ? sql : sql + " DEFAULT " + initial;
}

std::string composite_key(const Model& model) {
  if (model.primary.size() < 2) return "";
  std::string sql;
  for (const uint32_t field : model.primary) {
    sql += (sql.empty() ? ", PRIMARY KEY (" : ", ") + sqlite_identifier(model.fields[field].column);
  }
  return sql + ")";
}

std::string add(const Model& model, uint32_t field, bool with_default) {
  return "ALTER TABLE " + sqlite_identifier(model.table) + " ADD COLUMN " +
         column_definition(model, field, with_default);
}

// "" when the condition can not be read.
std::string index_condition(const Model& model, const std::string& where) {
  auto criteria = query::parse_criteria(model, "{\"where\":" + where + "}");
  if (!criteria) return "";
  std::string sql;
  SqliteCondition(model, criteria->params(), sql, nullptr).write_where(criteria->where());
  return sql;
}

}  // namespace

const std::string_view kUuidExpression =
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), "
    "2) || '-' || "
    "substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || "
    "hex(randomblob(6)))";

std::string sqlite_default(const Field& field) {
  switch (field.initial.kind) {
    case DefaultKind::kAbsent:
    case DefaultKind::kAutoincrement: return "";
    case DefaultKind::kLiteral: return literal_default(field.initial.literal);
    case DefaultKind::kNow: return std::string(now(field.type));
    case DefaultKind::kUuid: return "(" + std::string(kUuidExpression) + ")";
    case DefaultKind::kSql: return "(" + field.initial.sql + ")";
  }
  return "";
}

bool is_constant_default(const Field& field) {
  return field.initial.kind == DefaultKind::kAbsent || field.initial.kind == DefaultKind::kLiteral;
}

std::string add_column_without_default(const Model& model, uint32_t field) {
  return add(model, field, false);
}

std::string Sqlite::create_table(const Model& model) const {
  std::string sql = "CREATE TABLE " + sqlite_identifier(model.table) + " (";
  for (uint32_t i = 0; i < model.columns(); i++) {
    if (i > 0) sql += ", ";
    sql += column_definition(model, i, true);
  }
  return sql + composite_key(model) + ")";
}

// A decimal in an index has the collation that queries compare it with, or it could neither serve
// them nor keep 1.0 and 1.00 apart from being two values of a unique one.
std::string Sqlite::create_index(const Model& model, const schema::Index& index) const {
  std::string sql = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  sql += sqlite_identifier(index.name) + " ON " + sqlite_identifier(model.table);
  std::string_view before = " (";
  for (const uint32_t field : index.fields) {
    sql += before;
    sql += sqlite_identifier(model.fields[field].column);
    sql += sqlite_collation(model.fields[field].type);
    before = ", ";
  }
  sql += ')';
  return index.where.empty() ? sql : sql + index_condition(model, index.where);
}

std::string Sqlite::add_column(const Model& model, uint32_t field) const {
  return add(model, field, true);
}

std::string Sqlite::column_type(const Field& field) const {
  switch (field.type) {
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
