#pragma once
#include <string_view>

#include "value/type.h"

// What the catalogue of a MySQL or MariaDB server says about the database of the session.
namespace thing::dialect {

// CatalogueQueries has what each gives.
inline constexpr std::string_view kMysqlListTables =
    "SELECT table_name, IF(table_type = 'VIEW', 'view', 'table') FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') "
    "ORDER BY table_name";
// As the server compares names. Indexes belong to their tables here.
inline constexpr std::string_view kMysqlFindName =
    "SELECT table_name, IF(table_type = 'VIEW', 'view', 'table') FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = ?";
extern const std::string_view kMysqlListColumns;
extern const std::string_view kMariadbListColumns;
inline constexpr std::string_view kMysqlListIndexes =
    "SELECT index_name, MAX(non_unique) = 0, IF(index_name = 'PRIMARY', 'pk', 'c'), 0, NULL, NULL "
    "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? "
    "GROUP BY index_name ORDER BY index_name";
// An index of MySQL has decimals as the numbers that they are compared as.
inline constexpr std::string_view kMysqlListIndexColumns =
    "SELECT CASE WHEN sub_part IS NOT NULL OR index_type NOT IN ('BTREE', 'HASH') THEN NULL WHEN "
    "expression LIKE 'cast(`%` as decimal(65,30))' THEN REPLACE(SUBSTRING(expression, 7, "
    "CHAR_LENGTH(expression) - 26), '``', '`') ELSE column_name END FROM "
    "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND "
    "index_name = ? ORDER BY seq_in_index";
inline constexpr std::string_view kMariadbListIndexColumns =
    "SELECT IF(sub_part IS NULL AND index_type IN ('BTREE', 'HASH'), column_name, NULL) FROM "
    "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND "
    "index_name = ? ORDER BY seq_in_index";
inline constexpr std::string_view kMysqlListForeignKeys =
    "SELECT k.constraint_name, k.column_name, k.ordinal_position, k.referenced_table_name, "
    "k.referenced_column_name, r.update_rule, r.delete_rule "
    "FROM information_schema.key_column_usage AS k "
    "JOIN information_schema.referential_constraints AS r ON r.constraint_schema = "
    "k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name "
    "WHERE k.table_schema = DATABASE() AND k.table_name = ? AND k.referenced_table_schema = "
    "DATABASE() "
    "ORDER BY k.constraint_name, k.ordinal_position";

// The type that a declared type means most likely; `checks` are those of the column. Text that is
// held to be a document or a number is one.
value::Type mysql_field_type(std::string_view declared, std::string_view checks);
// Whether a foreign key may have a column of the one type and refer to one of the other.
bool mysql_can_refer(std::string_view declared, std::string_view to);
// Whether a column of this declared type keeps every value of the type that it takes as it is.
bool mysql_can_hold(std::string_view declared, value::Type type);
// Whether an index can hold the whole column.
bool mysql_can_index(std::string_view declared);

}  // namespace thing::dialect
