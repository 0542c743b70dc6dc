#pragma once
#include <string_view>

#include "value/type.h"

// What the catalogue of a PostgreSQL database says about the first schema of the search path.
namespace thing::dialect {

// CatalogueQueries has what each gives. Partitions are left out, their parents are in.
inline constexpr std::string_view kPostgresListTables =
    "SELECT c.relname::text, CASE WHEN c.relkind IN ('r', 'p', 'f') THEN 'table' ELSE 'view' END "
    "FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN "
    "('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition ORDER BY c.oid";
inline constexpr std::string_view kPostgresFindName =
    "SELECT c.relname::text, CASE WHEN c.relkind IN ('r', 'p', 'f') THEN 'table' WHEN c.relkind IN "
    "('v', 'm') THEN 'view' WHEN c.relkind = 'S' THEN 'sequence' ELSE 'index' END FROM pg_class AS "
    "c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND c.relkind IN "
    "('r', 'p', 'f', 'v', 'm', 'i', 'I', 'S')";
// An identity gives ids, and a default that is the next of a sequence.
inline constexpr std::string_view kPostgresListColumns =
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, CASE WHEN "
    "a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END, "
    "coalesce(array_position(k.indkey::int2[], a.attnum) + 1, 0), a.attgenerated <> '', "
    "a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', FALSE), '' "
    "FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
    "LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "LEFT JOIN pg_index AS k ON k.indrelid = a.attrelid AND k.indisprimary "
    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND a.attnum > 0 AND "
    "NOT a.attisdropped ORDER BY a.attnum";
inline constexpr std::string_view kPostgresListIndexes =
    "SELECT i.relname::text, x.indisunique, CASE WHEN x.indisprimary THEN 'pk' WHEN n.oid IS NULL "
    "THEN 'c' ELSE 'u' END, x.indpred IS NOT NULL, CASE WHEN n.oid IS NULL THEN "
    "pg_get_indexdef(x.indexrelid) END, pg_get_expr(x.indpred, x.indrelid) "
    "FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = "
    "x.indrelid LEFT JOIN pg_constraint AS n ON n.conindid = x.indexrelid AND n.contype IN ('u', "
    "'p', 'x') WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND "
    "x.indisvalid ORDER BY x.indexrelid";
// Other indexes than B-trees have no order and are never unique.
inline constexpr std::string_view kPostgresListIndexColumns =
    "SELECT a.attname::text FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN "
    "pg_class AS c ON c.oid = x.indrelid JOIN pg_am AS m ON m.oid = i.relam CROSS JOIN "
    "generate_series(0, x.indnkeyatts - 1) AS p(i) LEFT JOIN pg_attribute AS a ON a.attrelid = "
    "x.indrelid AND a.attnum = x.indkey[p.i] AND a.attnum > 0 AND m.amname = 'btree' WHERE "
    "i.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND i.relname = $2 ORDER "
    "BY p.i";
extern const std::string_view kPostgresListForeignKeys;

// The type that a declared type means most likely.
value::Type postgres_field_type(std::string_view declared);
// Whether a column of this declared type keeps every value of the type that it takes as it is.
bool postgres_can_hold(std::string_view declared, value::Type type);

}  // namespace thing::dialect
