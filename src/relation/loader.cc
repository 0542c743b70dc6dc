#include "relation/loader.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "store/keys.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using value::ValueView;

namespace {

constexpr size_t kMostKeys = 30'000;    // of one statement; as many parameters as SQLite may take
constexpr size_t kMostComposite = 500;  // keys of several fields
constexpr uint32_t kNobody = UINT32_MAX;

store::ModelState& state_of(const schema::Model& model) {
  return *static_cast<store::ModelState*>(model.state);
}

// Numbers for keys, in the order in which they are met. Keys are the same when their bytes are.
class Numbers {
 public:
  // The key of a row; false when a part of it is NULL.
  static bool read(const schema::Model& model, const std::vector<uint32_t>& fields,
                   const value::RowView& row, std::vector<ValueView>& out) {
    out.clear();
    for (const uint32_t f : fields) {
      if (!row.has(f)) return false;
      out.push_back(row.value(f, model.fields[f].type));
    }
    return true;
  }
  uint32_t add(const std::vector<ValueView>& key) {
    const auto next = static_cast<uint32_t>(count_);
    const auto [number, is_new] = is_integer(key) ? insert(integers_, key[0].integer, next)
                                                  : insert(others_, bytes_of(key), next);
    if (is_new) ++count_;
    return number;
  }
  uint32_t find(const std::vector<ValueView>& key) const {
    if (is_integer(key)) {
      const auto found = integers_.find(key[0].integer);
      return found == integers_.end() ? kNobody : found->second;
    }
    const auto found = others_.find(bytes_of(key));
    return found == others_.end() ? kNobody : found->second;
  }
  size_t count() const { return count_; }

 private:
  static bool is_integer(const std::vector<ValueView>& key) {
    return key.size() == 1 && key[0].type == value::Type::kInt;
  }
  static std::string bytes_of(const std::vector<ValueView>& key) {
    std::string out;
    for (const ValueView& v : key) store::append_key_bytes(out, v);
    return out;
  }
  template <class Map, class K>
  static std::pair<uint32_t, bool> insert(Map& map, K&& key, uint32_t next) {
    const auto [at, is_new] = map.try_emplace(std::forward<K>(key), next);
    return {at->second, is_new};
  }

  size_t count_ = 0;
  std::unordered_map<int64_t, uint32_t> integers_;
  std::unordered_map<std::string, uint32_t> others_;
};

}  // namespace

// The different keys of some rows.
struct Loader::Owners {
  std::vector<uint32_t> of_row;   // the number of each row's key; kNobody: it has none
  std::vector<ValueView> values;  // key by key
  size_t columns = 0;
  Numbers numbers;

  size_t count() const { return numbers.count(); }
  const ValueView& value(size_t key, size_t column) const { return values[key * columns + column]; }
};

namespace {

// The rows of a relation, one list for each owner, as lists for each row.
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

base::Status add_keys(query::Criteria& criteria, const std::vector<uint32_t>& fields,
                      const std::vector<ValueView>& values, size_t begin, size_t end) {
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
      auto added = criteria.compare(fields[c], query::Op::kEq, false,
                                    value::Value(values[i * fields.size() + c]));
      if (!added) return fail(std::move(added.error()));
    }
    THING_TRY(criteria.end());
  }
  return criteria.end();
}

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

base::Error not_selected(const schema::Model& model, uint32_t field) {
  return base::Error(Code::kInvalid,
                     fmt::format("found no '{}' in the rows, expected it to be selected: by it "
                                 "rows of a relation are found",
                                 model.fields[field].name))
      .model(model.name)
      .field(model.fields[field].name);
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
      !part.scopes().empty())
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

