#include "relation/loader.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "relation/numbers.h"
#include "store/model_state.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using store::state_of;

namespace {

base::Status append(value::BatchBuilder& out, const value::BatchRef& rows,
                    const value::Layout& layout) {
  for (uint32_t r = 0; r < rows->rows(); ++r) THING_TRY(out.append(rows->row(r), layout));
  return {};
}

store::RowSet no_rows(const schema::Model& model) {
  store::RowSet out;
  out.model = &state_of(model);
  value::BatchBuilder builder;
  builder.start(model.layout, false);
  out.rows = builder.finish();
  return out;
}

bool asks_for_all(const query::Criteria& c) {
  return !c.has_condition() && c.order().empty() && c.selected().empty() && !c.take().has_value() &&
         !c.skip().has_value() && c.scopes().empty() && c.left_out().empty() &&
         !c.leaves_all_scopes_out();
}

// Rows of one owner beside each other, each owner's in their own order: as an index of the key has
// them, so that the database need not sort.
base::Status sort_by_owner(query::Criteria& part, const schema::Step& step) {
  const uint32_t key = step.to_fields[0];
  if (step.to_fields.size() > 1 || step.to->fields[key].type != value::Type::kInt ||
      !part.scopes().empty() || !part.related_order().empty())
    return {};
  const std::vector<query::Order> own = part.order().empty() ? step.to->order : part.order();
  if (std::any_of(own.begin(), own.end(), [key](const auto& o) { return o.field == key; }))
    return {};
  part.clear_order();
  THING_TRY(part.order_by(key, false, false));
  for (const query::Order& o : own) THING_TRY(part.order_by(o.field, o.descending, o.nulls_first));
  return {};
}

// From the rows of one set on to those of the next: each of those once, in their own order.
void follow(const std::vector<uint32_t>& next_first, const std::vector<uint32_t>& next_rows,
            std::vector<uint32_t>& first, std::vector<uint32_t>& rows,
            std::vector<uint32_t>& pairs) {
  std::vector<uint32_t> new_first{0}, new_rows, new_pairs;
  std::vector<std::pair<uint32_t, uint32_t>> of_one;
  for (size_t i = 0; i + 1 < first.size(); ++i) {
    of_one.clear();
    for (uint32_t p = first[i]; p < first[i + 1]; ++p) {
      for (uint32_t n = next_first[rows[p]]; n < next_first[rows[p] + 1]; ++n)
        of_one.emplace_back(next_rows[n], pairs.empty() ? 0 : pairs[p]);
    }
    std::sort(of_one.begin(), of_one.end());
    uint32_t last = kNobody;
    for (const auto& [row, pair] : of_one) {
      if (row == last) continue;
      last = row;
      new_rows.push_back(row);
      if (!pairs.empty()) new_pairs.push_back(pair);
    }
    new_first.push_back(static_cast<uint32_t>(new_rows.size()));
  }
  first = std::move(new_first);
  rows = std::move(new_rows);
  pairs = std::move(new_pairs);
}

// Whether rows by key, sorted by it, are the rows in the order of the query.
bool is_by_key(const schema::Step& step, const query::Criteria& criteria, bool sorted) {
  if (step.to_fields != step.to->primary || !asks_for_all(criteria)) return false;
  if (step.fixed.has_value() && step.fixed->of_to) return false;
  return !sorted || (step.to->order.empty() && step.to->id >= 0);
}

}  // namespace

Result<store::RowSet> Loader::hop_by_key(const schema::Step& step, const Owners& owners) {
  std::vector<store::Key> keys(owners.count());
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i].is_integer = step.to->id >= 0;
    if (keys[i].is_integer) {
      keys[i].integer = owners.value(i, 0).integer;
    } else {
      for (size_t c = 0; c < owners.columns; ++c) keys[i].values.emplace_back(owners.value(i, c));
    }
  }
  if (step.to->id >= 0) {
    std::sort(keys.begin(), keys.end(),
              [](const store::Key& a, const store::Key& b) { return a.integer < b.integer; });
  }
  return store_.find_keys(call_, state_of(*step.to), keys);
}

Result<store::RowSet> Loader::query_part(const schema::Step& step, const Owners& owners,
                                         size_t begin, size_t end, const query::Criteria& criteria,
                                         bool ordered) {
  query::Criteria part = criteria;
  if (!part.selected().empty()) {
    std::vector<uint32_t> fields = part.selected();
    fields.insert(fields.end(), step.to_fields.begin(), step.to_fields.end());
    THING_TRY(part.select(std::move(fields)));
  }
  if (step.fixed.has_value() && step.fixed->of_to) THING_TRY(add_fixed(part, step));
  THING_TRY(owners.add_keys(part, step.to_fields, begin, end));
  const bool pages = part.take().has_value() || part.skip().has_value();
  if (!pages && !ordered) THING_TRY(sort_by_owner(part, step));
  return store_.query(call_, state_of(*step.to), part,
                      pages ? step.to_fields : std::vector<uint32_t>());
}

