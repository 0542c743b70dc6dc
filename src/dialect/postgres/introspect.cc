#include "dialect/postgres/introspect.h"

#include "dialect/declared.h"

namespace thing::dialect {
namespace {

using value::Type;

bool is_array(std::string_view name) { return name.ends_with("[]"); }

bool is_integer(std::string_view name) {
  return is_one_of(name, {"smallint", "integer", "bigint"});
}

bool is_datetime(std::string_view word) { return word == "timestamp" || word == "timestamptz"; }

// "time(3) without time zone" rounds, "time without time zone" has microseconds.
bool has_micros(std::string_view name) {
  const int digits = first_argument(name);
  return digits < 0 || digits == 6;
}

}  // namespace

const std::string_view kPostgresListForeignKeys =
    "SELECT n.conname::text, a.attname::text, p.i, r.relname::text, b.attname::text, "
    "CASE n.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET "
    "DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END, CASE n.confdeltype WHEN 'c' THEN "
    "'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' ELSE "
    "'NO ACTION' END FROM pg_constraint AS n JOIN pg_class AS c ON c.oid = n.conrelid JOIN "
    "pg_class AS r ON r.oid = n.confrelid CROSS JOIN generate_series(1, cardinality(n.conkey)) AS "
    "p(i) JOIN pg_attribute AS a ON a.attrelid = n.conrelid AND a.attnum = n.conkey[p.i] JOIN "
    "pg_attribute AS b ON b.attrelid = n.confrelid AND b.attnum = n.confkey[p.i] WHERE n.contype = "
    "'f' AND c.relnamespace = current_schema()::regnamespace AND c.relname = $1 ORDER BY "
    "n.conname, p.i";

Type postgres_field_type(std::string_view declared) {
  const std::string name = lowered(declared);
  const std::string_view word = first_word(name);
  if (is_array(name)) return Type::kText;
  if (word == "boolean") return Type::kBool;
  if (is_integer(name)) return Type::kInt;
  if (name == "double precision" || name == "real") return Type::kFloat;
  if (word == "numeric") return Type::kDecimal;
  if (word == "bytea") return Type::kBytes;
  if (is_datetime(word)) return Type::kDatetime;
  if (word == "date") return Type::kDate;
  if (word == "time" && !name.ends_with("with time zone")) return Type::kTime;
  if (word == "uuid") return Type::kUuid;
  if (word == "json" || word == "jsonb") return Type::kJson;
  return Type::kText;
}

// The server refuses what is too long or too large. What it would change without a word is refused
// here: digits and microseconds rounded, documents written anew, texts padded.
bool postgres_can_hold(std::string_view declared, Type type) {
  const std::string name = lowered(declared);
  const std::string_view word = first_word(name);
  switch (type) {
    case Type::kNull: return false;
    case Type::kBool: return name == "boolean";
    case Type::kInt: return is_integer(name);
    case Type::kFloat: return name == "double precision";
    case Type::kDecimal: return name == "numeric";
    case Type::kText:
    case Type::kEnum:
      return name == "text" || (name.starts_with("character varying") && !is_array(name));
    case Type::kBytes: return name == "bytea";
    case Type::kDatetime: return is_datetime(word) && has_micros(name) && !is_array(name);
    case Type::kDate: return name == "date";
    case Type::kTime:
      return word == "time" && has_micros(name) && name.ends_with("without time zone");
    case Type::kUuid: return name == "uuid";
    case Type::kJson: return name == "json";
  }
  return false;
}

}  // namespace thing::dialect
