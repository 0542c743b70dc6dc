#include <algorithm>

#include "base/utf8.h"
#include "query/criteria_reader.h"
#include "query/lock_json.h"
#include "query/scopes.h"
#include "schema/field_value.h"
#include "text/json.h"
#include "value/json.h"
#include "value/list.h"

namespace thing::query {

using base::Code;
using base::fail;
using base::quoted;
using base::Result;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::Value;

namespace {

constexpr std::string_view kOperatorNames[] = {
    "equals", "not",      "lt",         "lte",      "gt",  "gte",      "between", "in",
    "notIn",  "contains", "startsWith", "endsWith", "has", "hasEvery", "hasSome", "isEmpty"};
constexpr std::string_view kOperators =
    "equals, not, lt, lte, gt, gte, between, in, notIn, contains, startsWith, endsWith, mode, has, "
    "hasEvery, hasSome, isEmpty";

// A document of a json field may look like one.
bool is_field_operand(const schema::Field& field, const JsonNode& node) {
  return field.type != value::Type::kJson && node.is(JsonKind::kObject) && node.size == 1 &&
         node.first->key == "field";
}

}  // namespace

Result<uint32_t> CriteriaReader::field_of(const std::string& path, std::string_view name) const {
  const int field = model_.find(name);
  if (field < 0)
    return bad(Code::kInvalid, path,
               fmt::format("found field {}, expected a field of {}", quoted(name), model_.name));
  return static_cast<uint32_t>(field);
}

Status CriteriaReader::read(const JsonNode& node) {
  if (!node.is(JsonKind::kObject))
    return bad(Code::kInvalid, path_.empty() ? "criteria" : path_.substr(0, path_.size() - 1),
               fmt::format("found {}, expected an object", text::kind_name(node.kind)));
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) THING_TRY(read_part(*n));
  return {};
}

Status CriteriaReader::read_part(const JsonNode& n) {
  const std::string_view key = n.key;
  const std::string path = path_ + std::string(key);
  if (key == "where") return read_where(path, n);
  if (key == "orderBy") return read_order(path, n);
  if (key == "take")
    return read_count(path, n, static_cast<Status (Criteria::*)(int64_t)>(&Criteria::take));
  if (key == "skip")
    return read_count(path, n, static_cast<Status (Criteria::*)(int64_t)>(&Criteria::skip));
  if (key == "select") return read_select(path, n);
  if (key == "include") return read_include(n);
  if (key == "distinct") return read_distinct(path, n);
  if (key == "after") {
    if (!n.is(JsonKind::kString)) return wrong(path, n, "a token");
    return criteria_.after(n.text);
  }
  if (key == "cursor") return read_cursor(path, n);
  if (key == "lock") return read_lock(path, n);
  if (key == "scope" || key == "unscoped") {
    if (auto read = read_scopes(criteria_, n); !read) return at(path, std::move(read.error()));
    return {};
  }
  return bad(Code::kInvalid, path_.empty() ? "criteria" : path_.substr(0, path_.size() - 1),
             fmt::format("found key {}, expected one of where, orderBy, take, skip, select, "
                         "include, distinct, after, cursor, lock, scope, unscoped",
                         quoted(key)));
}

// ---- where

Status CriteriaReader::read_where(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object of conditions");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const std::string here = path + "." + std::string(n->key);
    if (n->key == "AND") {
      THING_TRY(read_group(here, NodeKind::kAnd, *n));
    } else if (n->key == "OR") {
      if (!n->is(JsonKind::kArray)) return wrong(here, *n, "an array of conditions");
      THING_TRY(read_group(here, NodeKind::kOr, *n));
    } else if (n->key == "NOT") {
      THING_TRY(read_not(here, *n));
    } else if (const schema::Relation* relation = model_.find_relation(n->key);
               relation != nullptr) {
      THING_TRY(read_related(here, *relation, *n));
    } else {
      THING_ASSIGN(const uint32_t field, field_of(path, n->key));
      THING_TRY(read_condition(here, field, *n));
    }
  }
  return {};
}

