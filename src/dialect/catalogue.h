#pragma once
// How the catalogue of one database is read, and what its answers mean. Pure text, like the dialect
// that it belongs to.
#include <span>
#include <string>
#include <string_view>

#include "value/type.h"

namespace thing::dialect {

// What reads the catalogue. Placeholders take the names of tables and indexes.
struct CatalogueQueries {
  // name, kind ("table", "view", "virtual table")
  std::string_view tables;
  // The same for one name, of all that can not stand beside a table of that name: "index",
  // "sequence" too.
  std::string_view name;
  // Of a table: name, declared type, not null, default as SQL or NULL, place in the primary key
  // from 1 (else 0), generated, gives ids, the checks of the column or ""
  std::string_view columns;
  // Of a table: name, unique, origin ("c" by CREATE INDEX, "u" by UNIQUE, "pk"), partial, the
  // statement that makes it or NULL, its condition where that does not follow from the statement
  std::string_view indexes;
  // Of a table and an index: column; NULL for anything but a whole column in order
  std::string_view index_columns;
  // Of a table: name or NULL, column, its place in the key from 1, table and column referred to
  // (NULL: by the primary key), on update, on delete ("CASCADE", "NO ACTION", ...)
  std::string_view foreign_keys;
};

// How names are written and compared.
struct Spelling {
  bool folds = true;     // ASCII letters compare without case, in quotes too
  bool brackets = true;  // [name] is a name
};

class Catalogue {
 public:
  virtual ~Catalogue() = default;
  virtual const CatalogueQueries& queries() const = 0;
  virtual Spelling spelling() const = 0;
  // Indexes share one space of names with each other and with tables; else each table has its own.
  virtual bool shares_index_names() const = 0;
  // What the catalogue reads, in front of a table's name: "main." or nothing.
  virtual std::string_view schema() const { return ""; }

  // The type that a declared type means most likely.
  virtual value::Type field_type(std::string_view declared, std::string_view checks) const = 0;
  // Whether a column of this declared type keeps every value of the type that it takes as it is.
  virtual bool can_hold(std::string_view declared, value::Type type) const = 0;
  // Whether an index can hold the whole column.
  virtual bool can_index(std::string_view /*declared*/) const { return true; }
  // Whether a foreign key may have a column of the one type and refer to a column of the other.
  virtual bool can_refer(std::string_view declared, std::string_view to) const {
    const auto kind = [this](std::string_view type) { return field_type(type, ""); };
    return kind(declared) == kind(to);
  }
  // RESTRICT and NO ACTION are one thing.
  virtual bool restricts_always() const { return false; }
  // What makes a key give ids, for messages.
  virtual std::string_view id_clause() const = 0;

  // A default that the query gave, as SQL.
  virtual std::string default_sql(std::string given) const { return given; }
  // Whether the default is shown as it is. What the server has no character for can not be told.
  virtual bool is_shown(std::string_view /*default_sql*/) const { return true; }
  // The defaults, as the catalogue shows them, that are the time of now (in UTC) and a new UUID.
  virtual std::span<const std::string_view> now_defaults(value::Type type) const = 0;
  virtual std::span<const std::string_view> uuid_defaults(value::Type type) const = 0;

  // A query of which the server gives the same rows for conditions that it takes for the same; ""
  // where the catalogue keeps a condition as it was written.
  virtual std::string explain(std::string_view /*quoted_table*/,
                              std::string_view /*condition*/) const {
    return "";
  }
};

}  // namespace thing::dialect
