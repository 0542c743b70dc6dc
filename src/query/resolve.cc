#include <algorithm>

#include "query/criteria.h"
#include "query/encode.h"
#include "query/scopes.h"

namespace thing::query {

using base::Code;
using base::fail;

namespace {

// The same condition with groups flattened: AND in AND, OR in OR, groups of one. Queries that
// differ only so are one query.
Node normal(const Node& node) {
  if (node.kind == NodeKind::kCompare) return node;
  Node out;
  out.kind = node.kind;
  const NodeKind joins = node.kind == NodeKind::kOr ? NodeKind::kOr : NodeKind::kAnd;
  for (const Node& child : node.children) {
    Node n = normal(child);
    if (n.kind == joins) {
      for (Node& grandchild : n.children) out.children.push_back(std::move(grandchild));
    } else {
      out.children.push_back(std::move(n));
    }
  }
  if (out.kind != NodeKind::kNot && out.children.size() == 1) {
    Node only = std::move(out.children[0]);
    return only;
  }
  return out;
}

// Lists of one value as comparisons.
void simplify(Node& node) {
  if (node.count == 1 && node.op == Op::kIn) node.op = Op::kEq;
  if (node.count == 1 && node.op == Op::kNotIn) node.op = Op::kNe;
  for (Node& child : node.children) simplify(child);
}

void add_scope(Query& q, Scope scope) {
  const schema::Model& m = *q.model;
  if (m.deleted < 0 || scope == Scope::kAll) return;
  Node n;
  n.kind = NodeKind::kCompare;
  n.field = static_cast<uint32_t>(m.deleted);
  const value::Type type = m.fields[n.field].type;
  if (type == value::Type::kBool) {
    n.op = Op::kEq;
    n.param = static_cast<uint32_t>(q.params.size());
    n.count = 1;
    q.params.push_back(value::Value::of_int(type, scope == Scope::kDeleted ? 1 : 0));
  } else {
    n.op = scope == Scope::kDeleted ? Op::kIsNotNull : Op::kIsNull;
  }
  q.where.children.push_back(std::move(n));
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

base::Status check_distinct(const Criteria& c) {
  const schema::Model& m = c.model();
  if (!c.is_distinct()) return {};
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
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

void name_query(Query& q) {
  Encoder where;
  where.add(q.where);
  Encoder params;
  for (const value::Value& v : q.params) params.add(v.view());
  q.predicate = where.text() + params.text();

  Encoder shape;
  shape.add_word(q.order.size());
  for (const Order& o : q.order)
    shape.add_word(o.field * 4ULL + (o.descending ? 2 : 0) + (o.nulls_first ? 1 : 0));
  shape.add_word(q.select.size());
  for (uint32_t f : q.select) shape.add_word(f);
  shape.add_byte(static_cast<uint8_t>(
      (q.distinct ? 1 : 0) + (q.take.has_value() ? 2 : 0) + (q.skip.has_value() ? 4 : 0) +
      (q.keyset.has_value() ? 8 : 0) + (q.keyset.has_value() && q.keyset->inclusive ? 16 : 0)));
  shape.add_byte(
      static_cast<uint8_t>(static_cast<int>(q.lock.kind) * 4 + static_cast<int>(q.lock.wait)));
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

void Encoder::add(const Node& node) {
  add_byte(static_cast<uint8_t>(static_cast<int>(node.kind) * 32 + static_cast<int>(node.op) * 2 +
                                (node.insensitive ? 1 : 0)));
  if (node.kind == NodeKind::kCompare) {
    add_word(uint64_t{node.field} << 32 | node.count);
    return;
  }
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

void Criteria::flatten() {
  if (open_.empty()) where_ = flat(where_);
}

std::vector<Order> complete_order(const Criteria& c) {
  const schema::Model& m = c.model();
  std::vector<Order> order = c.order();
  const auto add = [&order](uint32_t field) {
    const auto same = [field](const Order& o) { return o.field == field; };
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

base::Result<Query> with_lock(Query q, Lock lock) {
  if (q.distinct && !lock.is_none())
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
  q.where = flat(c.where());
  THING_TRY(add_scopes(q, c, sight));
  simplify(q.where);
  add_scope(q, sight.deleted);
  q.order = complete_order(c);
  q.take = c.take();
  q.skip = c.skip();
  q.select = complete_select(c);
  q.distinct = c.is_distinct();
  q.keyset = std::move(start);
  if (!c.after_token().empty()) {
    if (q.keyset.has_value())
      return fail(base::Error(Code::kInvalid, "found both after and cursor, expected one of them")
                      .model(q.model->name));
    THING_ASSIGN(q.keyset, parse_token(*q.model, q.order, c.after_token()));
  }
  return with_lock(std::move(q), c.lock());
}

}  // namespace thing::query
