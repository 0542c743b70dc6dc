#include "value/json.h"

#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "text/names.h"
#include "value/list.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::quoted;
using base::Result;
using text::JsonKind;
using text::JsonNode;

Result<Value> wrong_kind(Type type, const JsonNode& node) {
  return fail(Code::kType, "found {}, expected a value for {}", text::kind_name(node.kind),
              type_name(type));
}

Result<Value> int_from(const JsonNode& node) {
  if (const auto v = node.integer(); v.has_value()) return Value::of_int(Type::kInt, *v);
  const bool is_whole = node.text.find_first_of(".eE") == node.text.npos;
  if (is_whole)
    return fail(Code::kRange, "found {} for an int, expected at most 64 bits", quoted(node.text));
  return fail(Code::kType, "found {} for an int, expected a whole number", quoted(node.text));
}

Result<Value> float_from(const JsonNode& node) {
  if (const auto v = node.real(); v.has_value()) return from_double(Type::kFloat, *v);
  return fail(Code::kRange, "found {} for a float, expected a finite number", quoted(node.text));
}

Result<Value> bytes_from(const JsonNode& node) {
  std::string bytes;
  if (!text::parse_base64(node.text, bytes))
    return fail(Code::kSyntax, "found {}, expected bytes in base64", quoted(node.text));
  return Value::of_bytes(Type::kBytes, bytes);
}

Result<Value> uuid_from(const JsonNode& node) {
  if (node.text.size() != 36)
    return fail(Code::kSyntax, "found {}, expected a UUID of 36 characters", quoted(node.text));
  return from_text(Type::kUuid, node.text);
}

Result<Value> number_from(Type type, const JsonNode& node) {
  if (type == Type::kInt) return int_from(node);
  if (type == Type::kFloat) return float_from(node);
  if (type == Type::kDecimal) return from_text(type, node.text);
  if (type == Type::kDatetime)
    return fail(Code::kType,
                "found a number, expected a value for datetime: text, or the option 'epoch' of the "
                "field, which says what numbers mean");
  return wrong_kind(type, node);
}

Result<Value> text_from(Type type, const JsonNode& node) {
  switch (type) {
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat: return wrong_kind(type, node);
    case Type::kBytes: return bytes_from(node);
    case Type::kUuid: return uuid_from(node);
    default: return from_text(type, node.text);
  }
}

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

Result<Value> from_json(Type type, const JsonNode& node, const text::Json& json) {
  if (node.is(JsonKind::kNull)) return Value();
  if (type == Type::kJson) return Value::of_bytes(type, json.source(node));
  if (is_list(type)) return list_from_json(type, node, json);
  switch (node.kind) {
    case JsonKind::kBool:
      if (type == Type::kBool) return Value::of_int(type, node.boolean ? 1 : 0);
      return wrong_kind(type, node);
    case JsonKind::kNumber: return number_from(type, node);
    case JsonKind::kString: return text_from(type, node);
    default: return wrong_kind(type, node);
  }
}

void print_value(text::JsonWriter& w, Type type, const ValueView& v) {
  if (v.is_null()) return w.null();
  if (is_list(type)) return w.raw(v.bytes);
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

}  // namespace thing::value
