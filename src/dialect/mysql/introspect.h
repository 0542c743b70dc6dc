#pragma once
#include <string_view>

#include "value/type.h"

// What the catalogue of a MySQL or MariaDB server says about the database of the session.
namespace thing::dialect {

// name, type ("table", "view")
inline constexpr std::string_view kMysqlListTables =
    "SELECT table_name, IF(table_type = 'VIEW', 'view', 'table') FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') "
    "ORDER BY table_name";
// The same for one name, as the server compares names. Indexes belong to their tables here.
inline constexpr std::string_view kMysqlFindName =
    "SELECT table_name, IF(table_type = 'VIEW', 'view', 'table') FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = ?";
// name, declared type, not null (1, 0), default as SQL or NULL, place in the primary key from 1
// (else 0), generated (1, 0), gives ids (1, 0), the checks of the column or ""
extern const std::string_view kMysqlListColumns;
extern const std::string_view kMariadbListColumns;
// name, unique (1, 0), origin ("c" or "pk"), partial (0), predicate (NULL)
inline constexpr std::string_view kMysqlListIndexes =
    "SELECT index_name, MAX(non_unique) = 0, IF(index_name = 'PRIMARY', 'pk', 'c'), 0, NULL "
    "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? "
    "GROUP BY index_name ORDER BY index_name";
// Of a table and an index: column (NULL for an expression), characters of it or NULL for all
inline constexpr std::string_view kMysqlListIndexColumns =
    "SELECT column_name, sub_part FROM information_schema.statistics WHERE table_schema = "
    "DATABASE() AND table_name = ? AND index_name = ? ORDER BY seq_in_index";
// name, column, its place in the key from 1, table and column referred to, on update, on delete
// ("CASCADE", "NO ACTION" ...)
inline constexpr std::string_view kMysqlListForeignKeys =
    "SELECT k.constraint_name, k.column_name, k.ordinal_position, k.referenced_table_name, "
    "k.referenced_column_name, r.update_rule, r.delete_rule "
    "FROM information_schema.key_column_usage AS k "
    "JOIN information_schema.referential_constraints AS r ON r.constraint_schema = "
    "k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name "
    "WHERE k.table_schema = DATABASE() AND k.table_name = ? AND k.referenced_table_name IS NOT "
    "NULL "
    "ORDER BY k.constraint_name, k.ordinal_position";

// The type that a declared type means most likely; `checks` are those of the column. Text that is
// held to be a document or a number is one.
value::Type mysql_field_type(std::string_view declared, std::string_view checks);
// Whether a column of this declared type keeps every value of the type that it takes as it is.
bool mysql_can_hold(std::string_view declared, value::Type type);

}  // namespace thing::dialect
