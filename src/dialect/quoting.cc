#include "dialect/quoting.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/time.h"
#include "base/uuid.h"

namespace thing::dialect {

using value::Type;

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out += quote;
}

std::string hexadecimal_digits(std::string_view bytes) {
  std::string out;
  for (char c : bytes) fmt::format_to(std::back_inserter(out), "{:02X}", static_cast<uint8_t>(c));
  return out;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
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

std::string time_literal(const value::ValueView& v, std::string_view suffix) {
  const auto print = v.type == Type::kDate   ? base::print_date
                     : v.type == Type::kTime ? base::print_time
                                             : base::print_datetime_sql;
  char text[base::kMaxTimeText];
  const int length = print(v.integer, text);
  return doubled(std::string(text, static_cast<size_t>(length)).append(suffix), '\'');
}

}  // namespace thing::dialect
