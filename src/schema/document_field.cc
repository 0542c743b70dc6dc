#include <algorithm>

#include "base/utf8.h"
#include "schema/field_value.h"
#include "schema/reader.h"
#include "text/names.h"

namespace thing::schema {

using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::Type;

Status Reader::read_field(const JsonNode& node) {
  const std::string path = "fields." + path_part(node.key);
  Field field;
  JsonNode name;  // names follow one rule wherever they stand
  name.kind = JsonKind::kString;
  name.text = node.key;
  THING_TRY(read_name(path, name, field.name));
  field.column = text::snake_case(field.name);
  if (node.is(JsonKind::kString)) {
    THING_TRY(read_field_type(path, node, field));
    if (field.type == Type::kEnum)
      return bad(path, "found an enum without values, expected an object with 'values'");
    model_.fields.push_back(std::move(field));
    return {};
  }
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "a type or an object");
  THING_TRY(check_keys(path, node,
                       {"type", "list", "column", "null", "primary", "unique", "alive", "default",
                        "values", "required", "min", "max", "minLength", "maxLength", "pattern",
                        "in", "trim", "case", "epoch"}));
  const JsonNode* const type = node.find("type");
  if (type == nullptr) return bad(path, "found no type, expected one");
  THING_TRY(read_field_type(path + ".type", *type, field));
  THING_TRY(read_list(path, node, field));
  if (const JsonNode* n = node.find("column"); n != nullptr)
    THING_TRY(read_identifier(path + ".column", *n, field.column));
  bool null = field.nullable;
  THING_TRY(read_field_flag(path, node, "null", null));
  if (field.nullable && node.find("null") != nullptr && !null)
    return bad(path + ".null", "found false for a type with '?', expected one of both");
  field.nullable = null;
  THING_TRY(read_field_flag(path, node, "primary", field.primary));
  THING_TRY(read_field_flag(path, node, "unique", field.unique));
  THING_TRY(read_alive(path + ".alive", node.find("alive"), field.unique, field.alive));
  if (field.is_list() && (field.primary || field.unique))
    return bad(path, fmt::format("found a list that is {}, expected a scalar",
                                 field.primary ? "primary" : "unique"));
  THING_TRY(read_enum_values(path + ".values", node.find("values"), field));
  THING_TRY(read_epoch(path + ".epoch", node.find("epoch"), field));
  THING_TRY(read_rules(path, node, field));
  THING_TRY(read_cast(path, node, field));
  if (const JsonNode* n = node.find("default"); n != nullptr)
    THING_TRY(read_default(path + ".default", *n, field));
  model_.fields.push_back(std::move(field));
  return {};
}

Status Reader::read_field_type(const std::string& path, const JsonNode& node, Field& field) const {
  std::string_view name = node.is(JsonKind::kString) ? node.text : std::string_view();
  if (name.ends_with('?')) {
    field.nullable = true;
    name.remove_suffix(1);
  }
  field.type = value::parse_type(name);
  if (field.type != Type::kNull) return {};
  return wrong(
      path, node,
      "one of bool, int, float, decimal, text, bytes, datetime, date, time, uuid, json, enum");
}

Status Reader::read_field_flag(const std::string& path, const JsonNode& node, std::string_view key,
                               bool& out) const {
  const JsonNode* const n = node.find(key);
  if (n == nullptr) return {};
  if (!n->is(JsonKind::kBool)) return wrong(path + "." + std::string(key), *n, "true or false");
  out = n->boolean;
  return {};
}

Status Reader::read_list(const std::string& path, const JsonNode& node, Field& field) const {
  bool list = false;
  THING_TRY(read_field_flag(path, node, "list", list));
  if (!list) return {};
  if (field.type == Type::kJson)
    return bad(path + ".list", "found a list of json, expected json alone, which holds arrays");
  field.type = value::list_of(field.type);
  return {};
}

Status Reader::read_epoch(const std::string& path, const JsonNode* node, Field& field) const {
  if (node == nullptr) return {};
  if (field.type != Type::kDatetime)
    return bad(path, fmt::format("found it for {}, expected it for datetime alone",
                                 value::type_name(field.type)));
  for (const Epoch epoch : {Epoch::kSeconds, Epoch::kMillis, Epoch::kMicros}) {
    if (node->is(JsonKind::kString) && node->text == epoch_name(epoch)) field.epoch = epoch;
  }
  if (field.epoch == Epoch::kOff) return wrong(path, *node, "one of 's', 'ms', 'us'");
  return {};
}

Status Reader::read_enum_values(const std::string& path, const JsonNode* node, Field& field) const {
  if (value::element_of(field.type) != Type::kEnum)
    return node == nullptr
               ? Status()
               : bad(path, fmt::format("found values of a {}, expected them for an enum alone",
                                       value::type_name(field.type)));
  if (node == nullptr || !node->is(JsonKind::kArray) || node->size == 0)
    return bad(path, "expected an array of at least one text");
  for (const JsonNode* n = node->first; n != nullptr; n = n->next) {
    if (!n->is(JsonKind::kString)) return wrong(path, *n, "a text");
    if (field.is_enum_value(n->text)) return wrong(path, *n, "each value once");
    field.enum_values.emplace_back(n->text);
  }
  return {};
}

Status Reader::read_default(const std::string& path, const JsonNode& node, Field& field) const {
  // A json field's default may be an object: then a function is told by its only member.
  const bool is_function = node.is(JsonKind::kObject) && node.size == 1 &&
                           (node.find("fn") != nullptr || node.find("sql") != nullptr);
  if (is_function) return read_default_function(path, node, field);
  auto v = value_from_json(field, node, json_);
  if (!v) return bad(path, v.error().message());
  if (v->is_null() && !field.nullable)
    return bad(path, "found null for a field that is not nullable, expected a value");
  field.initial.kind = DefaultKind::kLiteral;
  field.initial.literal = std::move(*v);
  return {};
}

Status Reader::read_default_function(const std::string& path, const JsonNode& node,
                                     Field& field) const {
  if (const JsonNode* sql = node.find("sql"); sql != nullptr) {
    if (!sql->is(JsonKind::kString) || sql->text.empty() || sql->text.find('\0') != sql->text.npos)
      return wrong(path + ".sql", *sql, "an SQL expression");
    field.initial.kind = DefaultKind::kSql;
    field.initial.sql = std::string(sql->text);
    return {};
  }
  const JsonNode& fn = *node.first;
  const std::string_view name = fn.is(JsonKind::kString) ? fn.text : std::string_view();
  const Type t = field.type;
  if (name == "autoincrement" && t == Type::kInt) {
    field.initial.kind = DefaultKind::kAutoincrement;
  } else if (name == "now" && (t == Type::kDatetime || t == Type::kDate || t == Type::kTime)) {
    field.initial.kind = DefaultKind::kNow;
  } else if (name == "uuid" && (t == Type::kUuid || t == Type::kText)) {
    field.initial.kind = DefaultKind::kUuid;
  } else if (name == "autoincrement" || name == "now" || name == "uuid") {
    return bad(path, fmt::format("found function '{}' for a {}, expected autoincrement for int, "
                                 "now for datetime, date and time, uuid for uuid and text",
                                 name, value::type_name(t)));
  } else {
    return wrong(path + ".fn", fn, "one of autoincrement, now, uuid");
  }
  return {};
}

}  // namespace thing::schema
