// Of model documents: rules and casts of fields, scopes, and unique keys of the rows that are
// alive.
#include <algorithm>

#include "base/utf8.h"
#include "schema/field_value.h"
#include "schema/reader.h"

namespace thing::schema {

using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::Type;

namespace {

bool is_ordered(Type type) {
  return !value::is_list(type) &&
         (type == Type::kInt || type == Type::kFloat || type == Type::kDecimal ||
          type == Type::kDatetime || type == Type::kDate || type == Type::kTime);
}

bool has_length(Type type) {
  return value::is_list(type) || type == Type::kText || type == Type::kBytes;
}

constexpr int64_t kMostLength = int64_t{1} << 32;

}  // namespace

Status Reader::read_bound(const std::string& path, const JsonNode* node, const Field& field,
                          value::Value& out) const {
  if (node == nullptr) return {};
  if (!is_ordered(field.type))
    return bad(path, fmt::format("found a bound of {}, expected one of int, float, decimal, "
                                 "datetime, date or time",
                                 value::type_name(field.type)));
  auto v = value_from_json(field, *node, json_);
  if (!v) return bad(path, v.error().message());
  if (v->is_null()) return wrong(path, *node, "a value");
  out = std::move(*v);
  return {};
}

Status Reader::read_length(const std::string& path, const JsonNode* node, const Field& field,
                           int64_t& out) const {
  if (node == nullptr) return {};
  if (!has_length(field.type))
    return bad(path, fmt::format("found a length of {}, expected one of text, bytes or a list",
                                 value::type_name(field.type)));
  const std::optional<int64_t> number = node->integer();
  if (!number.has_value() || *number < 0 || *number > kMostLength)
    return wrong(path, *node, fmt::format("a number, 0 to {}", kMostLength));
  out = *number;
  return {};
}

Status Reader::read_rules(const std::string& path, const JsonNode& node, Field& field) const {
  Rules& r = field.rules;
  THING_TRY(read_field_flag(path, node, "required", r.required));
  THING_TRY(read_bound(path + ".min", node.find("min"), field, r.min));
  THING_TRY(read_bound(path + ".max", node.find("max"), field, r.max));
  if (!r.min.is_null() && !r.max.is_null() && value::compare(r.min.view(), r.max.view()) > 0)
    return bad(path + ".min", "found more than 'max', expected at most that");
  THING_TRY(read_length(path + ".minLength", node.find("minLength"), field, r.min_length));
  THING_TRY(read_length(path + ".maxLength", node.find("maxLength"), field, r.max_length));
  if (r.max_length >= 0 && r.min_length > r.max_length)
    return bad(path + ".minLength", "found more than 'maxLength', expected at most that");
  if (const JsonNode* n = node.find("pattern"); n != nullptr) {
    if (field.type != Type::kText)
      return bad(path + ".pattern", fmt::format("found a pattern of {}, expected one of text",
                                                value::type_name(field.type)));
    if (!n->is(JsonKind::kString) || n->text.empty())
      return wrong(path + ".pattern", *n, "a regular expression");
    auto compiled = Pattern::compile(n->text);
    if (!compiled) return bad(path + ".pattern", compiled.error().message());
    r.pattern = std::string(n->text);
    r.compiled = std::move(*compiled);
  }
  return read_choice(path + ".in", node.find("in"), field);
}

Status Reader::read_choice(const std::string& path, const JsonNode* node, Field& field) const {
  if (node == nullptr) return {};
  if (field.is_list() || field.type == Type::kJson || field.type == Type::kBool)
    return bad(path, fmt::format("found values of {}, expected them for a scalar but bool",
                                 value::type_name(field.type)));
  if (!node->is(JsonKind::kArray) || node->size == 0)
    return wrong(path, *node, "an array of at least one value");
  for (const JsonNode* n = node->first; n != nullptr; n = n->next) {
    auto v = value_from_json(field, *n, json_);
    if (!v) return bad(path, v.error().message());
    if (v->is_null()) return wrong(path, *n, "a value");
    field.rules.in.push_back(std::move(*v));
  }
  return {};
}

Status Reader::read_cast(const std::string& path, const JsonNode& node, Field& field) const {
  const JsonNode* const letters = node.find("case");
  const JsonNode* const trim = node.find("trim");
  if (letters == nullptr && trim == nullptr) return {};
  if (field.type != Type::kText)
    return bad(
        path + (trim != nullptr ? ".trim" : ".case"),
        fmt::format("found it for {}, expected it for text alone", value::type_name(field.type)));
  THING_TRY(read_field_flag(path, node, "trim", field.cast.trim));
  if (letters == nullptr) return {};
  const std::string_view word = letters->is(JsonKind::kString) ? letters->text : "";
  if (word != "lower" && word != "upper")
    return wrong(path + ".case", *letters, "'lower' or 'upper'");
  field.cast.letters = word == "lower" ? Cast::Case::kLower : Cast::Case::kUpper;
  return {};
}

// ---- unique keys of the rows that are alive

Status Reader::read_alive(const std::string& path, const JsonNode* node, bool unique,
                          bool& out) const {
  if (node == nullptr) return {};
  if (!node->is(JsonKind::kBool)) return wrong(path, *node, "true or false");
  out = node->boolean;
  if (out && !unique) return bad(path, "found it without \"unique\": true, expected both");
  return {};
}

Status Reader::add_alive(const std::string& path, Index& index) const {
  if (model_.deleted < 0)
    return bad(path, "found a model without softDelete, expected one whose rows can be deleted");
  const Field& deleted = model_.fields[static_cast<size_t>(model_.deleted)];
  const std::string alive =
      fmt::format("{{\"{}\":{}}}", deleted.name, deleted.type == Type::kBool ? "false" : "null");
  index.where =
      index.where.empty() ? alive : fmt::format("{{\"AND\":[{},{}]}}", alive, index.where);
  return {};
}

// ---- scopes

Status Reader::read_scopes(const JsonNode& node) {
  if (const JsonNode* all = node.find("scopes"); all != nullptr) {
    if (!all->is(JsonKind::kObject)) return wrong("scopes", *all, "an object of scopes");
    for (const JsonNode* n = all->first; n != nullptr; n = n->next) THING_TRY(read_scope(*n));
  }
  const JsonNode* const visible = node.find("visible");
  if (visible == nullptr) return {};
  if (!visible->is(JsonKind::kObject)) return wrong("visible", *visible, "a condition");
  model_.scopes.push_back({.name = std::string(kVisible),
                           .where = std::string(json_.source(*visible)),
                           .order = {},
                           .always = true});
  return {};
}

Status Reader::read_scope(const JsonNode& node) {
  const std::string path = "scopes." + path_part(node.key);
  Scope scope;
  JsonNode name;  // names follow one rule wherever they stand
  name.kind = JsonKind::kString;
  name.text = node.key;
  THING_TRY(read_name(path, name, scope.name));
  if (scope.name == kVisible)
    return bad(path, "found 'visible', expected another name: that is the key of a model");
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object");
  THING_TRY(check_keys(path, node, {"where", "orderBy", "default"}));
  if (const JsonNode* n = node.find("where"); n != nullptr) {
    if (!n->is(JsonKind::kObject)) return wrong(path + ".where", *n, "a condition");
    scope.where = std::string(json_.source(*n));
  }
  if (const JsonNode* n = node.find("default"); n != nullptr) {
    if (!n->is(JsonKind::kBool)) return wrong(path + ".default", *n, "true or false");
    scope.always = n->boolean;
  }
  if (const JsonNode* n = node.find("orderBy"); n != nullptr) {
    if (scope.always)
      return bad(path + ".orderBy",
                 "found it beside \"default\": true, expected the model's order");
    THING_TRY(read_order_list(path + ".orderBy", *n, scope.order));
  }
  if (scope.where.empty() && scope.order.empty())
    return bad(path, "found neither where nor orderBy, expected at least one");
  model_.scopes.push_back(std::move(scope));
  return {};
}

}  // namespace thing::schema