// The page of each row's list.
void cut(const query::Criteria& page, std::vector<uint32_t>& first, std::vector<uint32_t>& rows,
         std::vector<uint32_t>& pairs) {
  if (!page.take().has_value() && !page.skip().has_value()) return;
  const auto skip = static_cast<uint64_t>(page.skip().value_or(0));
  const auto take = static_cast<uint64_t>(page.take().value_or(INT64_MAX));
  std::vector<uint32_t> new_first{0}, new_rows, new_pairs;
  for (size_t i = 0; i + 1 < first.size(); ++i) {
    for (uint64_t p = first[i] + skip; p < first[i + 1] && p - first[i] - skip < take; ++p) {
      new_rows.push_back(rows[p]);
      if (!pairs.empty()) new_pairs.push_back(pairs[p]);
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

Result<Loader::Hop> Loader::hop_by_key(const schema::Step& step, const Owners& owners) {
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
  Hop out;
  THING_ASSIGN(out.set, store_.find_keys(call_, state_of(*step.to), keys));
  std::vector<uint32_t> owner_of;
  std::vector<ValueView> key;
  for (uint32_t r = 0; out.set.rows && r < out.set.rows->rows(); ++r) {
    const bool whole = Numbers::read(*step.to, step.to_fields, out.set.rows->row(r), key);
    owner_of.push_back(whole ? owners.numbers.find(key) : kNobody);
  }
  distribute(owners.of_row, owner_of, owners.count(), out.first, out.rows);
  return out;
}

Result<store::RowSet> Loader::query_part(const schema::Step& step, const Owners& owners,
                                         size_t begin, size_t end,
                                         const query::Criteria& criteria, bool ordered) {
  query::Criteria part = criteria;
  if (!part.selected().empty()) {
    std::vector<uint32_t> fields = part.selected();
    fields.insert(fields.end(), step.to_fields.begin(), step.to_fields.end());
    THING_TRY(part.select(std::move(fields)));
  }
  if (step.fixed.has_value() && step.fixed->of_to) {
    auto added =
        part.compare(step.fixed->field, query::Op::kEq, false, value::Value(step.fixed->value));
    if (!added) return fail(std::move(added.error()));
  }
  THING_TRY(add_keys(part, step.to_fields, owners.values, begin, end));
  const bool pages = part.take().has_value() || part.skip().has_value();
  if (!pages && !ordered) THING_TRY(sort_by_owner(part, step));
  return store_.query(call_, state_of(*step.to), part,
                      pages ? step.to_fields : std::vector<uint32_t>());
}

Result<Loader::Hop> Loader::hop_by_query(const schema::Step& step, const Owners& owners,
                                         const query::Criteria& criteria, bool ordered) {
  const size_t most = owners.columns == 1 ? kMostKeys : kMostComposite;
  Hop out;
  value::BatchBuilder all;
  for (size_t begin = 0; begin < owners.count(); begin += most) {
    const size_t end = std::min(owners.count(), begin + most);
    THING_ASSIGN(store::RowSet part, query_part(step, owners, begin, end, criteria, ordered));
    if (part.missed || (begin == 0 && end == owners.count())) {
      out.set = std::move(part);
      break;
    }
    if (begin == 0) all.start(step.to->layout, !criteria.selected().empty());
    THING_TRY(append(all, part.rows, step.to->layout));
    if (end < owners.count()) continue;
    out.set.model = part.model;
    out.set.rows = all.finish();
  }
  std::vector<uint32_t> owner_of;
  std::vector<ValueView> key;
  for (uint32_t r = 0; out.set.rows && r < out.set.rows->rows(); ++r) {
    const bool whole = Numbers::read(*step.to, step.to_fields, out.set.rows->row(r), key);
    owner_of.push_back(whole ? owners.numbers.find(key) : kNobody);
  }
  distribute(owners.of_row, owner_of, owners.count(), out.first, out.rows);
  return out;
}

// `ordered`: the order of the rows of the set counts, not only that of each row's own.
Result<Loader::Hop> Loader::hop(const schema::Step& step, const value::BatchRef& from,
                                const std::vector<uint32_t>& rows, const query::Criteria& criteria,
                                bool ordered) {
  Owners owners;
  owners.columns = step.from_fields.size();
  std::vector<ValueView> key;
  for (const uint32_t r : rows) {
    const value::RowView row = from->row(r);
    for (const uint32_t f : step.from_fields) {
      if (row.is_absent(f)) return fail(not_selected(*step.from, f));
    }
    bool is_meant = Numbers::read(*step.from, step.from_fields, row, key);
    if (is_meant && step.fixed.has_value() && !step.fixed->of_to) {
      const uint32_t type = step.fixed->field;
      is_meant = row.has(type) && value::equal(row.value(type, step.from->fields[type].type),
                                               step.fixed->value.view());
    }
    if (!is_meant) {
      owners.of_row.push_back(kNobody);
      continue;
    }
    const size_t known = owners.count();
    owners.of_row.push_back(owners.numbers.add(key));
    if (owners.count() > known) owners.values.insert(owners.values.end(), key.begin(), key.end());
  }
  if (owners.count() == 0) {
    Hop out;
    out.set = no_rows(*step.to);
    out.first.assign(rows.size() + 1, 0);
    return out;
  }
  if (is_by_key(step, criteria, ordered)) return hop_by_key(step, owners);
  if (ordered && owners.count() > kMostKeys)
    return fail(base::Error(Code::kRange,
                            fmt::format("found {} keys of {} in an order, expected at most {}: "
                                        "take fewer rows",
                                        owners.count(), step.to->name, kMostKeys))
                    .model(step.to->name));
  return hop_by_query(step, owners, criteria, ordered);
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
    query::Criteria criteria = is_last ? *include.criteria : between;
    const bool cuts_here = link.steps.size() > 1 && is_last;
    if (cuts_here) criteria.clear_page();  // it is one of what all ways together lead to
    THING_ASSIGN(Hop next, hop(step, from, all, criteria, link.steps.size() > 1 && is_last));
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
  if (link.steps.size() > 1) cut(*include.criteria, first, rows, pairs);
  out.first = std::move(first);
  out.places.reserve(rows.size());
  for (const uint32_t r : rows) out.places.push_back({0, r});
  out.pivot_rows = std::move(pairs);
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
  return include.link->is_polymorphic() ? load_types(tree, include) : load_steps(tree, include);
}

base::Status Loader::load(RowTree& tree, const std::vector<query::Include>& includes) {
  if (includes.empty() || tree.set.missed) return {};
  std::vector<Related> loaded;
  for (const query::Include& include : includes) {
    THING_ASSIGN(Related related, load_one(tree, include));
    for (const auto& t : related.trees) {
      if (!t->set.missed) continue;
      tree.set.missed = true;  // THING_CTX_CACHE_ONLY met a miss
      return {};
    }
    loaded.push_back(std::move(related));
  }
  tree.related = std::move(loaded);
  return {};
}

base::Status Loader::complete(RowTree& tree, const std::vector<query::Include>& includes) {
  std::vector<query::Include> missing;
  for (const query::Include& include : includes) {
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
  std::vector<Related> related = std::exchange(tree.related, {});
  THING_TRY(load(tree, missing));
  tree.related.insert(tree.related.begin(), std::make_move_iterator(related.begin()),
                      std::make_move_iterator(related.end()));
  return {};
}

}  // namespace thing::relation
