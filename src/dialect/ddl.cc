#include <algorithm>

#include <fmt/format.h>

#include "dialect/condition.h"
#include "dialect/sql_dialect.h"

namespace thing::dialect {

using schema::DefaultKind;
using schema::Field;
using schema::Index;
using schema::Model;

std::string SqlDialect::literal_default(const Model& model, uint32_t field) const {
  return literal(model.fields[field].initial.literal.view());
}

std::string SqlDialect::initial_value(const Model& model, uint32_t i) const {
  const Field& field = model.fields[i];
  switch (field.initial.kind) {
    case DefaultKind::kAbsent:
    case DefaultKind::kAutoincrement: return "";
    case DefaultKind::kLiteral: return literal_default(model, i);
    case DefaultKind::kNow: return std::string(now(field.type));
    case DefaultKind::kUuid: return "(" + uuid_expression(field.type) + ")";
    case DefaultKind::kSql: return "(" + field.initial.sql + ")";
  }
  return "";
}

std::string SqlDialect::key_clause(const Model& model, uint32_t field) const {
  if (!model.is_key(field) || model.primary.size() > 1) return "";
  return model.autoincrement ? std::string(id_clause()) : " PRIMARY KEY";
}

std::string SqlDialect::column_definition(const Model& model, uint32_t i, bool with_default) const {
  const Field& field = model.fields[i];
  std::string sql = bare_column(model, i) + " " + column_type(model, i) + key_clause(model, i);
  if (model.autoincrement && model.is_key(i)) return sql;
  if (!field.nullable) sql += " NOT NULL";
  const std::string initial = with_default ? initial_value(model, i) : "";
  if (!initial.empty()) sql += " DEFAULT " + initial;
  return sql += check_clause(field);
}

std::string SqlDialect::composite_key(const Model& model) const {
  return model.primary.size() < 2 ? "" : ", PRIMARY KEY (" + names(model, model.primary) + ")";
}

namespace {

bool compares_list(const Model& model, const query::Node& node) {
  if (node.kind == query::NodeKind::kCompare)
    return model.fields[node.field].is_list() && node.op != query::Op::kIsNull &&
           node.op != query::Op::kIsNotNull;
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const query::Node& child) { return compares_list(model, child); });
}

bool compares_list(const Model& model, const Index& index) {
  if (index.where.empty()) return false;
  const auto criteria = query::parse_criteria(model, "{\"where\":" + index.where + "}");
  return criteria && compares_list(model, criteria->where());
}

}  // namespace

std::string SqlDialect::index_condition(const Model& model, const Index& index) const {
  constexpr std::string_view kWhere = " WHERE ";
  auto criteria = query::parse_criteria(model, "{\"where\":" + index.where + "}");
  if (!criteria) return "";
  Draft draft;
  Condition(*this, model, criteria->params(), draft, Condition::Values::kLiterals)
      .write_where(criteria->where());
  return draft.sql.starts_with(kWhere) ? draft.sql.substr(kWhere.size()) : "";
}

base::Status SqlDialect::check_table(const Model& /*model*/) const { return {}; }

base::Status SqlDialect::check_index(const Model& model, const Index& index) const {
  const auto refuse = [&](std::string_view what, std::string_view why) {
    return base::fail(
        base::Error(base::Code::kUnsupported, fmt::format("{}: index '{}' of '{}': {}, {}", name(),
                                                          index.name, model.table, what, why))
            .model(model.name));
  };
  if (!index.where.empty() && !features().partial_indexes)
    return refuse("found a condition, expected none", "it has no partial indexes");
  if (compares_list(model, index))
    return refuse("found a list in the condition, expected scalars",
                  "lists are compared in queries");
  for (const uint32_t field : index.fields) {
    const bool decimal = model.fields[field].type == value::Type::kDecimal;
    if (decimal && index.unique && !features().unique_decimals) {
      return refuse("found decimals in a unique index, expected none",
                    "it would take 1.0 and 1.00 for two values");
    }
  }
  return {};
}

base::Status SqlDialect::check_foreign_key(const Model& /*model*/,
                                           const schema::ForeignKey& /*key*/) const {
  return {};
}

std::string SqlDialect::constraint(const schema::Reference& key) const {
  return "CONSTRAINT " + quote(key.key->name);
}

std::string SqlDialect::references(const schema::Reference& key) const {
  constexpr std::string_view kActions[] = {"", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"};
  std::string sql = " REFERENCES " + quote(key.table);
  std::string_view before = " (";
  for (const std::string& column : key.columns) {
    sql.append(before).append(quote(column));
    before = ", ";
  }
  if (!key.columns.empty()) sql += ')';
  const auto add = [&](std::string_view when, schema::Action action) {
    const std::string_view what = kActions[static_cast<size_t>(action)];
    if (!what.empty()) sql.append(when).append(what);
  };
  add(" ON DELETE ", key.key->on_delete);
  add(" ON UPDATE ", key.key->on_update);
  return sql;
}

std::string SqlDialect::foreign_key(const Model& model, const schema::Reference& key) const {
  return constraint(key) + " FOREIGN KEY (" + names(model, key.key->fields) + ")" + references(key);
}

std::string SqlDialect::add_foreign_key(const Model& model, const schema::Reference& key) const {
  return "ALTER TABLE " + quote(model.table) + " ADD " + foreign_key(model, key);
}

std::string SqlDialect::create_table(const Model& model,
                                     std::span<const schema::Reference> keys) const {
  std::string sql = "CREATE TABLE " + quote(model.table) + " (";
  for (uint32_t i = 0; i < model.columns(); i++) {
    if (i > 0) sql += ", ";
    sql += column_definition(model, i, true);
  }
  sql += composite_key(model);
  for (const schema::Reference& key : keys) sql += ", " + foreign_key(model, key);
  sql += ")";
  return sql += table_options();
}

std::string SqlDialect::index_column(const Model& model, uint32_t field) const {
  return bare_column(model, field);
}

std::string SqlDialect::create_index(const Model& model, const Index& index) const {
  std::string sql = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  sql += quote(index.name) + " ON " + quote(model.table);
  std::string_view before = " (";
  for (const uint32_t field : index.fields) {
    sql += before;
    sql += index_column(model, field);
    before = ", ";
  }
  sql += ')';
  const std::string condition = index.where.empty() ? "" : index_condition(model, index);
  return condition.empty() ? sql : sql + " WHERE " + condition;
}

std::string SqlDialect::add_column(const Model& model, uint32_t field,
                                   const schema::Reference* key) const {
  std::string sql =
      "ALTER TABLE " + quote(model.table) + " ADD COLUMN " + column_definition(model, field, true);
  if (key != nullptr) sql += " " + constraint(*key) + references(*key);
  return sql;
}

std::string SqlDialect::add_column_without_default(const Model& model, uint32_t field) const {
  return "ALTER TABLE " + quote(model.table) + " ADD COLUMN " +
         column_definition(model, field, false);
}

}  // namespace thing::dialect
