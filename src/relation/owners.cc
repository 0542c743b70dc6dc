#include "relation/owners.h"

#include <numeric>

#include "store/keys.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using value::ValueView;

namespace {

constexpr size_t kMostComposite = 500;  // keys of several fields

bool is_integer(const std::vector<ValueView>& key) {
  return key.size() == 1 && key[0].type == value::Type::kInt;
}

std::string bytes_of(const std::vector<ValueView>& key) {
  std::string out;
  for (const ValueView& v : key) store::append_key_bytes(out, v);
  return out;
}

// The key of a row; false when a part of it is NULL.
bool read_key(const schema::Model& model, const std::vector<uint32_t>& fields,
              const value::RowView& row, std::vector<ValueView>& out) {
  out.clear();
  for (const uint32_t f : fields) {
    if (!row.has(f)) return false;
    out.push_back(row.value(f, model.fields[f].type));
  }
  return true;
}

bool is_of_step(const schema::Step& step, const value::RowView& row) {
  if (!step.fixed.has_value() || step.fixed->of_to) return true;
  const uint32_t type = step.fixed->field;
  return row.has(type) &&
         value::equal(row.value(type, step.from->fields[type].type), step.fixed->value.view());
}

}  // namespace

base::Error not_selected(const schema::Model& model, uint32_t field) {
  return base::Error(
             Code::kState,
             fmt::format("{}: '{}' was not selected, expected it to be loaded: by it rows of "
                         "a relation are found",
                         model.name, model.fields[field].name))
      .model(model.name)
      .field(model.fields[field].name);
}

uint32_t KeyNumbers::add(const std::vector<ValueView>& key) {
  const auto next = static_cast<uint32_t>(count_);
  const auto insert = [next](auto& map, auto&& k) {
    return map.try_emplace(std::forward<decltype(k)>(k), next).first->second;
  };
  const uint32_t number =
      is_integer(key) ? insert(integers_, key[0].integer) : insert(others_, bytes_of(key));
  if (number == next) ++count_;
  return number;
}

uint32_t KeyNumbers::find(const std::vector<ValueView>& key) const {
  if (is_integer(key)) {
    const auto found = integers_.find(key[0].integer);
    return found == integers_.end() ? kNobody : found->second;
  }
  const auto found = others_.find(bytes_of(key));
  return found == others_.end() ? kNobody : found->second;
}

Result<Owners> Owners::of(const schema::Step& step, const value::BatchRef& from,
                          const std::vector<uint32_t>& rows) {
  Owners out;
  out.columns = step.from_fields.size();
  std::vector<ValueView> key;
  for (const uint32_t r : rows) {
    const value::RowView row = from->row(r);
    for (const uint32_t f : step.from_fields) {
      if (row.is_absent(f)) return fail(not_selected(*step.from, f));
    }
    if (!read_key(*step.from, step.from_fields, row, key) || !is_of_step(step, row)) {
      out.of_row.push_back(kNobody);
      continue;
    }
    const size_t known = out.count();
    out.of_row.push_back(out.numbers.add(key));
    if (out.count() > known) out.values.insert(out.values.end(), key.begin(), key.end());
  }
  return out;
}

size_t Owners::most_at_once() const { return columns == 1 ? kMostKeys : kMostComposite; }

std::vector<uint32_t> Owners::find(const schema::Model& model, const std::vector<uint32_t>& fields,
                                   const value::BatchRef& rows) const {
  std::vector<uint32_t> out;
  std::vector<ValueView> key;
  for (uint32_t r = 0; rows && r < rows->rows(); ++r)
    out.push_back(read_key(model, fields, rows->row(r), key) ? numbers.find(key) : kNobody);
  return out;
}

base::Status Owners::add_keys(query::Criteria& criteria, const std::vector<uint32_t>& fields,
                              size_t begin, size_t end) const {
  if (fields.size() == 1) {
    std::vector<value::Value> list;
    list.reserve(end - begin);
    for (size_t i = begin; i < end; ++i) list.emplace_back(values[i]);
    return criteria.in(fields[0], std::move(list), false);
  }
  THING_TRY(criteria.begin(query::NodeKind::kOr));
  for (size_t i = begin; i < end; ++i) {
    THING_TRY(criteria.begin(query::NodeKind::kAnd));
    for (size_t c = 0; c < fields.size(); ++c) {
      auto added = criteria.compare(fields[c], query::Op::kEq, false, value::Value(value(i, c)));
      if (!added) return fail(std::move(added.error()));
    }
    THING_TRY(criteria.end());
  }
  return criteria.end();
}

void distribute(const std::vector<uint32_t>& of_row, const std::vector<uint32_t>& owner_of,
                size_t owners, std::vector<uint32_t>& first, std::vector<uint32_t>& rows) {
  std::vector<uint32_t> begin(owners + 1);
  for (const uint32_t owner : owner_of) {
    if (owner != kNobody) ++begin[owner + 1];
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<uint32_t> sorted(begin.back());
  std::vector<uint32_t> at(begin.begin(), begin.end() - 1);
  for (uint32_t r = 0; r < owner_of.size(); ++r) {
    if (owner_of[r] != kNobody) sorted[at[owner_of[r]]++] = r;
  }
  first.reserve(of_row.size() + 1);
  first.push_back(0);
  for (const uint32_t owner : of_row) {
    if (owner != kNobody)
      rows.insert(rows.end(), sorted.begin() + begin[owner], sorted.begin() + begin[owner + 1]);
    first.push_back(static_cast<uint32_t>(rows.size()));
  }
}

base::Status add_fixed(query::Criteria& criteria, const schema::Step& step) {
  if (!step.fixed.has_value()) return {};
  auto added =
      criteria.compare(step.fixed->field, query::Op::kEq, false, value::Value(step.fixed->value));
  if (!added) return fail(std::move(added.error()));
  return {};
}

Result<std::vector<query::WayPart>> way_of(const schema::Link& link, const Owners& owners,
                                           size_t begin, size_t end) {
  std::vector<query::WayPart> out;
  for (size_t i = 0; i + 1 < link.steps.size(); ++i) {
    const schema::Step& step = link.steps[i];
    const schema::Step& next = link.steps[i + 1];
    THING_ASSIGN(query::Criteria rows, query::step_criteria(step));
    rows.clear_order();
    if (step.fixed.has_value() && step.fixed->of_to) THING_TRY(add_fixed(rows, step));
    if (next.fixed.has_value() && !next.fixed->of_to) THING_TRY(add_fixed(rows, next));
    if (i == 0) THING_TRY(owners.add_keys(rows, step.to_fields, begin, end));
    out.push_back({&next, std::move(rows)});
  }
  return out;
}

}  // namespace thing::relation
