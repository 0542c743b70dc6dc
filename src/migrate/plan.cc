#include <algorithm>

#include "dialect/dialect.h"
#include "dialect/sqlite/ddl.h"
#include "dialect/sqlite/introspect.h"
#include "migrate/catalogue.h"
#include "migrate/conditions.h"
#include "migrate/names.h"
#include "migrate/sync.h"
#include "migrate/tokens.h"

namespace thing::migrate {
namespace {

using base::Code;
using base::fail;
using schema::DefaultKind;
using schema::Field;
using schema::Index;
using schema::Model;

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "(" : ", ") + dialect::sqlite().quote(name);
  return text.empty() ? "none" : text + ")";
}

// What one model lacks.
class TablePlan {
 public:
  TablePlan(session::Connection& connection, const Model& model, std::vector<std::string>& out)
      : connection_(connection), model_(model), out_(out) {}

  base::Status write() {
    THING_ASSIGN(const auto entry, find_entry(connection_, model_.table));
    if (!entry) return create();
    if (entry->type != "table")
      return refuse("found " + entry->type + " of that name, expected table");
    if (entry->is_virtual()) return refuse("found virtual table, expected table");
    THING_ASSIGN(table_, load_table(connection_, *entry));
    THING_TRY(check_key());
    for (uint32_t i = 0; i < model_.columns(); i++) THING_TRY(column(i));
    for (const Index& index : model_.indexes) THING_TRY(existing_or_new(index));
    return {};
  }

 private:
  base::Status create() {
    THING_TRY(dialect::sqlite().check_table(model_));
    out_.push_back(dialect::sqlite().create_table(model_));
    for (const Index& index : model_.indexes) THING_TRY(create(index));
    return {};
  }

  base::Status create(const Index& index) {
    THING_ASSIGN(const auto taken, find_entry(connection_, index.name));
    if (taken) {
      return refuse("index '" + index.name + "': found " + taken->type +
                    " of that name elsewhere, expected none");
    }
    THING_ASSIGN(std::string sql, create_index(index));
    out_.push_back(std::move(sql));
    return {};
  }

  base::Result<std::string> create_index(const Index& index) const {
    THING_TRY(dialect::sqlite().check_index(model_, index));
    std::string sql = dialect::sqlite().create_index(model_, index);
    if (!index.where.empty() && index_condition(sql).empty()) {
      return fail(
          base::Error(
              Code::kModel,
              fmt::format("{}: indexes.{}.where: found {}, expected a condition of the model",
                          model_.name, index.name, index.where))
              .model(model_.name));
    }
    return sql;
  }

