#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/dialect.h"
#include "migrate/tokens.h"
#include "session/session.h"

// What the database holds, read from its catalogue.
namespace thing::migrate {

struct Column {
  std::string name;
  std::string type;                             // as declared; "" for none
  value::Type field_type = value::Type::kText;  // what that means most likely
  bool not_null = false;
  bool generated = false;
  bool gives_ids = false;
  std::optional<std::string> initial;  // the default, as SQL
  int key = 0;                         // place in the primary key from 1; 0: not in it
};

struct TableIndex {
  std::string name;
  std::string sql;        // the statement that makes it; "" when the database does not tell
  std::string condition;  // as the database writes it; "" when it is that of the statement
  bool unique = false;
  bool partial = false;
  bool of_key = false;               // of the PRIMARY KEY clause
  bool of_constraint = false;        // of a UNIQUE clause
  std::vector<std::string> columns;  // "" for an expression or a part of a column

  std::vector<Token> condition_tokens(const dialect::Spelling& spelling) const;
};

struct ForeignKey {
  std::string name;  // "" when the database does not tell
  std::vector<std::string> columns;
  std::string table;                  // referred to
  std::vector<std::string> referred;  // columns of it, in the order of `columns`
  std::string on_update;              // "CASCADE", "NO ACTION", ...
  std::string on_delete;
};

struct Table {
  std::string name;
  dialect::Spelling spelling;
  std::vector<Column> columns;
  std::vector<TableIndex> indexes;

  const Column* find(std::string_view column) const;
  std::vector<std::string> key() const;  // columns of the primary key in its order
  bool gives_ids() const;                // the key is one column whose values the database gives
};

// An entry of the catalogue: a table, a view, an index, ...
struct Entry {
  std::string name;
  std::string type;
};

// Reads the catalogue of one connection. Its statements are prepared once. Not to outlive the
// connection.
class CatalogueReader {
 public:
  static base::Result<CatalogueReader> open(session::Connection& connection);

  const dialect::Dialect& dialect() const { return *dialect_; }
  const dialect::Catalogue& catalogue() const { return dialect_->catalogue(); }

  base::Result<std::vector<Entry>> list_tables();  // and views
  base::Result<std::optional<Entry>> find_entry(std::string_view name);
  base::Result<Table> load_table(const Entry& entry);
  base::Result<std::vector<ForeignKey>> foreign_keys(std::string_view table);
  base::Result<bool> has_rows(std::string_view table);
  // Whether the database takes two conditions for the same, whose columns the table must have.
  // False where it can not be asked.
  base::Result<bool> is_same_condition(std::string_view table, std::string_view a,
                                       std::string_view b);

 private:
  using Row = std::vector<value::Value>;
  enum Query : uint8_t { kTables, kName, kColumns, kIndexes, kIndexColumns, kForeignKeys, kCount };

  CatalogueReader(session::Connection& connection, const dialect::Dialect& dialect)
      : connection_(&connection), dialect_(&dialect) {}
  base::Result<std::vector<Row>> ask(Query query, std::vector<std::string_view> arguments = {});
  base::Result<std::vector<Row>> ask(std::string_view sql);
  base::Status load_columns(Table& table);
  base::Status load_indexes(Table& table);
  base::Status load_index_columns(const Table& table, TableIndex& index);
  base::Status complete(ForeignKey& key);
  base::Result<std::string> explain(std::string_view table, std::string_view condition);

  session::Connection* connection_;
  const dialect::Dialect* dialect_;
  std::unique_ptr<driver::Statement> statements_[kCount];
};

}  // namespace thing::migrate
