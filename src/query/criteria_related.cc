// Relations in criteria documents: conditions on them, and rows that come along.
#include <algorithm>
#include <span>

#include "query/criteria_reader.h"

namespace thing::query {

using base::Code;
using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;

// {"some": {...}}; of one row {"is": {...}}, the condition itself, or null.
Status CriteriaReader::read_related(const std::string& path, const schema::Relation& relation,
                                    const JsonNode& node) {
  constexpr std::pair<std::string_view, Quantifier> kOfMany[] = {
      {"some", Quantifier::kSome}, {"every", Quantifier::kEvery}, {"none", Quantifier::kNone}};
  constexpr std::pair<std::string_view, Quantifier> kOfOne[] = {{"is", Quantifier::kSome},
                                                                {"isNot", Quantifier::kNone}};
  const bool many = relation.is_many();
  if (node.is(JsonKind::kNull) && !many)
    return read_quantified(path, relation, Quantifier::kNone, nullptr);
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object of conditions");
  const bool is_word =
      node.first != nullptr && (node.first->key == "is" || node.first->key == "isNot");
  if (!many && !is_word) return read_quantified(path, relation, Quantifier::kSome, &node);
  if (node.size == 0)
    return bad(Code::kInvalid, path, "found no condition, expected one of some, every, none");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const auto& words = many ? std::span<const std::pair<std::string_view, Quantifier>>(kOfMany)
                             : std::span<const std::pair<std::string_view, Quantifier>>(kOfOne);
    const auto word =
        std::find_if(words.begin(), words.end(), [n](const auto& w) { return w.first == n->key; });
    if (word == words.end())
      return bad(Code::kInvalid, path,
                 fmt::format("found {}, expected one of {}", quoted(n->key),
                             many ? "some, every, none" : "is, isNot"));
    const std::string here = path + "." + std::string(n->key);
    Quantifier quantifier = word->second;
    const JsonNode* condition = n;
    if (n->is(JsonKind::kNull) && !many) {
      quantifier = quantifier == Quantifier::kSome ? Quantifier::kNone : Quantifier::kSome;
      condition = nullptr;
    }
    THING_TRY(read_quantified(here, relation, quantifier, condition));
  }
  return {};
}

Status CriteriaReader::read_quantified(const std::string& path, const schema::Relation& relation,
                                       Quantifier quantifier, const JsonNode* node) {
  if (auto begun = criteria_.begin_related(relation.name, quantifier); !begun)
    return at(path, std::move(begun.error()));
  if (node != nullptr) THING_TRY(CriteriaReader(criteria_, json_, path_).read_where(path, *node));
  return criteria_.end();
}

Status CriteriaReader::read_include(const JsonNode& node) {
  const std::string path = path_ + "include";
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object of relations");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (const auto number = find_number_kind(n->key); number.has_value()) {
      THING_TRY(read_numbers(path + "." + std::string(n->key), *number, *n));
      continue;
    }
    if (model_.find_relation(n->key) == nullptr)
      return bad(Code::kInvalid, path,
                 fmt::format("found relation {}, expected one of {}", quoted(n->key), model_.name));
    THING_TRY(read_included(path + "." + std::string(n->key), *n));
  }
  return {};
}

// true, or what is asked of the relation's rows.
Status CriteriaReader::read_included(const std::string& path, const JsonNode& node) {
  const std::string_view name = node.key;
  auto link = schema::find_link(model_, name);
  if (!link) return at(path, std::move(link.error()));
  if (node.is(JsonKind::kBool)) {
    if (!node.boolean) return {};
    return criteria_.include(name, nullptr);
  }
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "true or an object");
  if ((*link)->is_polymorphic())
    return bad(Code::kUnsupported, path,
               "found an object for a relation to several models, expected true");
  // What the relation itself asks for holds too; its order, unless there is another.
  const JsonNode* const order = node.find("orderBy");
  THING_ASSIGN(Criteria whole, step_criteria((*link)->steps.back()));
  auto inner = std::make_shared<Criteria>(std::move(whole));
  if (order != nullptr) inner->clear_order();
  if (depth_ >= kMaxRelated)
    return bad(Code::kRange, path, fmt::format("relations are nested deeper than {}", kMaxRelated));
  CriteriaReader reader(*inner, json_, path + ".", depth_ + 1);
  bool pivot = false;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const std::string here = path + "." + std::string(n->key);
    if (n->key == "pivot") {
      if (!n->is(JsonKind::kBool)) return wrong(here, *n, "true or false");
      if (n->boolean && (*link)->pivot() == nullptr)
        return bad(Code::kInvalid, here, "found true, expected it of a many_to_many");
      pivot = n->boolean;
      continue;
    }
    if (n->key == "distinct" || n->key == "lock" || n->key == "after" || n->key == "cursor")
      return bad(Code::kUnsupported, path,
                 fmt::format("found key {}, expected one of where, orderBy, take, skip, select, "
                             "include, pivot",
                             quoted(n->key)));
    THING_TRY(reader.read_part(*n));
  }
  inner->flatten();
  return criteria_.include(name, std::move(inner), pivot);
}

// ---- orders

// A relation on the way of an order, of this model.
base::Result<const schema::Link*> CriteriaReader::read_way(const std::string& path,
                                                           std::string_view relation) const {
  auto link = schema::find_link(model_, relation);
  if (!link) return at(path, std::move(link.error()));
  if ((*link)->is_polymorphic())
    return bad(
        Code::kUnsupported, path,
        fmt::format("found '{}' that leads to several models, expected one to order by", relation));
  return *link;
}

// {"author": {"name": "asc"}}, {"posts": {"_count": "desc"}}, and behind relations to one row each.
Status CriteriaReader::read_related_order(const std::string& path, const JsonNode& item) {
  RelatedOrder order;
  std::string here = path;
  const JsonNode* node = &item;
  Criteria at_end(model_);
  for (const schema::Model* model = &model_; model->find_relation(node->key) != nullptr;) {
    if (order.path.size() >= static_cast<size_t>(kMaxRelated))
      return bad(Code::kRange, path,
                 fmt::format("relations are nested deeper than {}", kMaxRelated));
    at_end = Criteria(*model);
    const CriteriaReader reader(at_end, json_);
    THING_ASSIGN(const schema::Link* const link, reader.read_way(here, node->key));
    here += "." + std::string(node->key);
    order.path.push_back(link);
    if (!node->is(JsonKind::kObject) || node->size != 1)
      return wrong(here, *node, "an object with one field, relation or _count");
    model = link->target;
    node = node->first;
    if (link->relation->is_many()) break;
  }
  at_end = Criteria(*order.path.back()->target);
  const CriteriaReader reader(at_end, json_);
  if (!order.path.back()->relation->is_many()) {
    THING_ASSIGN(const uint32_t field, reader.field_of(here, node->key));
    order.field = static_cast<int>(field);
    if (order.path.back()->target->fields[field].is_list())
      return bad(Code::kInvalid, here,
                 fmt::format("found the list '{}' in the order, expected a scalar",
                             order.path.back()->target->fields[field].name));
  } else if (node->key != "_count") {
    return bad(
        Code::kInvalid, here,
        fmt::format("found {} of a relation to many rows, expected _count", quoted(node->key)));
  }
  THING_ASSIGN(const Sort sort, reader.read_sort(here, *node));
  if (auto done = criteria_.order_by(std::move(order), sort.descending, sort.nulls_first); !done)
    return at(path, std::move(done.error()));
  return {};
}

}  // namespace thing::query
