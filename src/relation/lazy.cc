#include "relation/lazy.h"

#include <algorithm>

#include "relation/link.h"
#include "relation/loader.h"
#include "relation/numbers.h"
#include "store/keys.h"
#include "store/model_state.h"

namespace thing::relation {
namespace {

Related nothing(const schema::Link& link) {
  Related out;
  out.link = &link;
  out.first = {0, 0};
  return out;
}

// A new object may be without; it has no rows.
bool has_no_key(const entity::Object& object, const schema::Link& link) {
  const auto& fields = link.first_step().from_fields;
  return object.is_new() && std::any_of(fields.begin(), fields.end(),
                                        [&](uint32_t f) { return !object.get(f).has_value(); });
}

base::Result<RowTree> tree_of(const entity::Object& object) {
  RowTree tree;
  tree.set.model = &store::state_of(object.model());
  THING_ASSIGN(tree.set.rows, object.pack());
  return tree;
}

}  // namespace

std::string key_of(const entity::Object& object, const schema::Link& link) {
  std::string out;
  const auto add = [&](uint32_t field) {
    const auto v = object.get(field);
    out += v.has_value() && !v->is_null() ? 'v' : 'n';
    if (v.has_value() && !v->is_null()) store::append_key_bytes(out, *v);
  };
  for (const uint32_t f : link.first_step().from_fields) add(f);
  if (link.is_polymorphic()) add(link.type_field);
  return out;
}

Related of_row(const Related& related, uint32_t row) {
  Related out;
  out.link = related.link;
  out.trees = related.trees;
  out.pivot = related.pivot;
  const auto places = related.of(row);
  out.places.assign(places.begin(), places.end());
  if (!related.pivot_rows.empty())
    out.pivot_rows.assign(related.pivot_rows.begin() + related.first[row],
                          related.pivot_rows.begin() + related.first[row + 1]);
  out.first = {0, static_cast<uint32_t>(places.size())};
  return out;
}

base::Result<Related> load_related(store::Store& store, const store::Call& call,
                                   const entity::Object& object, const query::Include& include) {
  if (has_no_key(object, *include.link)) return nothing(*include.link);
  THING_ASSIGN(const RowTree tree, tree_of(object));
  return Loader(store, call).load_one(tree, include);
}

base::Result<std::optional<Numbers>> count_related(store::Store& store, const store::Call& call,
                                                   const entity::Object& object,
                                                   const query::Include& include) {
  if (has_no_key(object, *include.link)) return std::optional<Numbers>(numbers_of_none(include));
  THING_ASSIGN(const RowTree tree, tree_of(object));
  return load_numbers(store, call, tree, include);
}

base::Result<query::Criteria> criteria_of(const entity::Object& object, const schema::Link& link) {
  using base::Code;
  const auto refuse = [&](Code code, std::string_view problem) {
    return base::fail(
        base::Error(code, fmt::format("relation '{}': {}", link.relation->name, problem))
            .model(object.model().name));
  };
  if (link.is_polymorphic()) THING_TRY(object.check_selected({&link.type_field, 1}));
  const schema::Step* step = link.steps.empty() ? nullptr : &link.steps[0];
  for (const auto& [type, candidate] : link.by_type) {
    const auto v = object.get(link.type_field);
    if (v.has_value() && !v->is_null() && value::equal(*v, type.view())) step = &candidate;
  }
  if (step == nullptr) return refuse(Code::kState, "found no type, expected one that it leads to");
  if (link.steps.size() > 1)
    return refuse(Code::kUnsupported, "it leads through others, expected one that does not");
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(*step));
  THING_ASSIGN(const bool has_key, add_owner(criteria, object, *step));
  if (!has_key)
    return refuse(Code::kState, fmt::format("found no '{}', expected a key",
                                            step->from->fields[step->from_fields[0]].name));
  return criteria;
}

}  // namespace thing::relation
