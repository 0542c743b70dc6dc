#include "migrate/catalogue.h"

#include <algorithm>

#include "dialect/dialect.h"
#include "dialect/sqlite/introspect.h"
#include "migrate/names.h"
#include "migrate/tokens.h"

namespace thing::migrate {
namespace {

using Row = std::vector<value::Value>;

std::string text(const value::Value& v) {
  return v.is_null() || !value::is_heap_slot(v.type()) ? std::string()
                                                       : std::string(v.view().bytes);
}

bool is_set(const value::Value& v) {
  return v.type() == value::Type::kInt && v.view().integer != 0;
}

base::Result<std::vector<Row>> read_rows(driver::Statement& statement) {
  std::vector<Row> rows;
  for (;;) {
    Row row;
    THING_ASSIGN(const bool more, statement.step_dynamic(row));
    if (!more) return rows;
    rows.push_back(std::move(row));
  }
}

base::Result<std::vector<Row>> query(session::Connection& connection, const session::Plan& plan,
                                     std::optional<std::string_view> argument = std::nullopt) {
  THING_ASSIGN(driver::Statement * statement, connection.statement(plan));
  if (argument)
    THING_TRY(statement->bind(0, value::ValueView::of_bytes(value::Type::kText, *argument)));
  auto rows = read_rows(*statement);
  statement->reset();
  return rows;
}

session::Plan plan_of(std::string_view sql) { return session::Plan(std::string(sql)); }

base::Status load_columns(session::Connection& connection, Table& table) {
  static const session::Plan plan = plan_of(dialect::kListColumns);
  THING_ASSIGN(const auto rows, query(connection, plan, table.name));
  for (const Row& row : rows) {
    Column column;
    column.name = text(row[0]);
    column.type = text(row[1]);
    column.not_null = is_set(row[2]);
    if (!row[3].is_null()) column.initial = text(row[3]);
    column.key = static_cast<int>(row[4].view().integer);
    column.generated = is_set(row[5]);
    table.columns.push_back(std::move(column));
  }
  return {};
}

base::Status load_index_columns(session::Connection& connection, TableIndex& index) {
  static const session::Plan plan = plan_of(dialect::kListIndexColumns);
  THING_ASSIGN(const auto rows, query(connection, plan, index.name));
  for (const Row& row : rows) index.columns.push_back(text(row[0]));
  return {};
}

base::Status load_indexes(session::Connection& connection, Table& table) {
  static const session::Plan plan = plan_of(dialect::kListIndexes);
  THING_ASSIGN(const auto rows, query(connection, plan, table.name));
  for (const Row& row : rows) {
    TableIndex index;
    index.name = text(row[0]);
    index.unique = is_set(row[1]);
    index.of_key = text(row[2]) == "pk";
    index.partial = is_set(row[3]);
    index.sql = text(row[4]);
    THING_TRY(load_index_columns(connection, index));
    table.indexes.push_back(std::move(index));
  }
  return {};
}

Entry entry_of(const Row& row) { return {text(row[0]), text(row[1]), text(row[2])}; }

}  // namespace

const Column* Table::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& c) { return same_name(c.name, column); });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> Table::key() const {
  std::vector<std::string> names;
  for (int place = 1;; place++) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& c) { return c.key == place; });
    if (found == columns.end()) return names;
    names.push_back(found->name);
  }
}

// Any other key has an index of its own.
bool Table::gives_ids() const {
  const auto names = key();
  if (names.size() != 1 || !same_name(find(names[0])->type, "INTEGER")) return false;
  return std::none_of(indexes.begin(), indexes.end(), [](const TableIndex& i) { return i.of_key; });
}

bool Entry::is_virtual() const {
  const auto tokens = tokenize(sql);
  return tokens.size() > 1 && tokens[1].is_word("virtual");
}

base::Result<std::vector<Entry>> list_tables(session::Connection& connection) {
  static const session::Plan plan = plan_of(dialect::kListTables);
  THING_ASSIGN(const auto rows, query(connection, plan));
  std::vector<Entry> entries;
  for (const Row& row : rows) entries.push_back(entry_of(row));
  return entries;
}

base::Result<std::optional<Entry>> find_entry(session::Connection& connection,
                                              std::string_view name) {
  static const session::Plan plan = plan_of(dialect::kFindName);
  THING_ASSIGN(const auto rows, query(connection, plan, name));
  if (rows.empty()) return std::nullopt;
  return entry_of(rows[0]);
}

base::Result<Table> load_table(session::Connection& connection, const Entry& entry) {
  Table table;
  table.name = entry.name;
  table.sql = entry.sql;
  THING_TRY(load_columns(connection, table));
  THING_TRY(load_indexes(connection, table));
  return table;
}

base::Result<bool> has_rows(session::Connection& connection, std::string_view table) {
  THING_ASSIGN(auto statement,
               connection.raw().prepare("SELECT 1 FROM main." + dialect::sqlite().quote(table) +
                                        " LIMIT 1"));
  THING_ASSIGN(const auto rows, read_rows(*statement));
  return !rows.empty();
}

}  // namespace thing::migrate
