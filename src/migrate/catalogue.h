#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "session/session.h"

// What the database holds, read from its catalogue.
namespace thing::migrate {

struct Column {
  std::string name;
  std::string type;  // as declared; "" for none
  bool not_null = false;
  bool generated = false;
  std::optional<std::string> initial;  // the default, as SQL
  int key = 0;                         // place in the primary key from 1; 0: not in it
};

struct TableIndex {
  std::string name;
  std::string sql;  // "" when a constraint of the table made it
  bool unique = false;
  bool partial = false;
  bool of_key = false;               // of the PRIMARY KEY clause
  std::vector<std::string> columns;  // "" for an expression
};

struct Table {
  std::string name;
  std::string sql;
  std::vector<Column> columns;
  std::vector<TableIndex> indexes;

  const Column* find(std::string_view column) const;
  std::vector<std::string> key() const;  // columns of the primary key in its order
  bool gives_ids() const;                // the key is the row's number: INTEGER PRIMARY KEY
};

// An entry of the catalogue: a table, a view or an index.
struct Entry {
  std::string name;
  std::string type;
  std::string sql;

  bool is_virtual() const;
};

base::Result<std::vector<Entry>> list_tables(session::Connection& connection);  // and views
base::Result<std::optional<Entry>> find_entry(session::Connection& connection,
                                              std::string_view name);
base::Result<Table> load_table(session::Connection& connection, const Entry& entry);
base::Result<bool> has_rows(session::Connection& connection, std::string_view table);

}  // namespace thing::migrate
