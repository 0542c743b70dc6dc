#include <algorithm>
#include <utility>

#include "query/criteria.h"
#include "query/encode.h"
#include "query/lowering.h"
#include "query/scopes.h"

namespace thing::query {

using base::Code;
using base::fail;

namespace {

// The same condition with groups flattened: AND in AND, OR in OR, groups of one. Queries that
// differ only so are one query.
Node normal(const Node& node) {
  if (node.kind == NodeKind::kCompare) return node;
  Node out = Node::group(node.kind);
  out.quantifier = node.quantifier;
  out.link = node.link;
  out.step = node.step;
  const NodeKind joins = node.kind == NodeKind::kOr ? NodeKind::kOr : NodeKind::kAnd;
  for (const Node& child : node.children) {
    Node n = normal(child);
    if (n.kind == joins) {
      for (Node& grandchild : n.children) out.children.push_back(std::move(grandchild));
    } else {
      out.children.push_back(std::move(n));
    }
  }
  // An AND of nothing holds always, an OR of nothing never: what they decide alone is said so, so
  // that a condition that says nothing is none.
  const auto is_always = [](const Node& n) {
    return n.kind == NodeKind::kAnd && n.children.empty();
  };
  const auto is_never = [](const Node& n) { return n.kind == NodeKind::kOr && n.children.empty(); };
  const bool decides =
      out.kind == NodeKind::kOr && std::any_of(out.children.begin(), out.children.end(), is_always);
  const bool negates_none =
      out.kind == NodeKind::kNot && out.children.size() == 1 && is_never(out.children[0]);
  if (decides || negates_none) return Node::group(NodeKind::kAnd);
  const bool is_plain = out.kind == NodeKind::kAnd || out.kind == NodeKind::kOr;
  if (is_plain && out.children.size() == 1) {
    Node only = std::move(out.children[0]);
    return only;
  }
  return out;
}

// Lists of one value as comparisons.
void simplify(Node& node) {
  const bool is_one = node.count == 1 && node.document.empty();
  if (is_one && node.op == Op::kIn) node.op = Op::kEq;
  if (is_one && node.op == Op::kNotIn) node.op = Op::kNe;
  for (Node& child : node.children) simplify(child);
}

base::Status add_scopes(Query& q, const Criteria& c, const Sight& sight) {
  if (q.model->scopes.empty()) return {};
  std::shared_ptr<const Scopes> scopes = q.model->conditions;
  if (scopes == nullptr) {  // a model that is not registered
    THING_ASSIGN(scopes, Scopes::parse(*q.model));
  }
  scopes->add_to(q, c, sight);
  return {};
}

// Numbers parameters in the order in which the tree has them: queries of one shape are one SQL
// text, whose placeholders say by number what they take.
void renumber(Node& node, const std::vector<value::Value>& params, std::vector<value::Value>& out) {
  const auto first = static_cast<uint32_t>(out.size());
  for (uint32_t i = 0; i < node.count; ++i) out.push_back(params[node.param + i]);
  if (node.count > 0) node.param = first;
  for (Node& child : node.children) renumber(child, params, out);
}

// Parameters that it compares with. Conditions that say nothing were left out, theirs were not.
size_t count_params(const Node& node) {
  size_t count = node.count;
  for (const Node& child : node.children) count += count_params(child);
  return count;
}

void renumber(Query& q) {
  const std::vector<value::Value> params = std::exchange(q.params, {});
  renumber(q.where, params, q.params);
  for (RelatedValue& value : q.related) {
    for (RelatedValue::Hop& hop : value.path) {
      for (Node& where : hop.where) renumber(where, params, q.params);
    }
  }
}

base::Status check_distinct(const Criteria& c) {
  const schema::Model& m = c.model();
  if (!c.is_distinct()) return {};
  if (!c.distinct_fields().empty())
    return fail(
        base::Error(Code::kInvalid, "distinct: found fields beside true, expected one of them")
            .model(m.name));
  if (c.selected().empty())
    return fail(
        base::Error(Code::kInvalid,
                    "distinct: found no select, expected the fields that make rows different")
            .model(m.name));
  if (!c.after_token().empty() || !c.cursor_key().empty())
    return fail(
        base::Error(Code::kInvalid, "distinct: found after or cursor, expected take and skip")
            .model(m.name));
  for (uint32_t f : c.selected()) {
    if (!m.fields[f].is_list()) continue;
    return fail(
        base::Error(Code::kInvalid, fmt::format("distinct: found the list '{}', expected scalars",
                                                m.fields[f].name))
            .model(m.name)
            .field(m.fields[f].name));
  }
  if (!c.related_order().empty())
    return fail(base::Error(Code::kInvalid,
                            "orderBy: found a relation beside distinct, expected selected fields")
                    .model(m.name));
  for (const Order& o : c.order()) {
    if (std::find(c.selected().begin(), c.selected().end(), o.field) != c.selected().end())
      continue;
    return fail(
        base::Error(Code::kInvalid,
                    fmt::format("orderBy: found '{}' beside distinct, expected a selected field",
                                m.fields[o.field].name))
            .model(m.name));
  }
  return {};
}

std::vector<uint32_t> complete_select(const Criteria& c) {
  std::vector<uint32_t> fields = c.selected();
  if (fields.empty() || c.is_distinct()) return fields;
  fields.insert(fields.end(), c.model().primary.begin(), c.model().primary.end());
  for (const Include& include : c.includes()) {  // by which their rows are found
    const schema::Link& link = *include.link;
    const schema::Step& step = link.first_step();
    fields.insert(fields.end(), step.from_fields.begin(), step.from_fields.end());
    if (link.is_polymorphic()) fields.push_back(link.type_field);
  }
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

void add_order(Encoder& shape, const std::vector<Order>& order) {
  shape.add_word(order.size());
  for (const Order& o : order)
    shape.add_word(static_cast<uint64_t>(o.related + 1) << 40 | o.field * 4ULL |
                   (o.descending ? 2 : 0) | (o.nulls_first ? 1 : 0));
}

// What rows of relations say of the order, and how rows belong to others.
void add_relations(Encoder& shape, const Query& q) {
  for (const RelatedValue& value : q.related) {
    shape.add_word(value.path.size());
    for (const RelatedValue::Hop& hop : value.path) {
      shape.add_word(hop.where.size());
      for (const schema::Step& step : hop.link->steps) shape.add(step);
      for (const Node& where : hop.where) shape.add(where);
      add_order(shape, hop.order);
    }
    shape.add_word(static_cast<uint64_t>(value.field + 1));
  }
  shape.add_word(q.way.rows.size());
  for (const Way::Between& between : q.way.rows) {
    shape.add(*between.step);
    shape.add(between.where);
  }
  for (const uint32_t f : q.way.key) shape.add_word(f);
}

void name_query(Query& q) {
  Encoder where;
  where.add(q.where);
  Encoder params;
  for (const value::Value& v : q.params) params.add(v.view());
  q.predicate = where.text() + params.text();

  Encoder shape;
  add_order(shape, q.order);
  if (!q.related.empty() || !q.way.is_empty()) add_relations(shape, q);
  shape.add_word(q.select.size());
  for (uint32_t f : q.select) shape.add_word(f);
  shape.add_byte(static_cast<uint8_t>(
      (q.distinct ? 1 : 0) + (q.take.has_value() ? 2 : 0) + (q.skip.has_value() ? 4 : 0) +
      (q.keyset.has_value() ? 8 : 0) + (q.keyset.has_value() && q.keyset->inclusive ? 16 : 0)));
  shape.add_word(q.distinct_on.size());
  for (uint32_t f : q.distinct_on) shape.add_word(f);
  shape.add_byte(
      static_cast<uint8_t>(static_cast<int>(q.lock.kind) * 4 + static_cast<int>(q.lock.wait)));
  if (!q.per.empty()) {
    shape.add_byte(1);
    for (uint32_t f : q.per) shape.add_word(f);
  }
  Encoder values;
  if (q.keyset.has_value()) {
    for (const value::Value& v : q.keyset->values) {
      shape.add_byte(v.is_null() ? 1 : 0);  // NULL is compared by other SQL
      values.add(v.view());
    }
  }
  if (q.take.has_value()) values.add_word(static_cast<uint64_t>(*q.take));
  if (q.skip.has_value()) values.add_word(static_cast<uint64_t>(*q.skip));
  q.shape = where.text() + shape.text();
  q.identity = q.shape + params.text() + values.text();
  q.shape_hash = base::hash128(q.shape);
  q.identity_hash = base::hash128(q.identity);
  q.predicate_hash = base::hash128(q.predicate);
}

}  // namespace

void Encoder::add(const value::ValueView& v) {
  add_byte(static_cast<uint8_t>(v.type));
  if (v.is_null()) return;
  if (value::is_heap_slot(v.type)) {
    add_word(v.bytes.size());
    text_ += v.bytes;
  } else {
    add_word(static_cast<uint64_t>(v.integer));
  }
}

void Encoder::add(const schema::Step& step) {
  add_word(step.name.size());
  text_ += step.name;
}

void Encoder::add(const Node& node) {
  add_byte(static_cast<uint8_t>(node.kind));
  add_byte(static_cast<uint8_t>(static_cast<int>(node.op) * 2 + (node.insensitive ? 1 : 0)));
  if (node.kind == NodeKind::kCompare) {
    // A list of parameters is never so long that it looks like a field.
    constexpr uint32_t kField = 0x8000'0000;
    const uint32_t with =
        node.other == schema::kNone ? node.count : kField | static_cast<uint32_t>(node.other);
    add_word(uint64_t{node.field} << 32 | with);
    add_word(node.document.size());
    text_ += node.document;
    return;
  }
  if (node.kind == NodeKind::kExists) add(*node.step);
  add_word(node.children.size());
  for (const Node& child : node.children) add(child);
}

Node flat(const Node& where) {
  Node out = normal(where);
  if (out.kind == NodeKind::kAnd) return out;
  Node root;
  root.children.push_back(std::move(out));
  return root;
}

void shift_params(Node& where, uint32_t by) {
  where.param += by;
  for (Node& child : where.children) shift_params(child, by);
}

void Criteria::flatten() {
  if (open_.empty()) where_ = flat(where_);
}

std::vector<Order> complete_order(const Criteria& c) {
  const schema::Model& m = c.model();
  std::vector<Order> order = c.order();
  const auto add = [&order](uint32_t field) {
    const auto same = [field](const Order& o) { return o.related < 0 && o.field == field; };
    if (std::none_of(order.begin(), order.end(), same)) order.push_back({field, false, false});
  };
  if (c.is_distinct()) {
    for (uint32_t f : c.selected()) add(f);
    return order;
  }
  if (order.empty()) {
    for (const uint32_t scope : c.scopes()) {
      for (const Order& o : m.scopes[scope].order) {
        const auto same = [&o](const Order& other) { return other.field == o.field; };
        if (std::none_of(order.begin(), order.end(), same)) order.push_back(o);
      }
    }
  }
  if (order.empty()) order = m.order;
  for (uint32_t f : m.primary) add(f);
  return order;
}

Keyset row_keyset(const schema::Model& model, const std::vector<Order>& order,
                  const value::RowView& row, bool inclusive) {
  Keyset keyset;
  keyset.inclusive = inclusive;
  for (const Order& o : order)
    keyset.values.emplace_back(row.value(o.field, model.fields[o.field].type));
  return keyset;
}

base::Status check_place(const schema::Model& model, const std::vector<Order>& order) {
  const auto is_related = [](const Order& o) { return o.related >= 0; };
  if (std::none_of(order.begin(), order.end(), is_related)) return {};
  return fail(base::Error(Code::kUnsupported,
                          "found an order by relations, in which rows have no place that a page "
                          "could begin at; expected take and skip")
                  .model(model.name));
}

base::Result<Criteria> step_criteria(const schema::Step& step) {
  if (step.criteria.empty()) return Criteria(*step.to);
  return parse_criteria(*step.to, step.criteria);
}

void add_scope(const schema::Model& m, Scope scope, std::vector<Node>& parts,
               std::vector<value::Value>& params) {
  if (m.deleted < 0 || scope == Scope::kAll) return;
  const auto field = static_cast<uint32_t>(m.deleted);
  const value::Type type = m.fields[field].type;
  const bool deleted = scope == Scope::kDeleted;
  if (type != value::Type::kBool) {
    parts.push_back(Node::compare(deleted ? Op::kIsNotNull : Op::kIsNull, field, 0, 0));
    return;
  }
  parts.push_back(Node::compare(Op::kEq, field, static_cast<uint32_t>(params.size()), 1));
  params.push_back(value::Value::of_int(type, deleted ? 1 : 0));
}

Query with_groups(Query q, std::vector<uint32_t> per) {
  q.per = std::move(per);
  name_query(q);
  return q;
}

base::Result<Query> with_way(Query q, const std::vector<WayPart>& parts, std::vector<uint32_t> key,
                             Sight sight) {
  for (const WayPart& part : parts) {
    THING_ASSIGN(Query between, resolve(part.rows, sight));
    shift_params(between.where, static_cast<uint32_t>(q.params.size()));
    q.params.insert(q.params.end(), between.params.begin(), between.params.end());
    q.way.rows.push_back({part.step, std::move(between.where)});
  }
  q.way.key = std::move(key);
  q.has_related = true;
  name_query(q);
  return q;
}

base::Result<Query> with_lock(Query q, Lock lock) {
  if ((q.distinct || !q.distinct_on.empty()) && !lock.is_none())
    return fail(
        base::Error(Code::kUnsupported, "lock: found distinct, whose rows are none of the table's")
            .model(q.model->name));
  q.lock = lock;
  name_query(q);
  return q;
}

base::Result<Query> resolve(const Criteria& c, Sight sight, std::optional<Keyset> start) {
  if (c.has_open_group())
    return fail(Code::kState, "the criteria has an open group, expected its end");
  THING_TRY(check_distinct(c));
  Query q;
  q.model = &c.model();
  q.params = c.params();
  Lowering lowering(q, sight);
  q.where = flat(c.has_related() ? lowering.lower(c.where()) : c.where());
  THING_TRY(add_scopes(q, c, sight));
  simplify(q.where);
  add_scope(*q.model, sight.deleted, q.where.children, q.params);
  for (const RelatedOrder& order : c.related_order()) q.related.push_back(lowering.value_of(order));
  // Queries of one shape are one statement, that takes its values by their number.
  if (q.has_related || !q.model->scopes.empty() || count_params(q.where) != q.params.size())
    renumber(q);
  q.order = complete_order(c);
  q.take = c.take();
  q.skip = c.skip();
  q.select = complete_select(c);
  q.distinct = c.is_distinct();
  q.distinct_on = c.distinct_fields();
  q.keyset = std::move(start);
  if (q.keyset.has_value() || !c.after_token().empty()) THING_TRY(check_place(*q.model, q.order));
  if (!c.after_token().empty()) {
    if (q.keyset.has_value())
      return fail(base::Error(Code::kInvalid, "found both after and cursor, expected one of them")
                      .model(q.model->name));
    THING_ASSIGN(q.keyset, parse_token(*q.model, q.order, c.after_token()));
  }
  return with_lock(std::move(q), c.lock());
}

}  // namespace thing::query
