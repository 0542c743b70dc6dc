#include "dialect/sqlite/quoting.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "base/uuid.h"

namespace thing::dialect {
namespace {

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out += quote;
}

std::string hexadecimal(std::string_view bytes) {
  std::string out = "X'";
  for (char c : bytes) fmt::format_to(std::back_inserter(out), "{:02X}", static_cast<uint8_t>(c));
  return out += "'";
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// SQL text ends at a NUL, and a statement should stay on one line.
std::string text_literal(std::string_view text) {
  return has_control(text) ? "CAST(" + hexadecimal(text) + " AS TEXT)" : doubled(text, '\'');
}

std::string float_literal(double v) {
  std::string out = fmt::format("{}", v);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string uuid_literal(std::string_view bytes) {
  char text[36];
  base::print_uuid(reinterpret_cast<const uint8_t*>(bytes.data()), text);
  return doubled({text, sizeof text}, '\'');
}

std::string time_literal(int (*print)(int64_t, char*), int64_t v) {
  char text[base::kMaxTimeText];
  const int length = print(v, text);
  return doubled({text, static_cast<size_t>(length)}, '\'');
}

}  // namespace

std::string sqlite_identifier(std::string_view name) { return doubled(name, '"'); }

std::string sqlite_column(const schema::Model& model, uint32_t field) {
  return "t." + sqlite_identifier(model.fields[field].column);
}

std::string sqlite_literal(const value::ValueView& v) {
  using value::Type;
  switch (v.type) {
    case Type::kNull: return "NULL";
    case Type::kBool:
    case Type::kInt: return fmt::format("{}", v.integer);
    case Type::kFloat: return float_literal(v.real);
    case Type::kDecimal:
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return text_literal(v.bytes);
    case Type::kBytes: return hexadecimal(v.bytes);
    case Type::kDatetime: return time_literal(base::print_datetime_sql, v.integer);
    case Type::kDate: return time_literal(base::print_date, v.integer);
    case Type::kTime: return time_literal(base::print_time, v.integer);
    case Type::kUuid: return uuid_literal(v.bytes);
  }
  return "NULL";
}

}  // namespace thing::dialect
