// Pages of relations of several steps: a statement numbers the rows of each owner across the steps
// and gives the keys of the page alone; the rows come by these keys, from the cache where they are.
#include <algorithm>
#include <numeric>
#include <utility>

#include "query/key_page.h"
#include "relation/loader.h"
#include "store/model_state.h"

namespace thing::relation {

using base::Result;

namespace {

std::vector<uint32_t> counted(size_t from, size_t count) {
  std::vector<uint32_t> out(count);
  std::iota(out.begin(), out.end(), static_cast<uint32_t>(from));
  return out;
}

// The keys that were read: their columns are those of KeyPage::answer.
struct PageKeys {
  std::unique_ptr<const query::KeyPage> page;
  value::BatchRef rows;
};

Result<PageKeys> read_keys(store::Store& store, const store::Call& call, const schema::Link& link,
                           const Owners& owners, const query::Criteria& criteria) {
  PageKeys out;
  value::BatchBuilder all;
  for (size_t begin = 0; begin < owners.count(); begin += owners.most_at_once()) {
    const size_t end = std::min(owners.count(), begin + owners.most_at_once());
    query::Criteria rows = criteria;
    const schema::Step& last = link.steps.back();
    if (last.fixed.has_value() && last.fixed->of_to) THING_TRY(add_fixed(rows, last));
    THING_ASSIGN(auto way, way_of(link, owners, begin, end));
    out.page = std::make_unique<const query::KeyPage>(std::move(rows), std::move(way),
                                                      link.steps[0].to_fields);
    const value::Layout& layout = out.page->answer.layout;
    THING_ASSIGN(
        value::BatchRef part,
        store.key_page(call, store::state_of(*link.target), *out.page));
    if (!part || (begin == 0 && end == owners.count())) {
      out.rows = std::move(part);
      return out;
    }
    if (begin == 0) all.start(layout, false);
    for (uint32_t r = 0; r < part->rows(); ++r) THING_TRY(all.append(part->row(r), layout));
  }
  if (owners.count() > 0) out.rows = all.finish();
  return out;
}

// From the keys of a page to the rows; to the pairs that led to them.
schema::Step step_to_rows(const schema::Model& answer, const schema::Link& link) {
  schema::Step step;
  step.from = &answer;
  step.to = link.target;
  step.from_fields = counted(link.steps[0].to_fields.size(), link.target->primary.size());
  step.to_fields = link.target->primary;
  step.to_one = true;
  return step;
}

schema::Step step_to_pairs(const schema::Model& answer, const schema::Link& link) {
  const schema::Step &first = link.steps[0], &last = link.steps[1];
  schema::Step step;
  step.from = &answer;
  step.to = first.to;
  const size_t keys = first.to_fields.size();
  step.from_fields = counted(0, keys);
  const auto leading = counted(keys + link.target->primary.size(), last.from_fields.size());
  step.from_fields.insert(step.from_fields.end(), leading.begin(), leading.end());
  step.to_fields = first.to_fields;
  step.to_fields.insert(step.to_fields.end(), last.from_fields.begin(), last.from_fields.end());
  step.fixed = first.fixed;
  step.criteria = first.criteria;
  return step;
}

}  // namespace

Result<Related> Loader::load_pages(const RowTree& tree, const query::Include& include) {
  const schema::Link& link = *include.link;
  Related out;
  out.link = &link;
  THING_ASSIGN(const Owners owners,
               Owners::of(link.steps[0], tree.set.rows, counted(0, tree.rows())));
  THING_ASSIGN(const PageKeys keys, read_keys(store_, call_, link, owners, *include.criteria));
  if (!keys.rows) return none_of(tree, link, owners.count() > 0);
  query::Criteria rows = *include.criteria;
  rows.clear_order();
  rows.clear_page();
  const schema::Model& answer = keys.page->answer;
  const std::vector<uint32_t> all = counted(0, keys.rows->rows());
  THING_ASSIGN(Hop next, hop(step_to_rows(answer, link), keys.rows, all, rows, false));
  if (next.set.missed) return none_of(tree, link, true);
  Hop pairs;
  if (include.pivot) {
    const schema::Step step = step_to_pairs(answer, link);
    THING_ASSIGN(const query::Criteria asked, query::step_criteria(step));
    THING_ASSIGN(pairs, hop(step, keys.rows, all, asked, false));
    if (pairs.set.missed) return none_of(tree, link, true);
  }
  std::vector<uint32_t> first, of_page;
  distribute(owners.of_row, owners.find(answer, counted(0, owners.columns), keys.rows),
             owners.count(), first, of_page);
  out.first.push_back(0);
  for (size_t r = 0; r + 1 < first.size(); ++r) {
    for (uint32_t p = first[r]; p < first[r + 1]; ++p) {
      const uint32_t key = of_page[p];
      const bool is_there = next.first[key] < next.first[key + 1] &&
                            (!include.pivot || pairs.first[key] < pairs.first[key + 1]);
      if (!is_there) continue;  // it went meanwhile
      out.places.push_back({0, next.rows[next.first[key]]});
      if (include.pivot) out.pivot_rows.push_back(pairs.rows[pairs.first[key]]);
    }
    out.first.push_back(static_cast<uint32_t>(out.places.size()));
  }
  if (include.pivot) out.pivot = std::make_shared<RowTree>(RowTree{std::move(pairs.set), {}});
  auto last = std::make_shared<RowTree>(RowTree{std::move(next.set), {}});
  THING_TRY(load(*last, include.criteria->includes()));
  out.trees.push_back(std::move(last));
  return out;
}

}  // namespace thing::relation
