#include <algorithm>

#include "migrate/catalogue.h"
#include "migrate/conditions.h"
#include "migrate/foreign_keys.h"
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

// Whether the default is the same for every row.
bool is_constant(const Field& field) {
  return field.initial.kind == DefaultKind::kAbsent || field.initial.kind == DefaultKind::kLiteral;
}

// What one model lacks.
class TablePlan {
 public:
  // `last`: what is to run when all tables are there.
  TablePlan(CatalogueReader& reader, const Model& model, const std::vector<const Model*>& models,
            std::vector<std::string>& out, std::vector<std::string>& last)
      : reader_(reader),
        dialect_(reader.dialect()),
        catalogue_(reader.catalogue()),
        spelling_(catalogue_.spelling()),
        model_(model),
        keys_(reader, model, models),
        out_(out),
        last_(last) {}

  base::Status write() {
    THING_TRY(check_model());
    THING_ASSIGN(const auto entry, reader_.find_entry(model_.table));
    if (!entry) return create();
    if (entry->type != "table")
      return refuse("found " + entry->type + " of that name, expected table");
    THING_ASSIGN(table_, reader_.load_table(*entry));
    THING_TRY(check_key());
    THING_ASSIGN(missing_, keys_.missing(&table_));
    THING_TRY(add_keys());
    for (uint32_t i = 0; i < model_.columns(); i++) THING_TRY(column(i));
    for (const Index& index : model_.indexes) THING_TRY(existing_or_new(index));
    return {};
  }

 private:
  // What the database can have at all.
  base::Status check_model() const {
    THING_TRY(dialect_.check_table(model_));
    for (const Index& index : model_.indexes) {
      THING_TRY(dialect_.check_index(model_, index));
      if (index.where.empty() || !dialect_.index_condition(model_, index).empty()) continue;
      return fail(
          base::Error(
              Code::kModel,
              fmt::format("{}: indexes.{}.where: found {}, expected a condition of the model",
                          model_.name, index.name, index.where))
              .model(model_.name));
    }
    return {};
  }

  base::Status create() {
    THING_ASSIGN(missing_, keys_.missing(nullptr));
    if (dialect_.features().adds_foreign_keys) {
      out_.push_back(dialect_.create_table(model_));
      THING_TRY(add_keys());
    } else {
      out_.push_back(dialect_.create_table(model_, missing_));
    }
    for (const Index& index : model_.indexes) THING_TRY(create(index));
    return {};
  }

  // Those that tables get when all are there; or that come with their column.
  base::Status add_keys() {
    for (const schema::Reference& key : missing_) {
      if (dialect_.features().adds_foreign_keys) {
        last_.push_back(dialect_.add_foreign_key(model_, key));
      } else if (!comes_with_column(key)) {
        return fail(base::Error(Code::kUnsupported,
                                fmt::format("{}: table '{}', foreign key '{}': found a table that "
                                            "is there, expected a new one, or a key of one new "
                                            "column that may be NULL and has no default",
                                            dialect_.name(), model_.table, key.key->name))
                        .model(model_.name)
                        .constraint(key.key->name));
      }
    }
    return {};
  }

  bool comes_with_column(const schema::Reference& key) const {
    const Field& field = model_.fields[key.key->fields[0]];
    const bool is_null =
        field.initial.kind == DefaultKind::kAbsent ||
        (field.initial.kind == DefaultKind::kLiteral && field.initial.literal.is_null());
    return key.key->fields.size() == 1 && field.nullable && is_null &&
           table_.find(field.column) == nullptr && key_of(key.key->fields[0]) == &key;
  }

  // The key that a new column gets; nullptr: none.
  const schema::Reference* key_of(uint32_t field) const {
    if (dialect_.features().adds_foreign_keys) return nullptr;
    for (const schema::Reference& key : missing_) {
      if (key.key->fields[0] == field) return &key;
    }
    return nullptr;
  }

  base::Status create(const Index& index) {
    THING_TRY(check_name(index));
    out_.push_back(dialect_.create_index(model_, index));
    return {};
  }

  base::Status check_name(const Index& index) {
    if (!catalogue_.shares_index_names()) return {};
    THING_ASSIGN(const auto taken, reader_.find_entry(index.name));
    if (!taken) return {};
    return refuse("index '" + index.name + "': found " + taken->type +
                  " of that name elsewhere, expected none");
  }

