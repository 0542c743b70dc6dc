#include "query/criteria.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "schema/field_value.h"

namespace thing::query {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using value::Type;
using value::Value;

namespace {

base::Error about(const schema::Model& model, uint32_t field, Code code, std::string message) {
  return base::Error(code, std::move(message)).model(model.name).field(model.fields[field].name);
}

bool is_text_op(Op op) {
  return op == Op::kContains || op == Op::kStartsWith || op == Op::kEndsWith;
}
bool is_list_op(Op op) {
  return op == Op::kHas || op == Op::kHasEvery || op == Op::kHasSome || op == Op::kHasKey;
}
bool is_order_op(Op op) { return op == Op::kLt || op == Op::kLe || op == Op::kGt || op == Op::kGe; }

bool has_op(Type type, Op op) {
  if (value::is_list(type))
    return (is_list_op(op) && op != Op::kHasKey) || op == Op::kEq || op == Op::kNe;
  if (is_text_op(op)) return type == Type::kText || type == Type::kEnum;
  if (is_order_op(op)) return type != Type::kBool && type != Type::kJson;
  return !is_list_op(op);
}

}  // namespace

std::string_view op_name(Op op) {
  constexpr std::string_view kNames[] = {
      "equals",    "not",        "lt",       "lte",     "gt",    "gte",
      "contains",  "startsWith", "endsWith", "in",      "notIn", "isNull",
      "isNotNull", "has",        "hasEvery", "hasSome", "hasKey"};
  return kNames[static_cast<size_t>(op)];
}

std::string_view lock_name(Lock::Kind kind) {
  return kind == Lock::Kind::kShare ? "share" : "update";
}

std::string_view wait_name(Lock::Wait wait) {
  constexpr std::string_view kNames[] = {"block", "nowait", "skip_locked"};
  return kNames[static_cast<size_t>(wait)];
}

Status Criteria::check_field(const schema::Model& model, uint32_t field) const {
  if (field < model.columns()) return {};
  return fail(
      base::Error(Code::kInvalid, fmt::format("found field {}, expected 0 to {}",
                                              static_cast<int32_t>(field), model.columns() - 1))
          .model(model.name));
}

Status Criteria::check_op(uint32_t field, Op op, bool insensitive) const {
  const schema::Model& model = group_model();
  const Type type = model.fields[field].type;
  const bool is_text = type == Type::kText || type == Type::kEnum;
  if (!has_op(type, op))
    return fail(about(model, field, Code::kInvalid,
                      fmt::format("found operator '{}' for '{}', expected one that {} has",
                                  op_name(op), model.fields[field].name, value::type_name(type))));
  if (!insensitive) return {};
  if (!is_text)
    return fail(about(model, field, Code::kInvalid,
                      fmt::format("found mode insensitive for '{}', expected a text field",
                                  model.fields[field].name)));
  if (is_order_op(op))
    return fail(about(model, field, Code::kInvalid,
                      fmt::format("found mode insensitive beside '{}', expected equals, not, in, "
                                  "notIn, contains, startsWith or endsWith",
                                  op_name(op))));
  return {};
}

Status Criteria::check_value(const schema::Model& model, uint32_t field, Op op,
                             const Value& v) const {
  const schema::Field& f = model.fields[field];
  if (v.is_null())
    return fail(
        about(model, field, Code::kInvalid,
              fmt::format("found null for '{}' of '{}', expected a value", op_name(op), f.name)));
  if (v.type() != f.type)
    return fail(about(model, field, Code::kType,
                      fmt::format("found a value of {} for '{}', expected {}",
                                  value::type_name(v.type()), f.name, value::type_name(f.type))));
  if (is_text_op(op)) return {};  // a part of an enum's value need not be one
  if (auto ok = schema::check_enum(f, v.view()); !ok)
    return fail(
        about(model, field, Code::kCheck, fmt::format("'{}': {}", f.name, ok.error().message())));
  return {};
}

// The group that conditions go into now.
Node& Criteria::current() {
  Node* node = &where_;
  for (uint32_t child : open_) node = &node->children[child];
  return *node;
}

const schema::Model& Criteria::group_model() const {
  const schema::Model* model = model_;
  const Node* node = &where_;
  for (uint32_t child : open_) {
    node = &node->children[child];
    if (node->kind == NodeKind::kRelated) model = node->link->target;
  }
  return *model;
}

Result<int32_t> Criteria::compare(uint32_t field, Op op, bool insensitive, Value v) {
  const schema::Model& model = group_model();
  THING_TRY(check_field(model, field));
  THING_TRY(check_op(field, op, insensitive));
  THING_TRY(check_value(model, field, op, v));
  const auto slot = static_cast<uint32_t>(params_.size());
  params_.reserve(params_.size() + 1);
  Node node = Node::compare(op, field, slot, 1);
  node.insensitive = insensitive;
  current().children.push_back(std::move(node));
  params_.push_back(std::move(v));
  return static_cast<int32_t>(slot);
}

Status Criteria::compare_fields(uint32_t field, Op op, uint32_t other) {
  const schema::Model& model = group_model();
  THING_TRY(check_field(model, field));
  THING_TRY(check_field(model, other));
  const schema::Field& f = model.fields[field];
  const schema::Field& o = model.fields[other];
  const bool is_comparison = op == Op::kEq || op == Op::kNe || is_order_op(op);
  if (!is_comparison || f.is_list() || f.type == Type::kJson)
    return fail(about(model, field, Code::kInvalid,
                      fmt::format("found a field for '{}' of '{}', expected a value: equals, not, "
                                  "lt, lte, gt and gte of fields that are no json and no list "
                                  "compare with fields",
                                  op_name(op), f.name)));
  THING_TRY(check_op(field, op, false));
  if (f.type != o.type)
    return fail(
        about(model, field, Code::kType,
              fmt::format("found '{}' of {} to compare '{}' with, expected a field of {}", o.name,
                          value::type_name(o.type), f.name, value::type_name(f.type))));
  current().children.push_back(Node::compare_fields(op, field, other));
  return {};
}

Status Criteria::compare_document(uint32_t field, Op op, bool insensitive,
                                  value::DocumentTest test) {
  THING_TRY(check_field(group_model(), field));
  const auto slot = static_cast<uint32_t>(params_.size());
  params_.reserve(params_.size() + test.values.size());
  Node node = Node::compare(op, field, slot, static_cast<uint32_t>(test.values.size()));
  node.insensitive = insensitive;
  node.document = std::move(test.shape);
  current().children.push_back(std::move(node));
  for (Value& v : test.values) params_.push_back(std::move(v));
  return {};
}

Status Criteria::is_null(uint32_t field, bool null) {
  THING_TRY(check_field(group_model(), field));
  current().children.push_back(Node::compare(null ? Op::kIsNull : Op::kIsNotNull, field, 0, 0));
  return {};
}

Status Criteria::in(uint32_t field, std::vector<Value> values, bool negate, bool insensitive) {
  const schema::Model& model = group_model();
  const Op op = negate ? Op::kNotIn : Op::kIn;
  THING_TRY(check_field(model, field));
  THING_TRY(check_op(field, op, insensitive));
  if (values.size() > static_cast<size_t>(kMaxListed))
    return fail(about(model, field, Code::kRange,
                      fmt::format("found {} values for '{}', expected at most {}", values.size(),
                                  op_name(op), kMaxListed)));
  for (const Value& v : values) THING_TRY(check_value(model, field, op, v));
  const auto slot = static_cast<uint32_t>(params_.size());
  params_.reserve(params_.size() + values.size());
  Node node = Node::compare(op, field, slot, static_cast<uint32_t>(values.size()));
  node.insensitive = insensitive;
  current().children.push_back(std::move(node));
  for (Value& v : values) params_.push_back(std::move(v));
  return {};
}

Status Criteria::begin(NodeKind group) {
  if (group != NodeKind::kAnd && group != NodeKind::kOr && group != NodeKind::kNot)
    return fail(Code::kInvalid, "found no group, expected AND, OR or NOT");
  return begin(Node::group(group));
}

Status Criteria::begin(Node group) {
  if (open_.size() >= static_cast<size_t>(kMaxDepth))
    return fail(Code::kRange, "groups are nested deeper than {}", kMaxDepth);
  Node& node = current();
  open_.reserve(open_.size() + 1);
  node.children.push_back(std::move(group));
  open_.push_back(static_cast<uint32_t>(node.children.size() - 1));
  return {};
}

Status Criteria::begin_related(std::string_view relation, Quantifier quantifier) {
  const schema::Model& model = group_model();
  THING_ASSIGN(const schema::Link* const link, schema::find_link(model, relation));
  if (link->is_polymorphic())
    return fail(base::Error(Code::kUnsupported,
                            fmt::format("relation '{}' leads to several models, expected one for "
                                        "a condition",
                                        relation))
                    .model(model.name));
  int depth = 0;
  const Node* node = &where_;
  for (uint32_t child : open_) {
    node = &node->children[child];
    if (node->kind == NodeKind::kRelated) ++depth;
  }
  if (depth >= kMaxRelated)
    return fail(Code::kRange, "relations are nested deeper than {}", kMaxRelated);
  Node group = Node::group(NodeKind::kRelated);
  group.link = link;
  group.quantifier = quantifier;
  return begin(std::move(group));
}

Status Criteria::include(std::string_view relation, std::shared_ptr<const Criteria> criteria,
                         bool pivot) {
  THING_ASSIGN(const schema::Link* const link, schema::find_link(*model_, relation));
  if (criteria == nullptr && !link->is_polymorphic()) {
    THING_ASSIGN(Criteria whole, step_criteria(link->steps.back()));
    criteria = std::make_shared<const Criteria>(std::move(whole));
  }
  const auto same = [link](const Include& i) { return i.link == link && i.numbers.empty(); };
  const auto known = std::find_if(includes_.begin(), includes_.end(), same);
  Include next{link, std::move(criteria), pivot, {}};
  if (known != includes_.end()) {
    *known = std::move(next);
  } else {
    includes_.push_back(std::move(next));
  }
  return {};
}

// Keeps what was included before on the same way.
Status Criteria::include_path(std::string_view path) {
  if (std::count(path.begin(), path.end(), '.') >= kMaxRelated)
    return fail(Code::kRange, "relations are nested deeper than {}", kMaxRelated);
  const size_t dot = path.find('.');
  const std::string_view first = path.substr(0, dot);
  THING_ASSIGN(const schema::Link* const link, schema::find_link(*model_, first));
  const auto same = [link](const Include& i) { return i.link == link && i.numbers.empty(); };
  const auto known = std::find_if(includes_.begin(), includes_.end(), same);
  if (dot == path.npos) {
    if (known != includes_.end()) return {};
    return include(first, nullptr);
  }
  if (link->is_polymorphic())
    return fail(base::Error(Code::kUnsupported,
                            fmt::format("relation '{}' leads to several models, expected one for "
                                        "relations of it",
                                        first))
                    .model(model_->name));
  THING_ASSIGN(Criteria whole, step_criteria(link->steps.back()));
  auto inner =
      std::make_shared<Criteria>(known != includes_.end() ? *known->criteria : std::move(whole));
  THING_TRY(inner->include_path(path.substr(dot + 1)));
  return include(first, std::move(inner), known != includes_.end() && known->pivot);
}

namespace {

bool has_related_node(const Node& node) {
  return node.kind == NodeKind::kRelated ||
         std::any_of(node.children.begin(), node.children.end(), has_related_node);
}

bool has_field_comparison(const Node& node) {
  return node.other != schema::kNone ||
         std::any_of(node.children.begin(), node.children.end(), has_field_comparison);
}

bool has_document_test(const Node& node) {
  return !node.document.empty() ||
         std::any_of(node.children.begin(), node.children.end(), has_document_test);
}

}  // namespace

bool Criteria::tests_documents() const { return has_document_test(where_); }
bool Criteria::has_related() const { return has_related_node(where_); }
bool Criteria::compares_fields() const { return has_field_comparison(where_); }

Status Criteria::end() {
  if (open_.empty())
    return fail(Code::kState, "found the end of a group, expected one that is open");
  open_.pop_back();
  return {};
}

Status Criteria::order_by(uint32_t field, bool descending, bool nulls_first) {
  THING_TRY(check_field(*model_, field));
  if (model_->fields[field].is_list())
    return fail(about(*model_, field, Code::kInvalid,
                      fmt::format("found the list '{}' in the order, expected a scalar",
                                  model_->fields[field].name)));
  const auto same = [field](const Order& o) { return o.related < 0 && o.field == field; };
  if (std::any_of(order_.begin(), order_.end(), same))
    return fail(about(*model_, field, Code::kInvalid,
                      fmt::format("found '{}' twice in the order, expected each field once",
                                  model_->fields[field].name)));
  order_.push_back({field, descending, nulls_first});
  return {};
}

Status Criteria::order_by(RelatedOrder related, bool descending, bool nulls_first) {
  if (std::find(related_order_.begin(), related_order_.end(), related) != related_order_.end())
    return fail(
        base::Error(Code::kInvalid, fmt::format("found what '{}' says twice in the order, expected "
                                                "it once",
                                                related.path[0]->relation->name))
            .model(model_->name));
  const auto number = static_cast<int>(related_order_.size());
  related_order_.push_back(std::move(related));
  order_.push_back({0, descending, nulls_first, number});
  return {};
}

Status Criteria::take(int64_t n) {
  if (n < 0) return fail(Code::kRange, "take is {}, expected 0 or more", n);
  take_ = n;
  return {};
}

Status Criteria::skip(int64_t n) {
  if (n < 0) return fail(Code::kRange, "skip is {}, expected 0 or more", n);
  skip_ = n;
  return {};
}

Status Criteria::select(std::vector<uint32_t> fields) {
  if (fields.empty()) return fail(Code::kInvalid, "select: found no field, expected at least one");
  for (uint32_t f : fields) THING_TRY(check_field(*model_, f));
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  select_ = std::move(fields);
  return {};
}

Status Criteria::distinct_on(std::vector<uint32_t> fields) {
  for (uint32_t f : fields) {
    THING_TRY(check_field(*model_, f));
    if (!model_->fields[f].is_list()) continue;
    return fail(about(
        *model_, f, Code::kInvalid,
        fmt::format("distinct: found the list '{}', expected scalars", model_->fields[f].name)));
  }
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  distinct_on_ = std::move(fields);
  return {};
}

Criteria Criteria::counted() const {
  Criteria out = *this;
  if (distinct_on_.empty() || distinct_) return out;
  out.select_ = std::exchange(out.distinct_on_, {});
  out.distinct_ = true;
  out.order_.clear();
  out.clear_page();
  out.after_.clear();
  out.cursor_.clear();
  return out;
}

Status Criteria::distinct(bool yes) {
  distinct_ = yes;
  return {};
}

Status Criteria::lock(Lock lock) {
  if (lock.is_none() && lock.wait != Lock::Wait::kBlock)
    return fail(Code::kInvalid, "lock: found '{}' without a lock, expected one to wait for",
                wait_name(lock.wait));
  lock_ = lock;
  return {};
}

Status Criteria::after(std::string_view token) {
  THING_TRY(check_token(*model_, token));
  after_ = std::string(token);
  return {};
}

Status Criteria::cursor(std::vector<Value> key) {
  if (key.size() != model_->primary.size())
    return fail(Code::kInvalid, "cursor: found {} values, expected the {} of the primary key",
                key.size(), model_->primary.size());
  cursor_ = std::move(key);
  return {};
}

ParamPlace find_param(const schema::Model& model, const Node& node, uint32_t slot) {
  if (node.kind == NodeKind::kCompare) {
    const bool is_it = node.count > 0 && slot >= node.param && slot < node.param + node.count;
    return is_it ? ParamPlace{&node, &model} : ParamPlace{};
  }
  const schema::Model& inner = node.kind == NodeKind::kRelated ? *node.link->target : model;
  for (const Node& child : node.children) {
    if (const ParamPlace found = find_param(inner, child, slot); found.node != nullptr)
      return found;
  }
  return {};
}

Status Criteria::rebind(int32_t slot, Value v) {
  const ParamPlace place =
      slot < 0 ? ParamPlace{} : find_param(*model_, where_, static_cast<uint32_t>(slot));
  if (place.node == nullptr)
    return fail(Code::kInvalid, "found slot {}, expected one that a condition returned", slot);
  if (!place.node->document.empty())
    return fail(about(*place.model, place.node->field, Code::kInvalid,
                      fmt::format("found slot {} within a document, expected one that a condition "
                                  "returned",
                                  slot)));
  THING_TRY(check_value(*place.model, place.node->field, place.node->op, v));
  params_[static_cast<size_t>(slot)] = std::move(v);
  return {};
}

}  // namespace thing::query
