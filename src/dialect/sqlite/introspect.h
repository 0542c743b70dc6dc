#pragma once
#include <string>
#include <string_view>

#include "value/type.h"

// What the catalogue of a SQLite database says. Only the database "main" is looked at.
namespace thing::dialect {

// name, type ("table", "view"), sql; in the order of their making, SQLite's own left out.
inline constexpr std::string_view kListTables =
    "SELECT name, type, sql FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT "
    "LIKE 'sqlite\\_%' ESCAPE '\\' "
    "ORDER BY rowid";
// The same for one name (as SQLite compares names), indexes too.
inline constexpr std::string_view kFindName =
    "SELECT name, type, sql FROM main.sqlite_master WHERE name = ? COLLATE NOCASE AND type IN "
    "('table', 'view', 'index')";
// name, declared type, not null (1, 0), default as SQL or NULL, place in the primary key from 1
// (else 0), generated (1, 0)
inline constexpr std::string_view kListColumns =
    "SELECT name, type, \"notnull\", dflt_value, pk, hidden > 1 FROM pragma_table_xinfo(?, 'main') "
    "WHERE hidden <> 1 ORDER BY cid";
// name, unique (1, 0), origin ("c" by CREATE INDEX, "u" by UNIQUE, "pk"), partial (1, 0), sql or
// NULL
inline constexpr std::string_view kListIndexes =
    "SELECT l.name, l.\"unique\", l.origin, l.partial, m.sql FROM pragma_index_list(?, 'main') AS "
    "l "
    "LEFT JOIN main.sqlite_master AS m ON m.type = 'index' AND m.name = l.name ORDER BY l.seq DESC";
// column (NULL for an expression), collation
inline constexpr std::string_view kListIndexColumns =
    "SELECT name, coll FROM pragma_index_xinfo(?, 'main') WHERE key = 1 ORDER BY seqno";

// How SQLite treats values in a column of a declared type, https://sqlite.org/datatype3.html
// section 3.1.
enum class Affinity : uint8_t { kInteger, kText, kBlob, kReal, kNumeric };
Affinity sqlite_affinity(std::string_view declared);

// The type that a declared type means most likely.
value::Type sqlite_field_type(std::string_view declared);
// Whether a column of this declared type keeps every value of the type as it is stored.
bool sqlite_can_hold(std::string_view declared, value::Type type);

}  // namespace thing::dialect