  bool is_same_name(std::string_view a, std::string_view b) const {
    return same_name(a, b, spelling_);
  }
  bool are_same_names(const std::vector<std::string>& a, const std::vector<std::string>& b) const {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(),
        [&](const std::string& x, const std::string& y) { return is_same_name(x, y); });
  }

  std::string list(const std::vector<std::string>& names) const {
    std::string text;
    for (const std::string& name : names)
      text += (text.empty() ? "(" : ", ") + (name.empty() ? "?" : dialect_.quote(name));
    return text.empty() ? "none" : text + ")";
  }

  base::Status check_key() {
    std::vector<std::string> expected;
    for (const uint32_t field : model_.primary) expected.push_back(model_.fields[field].column);
    const std::vector<std::string> found = table_.key();
    if (!are_same_names(found, expected)) {
      return refuse("primary key: found " + list(found) + ", expected " + list(expected));
    }
    if (!model_.autoincrement || table_.gives_ids()) return {};
    const Column& key = *table_.find(expected[0]);
    return refuse_column(model_.fields[model_.primary[0]], "'" + key.type + "' as the primary key",
                         std::string(catalogue_.id_clause()) + ", which gives ids");
  }

  base::Status column(uint32_t i) {
    const Field& field = model_.fields[i];
    const Column* found = table_.find(field.column);
    return found == nullptr ? add(i) : check(i, *found);
  }

  base::Status check(uint32_t i, const Column& found) {
    const Field& field = model_.fields[i];
    if (!catalogue_.can_hold(found.type, field.type))
      return refuse_column(field, "type '" + found.type + "'", expected_type(i));
    if (field.nullable && found.not_null)
      return refuse_column(field, "NOT NULL", "a column that may be NULL");
    if (field.initial.kind == DefaultKind::kSql && !found.initial && !found.generated) {
      return refuse_column(field, "no default", "DEFAULT " + dialect_.initial_value(model_, i));
    }
    return {};
  }

  std::string expected_type(uint32_t i) const {
    return "'" + dialect_.column_type(model_, i) + "'";
  }

  base::Status add(uint32_t i) {
    const Field& field = model_.fields[i];
    const bool required = !field.nullable;
    const bool empty_default =
        dialect_.initial_value(model_, i).empty() ||
        (field.initial.kind == DefaultKind::kLiteral && field.initial.literal.is_null());
    const bool fills_rows = is_constant(field) || dialect_.features().computed_column;
    if (fills_rows && !(required && empty_default)) return add_with_default(i);
    THING_ASSIGN(const bool rows, reader_.has_rows(table_.name));
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
    out_.push_back(dialect_.add_column_without_default(model_, i));
    return {};
  }

  base::Status add_with_default(uint32_t i) {
    out_.push_back(dialect_.add_column(model_, i, key_of(i)));
    return {};
  }

  base::Status existing_or_new(const Index& index) {
    const auto named =
        std::find_if(table_.indexes.begin(), table_.indexes.end(),
                     [&](const TableIndex& i) { return is_same_name(i.name, index.name); });
    if (named != table_.indexes.end()) {
      THING_ASSIGN(const bool same, is_same(index, *named));
      return same ? base::Status() : refuse_index(index, *named);
    }
    for (const TableIndex& other : table_.indexes) {
      THING_ASSIGN(const bool same, is_same(index, other));
      if (same) return {};
    }
    THING_TRY(check_columns(index));
    return create(index);
  }

  // Columns that are there may be of a type that keeps the values, but that no index can hold.
  base::Status check_columns(const Index& index) {
    for (const uint32_t field : index.fields) {
      const Column* const found = table_.find(model_.fields[field].column);
      if (found == nullptr || catalogue_.can_index(found->type)) continue;
      return refuse_column(model_.fields[field],
                           "type '" + found->type + "' for index '" + index.name + "'",
                           expected_type(field));
    }
    return {};
  }

  // Directions and collations do not change what an index is for.
  base::Result<bool> is_same(const Index& index, const TableIndex& found) {
    if (index.unique != found.unique || index.where.empty() == found.partial) return false;
    std::vector<std::string> columns;
    for (const uint32_t field : index.fields) columns.push_back(model_.fields[field].column);
    const bool same_columns = are_same_names(columns, found.columns);
    return same_columns && found.partial ? has_condition(found, index) : same_columns;
  }

  // The columns of the condition are those of the model, so the database is asked when all are
  // there.
  base::Result<bool> has_condition(const TableIndex& found, const Index& index) {
    const std::string expected = dialect_.index_condition(model_, index);
    if (condition_of(found, index) == tokenize(expected, spelling_)) return true;
    const bool complete =
        std::all_of(model_.fields.begin(), model_.fields.end(),
                    [&](const Field& f) { return table_.find(f.column) != nullptr; });
    if (!complete) return false;
    return reader_.is_same_condition(table_.name, expected, found.condition);
  }

  // The condition of an index as this library would write it, if it can; so spellings do not
  // matter.
  std::vector<Token> condition_of(const TableIndex& found, Index like) const {
    std::vector<NamedColumn> columns;
    for (const Field& f : model_.fields)
      columns.push_back({compared(f.column, spelling_), f.name, f.type});
    std::vector<Token> condition = found.condition_tokens(spelling_);
    const auto where = criteria_of(catalogue_, condition, columns);
    if (!where) return condition;
    like.where = *where;
    const std::string written = dialect_.index_condition(model_, like);
    return written.empty() ? condition : tokenize(written, spelling_);
  }

  base::Status refuse_index(const Index& index, const TableIndex& found) {
    const std::string expected = dialect_.create_index(model_, index);
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

  CatalogueReader& reader_;
  const dialect::Dialect& dialect_;
  const dialect::Catalogue& catalogue_;
  const dialect::Spelling spelling_;
  const Model& model_;
  ForeignKeys keys_;
  std::vector<std::string>& out_;
  std::vector<std::string>& last_;
  std::vector<schema::Reference> missing_;
  Table table_;
};

}  // namespace

base::Result<std::vector<std::string>> plan(session::Connection& connection,
                                            const std::vector<const Model*>& models) {
  THING_ASSIGN(CatalogueReader reader, CatalogueReader::open(connection));
  std::vector<std::string> statements, last;
  for (const Model* model : models)
    THING_TRY(TablePlan(reader, *model, models, statements, last).write());
  statements.insert(statements.end(), last.begin(), last.end());
  return statements;
}

}  // namespace thing::migrate