Status CriteriaReader::read_group(const std::string& path, NodeKind group, const JsonNode& node) {
  if (auto begun = criteria_.begin(group); !begun) return at(path, std::move(begun.error()));
  if (node.is(JsonKind::kArray)) {
    int i = 0;
    for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
      const std::string here = fmt::format("{}[{}]", path, i);
      if (auto begun = criteria_.begin(NodeKind::kAnd); !begun)
        return at(here, std::move(begun.error()));
      THING_TRY(read_where(here, *n));
      THING_TRY(criteria_.end());
    }
  } else {
    THING_TRY(read_where(path, node));
  }
  return criteria_.end();
}

// NOT of an array: none of them may hold.
Status CriteriaReader::read_not(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kArray)) return read_group(path, NodeKind::kNot, node);
  if (auto begun = criteria_.begin(NodeKind::kNot); !begun)
    return at(path, std::move(begun.error()));
  THING_TRY(read_group(path, NodeKind::kOr, node));
  return criteria_.end();
}

Status CriteriaReader::read_condition(const std::string& path, uint32_t field,
                                      const JsonNode& node) {
  const bool is_json = model_.fields[field].type == value::Type::kJson;
  // An object is a value for a json field, unless it holds operators.
  if (!node.is(JsonKind::kObject) || (is_json && !holds_document_operators(node)))
    return read_equals(path, field, node, false);
  if (is_json) return read_document(path, field, node);
  if (node.size == 0)
    return bad(Code::kInvalid, path,
               fmt::format("found no operator, expected one of {}", kOperators));
  bool insensitive = false;
  if (const JsonNode* mode = node.find("mode"); mode != nullptr) {
    if (!mode->is(JsonKind::kString) || (mode->text != "insensitive" && mode->text != "default"))
      return unknown(path + ".mode", *mode, "'insensitive' or 'default'");
    insensitive = mode->text == "insensitive";
    if (node.size == 1)
      return bad(Code::kInvalid, path, "found mode alone, expected an operator beside it");
  }
  return read_operators(path, field, node, insensitive);
}

Status CriteriaReader::read_operators(const std::string& path, uint32_t field, const JsonNode& node,
                                      bool insensitive) {
  for (const JsonNode* op = node.first; op != nullptr; op = op->next) {
    if (op->key == "mode") continue;
    // Only words that are known go into a path: others may hold anything.
    const bool is_known = std::find(std::begin(kOperatorNames), std::end(kOperatorNames),
                                    op->key) != std::end(kOperatorNames);
    THING_TRY(read_operator(is_known ? path + "." + std::string(op->key) : path, field, *op,
                            insensitive));
  }
  return {};
}

Status CriteriaReader::read_operator(const std::string& path, uint32_t field, const JsonNode& op,
                                     bool insensitive) {
  const std::string_view key = op.key;
  if (key == "equals") return read_equals(path, field, op, insensitive);
  if (key == "not") return read_negation(path, field, op, insensitive);
  if (key == "in") return read_list(path, field, op, false, insensitive);
  if (key == "notIn") return read_list(path, field, op, true, insensitive);
  if (key == "between") return read_between(path, field, op);
  if (key == "has") return read_element(path, field, op);
  if (key == "isEmpty") return read_emptiness(path, field, op);
  constexpr std::pair<std::string_view, Op> kSimple[] = {{"lt", Op::kLt},
                                                         {"lte", Op::kLe},
                                                         {"gt", Op::kGt},
                                                         {"gte", Op::kGe},
                                                         {"contains", Op::kContains},
                                                         {"startsWith", Op::kStartsWith},
                                                         {"endsWith", Op::kEndsWith},
                                                         {"hasEvery", Op::kHasEvery},
                                                         {"hasSome", Op::kHasSome}};
  for (const auto& [name, which] : kSimple) {
    if (key == name) return compare(path, field, which, insensitive, op);
  }
  return bad(Code::kInvalid, path,
             fmt::format("found operator {}, expected one of {}", quoted(key), kOperators));
}

