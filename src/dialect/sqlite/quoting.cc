#include "dialect/sqlite/quoting.h"

#include <fmt/format.h>

#include "dialect/quoting.h"

namespace thing::dialect {
namespace {

std::string blob_literal(std::string_view bytes) { return "X'" + hexadecimal_digits(bytes) + "'"; }

// SQL text ends at a NUL, and a statement should stay on one line.
std::string text_literal(std::string_view text) {
  return has_control(text) ? "CAST(" + blob_literal(text) + " AS TEXT)" : doubled(text, '\'');
}

}  // namespace

std::string sqlite_literal(const value::ValueView& v) {
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
    case Type::kBytes: return blob_literal(v.bytes);
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return time_literal(v);
    case Type::kUuid: return uuid_literal(v.bytes);
  }
  return "NULL";
}

}  // namespace thing::dialect
