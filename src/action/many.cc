// Actions that write many records and give their number, or the records.
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

std::vector<store::Store::Item> items_of(const Run& run, const Objects& objects) {
  std::vector<store::Store::Item> items;
  items.reserve(objects.size());
  for (const auto& object : objects) items.push_back({&run.state, object.get()});
  return items;
}

// Records that were written, but for those that were left out.
base::Result<Ended> print_objects(const Run& run, const Objects& objects, const Chosen& chosen,
                                  entity::Output& out) {
  const store::Call reading = run.for_written();
  const Run read{run.store, reading, run.state, run.around};
  const value::Layout& layout = run.model().layout;
  value::BatchBuilder builder;
  builder.start(layout, false);
  for (const auto& object : objects) {
    if (!object->is_new()) THING_TRY(builder.append(object->row(), layout));
  }
  relation::RowTree tree;
  tree.set.model = &run.state;
  tree.set.rows = builder.finish();
  THING_TRY(read.load(tree, chosen));
  print_all(read, tree, chosen, out);
  return Ended::kDone;
}

// The member "data".
base::Result<Objects> read_data(const Run& run, const Arguments& json) {
  const JsonNode* const data = json.root().find("data");
  if (data != nullptr) return read_records(run, *data, json);
  return Place(run.model(), "data").bad(Code::kInvalid, "found none, expected an array of objects");
}

// The member `name`: an array of names of fields.
base::Result<std::vector<uint32_t>> read_fields(const Run& run, const Arguments& json,
                                                std::string_view name) {
  const Place place(run.model(), std::string(name));
  const JsonNode& node = *json.root().find(name);
  if (!node.is(JsonKind::kArray)) return place.wrong(node, "an array of fields");
  std::vector<uint32_t> fields;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const Place at = place.at(fields.size());
    if (!n->is(JsonKind::kString)) return at.wrong(*n, "the name of a field");
    THING_ASSIGN(const uint32_t field, at.field(n->text));
    fields.push_back(field);
  }
  return fields;
}

// Of those that were saved.
base::Status touch_owners(const Run& run, const Objects& objects) {
  relation::Touches touches(run.store, run.call);
  for (const auto& object : objects) {
    if (!object->is_new()) touches.add(*object);
  }
  return touches.run({});
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

base::Result<bool> read_skips(const Run& run, const Arguments& json) {
  const JsonNode* const skip = json.root().find("skipDuplicates");
  if (skip == nullptr) return false;
  return Place(run.model(), "skipDuplicates").boolean(*skip);
}

// Saves new records; their number.
base::Result<int64_t> save_objects(const Run& run, const Objects& objects, bool skips) {
  const std::vector<store::Store::Item> items = items_of(run, objects);
  auto n = static_cast<int64_t>(items.size());
  if (skips) {
    THING_ASSIGN(n, save_new(run, items));
  } else {
    THING_TRY(run.store.save_many(run.call, items));
  }
  THING_TRY(touch_owners(run, objects));
  return n;
}

}  // namespace

base::Result<int64_t> save_new(const Run& run, Items items) {
  return save_part(run, items, !run.is_hooked());
}

base::Result<Ended> create_many(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "createMany").check_keys(json.root(), {"data", "skipDuplicates"}));
  THING_ASSIGN(const bool skips, read_skips(run, json));
  THING_ASSIGN(const Objects objects, read_data(run, json));
  const auto write = [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(const int64_t n, save_objects(inside, objects, skips));
    print_count(out, n);
    return Ended::kDone;
  };
  // A batch alone is one already.
  return skips || relation::touches_others(run.model()) ? together(run, write) : write(run);
}

base::Result<Ended> create_and_return(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "createManyAndReturn")
                .check_keys(json.root(), {"data", "skipDuplicates", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const bool skips, read_skips(run, json));
  THING_ASSIGN(const Objects objects, read_data(run, json));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_TRY(save_objects(inside, objects, skips));
    return print_objects(inside, objects, chosen, out);
  });
}

base::Result<Ended> upsert_many(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "upsertMany").check_keys(json.root(), {"data", "by", "update"}));
  store::Store::Upserting how;
  if (json.root().find("by") != nullptr) {
    THING_ASSIGN(how.key, read_fields(run, json, "by"));
  }
  if (json.root().find("update") != nullptr) {
    THING_ASSIGN(how.updates, read_fields(run, json, "update"));
  }
  THING_ASSIGN(const Objects objects, read_data(run, json));
  std::vector<entity::Object*> all;
  for (const auto& object : objects) all.push_back(object.get());
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_TRY(inside.store.upsert_many(inside.call, inside.state, all, how));
    THING_TRY(touch_owners(inside, objects));
    print_count(out, static_cast<int64_t>(objects.size()));
    return Ended::kDone;
  });
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

namespace {

// The records that fulfil the condition, locked.
base::Result<Objects> read_objects(const Run& run, const query::Criteria& criteria) {
  THING_ASSIGN(const store::RowSet set, read_rows(run, criteria));
  Objects objects;
  objects.reserve(set.rows->rows());
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    objects.push_back(run.store.make_object(run.model()));
    objects.back()->attach(set.rows->row(r), set.rows, false);
  }
  return objects;
}

}  // namespace

base::Result<Ended> update_and_return(const Run& run, const Arguments& json, entity::Output& out) {
  const std::string_view name = "updateManyAndReturn";
  THING_TRY(Place(run.model(), std::string(name))
                .check_keys(json.root(), {"where", "data", "all", "select", "omit", "include"}));
  const Place place(run.model(), "data");
  const JsonNode* const data = json.root().find("data");
  if (data == nullptr) return place.bad(Code::kInvalid, "found none, expected an object");
  THING_ASSIGN(const Changes changes, read_changes(place, *data, json, Of::kThere));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const query::Criteria criteria, read_where(run, name, json));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(const Objects objects, read_objects(inside, criteria));
    for (const auto& object : objects) THING_TRY(apply(place, changes, *object));
    THING_ASSIGN(const store::Written written,
                 inside.store.save_many(inside.call, items_of(inside, objects)));
    if (written == store::Written::kNotFound) return Ended::kNotFound;
    THING_TRY(touch_owners(inside, objects));
    return print_objects(inside, objects, chosen, out);
  });
}

base::Result<Ended> remove_and_return(const Run& run, const Arguments& json, entity::Output& out) {
  const std::string_view name = "deleteManyAndReturn";
  THING_TRY(Place(run.model(), std::string(name))
                .check_keys(json.root(), {"where", "all", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const query::Criteria criteria, read_where(run, name, json));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(const Objects objects, read_objects(inside, criteria));
    // As they were, with the rows that go with them.
    THING_TRY(print_objects(inside, objects, chosen, out));
    THING_ASSIGN(
        const store::Written written,
        inside.store.remove_many(inside.call, items_of(inside, objects), store::Mode::kDefault));
    if (written == store::Written::kNotFound) return Ended::kNotFound;
    THING_TRY(touch_owners(inside, objects));
    return Ended::kDone;
  });
}

}  // namespace thing::action