Status CriteriaReader::compare(const std::string& path, uint32_t field, Op op, bool insensitive,
                               const JsonNode& node) {
  const schema::Field& f = model_.fields[field];
  if (is_field_operand(f, node)) return compare_fields(path, field, op, insensitive, node);
  const bool is_part = op == Op::kContains || op == Op::kStartsWith || op == Op::kEndsWith;
  Result<Value> v = is_part && node.is(JsonKind::kString) ? value::from_text(f.type, node.text)
                                                          : schema::value_from_json(f, node, json_);
  if (!v) return at(path, std::move(v.error()));
  if (auto done = criteria_.compare(field, op, insensitive, std::move(*v)); !done)
    return at(path, std::move(done.error()));
  return {};
}

Status CriteriaReader::compare_fields(const std::string& path, uint32_t field, Op op,
                                      bool insensitive, const JsonNode& node) {
  const JsonNode& name = *node.first;
  if (!name.is(JsonKind::kString)) return wrong(path + ".field", name, "the name of a field");
  if (insensitive)
    return bad(Code::kInvalid, path,
               "found mode insensitive beside a field, expected it beside a value");
  THING_ASSIGN(const uint32_t other, field_of(path + ".field", name.text));
  if (auto done = criteria_.compare_fields(field, op, other); !done)
    return at(path, std::move(done.error()));
  return {};
}

Status CriteriaReader::read_equals(const std::string& path, uint32_t field, const JsonNode& node,
                                   bool insensitive) {
  if (node.is(JsonKind::kNull)) return criteria_.is_null(field, true);
  return compare(path, field, Op::kEq, insensitive, node);
}

Status CriteriaReader::read_negation(const std::string& path, uint32_t field, const JsonNode& node,
                                     bool insensitive) {
  if (node.is(JsonKind::kNull)) return criteria_.is_null(field, false);
  const bool is_json = model_.fields[field].type == value::Type::kJson;
  if (!node.is(JsonKind::kObject) || is_json || is_field_operand(model_.fields[field], node))
    return compare(path, field, Op::kNe, insensitive, node);
  if (auto begun = criteria_.begin(NodeKind::kNot); !begun)
    return at(path, std::move(begun.error()));
  if (node.size == 0)
    return bad(Code::kInvalid, path,
               fmt::format("found no operator, expected one of {}", kOperators));
  THING_TRY(node.find("mode") != nullptr ? read_condition(path, field, node)
                                         : read_operators(path, field, node, insensitive));
  return criteria_.end();
}

Status CriteriaReader::read_list(const std::string& path, uint32_t field, const JsonNode& node,
                                 bool negate, bool insensitive) {
  if (!node.is(JsonKind::kArray)) return wrong(path, node, "an array of values");
  std::vector<Value> values;
  values.reserve(std::min<size_t>(node.size, kMaxListed + 1));
  int i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
    auto v = schema::value_from_json(model_.fields[field], *n, json_);
    if (!v) return at(fmt::format("{}[{}]", path, i), std::move(v.error()));
    values.push_back(std::move(*v));
  }
  if (auto done = criteria_.in(field, std::move(values), negate, insensitive); !done)
    return at(path, std::move(done.error()));
  return {};
}

Status CriteriaReader::read_element(const std::string& path, uint32_t field, const JsonNode& node) {
  if (auto has = criteria_.check_op(field, Op::kHas, false); !has)
    return at(path, std::move(has.error()));
  const value::Type type = value::element_of(model_.fields[field].type);
  Result<Value> v = value::from_json(type, node, json_);
  if (!v) return at(path, std::move(v.error()));
  if (v->is_null()) return wrong(path, node, "a value");
  if (auto done = criteria_.compare(field, Op::kHas, false, value::list_of_one(*v)); !done)
    return at(path, std::move(done.error()));
  return {};
}

// An empty list is equal to [], a list that is not NULL and not empty is not.
Status CriteriaReader::read_emptiness(const std::string& path, uint32_t field,
                                      const JsonNode& node) {
  if (auto has = criteria_.check_op(field, Op::kHas, false); !has)
    return bad(Code::kInvalid, path,
               fmt::format("found isEmpty for '{}', expected a list", model_.fields[field].name));
  if (!node.is(JsonKind::kBool)) return wrong(path, node, "true or false");
  Value empty = Value::of_bytes(model_.fields[field].type, "[]");
  THING_TRY(criteria_.compare(field, node.boolean ? Op::kEq : Op::kNe, false, std::move(empty)));
  return {};
}

