#include "dialect/quoting.h"

#include <iterator>

#include <fmt/format.h>

#include "dialect/postgres/postgres.h"
#include "value/list.h"

namespace thing::dialect {
namespace {

// E'...' takes escapes whatever standard_conforming_strings is, so backslashes are safe in it.
std::string text_literal(std::string_view text) {
  if (!has_control(text) && text.find('\\') == std::string_view::npos) return doubled(text, '\'');
  std::string out = "E'";
  for (char c : text) {
    if (c == '\'' || c == '\\')
      out.append(2, c);
    else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<uint8_t>(c));
    else
      out += c;
  }
  return out += "'";
}

// ARRAY['a', 'b']::text[]; of no elements an array has no dimension.
std::string array_literal(const Postgres& dialect, const value::ValueView& v) {
  const std::string_view type = postgres_type(value::element_of(v.type));
  const auto elements = value::list_elements(v.type, v.bytes);
  if (!elements || elements->empty()) return fmt::format("'{{}}'::{}[]", type);
  std::string out = "ARRAY[";
  for (const value::Value& element : *elements)
    out.append(out.ends_with('[') ? "" : ", ").append(dialect.literal(element.view()));
  return out.append("]::").append(type).append("[]");
}

}  // namespace

std::string Postgres::placeholder(int number) const { return fmt::format("${}", number); }

std::string Postgres::literal(const value::ValueView& v) const {
  using value::Type;
  if (value::is_list(v.type)) return array_literal(*this, v);
  switch (v.type) {
    case Type::kNull: return "NULL";
    case Type::kBool: return v.integer != 0 ? "TRUE" : "FALSE";
    case Type::kInt: return fmt::format("{}", v.integer);
    case Type::kFloat: return float_literal(v.real);
    case Type::kDecimal: return std::string(v.bytes);
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return text_literal(v.bytes);
    case Type::kBytes: return "'\\x" + hexadecimal_digits(v.bytes) + "'::bytea";
    case Type::kDatetime: return time_literal(v, "+00");
    case Type::kDate:
    case Type::kTime: return time_literal(v);
    case Type::kUuid: return uuid_literal(v.bytes);
  }
  return "NULL";
}

}  // namespace thing::dialect
