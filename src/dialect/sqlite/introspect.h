#pragma once
#include <string>
#include <string_view>

#include "value/type.h"

// What the catalogue of a SQLite database says. Only the database "main" is looked at.
namespace thing::dialect {

// CatalogueQueries has what each gives. In the order of their making, SQLite's own left out.
inline constexpr std::string_view kListTables =
    "SELECT name, CASE WHEN sql LIKE 'CREATE VIRTUAL TABLE %' THEN 'virtual table' ELSE type END "
    "FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT "
    "LIKE 'sqlite\\_%' ESCAPE '\\' "
    "ORDER BY rowid";
inline constexpr std::string_view kFindName =
    "SELECT name, CASE WHEN sql LIKE 'CREATE VIRTUAL TABLE %' THEN 'virtual table' ELSE type END "
    "FROM main.sqlite_master WHERE name = ? COLLATE NOCASE AND type IN "
    "('table', 'view', 'index')";
// A key that is the number of the row gives ids; any other key has an index of its own.
inline constexpr std::string_view kListColumns =
    "SELECT name, type, \"notnull\", dflt_value, pk, hidden > 1, pk = 1 AND upper(type) = "
    "'INTEGER' AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk'), "
    "'' FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid";
inline constexpr std::string_view kListIndexes =
    "SELECT l.name, l.\"unique\", l.origin, l.partial, m.sql, NULL FROM pragma_index_list(?, "
    "'main') AS "
    "l "
    "LEFT JOIN main.sqlite_master AS m ON m.type = 'index' AND m.name = l.name ORDER BY l.seq DESC";
inline constexpr std::string_view kListIndexColumns =
    "SELECT name FROM pragma_index_xinfo(?2, 'main') WHERE key = 1 ORDER BY seqno";
// In the order in which they are declared.
inline constexpr std::string_view kListForeignKeys =
    "SELECT NULL, \"from\", seq + 1, \"table\", \"to\", on_update, on_delete FROM "
    "pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq";

// How SQLite treats values in a column of a declared type, https://sqlite.org/datatype3.html
// section 3.1.
enum class Affinity : uint8_t { kInteger, kText, kBlob, kReal, kNumeric };
Affinity sqlite_affinity(std::string_view declared);

// The type that a declared type means most likely.
value::Type sqlite_field_type(std::string_view declared);
// Whether a column of this declared type keeps every value of the type as it is stored.
bool sqlite_can_hold(std::string_view declared, value::Type type);

}  // namespace thing::dialect