Result<store::RowSet> Loader::hop_by_query(const schema::Step& step, const Owners& owners,
                                           const query::Criteria& criteria, bool ordered) {
  const size_t most = owners.most_at_once();
  store::RowSet out;
  value::BatchBuilder all;
  for (size_t begin = 0; begin < owners.count(); begin += most) {
    const size_t end = std::min(owners.count(), begin + most);
    THING_ASSIGN(store::RowSet part, query_part(step, owners, begin, end, criteria, ordered));
    if (part.missed || (begin == 0 && end == owners.count())) {
      out = std::move(part);
      break;
    }
    if (begin == 0) all.start(step.to->layout, !criteria.selected().empty());
    THING_TRY(append(all, part.rows, step.to->layout));
    if (end < owners.count()) continue;
    out.model = part.model;
    out.rows = all.finish();
  }
  return out;
}

// `ordered`: the order of the rows of the set counts, not only that of each row's own.
Result<Loader::Hop> Loader::hop(const schema::Step& step, const value::BatchRef& from,
                                const std::vector<uint32_t>& rows, const query::Criteria& criteria,
                                bool ordered) {
  THING_ASSIGN(const Owners owners, Owners::of(step, from, rows));
  Hop out;
  if (owners.count() == 0) {
    out.set = no_rows(*step.to);
    out.first.assign(rows.size() + 1, 0);
    return out;
  }
  const bool by_key = is_by_key(step, criteria, ordered);
  if (!by_key && ordered && owners.count() > kMostKeys)
    return fail(base::Error(Code::kRange,
                            fmt::format("found {} keys of {} in an order, expected at most {}: "
                                        "take fewer rows",
                                        owners.count(), step.to->name, kMostKeys))
                    .model(step.to->name));
  THING_ASSIGN(out.set,
               by_key ? hop_by_key(step, owners) : hop_by_query(step, owners, criteria, ordered));
  const std::vector<uint32_t> owner_of = owners.find(*step.to, step.to_fields, out.set.rows);
  distribute(owners.of_row, owner_of, owners.count(), out.first, out.rows);
  return out;
}

Result<Related> Loader::load_steps(const RowTree& tree, const query::Include& include) {
  const schema::Link& link = *include.link;
  Related out;
  out.link = &link;
  std::vector<uint32_t> all(tree.rows());
  std::iota(all.begin(), all.end(), 0);
  // The rows that lead on, for each row of the tree, and those of the pairs that they came by.
  std::vector<uint32_t> first, rows, pairs;
  value::BatchRef from = tree.set.rows;
  for (size_t i = 0; i < link.steps.size(); ++i) {
    const schema::Step& step = link.steps[i];
    const bool is_last = i + 1 == link.steps.size();
    THING_ASSIGN(const query::Criteria between, query::step_criteria(step));
    const query::Criteria& criteria = is_last ? *include.criteria : between;
    THING_ASSIGN(Hop next, hop(step, from, all, criteria, is_last && link.steps.size() > 1));
    if (next.set.missed) {
      out.trees.push_back(std::make_shared<RowTree>(RowTree{std::move(next.set), {}}));
      return out;
    }
    if (i == 0) {
      first = std::move(next.first);
      rows = std::move(next.rows);
      if (include.pivot) {
        pairs = rows;
        out.pivot = std::make_shared<RowTree>(RowTree{next.set, {}});
      }
    } else {
      follow(next.first, next.rows, first, rows, pairs);
    }
    from = next.set.rows;
    all.resize(from->rows());
    std::iota(all.begin(), all.end(), 0);
    if (!is_last) continue;
    auto last = std::make_shared<RowTree>(RowTree{std::move(next.set), {}});
    THING_TRY(load(*last, include.criteria->includes()));
    out.trees.push_back(std::move(last));
  }
  out.first = std::move(first);
  out.places.reserve(rows.size());
  for (const uint32_t r : rows) out.places.push_back({0, r});
  out.pivot_rows = std::move(pairs);
  return out;
}

