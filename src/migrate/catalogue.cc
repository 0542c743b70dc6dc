#include "migrate/catalogue.h"

#include <algorithm>

#include "migrate/names.h"

namespace thing::migrate {
namespace {

using Row = std::vector<value::Value>;

std::string text(const value::Value& v) {
  return v.is_null() || !value::is_heap_slot(v.type()) ? std::string()
                                                       : std::string(v.view().bytes);
}

bool is_number(const value::Value& v) {
  return v.type() == value::Type::kInt || v.type() == value::Type::kBool;
}

int number(const value::Value& v) { return is_number(v) ? static_cast<int>(v.view().integer) : 0; }

bool is_set(const value::Value& v) { return number(v) != 0; }

base::Result<std::vector<Row>> read_rows(driver::Statement& statement) {
  std::vector<Row> rows;
  for (;;) {
    Row row;
    THING_ASSIGN(const bool more, statement.step_dynamic(row));
    if (!more) return rows;
    rows.push_back(std::move(row));
  }
}

Entry entry_of(const Row& row) { return {text(row[0]), text(row[1])}; }

TableIndex index_of(const Row& row) {
  const std::string origin = text(row[2]);
  TableIndex index;
  index.name = text(row[0]);
  index.unique = is_set(row[1]);
  index.of_key = origin == "pk";
  index.of_constraint = origin == "u";
  index.partial = is_set(row[3]);
  index.sql = text(row[4]);
  index.condition = text(row[5]);
  return index;
}

}  // namespace

std::vector<Token> TableIndex::condition_tokens(const dialect::Spelling& spelling) const {
  return condition.empty() ? index_condition(sql, spelling) : tokenize(condition, spelling);
}

const Column* Table::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) {
    return same_name(c.name, column, spelling);
  });
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

bool Table::gives_ids() const {
  const auto names = key();
  return names.size() == 1 && find(names[0])->gives_ids;
}

base::Result<CatalogueReader> CatalogueReader::open(session::Connection& connection) {
  const std::string_view name = connection.raw().dialect();
  const dialect::Dialect* const dialect = dialect::find_dialect(name);
  if (dialect == nullptr)
    return base::fail(base::Code::kUnsupported,
                      "found the database '{}', expected one of sqlite, postgres, mysql, mariadb",
                      name);
  return CatalogueReader(connection, *dialect);
}

base::Result<std::vector<Row>> CatalogueReader::ask(Query query,
                                                    std::vector<std::string_view> arguments) {
  const dialect::CatalogueQueries& q = catalogue().queries();
  const std::string_view sql[kCount] = {q.tables,  q.name,          q.columns,
                                        q.indexes, q.index_columns, q.foreign_keys};
  std::unique_ptr<driver::Statement>& statement = statements_[query];
  if (statement == nullptr) {
    THING_ASSIGN(statement, connection_->raw().prepare(sql[query]));
  }
  for (size_t i = 0; i < arguments.size(); i++) {
    THING_TRY(statement->bind(static_cast<int>(i),
                              value::ValueView::of_bytes(value::Type::kText, arguments[i])));
  }
  auto rows = read_rows(*statement);
  statement->reset();
  return rows;
}

base::Result<std::vector<Row>> CatalogueReader::ask(std::string_view sql) {
  THING_ASSIGN(auto statement, connection_->raw().prepare(sql));
  return read_rows(*statement);
}

base::Result<std::vector<Entry>> CatalogueReader::list_tables() {
  THING_ASSIGN(const auto rows, ask(kTables));
  std::vector<Entry> entries;
  for (const Row& row : rows) {
    Entry entry = entry_of(row);
    if (entry.name != dialect::kOutbox) entries.push_back(std::move(entry));  // nobody's model
  }
  return entries;
}

base::Result<std::optional<Entry>> CatalogueReader::find_entry(std::string_view name) {
  THING_ASSIGN(const auto rows, ask(kName, {name}));
  if (rows.empty()) return std::nullopt;
  return entry_of(rows[0]);
}

