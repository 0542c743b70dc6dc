#include "dialect/mysql/introspect.h"

#include "dialect/declared.h"

namespace thing::dialect {
namespace {

using value::Type;

bool is_text(std::string_view word) {
  return is_one_of(word, {"varchar", "tinytext", "text", "mediumtext", "longtext"});
}

bool is_integer(std::string_view word) {
  return is_one_of(word, {"tinyint", "smallint", "mediumint", "int", "bigint"});
}

bool is_bytes(std::string_view word) {
  return is_one_of(word, {"varbinary", "tinyblob", "blob", "mediumblob", "longblob"});
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Text by the checks of this library, and of MariaDB's own JSON.
Type text_type(std::string_view checks) {
  if (has(checks, "json_valid(")) return Type::kJson;
  return has(checks, "regexp") && has(checks, "{1,35}([.]") ? Type::kDecimal : Type::kText;
}

}  // namespace

// Literal defaults come without quotes, expressions are marked.
const std::string_view kMysqlListColumns =
    "SELECT c.column_name, c.column_type, c.is_nullable = 'NO', IF(c.extra LIKE "
    "'%DEFAULT_GENERATED%', c.column_default, IF(c.column_default IS NULL, NULL, "
    "QUOTE(c.column_default))), coalesce(k.ordinal_position, 0), c.generation_expression <> '', "
    "c.extra LIKE '%auto_increment%', coalesce((SELECT group_concat(h.check_clause) FROM "
    "information_schema.table_constraints AS n JOIN information_schema.check_constraints AS h ON "
    "h.constraint_schema = n.constraint_schema AND h.constraint_name = n.constraint_name WHERE "
    "n.table_schema = c.table_schema AND n.table_name = c.table_name AND n.constraint_type = "
    "'CHECK' AND LOCATE(CONCAT('`', c.column_name, '`'), h.check_clause) > 0), '') "
    "FROM information_schema.columns AS c LEFT JOIN information_schema.key_column_usage AS k ON "
    "k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = "
    "c.column_name AND k.constraint_name = 'PRIMARY' WHERE c.table_schema = DATABASE() AND "
    "c.table_name = ? ORDER BY c.ordinal_position";
// Defaults are SQL, and that of a column without one is the word NULL. A column's own check has its
// name.
const std::string_view kMariadbListColumns =
    "SELECT c.column_name, c.column_type, c.is_nullable = 'NO', NULLIF(c.column_default, 'NULL'), "
    "coalesce(k.ordinal_position, 0), c.is_generated = 'ALWAYS', c.extra LIKE "
    "'%auto_increment%', coalesce((SELECT group_concat(h.check_clause) FROM "
    "information_schema.check_constraints AS h WHERE h.constraint_schema = c.table_schema AND "
    "h.table_name = c.table_name AND h.constraint_name = c.column_name AND h.level = 'Column'), "
    "'') "
    "FROM information_schema.columns AS c LEFT JOIN information_schema.key_column_usage AS k ON "
    "k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = "
    "c.column_name AND k.constraint_name = 'PRIMARY' WHERE c.table_schema = DATABASE() AND "
    "c.table_name = ? ORDER BY c.ordinal_position";

Type mysql_field_type(std::string_view declared, std::string_view checks) {
  const std::string name = lowered(declared);
  const std::string_view word = first_word(name);
  if (name == "tinyint(1)") return Type::kBool;
  if (is_integer(word) || word == "year") return Type::kInt;
  if (is_one_of(word, {"float", "double", "real"})) return Type::kFloat;
  if (is_one_of(word, {"decimal", "numeric"})) return Type::kDecimal;
  if (name == "binary(16)" || word == "uuid") return Type::kUuid;
  if (is_bytes(word) || is_one_of(word, {"binary", "bit"})) return Type::kBytes;
  if (is_one_of(word, {"datetime", "timestamp"})) return Type::kDatetime;
  if (word == "date") return Type::kDate;
  if (word == "time") return Type::kTime;
  if (word == "json") return Type::kJson;
  return text_type(lowered(checks));
}

// Strict mode refuses what is too long or too large. What it would change without a word is refused
// here: digits and microseconds rounded, documents written anew, values padded or cut.
bool mysql_can_hold(std::string_view declared, Type type) {
  const std::string name = lowered(declared);
  const std::string_view word = first_word(name);
  switch (type) {
    case Type::kNull: return false;
    case Type::kBool: return is_integer(word);
    case Type::kInt: return is_integer(word);
    case Type::kFloat: return is_one_of(word, {"double", "real"});
    case Type::kDecimal:
    case Type::kText:
    case Type::kEnum:
    case Type::kJson: return is_text(word);
    case Type::kBytes: return is_bytes(word);
    case Type::kDatetime:
      return is_one_of(word, {"datetime", "timestamp"}) && first_argument(name) == 6;
    case Type::kDate: return word == "date";
    case Type::kTime: return word == "time" && first_argument(name) == 6;
    case Type::kUuid: return name == "binary(16)";
  }
  return false;
}

}  // namespace thing::dialect
