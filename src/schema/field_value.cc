#include "schema/field_value.h"

#include "base/utf8.h"
#include "text/names.h"

namespace thing::schema {
namespace {

using base::Code;
using base::fail;
using base::quoted;
using base::Result;
using text::JsonKind;
using text::JsonNode;
using value::Type;
using value::Value;

Result<Value> wrong_kind(Type type, const JsonNode& node) {
  return fail(Code::kType, "found {}, expected a value for {}", text::kind_name(node.kind),
              value::type_name(type));
}

Result<Value> int_from(const JsonNode& node) {
  if (const auto v = node.integer(); v.has_value()) return Value::of_int(Type::kInt, *v);
  const bool is_whole = node.text.find_first_of(".eE") == node.text.npos;
  if (is_whole)
    return fail(Code::kRange, "found {} for an int, expected at most 64 bits", quoted(node.text));
  return fail(Code::kType, "found {} for an int, expected a whole number", quoted(node.text));
}

Result<Value> float_from(const JsonNode& node) {
  if (const auto v = node.real(); v.has_value()) return value::from_double(Type::kFloat, *v);
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
  return value::from_text(Type::kUuid, node.text);
}

Result<Value> number_from(Type type, const JsonNode& node) {
  if (type == Type::kInt) return int_from(node);
  if (type == Type::kFloat) return float_from(node);
  if (type == Type::kDecimal) return value::from_text(type, node.text);
  return wrong_kind(type, node);
}

Result<Value> text_from(const Field& field, const JsonNode& node) {
  switch (field.type) {
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat: return wrong_kind(field.type, node);
    case Type::kBytes: return bytes_from(node);
    case Type::kUuid: return uuid_from(node);
    default: break;
  }
  auto v = value::from_text(field.type, node.text);
  if (v) THING_TRY(check_enum(field, v->view()));
  return v;
}

}  // namespace

base::Status check_enum(const Field& field, const value::ValueView& v) {
  if (field.type != Type::kEnum || v.is_null() || field.is_enum_value(v.bytes)) return {};
  std::string expected;
  for (const std::string& one : field.enum_values)
    expected += (expected.empty() ? "" : ", ") + quoted(one);
  return fail(Code::kCheck, "found {}, expected one of {}", quoted(v.bytes), expected);
}

Result<Value> value_from_json(const Field& field, const JsonNode& node, const text::Json& json) {
  if (node.is(JsonKind::kNull)) return Value();
  if (field.type == Type::kJson) return Value::of_bytes(Type::kJson, json.source(node));
  switch (node.kind) {
    case JsonKind::kBool:
      if (field.type == Type::kBool) return Value::of_int(Type::kBool, node.boolean ? 1 : 0);
      return wrong_kind(field.type, node);
    case JsonKind::kNumber: return number_from(field.type, node);
    case JsonKind::kString: return text_from(field, node);
    default: return wrong_kind(field.type, node);
  }
}

}  // namespace thing::schema
