// Text has a collation that compares bytes and pads nothing, column by column, so that it does not
// depend on the table. Decimals are text too: DECIMAL has a scale of its own, and 1.50 would come
// back with thirty digits behind the point; a CHECK holds them to what DECIMAL(65,30), which they
// are compared as, has room for. Documents are text, which comes back as it was given.
// docs/design/decisions/0003-decimals-and-documents.md has the reasons, docs/design/dialect.md the
// table.
#include <algorithm>

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"
#include "dialect/quoting.h"

namespace thing::dialect {

using schema::Field;
using schema::Model;
using value::Type;

namespace {

// Characters of text, or bytes, in a key or an index. An index of InnoDB has room for 3,072 bytes:
// three such texts of four bytes a character.
constexpr size_t kIndexed = 255;

bool is_indexed(const Model& model, uint32_t field) {
  const auto holds = [field](const schema::Index& index) {
    return std::find(index.fields.begin(), index.fields.end(), field) != index.fields.end();
  };
  const auto refers = [field](const schema::ForeignKey& key) {  // the server makes an index for it
    return std::find(key.fields.begin(), key.fields.end(), field) != key.fields.end();
  };
  return model.is_key(field) || std::any_of(model.indexes.begin(), model.indexes.end(), holds) ||
         std::any_of(model.foreign_keys.begin(), model.foreign_keys.end(), refers);
}

size_t enum_length(const Field& field) {
  size_t length = kIndexed;
  for (const std::string& v : field.enum_values) length = std::max(length, v.size());
  return length;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<uint8_t>(c) > 127; });
}

// Whether the catalogue shows a default so that it can be read again: it does not escape, and has ?
// for characters of four bytes.
bool is_shown_text(std::string_view text) {
  return !has_control(text) && std::none_of(text.begin(), text.end(), [](char c) {
    return c == '\'' || c == '\\' || c == '?' || static_cast<uint8_t>(c) >= 0xf0;
  });
}

base::Status refuse_json(std::string_view database, const Model& model, const Field& field) {
  return base::fail(
      base::Error(base::Code::kUnsupported,
                  fmt::format("{}: table '{}', column '{}': found json in a key or an index, "
                              "expected a type of limited length",
                              database, model.table, field.column))
          .model(model.name)
          .field(field.name));
}

}  // namespace

std::string Mysql::column_type(const Model& model, uint32_t i) const {
  const Field& field = model.fields[i];
  const auto text = [&](std::string_view type) {
    return fmt::format("{} CHARACTER SET utf8mb4 COLLATE {}", type,
                       is_mariadb() ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
  };
  if (field.is_list()) return text("LONGTEXT");
  switch (field.type) {
    case Type::kNull: break;
    case Type::kBool: return "TINYINT(1)";
    case Type::kInt: return "BIGINT";
    case Type::kFloat: return "DOUBLE";
    case Type::kDecimal: return text("VARCHAR(67)");
    case Type::kText:
      return text(is_indexed(model, i) ? fmt::format("VARCHAR({})", kIndexed) : "LONGTEXT");
    case Type::kEnum: return text(fmt::format("VARCHAR({})", enum_length(field)));
    case Type::kBytes:
      return is_indexed(model, i) ? fmt::format("VARBINARY({})", kIndexed) : "LONGBLOB";
    case Type::kDatetime: return "DATETIME(6)";
    case Type::kDate: return "DATE";
    case Type::kTime: return "TIME(6)";
    case Type::kUuid: return "BINARY(16)";
    case Type::kJson: return text("LONGTEXT");
  }
  return "";
}

base::Status Mysql::check_table(const Model& model) const {
  for (const uint32_t i : model.primary) {
    if (model.fields[i].type == Type::kJson) return refuse_json(name(), model, model.fields[i]);
  }
  return {};
}

base::Status Mysql::check_index(const Model& model, const schema::Index& index) const {
  for (const uint32_t i : index.fields) {
    if (model.fields[i].type == Type::kJson) return refuse_json(name(), model, model.fields[i]);
  }
  return SqlDialect::check_index(model, index);
}

// InnoDB takes SET DEFAULT and then refuses what it is for.
base::Status Mysql::check_foreign_key(const Model& model, const schema::ForeignKey& key) const {
  const auto refuse = [&](std::string_view what) {
    return base::fail(
        base::Error(base::Code::kUnsupported, fmt::format("{}: foreign key '{}' of '{}': {}",
                                                          name(), key.name, model.table, what))
            .model(model.name)
            .constraint(key.name));
  };
  using schema::Action;
  if (key.on_delete == Action::kSetDefault || key.on_update == Action::kSetDefault)
    return refuse("found set_default, which InnoDB does not have");
  const bool sets_null = key.on_delete == Action::kSetNull || key.on_update == Action::kSetNull;
  for (const uint32_t i : key.fields) {
    const Field& field = model.fields[i];
    if (field.type == Type::kJson) return refuse_json(name(), model, field);
    if (sets_null && !field.nullable)
      return refuse(
          fmt::format("found set_null for '{}', expected a field that may be null", field.name));
  }
  return {};
}

// Times are stored in UTC whatever the session's time zone is.
std::string_view Mysql::now(Type type) const {
  switch (type) {
    case Type::kDate: return "(UTC_DATE())";
    case Type::kTime: return "(UTC_TIME(6))";
    default: return "(UTC_TIMESTAMP(6))";
  }
}

std::string Mysql::uuid_expression(Type type) const {
  return type == Type::kUuid ? "UNHEX(REPLACE(UUID(), '-', ''))" : "UUID()";
}

// LONGTEXT and LONGBLOB take expressions alone, which MariaDB converts to the character set of the
// table, not of the column: a table that others made need not have all characters. Of _utf8mb4
// X'..' it makes a text that it can not read again when it holds a quote, and the catalogue shows
// no bytes.
std::string Mysql::literal_default(const Model& model, uint32_t field) const {
  const value::ValueView v = model.fields[field].initial.literal.view();
  const bool bytes = v.type == Type::kBytes || v.type == Type::kUuid;
  if (bytes) return fmt::format("(UNHEX('{}'))", hexadecimal_digits(v.bytes));
  const bool is_long = column_type(model, field).starts_with("LONG");
  if (value::is_utf8_type(v.type) && (!is_shown_text(v.bytes) || (is_long && !is_ascii(v.bytes))))
    return fmt::format("(CONVERT(X'{}' USING utf8mb4))", hexadecimal_digits(v.bytes));
  const std::string literal = SqlDialect::literal_default(model, field);
  const bool expression = is_long && literal != "NULL";
  return expression ? "(" + literal + ")" : literal;
}

// They also tell introspection what the text is.
std::string Mysql::check_clause(const Field& field) const {
  const std::string column = quote(field.column);
  if (field.type == Type::kJson || field.is_list())
    return fmt::format(" CHECK (json_valid({}))", column);
  if (field.type != Type::kDecimal) return "";
  return fmt::format(" CHECK ({} REGEXP '^-?[0-9]{{1,35}}([.][0-9]{{1,30}})?$')", column);
}

// Decimals as the numbers that they are compared as, where an index can hold an expression.
std::string Mysql::index_column(const Model& model, uint32_t field) const {
  const std::string column = bare_column(model, field);
  const Type type = model.fields[field].type;
  return type == Type::kDecimal && !is_mariadb() ? "(" + compared(column, type) + ")" : column;
}

}  // namespace thing::dialect