// For each row none.
Related Loader::none_of(const RowTree& tree, const schema::Link& link, bool missed) {
  Related out;
  out.link = &link;
  out.first.assign(tree.rows() + 1, 0);
  RowTree none{no_rows(*link.target), {}};
  none.set.missed = missed;
  out.trees.push_back(std::make_shared<RowTree>(std::move(none)));
  return out;
}

Result<Related> Loader::load_types(const RowTree& tree, const query::Include& include) {
  const schema::Link& link = *include.link;
  Related out;
  out.link = &link;
  std::vector<Related::Place> of(tree.rows(), {kNobody, 0});
  const schema::Model& model = *link.by_type[0].second.from;
  for (uint32_t t = 0; t < link.by_type.size(); ++t) {
    const auto& [type, step] = link.by_type[t];
    std::vector<uint32_t> rows;
    for (uint32_t r = 0; r < tree.rows(); ++r) {
      const value::RowView row = tree.set.rows->row(r);
      if (row.is_absent(link.type_field)) return fail(not_selected(model, link.type_field));
      if (row.has(link.type_field) &&
          value::equal(row.value(link.type_field, model.fields[link.type_field].type), type.view()))
        rows.push_back(r);
    }
    THING_ASSIGN(Hop next, hop(step, tree.set.rows, rows, query::Criteria(*step.to), false));
    for (size_t i = 0; !next.set.missed && i < rows.size(); ++i) {
      if (next.first[i] < next.first[i + 1]) of[rows[i]] = {t, next.rows[next.first[i]]};
    }
    out.trees.push_back(std::make_shared<RowTree>(RowTree{std::move(next.set), {}}));
  }
  out.first.push_back(0);
  for (const Related::Place& place : of) {
    if (place.tree != kNobody) out.places.push_back(place);
    out.first.push_back(static_cast<uint32_t>(out.places.size()));
  }
  return out;
}

Result<Related> Loader::load_one(const RowTree& tree, const query::Include& include) {
  if (include.link->is_polymorphic()) return load_types(tree, include);
  const query::Criteria& criteria = *include.criteria;
  const bool is_page = criteria.take().has_value() || criteria.skip().has_value();
  if (is_page && include.link->steps.size() > 1) return load_pages(tree, include);
  return load_steps(tree, include);
}

base::Status Loader::load(RowTree& tree, const std::vector<query::Include>& includes) {
  if (includes.empty() || tree.set.missed) return {};
  std::vector<Related> loaded;
  std::vector<Numbers> counted;
  for (const query::Include& include : includes) {
    if (!include.numbers.empty()) {
      THING_ASSIGN(auto numbers, load_numbers(store_, call_, tree, include));
      tree.set.missed = !numbers.has_value();
      if (tree.set.missed) return {};
      counted.push_back(std::move(*numbers));
      continue;
    }
    THING_ASSIGN(Related related, load_one(tree, include));
    for (const auto& t : related.trees) {
      if (!t->set.missed) continue;
      tree.set.missed = true;  // THING_CTX_CACHE_ONLY met a miss
      return {};
    }
    loaded.push_back(std::move(related));
  }
  tree.related = std::move(loaded);
  tree.numbers = std::move(counted);
  return {};
}

base::Status Loader::complete(RowTree& tree, const std::vector<query::Include>& includes) {
  std::vector<query::Include> missing;
  for (const query::Include& include : includes) {
    if (!include.numbers.empty()) {
      query::Include left = include;
      std::erase_if(left.numbers, [&](const auto& n) { return has_number(tree.numbers, n); });
      if (!left.numbers.empty()) missing.push_back(std::move(left));
      continue;
    }
    const auto known = std::find_if(tree.related.begin(), tree.related.end(),
                                    [&](const Related& r) { return r.link == include.link; });
    if (known == tree.related.end()) {
      missing.push_back(include);
    } else if (include.criteria != nullptr && !include.criteria->includes().empty()) {
      auto inner = std::make_shared<RowTree>(*known->trees[0]);
      THING_TRY(complete(*inner, include.criteria->includes()));
      tree.set.missed = tree.set.missed || inner->set.missed;
      known->trees[0] = std::move(inner);
    }
  }
  const auto put_before = [](auto& list, auto&& former) {
    list.insert(list.begin(), std::make_move_iterator(former.begin()),
                std::make_move_iterator(former.end()));
  };
  std::vector<Related> related = std::exchange(tree.related, {});
  std::vector<Numbers> numbers = std::exchange(tree.numbers, {});
  THING_TRY(load(tree, missing));
  put_before(tree.related, std::move(related));
  put_before(tree.numbers, std::move(numbers));
  return {};
}

}  // namespace thing::relation