  base::Status check_key() {
    std::vector<std::string> expected;
    for (const uint32_t field : model_.primary) expected.push_back(model_.fields[field].column);
    const std::vector<std::string> found = table_.key();
    if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end(), same_name)) {
      return refuse("primary key: found " + list(found) + ", expected " + list(expected));
    }
    if (!model_.autoincrement || table_.gives_ids()) return {};
    const Column& key = *table_.find(expected[0]);
    return refuse_column(model_.fields[model_.primary[0]], "'" + key.type + "' as the primary key",
                         "INTEGER PRIMARY KEY, which gives ids");
  }

  base::Status column(uint32_t i) {
    const Field& field = model_.fields[i];
    const Column* found = table_.find(field.column);
    return found == nullptr ? add(i) : check(i, *found);
  }

  base::Status check(uint32_t i, const Column& found) {
    const Field& field = model_.fields[i];
    if (!dialect::sqlite_can_hold(found.type, field.type)) {
      return refuse_column(field, "type '" + found.type + "'",
                           "'" + dialect::sqlite().column_type(model_, i) + "'");
    }
    if (field.nullable && found.not_null)
      return refuse_column(field, "NOT NULL", "a column that may be NULL");
    if (field.initial.kind == DefaultKind::kSql && !found.initial && !found.generated) {
      return refuse_column(field, "no default", "DEFAULT " + dialect::sqlite_default(model_, i));
    }
    return {};
  }

  base::Status add(uint32_t i) {
    const Field& field = model_.fields[i];
    const bool required = !field.nullable;
    const bool empty_default =
        dialect::sqlite_default(model_, i).empty() ||
        (field.initial.kind == DefaultKind::kLiteral && field.initial.literal.is_null());
    if (dialect::is_constant_default(field) && !(required && empty_default))
      return add_with_default(i);
    THING_ASSIGN(const bool rows, has_rows(connection_, table_.name));
    if (!rows) return add_with_default(i);
    if (required && empty_default) {
      return refuse_column(field, "a table with rows",
                           "a default for the new required column, or no rows");
    }
    // The library gives these values itself, the database's default only helps other programs.
    const bool ours =
        field.initial.kind == DefaultKind::kNow || field.initial.kind == DefaultKind::kUuid;
    if (required || !ours) {
      return refuse_column(field, "a table with rows",
                           "a literal as the default of the new column, or no rows");
    }
    out_.push_back(dialect::add_column_without_default(model_, i));
    return {};
  }

  base::Status add_with_default(uint32_t i) {
    out_.push_back(dialect::sqlite().add_column(model_, i));
    return {};
  }

  base::Status existing_or_new(const Index& index) {
    const auto named =
        std::find_if(table_.indexes.begin(), table_.indexes.end(),
                     [&](const TableIndex& i) { return same_name(i.name, index.name); });
    if (named != table_.indexes.end()) {
      THING_ASSIGN(const bool same, is_same(index, *named));
      return same ? base::Status() : refuse_index(index, *named);
    }
    for (const TableIndex& other : table_.indexes) {
      THING_ASSIGN(const bool same, is_same(index, other));
      if (same) return {};
    }
    return create(index);
  }

  // Directions and collations do not change what an index is for.
  base::Result<bool> is_same(const Index& index, const TableIndex& found) const {
    if (index.unique != found.unique || index.where.empty() == found.partial) return false;
    std::vector<std::string> columns;
    for (const uint32_t field : index.fields) columns.push_back(model_.fields[field].column);
    const bool same_columns = std::equal(columns.begin(), columns.end(), found.columns.begin(),
                                         found.columns.end(), same_name);
    if (!same_columns || !found.partial) return same_columns;
    THING_ASSIGN(const std::string expected, create_index(index));
    return index_condition(expected) == condition_of(found, index);
  }

  // The condition of an index as this library would write it, if it can; so spellings do not
  // matter.
  std::vector<Token> condition_of(const TableIndex& found, Index like) const {
    std::vector<NamedColumn> columns;
    for (const Field& f : model_.fields) columns.push_back({f.column, f.name, f.type});
    std::vector<Token> condition = index_condition(found.sql);
    const auto where = criteria_of(condition, columns);
    if (!where) return condition;
    like.where = *where;
    const auto written = create_index(like);
    return written ? index_condition(*written) : condition;
  }

  base::Status refuse_index(const Index& index, const TableIndex& found) {
    THING_ASSIGN(const std::string expected, create_index(index));
    const std::string there = found.sql.empty() ? "an index on " + list(found.columns) : found.sql;
    return refuse("index '" + index.name + "': found " + there + ", expected " + expected);
  }

  base::Status refuse_column(const Field& field, const std::string& found,
                             const std::string& expected) {
    return fail(
        base::Error(Code::kSchema, fmt::format("table '{}', column '{}': found {}, expected {}",
                                               model_.table, field.column, found, expected))
            .model(model_.name)
            .field(field.name));
  }

  base::Status refuse(const std::string& what) {
    return fail(base::Error(Code::kSchema, fmt::format("table '{}': {}", model_.table, what))
                    .model(model_.name));
  }

  session::Connection& connection_;
  const Model& model_;
  std::vector<std::string>& out_;
  Table table_;
};

}  // namespace

base::Result<std::vector<std::string>> plan(session::Connection& connection,
                                            const std::vector<const Model*>& models) {
  std::vector<std::string> statements;
  for (const Model* model : models) THING_TRY(TablePlan(connection, *model, statements).write());
  return statements;
}

}  // namespace thing::migrate