Status CriteriaReader::read_between(const std::string& path, uint32_t field, const JsonNode& node) {
  if (!node.is(JsonKind::kArray) || node.size != 2)
    return wrong(path, node, "an array of two values");
  THING_TRY(compare(path + "[0]", field, Op::kGe, false, *node.first));
  return compare(path + "[1]", field, Op::kLe, false, *node.first->next);
}

// ---- the rest

Status CriteriaReader::read_order(const std::string& path, const JsonNode& node) {
  if (node.is(JsonKind::kObject)) return read_order_item(path, node);
  if (!node.is(JsonKind::kArray)) return wrong(path, node, "an array of {\"field\": \"asc\"}");
  int i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i)
    THING_TRY(read_order_item(fmt::format("{}[{}]", path, i), *n));
  return {};
}

Status CriteriaReader::read_order_item(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kObject) || node.size != 1)
    return wrong(path, node, "an object with one field");
  const JsonNode& item = *node.first;
  if (model_.find_relation(item.key) != nullptr) return read_related_order(path, item);
  THING_ASSIGN(const uint32_t field, field_of(path, item.key));
  THING_ASSIGN(const Sort sort, read_sort(path, item));
  if (auto done = criteria_.order_by(field, sort.descending, sort.nulls_first); !done)
    return at(path, std::move(done.error()));
  return {};
}

// "asc", "desc" or {"sort": "asc", "nulls": "first"}
Result<CriteriaReader::Sort> CriteriaReader::read_sort(const std::string& path,
                                                       const JsonNode& item) const {
  const JsonNode* sort = &item;
  Sort out;
  if (item.is(JsonKind::kObject)) {
    sort = item.find("sort");
    for (const JsonNode* n = item.first; n != nullptr; n = n->next) {
      if (n->key != "sort" && n->key != "nulls")
        return bad(Code::kInvalid, path,
                   fmt::format("found key {}, expected 'sort' or 'nulls'", quoted(n->key)));
    }
    if (const JsonNode* nulls = item.find("nulls"); nulls != nullptr) {
      if (!nulls->is(JsonKind::kString) || (nulls->text != "first" && nulls->text != "last"))
        return fail(unknown(path + ".nulls", *nulls, "'first' or 'last'").error());
      out.nulls_first = nulls->text == "first";
    }
    if (sort == nullptr)
      return bad(Code::kInvalid, path, "found no 'sort', expected 'asc' or 'desc'");
  }
  if (!sort->is(JsonKind::kString) || (sort->text != "asc" && sort->text != "desc"))
    return fail(unknown(path, *sort, "'asc' or 'desc'").error());
  out.descending = sort->text == "desc";
  return out;
}

Status CriteriaReader::read_count(const std::string& path, const JsonNode& node,
                                  Status (Criteria::*set)(int64_t)) {
  const auto n = node.integer();
  if (!n.has_value() && node.is(JsonKind::kNumber))
    return bad(
        Code::kRange, path,
        fmt::format("found {}, expected a whole number of at most 64 bits", quoted(node.text)));
  if (!n.has_value()) return wrong(path, node, "a whole number");
  if (*n < 0) return bad(Code::kRange, path, fmt::format("found {}, expected 0 or more", *n));
  return (criteria_.*set)(*n);
}

Result<std::vector<uint32_t>> CriteriaReader::read_names(const std::string& path,
                                                         const JsonNode& node) {
  std::vector<uint32_t> fields;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (!n->is(JsonKind::kString)) return fail(wrong(path, *n, "the name of a field").error());
    THING_ASSIGN(const uint32_t field, field_of(path, n->text));
    fields.push_back(field);
  }
  return fields;
}

Status CriteriaReader::read_field(const std::string& path, const JsonNode& node,
                                  std::vector<uint32_t>& fields) const {
  THING_ASSIGN(const uint32_t field, field_of(path, node.key));
  if (!node.is(JsonKind::kBool))
    return wrong(path + "." + std::string(node.key), node, "true or false");
  if (node.boolean) fields.push_back(field);
  return {};
}

