#include "schema/print_value.h"

#include "base/time.h"
#include "base/uuid.h"

namespace thing::schema {
namespace {

using value::Type;

void print_time(text::JsonWriter& w, Type type, int64_t v) {
  char buffer[base::kMaxTimeText + 2];
  buffer[0] = '"';
  const int size = type == Type::kDatetime ? base::print_datetime_rfc3339(v, buffer + 1)
                   : type == Type::kDate   ? base::print_date(v, buffer + 1)
                                           : base::print_time(v, buffer + 1);
  buffer[size + 1] = '"';
  w.raw({buffer, static_cast<size_t>(size) + 2});
}

void print_uuid(text::JsonWriter& w, std::string_view bytes) {
  char buffer[38];
  buffer[0] = buffer[37] = '"';
  base::print_uuid(reinterpret_cast<const uint8_t*>(bytes.data()), buffer + 1);
  w.raw({buffer, sizeof buffer});
}

}  // namespace

void print_value(text::JsonWriter& w, Type type, const value::ValueView& v) {
  if (v.is_null()) return w.null();
  switch (type) {
    case Type::kNull: return w.null();
    case Type::kBool: return w.boolean(v.integer != 0);
    case Type::kInt: return w.integer(v.integer);
    case Type::kFloat: return w.real(v.real);
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return print_time(w, type, v.integer);
    case Type::kUuid: return print_uuid(w, v.bytes);
    case Type::kBytes: return w.base64(v.bytes);
    case Type::kJson: return w.raw(v.bytes);
    case Type::kDecimal:
    case Type::kText:
    case Type::kEnum: return w.string(v.bytes);
  }
}

}  // namespace thing::schema
