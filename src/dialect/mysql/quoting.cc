#include "dialect/quoting.h"

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"

namespace thing::dialect {
namespace {

std::string bytes_literal(std::string_view bytes) { return "X'" + hexadecimal_digits(bytes) + "'"; }

// What a backslash means depends on the session's sql_mode.
std::string text_literal(std::string_view text) {
  const bool plain = !has_control(text) && text.find('\\') == std::string_view::npos;
  return plain ? doubled(text, '\'') : "_utf8mb4 " + bytes_literal(text);
}

}  // namespace

std::string Mysql::literal(const value::ValueView& v) const {
  using value::Type;
  if (value::is_list(v.type)) return text_literal(v.bytes);
  switch (v.type) {
    case Type::kNull: return "NULL";
    case Type::kBool:
    case Type::kInt: return fmt::format("{}", v.integer);
    case Type::kFloat: return float_literal(v.real);
    case Type::kDecimal:
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return text_literal(v.bytes);
    case Type::kBytes:
    case Type::kUuid: return bytes_literal(v.bytes);
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return time_literal(v);
  }
  return "NULL";
}

}  // namespace thing::dialect