base::Status CatalogueReader::load_columns(Table& table) {
  THING_ASSIGN(const auto rows, ask(kColumns, {table.name}));
  for (const Row& row : rows) {
    Column column;
    column.name = text(row[0]);
    column.type = text(row[1]);
    column.not_null = is_set(row[2]);
    if (!row[3].is_null()) column.initial = catalogue().default_sql(text(row[3]));
    column.key = number(row[4]);
    column.generated = is_set(row[5]);
    column.gives_ids = is_set(row[6]);
    column.field_type = catalogue().field_type(column.type, text(row[7]));
    table.columns.push_back(std::move(column));
  }
  return {};
}

base::Status CatalogueReader::load_index_columns(const Table& table, TableIndex& index) {
  THING_ASSIGN(const auto rows, ask(kIndexColumns, {table.name, index.name}));
  for (const Row& row : rows) index.columns.push_back(text(row[0]));
  return {};
}

base::Status CatalogueReader::load_indexes(Table& table) {
  THING_ASSIGN(const auto rows, ask(kIndexes, {table.name}));
  for (const Row& row : rows) {
    TableIndex index = index_of(row);
    THING_TRY(load_index_columns(table, index));
    table.indexes.push_back(std::move(index));
  }
  return {};
}

base::Result<Table> CatalogueReader::load_table(const Entry& entry) {
  Table table;
  table.name = entry.name;
  table.spelling = catalogue().spelling();
  THING_TRY(load_columns(table));
  THING_TRY(load_indexes(table));
  return table;
}

// A key that names no columns refers to the primary key.
base::Status CatalogueReader::complete(ForeignKey& key) {
  const auto is_named = [](const std::string& column) { return !column.empty(); };
  if (std::all_of(key.referred.begin(), key.referred.end(), is_named)) return {};
  THING_ASSIGN(const auto entry, find_entry(key.table));
  key.referred.clear();
  if (!entry) return {};
  THING_ASSIGN(const Table table, load_table(*entry));
  key.referred = table.key();
  return {};
}

base::Result<std::vector<ForeignKey>> CatalogueReader::foreign_keys(std::string_view table) {
  THING_ASSIGN(const auto rows, ask(kForeignKeys, {table}));
  std::vector<ForeignKey> keys;
  for (const Row& row : rows) {
    if (number(row[2]) == 1 || keys.empty()) {
      ForeignKey key;
      key.name = text(row[0]);
      key.table = text(row[3]);
      key.on_update = text(row[5]);
      key.on_delete = text(row[6]);
      keys.push_back(std::move(key));
    }
    keys.back().columns.push_back(text(row[1]));
    keys.back().referred.push_back(text(row[4]));
  }
  for (ForeignKey& key : keys) THING_TRY(complete(key));
  return keys;
}

base::Result<bool> CatalogueReader::has_rows(std::string_view table) {
  std::string sql = "SELECT 1 FROM ";
  sql.append(catalogue().schema()).append(dialect_->quote(table)).append(" LIMIT 1");
  THING_ASSIGN(const auto rows, ask(sql));
  return !rows.empty();
}

base::Result<std::string> CatalogueReader::explain(std::string_view table,
                                                   std::string_view condition) {
  THING_ASSIGN(const auto rows, ask(catalogue().explain(dialect_->quote(table), condition)));
  std::string lines;
  for (const Row& row : rows) lines += text(row[0]) + "\n";
  return lines;
}

base::Result<bool> CatalogueReader::is_same_condition(std::string_view table, std::string_view a,
                                                      std::string_view b) {
  if (catalogue().explain("", "").empty()) return false;
  THING_ASSIGN(const std::string first, explain(table, a));
  THING_ASSIGN(const std::string second, explain(table, b));
  return first == second;
}

}  // namespace thing::migrate