// Beside fields it may name relations, which come along as those of "include" do.
Status CriteriaReader::read_select(const std::string& path, const JsonNode& node) {
  std::vector<uint32_t> fields;
  bool has_relation = false;
  if (node.is(JsonKind::kObject)) {
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      const std::string here = path + "." + std::string(n->key);
      const auto number = find_number_kind(n->key);
      if (!number.has_value() && model_.find_relation(n->key) == nullptr) {
        THING_TRY(read_field(path, *n, fields));
        continue;
      }
      has_relation = true;
      THING_TRY(number.has_value() ? read_numbers(here, *number, *n) : read_included(here, *n));
    }
  } else if (node.is(JsonKind::kArray)) {
    THING_ASSIGN(fields, read_names(path, node));
  } else {
    return wrong(path, node, "an object of true values or an array of names");
  }
  if (fields.empty() && has_relation) fields = model_.primary;
  if (auto done = criteria_.select(std::move(fields)); !done)
    return at(path, std::move(done.error()));
  return {};
}

Status CriteriaReader::read_distinct(const std::string& path, const JsonNode& node) {
  if (node.is(JsonKind::kBool)) return criteria_.distinct(node.boolean);
  if (!node.is(JsonKind::kArray)) return wrong(path, node, "true, false or an array of names");
  THING_ASSIGN(std::vector<uint32_t> fields, read_names(path, node));
  if (fields.empty())
    return bad(Code::kInvalid, path, "found no name, expected at least one field");
  return criteria_.distinct_on(std::move(fields));
}

Status CriteriaReader::read_cursor(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kObject) || node.size != model_.primary.size())
    return wrong(path, node, "an object of the primary key");
  std::vector<Value> key;
  for (uint32_t f : model_.primary) {
    const JsonNode* n = node.find(model_.fields[f].name);
    if (n == nullptr)
      return bad(Code::kInvalid, path,
                 fmt::format("found no '{}', expected the primary key", model_.fields[f].name));
    auto v = schema::value_from_json(model_.fields[f], *n, json_);
    if (!v) return at(path + "." + model_.fields[f].name, std::move(v.error()));
    if (v->is_null()) return wrong(path + "." + model_.fields[f].name, *n, "a value");
    key.push_back(std::move(*v));
  }
  return criteria_.cursor(std::move(key));
}

Status CriteriaReader::read_lock(const std::string& path, const JsonNode& node) {
  THING_ASSIGN(const Lock lock, lock_from_json(model_, path, node));
  return criteria_.lock(lock);
}

Result<Criteria> parse_criteria(const schema::Model& model, std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  Criteria criteria(model);
  THING_TRY(CriteriaReader(criteria, json).read(json.root()));
  criteria.flatten();
  if (criteria.is_distinct() && criteria.selected().empty())
    return fail(
        base::Error(Code::kInvalid,
                    "distinct: found no select, expected the fields that make rows different")
            .model(model.name));
  return criteria;
}

Status read_member(Criteria& criteria, const text::Json& json, const text::JsonNode& member) {
  return CriteriaReader(criteria, json).read_part(member);
}

Status read_condition(Criteria& criteria, const text::Json& json, const std::string& path,
                      uint32_t field, const text::JsonNode& node) {
  return CriteriaReader(criteria, json).read_condition(path, field, node);
}

Status Criteria::where_json(std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  Criteria changed = *this;
  THING_TRY(CriteriaReader(changed, json).read_where("where", json.root()));
  *this = std::move(changed);
  flatten();
  return {};
}

Status Criteria::order_json(std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  Criteria changed = *this;
  THING_TRY(CriteriaReader(changed, json).read_order("orderBy", json.root()));
  *this = std::move(changed);
  return {};
}

Status Criteria::include_json(std::string_view document) {
  if (has_open_group())
    return fail(Code::kState, "include: the criteria has an open group, expected its end");
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  Criteria changed = *this;
  THING_TRY(CriteriaReader(changed, json).read_include(json.root()));
  *this = std::move(changed);
  return {};
}

}  // namespace thing::query
