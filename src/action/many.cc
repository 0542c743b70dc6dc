// Actions that write many records and give their number.
#include <algorithm>
#include <span>

#include "action/data.h"
#include "action/run.h"
#include "relation/touch.h"

namespace thing::action {

using base::Code;
using text::JsonKind;
using text::JsonNode;

namespace {

void print_count(entity::Output& out, int64_t n) {
  out.put(R"({"count":)");
  entity::put_value(out, value::Type::kInt, value::ValueView::of_int(value::Type::kInt, n));
  out.put('}');
}

using Items = std::span<const store::Store::Item>;

// Saves those whose keys nobody has yet, in a transaction. Batches that fail for a key are halved:
// of n records with d duplicates, that are about d * log2(n) statements more. Hooks see each record
// once, so with them there are no batches.
base::Result<int64_t> save_part(const Run& run, Items items, bool halves) {
  if (items.empty()) return 0;
  if (items.size() == 1 || halves) {
    auto saved = run.store.save_many(run.call, items);
    if (saved) return static_cast<int64_t>(items.size());
    if (saved.error().code() != Code::kUnique) return base::fail(std::move(saved.error()));
    if (items.size() == 1) return 0;
  }
  int64_t n = 0;
  const size_t step = halves ? (items.size() + 1) / 2 : 1;
  for (size_t at = 0; at < items.size(); at += step) {
    const size_t most = std::min(step, items.size() - at);
    THING_ASSIGN(const int64_t saved, save_part(run, items.subspan(at, most), halves));
    n += saved;
  }
  return n;
}

using Objects = std::vector<store::Store::OwnedObject>;

base::Result<Objects> read_records(const Run& run, const JsonNode& data, const Arguments& json) {
  const Place place(run.model(), "data");
  Objects objects;
  const auto add = [&](const Place& at, const JsonNode& node) -> base::Status {
    THING_ASSIGN(const Changes changes, read_changes(at, node, json, Of::kNew));
    objects.push_back(run.store.make_object(run.model()));
    return apply(at, changes, *objects.back());
  };
  if (!data.is(JsonKind::kArray)) {
    if (!data.is(JsonKind::kObject)) return place.wrong(data, "an array of objects");
    THING_TRY(add(place, data));
    return objects;
  }
  objects.reserve(data.size);
  for (const JsonNode* n = data.first; n != nullptr; n = n->next)
    THING_TRY(add(place.at(objects.size()), *n));
  return objects;
}

// The condition of a write of many: {"where": ..., "all": true}.
base::Result<query::Criteria> read_where(const Run& run, std::string_view action,
                                         const Arguments& json) {
  query::Criteria criteria(run.model());
  const JsonNode* const where = json.root().find("where");
  if (where != nullptr) THING_TRY(query::read_member(criteria, json, *where));
  criteria.flatten();
  const JsonNode* const all = json.root().find("all");
  bool is_all = false;
  if (all != nullptr) {
    THING_ASSIGN(is_all, Place(run.model(), "all").boolean(*all));
  }
  if (!criteria.has_condition() && !is_all)
    return Place(run.model(), std::string(action))
        .bad(Code::kInvalid,
             "found no condition, which every record fulfils, expected one or \"all\": true");
  return criteria;
}

}  // namespace

base::Result<int64_t> save_new(const Run& run, Items items) {
  return save_part(run, items, !run.is_hooked());
}

base::Result<Ended> create_many(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "createMany").check_keys(json.root(), {"data", "skipDuplicates"}));
  const JsonNode* const data = json.root().find("data");
  if (data == nullptr)
    return Place(run.model(), "data")
        .bad(Code::kInvalid, "found none, expected an array of objects");
  bool skips = false;
  if (const JsonNode* const skip = json.root().find("skipDuplicates"); skip != nullptr) {
    THING_ASSIGN(skips, Place(run.model(), "skipDuplicates").boolean(*skip));
  }
  THING_ASSIGN(const Objects objects, read_records(run, *data, json));
  std::vector<store::Store::Item> items;
  items.reserve(objects.size());
  for (const auto& object : objects) items.push_back({&run.state, object.get()});
  const auto write = [&](const Run& inside) -> base::Result<Ended> {
    auto n = static_cast<int64_t>(items.size());
    if (skips) {
      THING_ASSIGN(n, save_new(inside, items));
    } else {
      THING_TRY(inside.store.save_many(inside.call, items));
    }
    relation::Touches touches(inside.store, inside.call);
    for (const auto& object : objects) {
      if (!object->is_new()) touches.add(*object);
    }
    THING_TRY(touches.run({}));
    print_count(out, n);
    return Ended::kDone;
  };
  // A batch alone is one already.
  return skips || relation::touches_others(run.model()) ? together(run, write) : write(run);
}

base::Result<Ended> update_many(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "updateMany").check_keys(json.root(), {"where", "data", "all"}));
  const Place place(run.model(), "data");
  const JsonNode* const data = json.root().find("data");
  if (data == nullptr) return place.bad(Code::kInvalid, "found none, expected an object");
  THING_TRY(read_changes_of_many(place, *data, json));
  THING_ASSIGN(const query::Criteria criteria, read_where(run, "updateMany", json));
  THING_ASSIGN(const int64_t n,
               run.store.update_where(run.call, run.state, criteria, json.source(*data), true));
  print_count(out, n);
  return Ended::kDone;
}

base::Result<Ended> remove_many(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "deleteMany").check_keys(json.root(), {"where", "all"}));
  THING_ASSIGN(const query::Criteria criteria, read_where(run, "deleteMany", json));
  THING_ASSIGN(const int64_t n,
               run.store.remove_where(run.call, run.state, criteria, store::Mode::kDefault, true));
  print_count(out, n);
  return Ended::kDone;
}

}  // namespace thing::action
