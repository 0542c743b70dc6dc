#include "dialect/mysql/introspect.h"

#include "dialect/declared.h"
#include "dialect/mysql/mysql.h"

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

// A backslash and what it stands for.
char unescaped(char c) {
  switch (c) {
    case '0': return '\0';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'Z': return '\x1a';
    default: return c;
  }
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    out += escape ? unescaped(text[++i]) : text[i];
  }
  return out;
}

// Text by the checks of this library, and of MariaDB's own JSON.
Type text_type(std::string_view checks) {
  if (has(checks, "json_valid(")) return Type::kJson;
  return has(checks, "regexp") && has(checks, "{1,35}([.]") ? Type::kDecimal : Type::kText;
}

class MysqlCatalogue final : public Catalogue {
 public:
  explicit MysqlCatalogue(bool mariadb)
      : mariadb_(mariadb),
        queries_{
            .tables = kMysqlListTables,
            .name = kMysqlFindName,
            .columns = mariadb ? kMariadbListColumns : kMysqlListColumns,
            .indexes = kMysqlListIndexes,
            .index_columns = mariadb ? kMariadbListIndexColumns : kMysqlListIndexColumns,
            .foreign_keys = kMysqlListForeignKeys,
        } {}

  const CatalogueQueries& queries() const override { return queries_; }
  Spelling spelling() const override { return {.folds = true, .brackets = false}; }
  bool shares_index_names() const override { return false; }

  Type field_type(std::string_view declared, std::string_view checks) const override {
    return mysql_field_type(declared, checks);
  }
  bool can_hold(std::string_view declared, Type type) const override {
    return mysql_can_hold(declared, type);
  }
  bool can_index(std::string_view declared) const override { return mysql_can_index(declared); }
  bool can_refer(std::string_view declared, std::string_view to) const override {
    return mysql_can_refer(declared, to);
  }
  bool restricts_always() const override { return true; }
  std::string_view id_clause() const override { return "AUTO_INCREMENT"; }

  // MySQL escapes the text of an expression once more.
  std::string default_sql(std::string given) const override {
    return mariadb_ || given.starts_with('\'') ? given : unescaped(given);
  }
  // What is no character of three bytes is shown as ?, and backslashes mean themselves or not.
  bool is_shown(std::string_view sql) const override {
    return sql.find_first_of("?\\") == std::string_view::npos;
  }
  std::span<const std::string_view> now_defaults(Type type) const override;
  std::span<const std::string_view> uuid_defaults(Type type) const override;

 private:
  bool mariadb_;
  CatalogueQueries queries_;
};

// CURRENT_TIMESTAMP is the time of the session's zone, which is UTC in those of this library.
std::span<const std::string_view> MysqlCatalogue::now_defaults(Type type) const {
  static constexpr std::string_view kDatetime[] = {"utc_timestamp(6)",     "utc_timestamp()",
                                                   "current_timestamp(6)", "current_timestamp()",
                                                   "current_timestamp(3)", "current_timestamp"};
  static constexpr std::string_view kDate[] = {"utc_date()"};
  static constexpr std::string_view kTime[] = {"utc_time(6)", "utc_time()"};
  switch (type) {
    case Type::kDatetime: return kDatetime;
    case Type::kDate: return kDate;
    case Type::kTime: return kTime;
    default: return {};
  }
}

std::span<const std::string_view> MysqlCatalogue::uuid_defaults(Type type) const {
  static constexpr std::string_view kUuid[] = {
      "unhex(replace(uuid(),'-',''))", "unhex(replace(uuid(),_utf8mb4'-',_utf8mb4''))", "uuid()"};
  static constexpr std::string_view kText[] = {"uuid()"};
  switch (type) {
    case Type::kUuid: return kUuid;
    case Type::kText: return kText;
    default: return {};
  }
}

}  // namespace

const Catalogue& Mysql::catalogue() const {
  static const MysqlCatalogue mysql(false);
  static const MysqlCatalogue mariadb(true);
  return is_mariadb() ? mariadb : mysql;
}

// Literal defaults come without quotes, expressions are marked.
const std::string_view kMysqlListColumns =
    "SELECT c.column_name, c.column_type, c.is_nullable = 'NO', IF(c.extra LIKE "
    "'%DEFAULT_GENERATED%', c.column_default, IF(c.column_default IS NULL, NULL, "
    "CONCAT('''', REPLACE(c.column_default, '''', ''''''), ''''))), coalesce(k.ordinal_position, "
    "0), c.generation_expression <> '', "
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
  if (value::is_list(type)) type = Type::kJson;  // which is how they are stored
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

// Integers are to be of one width, and both with a sign or without; lengths of texts may differ.
bool mysql_can_refer(std::string_view declared, std::string_view to) {
  const std::string a = lowered(declared), b = lowered(to);
  if (is_text(first_word(a)) && is_text(first_word(b))) return true;
  const bool fixed =
      is_integer(first_word(a)) || is_integer(first_word(b)) || a.starts_with("binary");
  if (fixed) return first_word(a) == first_word(b) && has(a, "unsigned") == has(b, "unsigned");
  return mysql_field_type(a, "") == mysql_field_type(b, "");
}

// Of text and bytes without a limit an index holds a part, and it has room for 3,072 bytes.
bool mysql_can_index(std::string_view declared) {
  const std::string name = lowered(declared);
  const std::string_view word = first_word(name);
  if (word.ends_with("text") || word.ends_with("blob") || word == "json") return false;
  if (word == "varchar") return first_argument(name) <= 768;
  return word != "varbinary" || first_argument(name) <= 3072;
}

}  // namespace thing::dialect
