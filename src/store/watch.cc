#include "store/watch.h"

#include <algorithm>

#include "store/keys.h"

namespace thing::store {
namespace {

// Types whose equality in the database is equality of bytes here.
bool is_bucketed(value::Type type) {
  return type != value::Type::kFloat && type != value::Type::kDecimal &&
         type != value::Type::kJson && !value::is_list(type);
}

uint64_t hash_of(const std::string& bytes) { return base::hash64(bytes.data(), bytes.size()); }

}  // namespace

QueryWatch::QueryWatch(const query::Query& query, const query::Exactness& exactness,
                       cache::Kind kind)
    : model_(*query.model), where_(query.where), params_(query.params), exactness_(exactness) {
  fields_ = query::fields_of(where_, model_.columns());
  drops_on_any_change_ = query.distinct || (kind == cache::Kind::kList && !query.select.empty());
  if (kind == cache::Kind::kList) {
    for (const query::Order& o : query.order) order_fields_.push_back(o.field);
    const auto ordered = query::fields_of(query.order, model_.columns());
    for (size_t i = 0; i < fields_.size(); ++i) fields_[i] |= ordered[i];
    // Who is first of those that are alike depends on these as on the order.
    for (uint32_t f : query.distinct_on) {
      order_fields_.push_back(f);
      fields_[f / 64] |= uint64_t{1} << (f % 64);
    }
  }
  for (uint32_t f : query.select) fields_[f / 64] |= uint64_t{1} << (f % 64);
  if (where_.kind == query::NodeKind::kAnd) {
    for (const query::Node& node : where_.children) add_equality(node);
  } else {
    add_equality(where_);
  }
  std::string columns, values;
  for (const Equal& e : equal_) {
    columns.append(reinterpret_cast<const char*>(&e.field), sizeof e.field);
    values += e.value;
  }
  bucket_ = hash_of(values);
  group_ = base::hash128(columns);
}

// Conditions that every member fulfils: `field = value`, and `field IN (values)`, in the top
// conjunction.
void QueryWatch::add_equality(const query::Node& node) {
  if (node.kind != query::NodeKind::kCompare || node.insensitive) return;
  if (node.other != schema::kNone) return;
  const value::Type type = model_.fields[node.field].type;
  if (!is_bucketed(type) || !exactness_.is_exact(node.field)) return;
  if (node.op == query::Op::kEq) {
    if (std::any_of(equal_.begin(), equal_.end(),
                    [&node](const Equal& e) { return e.field == node.field; }))
      return;
    Equal& equal = equal_.emplace_back(Equal{node.field, {}});
    append_key_bytes(equal.value, params_[node.param].view());
  } else if (node.op == query::Op::kIn && node.count > 0 && node.count <= kMostAmong) {
    Among& among = among_.emplace_back(Among{node.field, {}});
    for (uint32_t i = 0; i < node.count; ++i)
      append_key_bytes(among.values.emplace_back(), params_[node.param + i].view());
  }
}

std::optional<uint64_t> QueryWatch::bucket_of(const value::RowView& row) const {
  std::string equal;
  for (const Equal& e : equal_) {
    if (!row.has(e.field))
      return std::nullopt;  // NULL equals nothing; images of writes hold every column
    append_key_bytes(equal, row.value(e.field, model_.fields[e.field].type));
  }
  return hash_of(equal);
}

bool QueryWatch::is_order_kept(const cache::Images& images) const {
  return std::all_of(order_fields_.begin(), order_fields_.end(), [&](uint32_t field) {
    const value::Type type = model_.fields[field].type;
    return value::equal(images.before.value(field, type), images.after.value(field, type));
  });
}

cache::Effect QueryWatch::effect(const cache::Images& images) const {
  using query::Membership;
  const auto member = [this](const value::RowView& row) {
    return row ? query::matches(where_, params_, model_, row, exactness_) : Membership::kNo;
  };
  const Membership before = member(images.before);
  const Membership after = member(images.after);
  if (before == Membership::kNo && after == Membership::kNo) return cache::Effect::kNone;
  const bool stays = before == Membership::kYes && after == Membership::kYes;
  return stays && !drops_on_any_change_ && is_order_kept(images) ? cache::Effect::kNone
                                                                 : cache::Effect::kDrop;
}

}  // namespace thing::store
