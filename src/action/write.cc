// Actions that write one record. Those that find it first do so under a lock, in a transaction:
// what they add to is what is there.
#include "store/write.h"

#include "action/data.h"
#include "action/run.h"

namespace thing::action {

using base::Code;
using text::JsonNode;

namespace {

tl::unexpected<base::Error> no_data(const Run& run, std::string_view name) {
  return Place(run.model(), std::string(name))
      .bad(Code::kInvalid, "found none, expected an object");
}

// The row, or an empty one. It is not asked of the cache: what is written has to build on what the
// database has. SQLite's transactions have locked all there is.
base::Result<value::BatchRef> read_row(const Run& run, const One& one, bool locks) {
  store::Call call = run.call;
  call.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  call.flags &= ~static_cast<int32_t>(store::kCacheOnly);
  call.lock = {};
  if (locks && run.store.is_server()) call.lock.kind = query::Lock::Kind::kUpdate;
  if (one.key.has_value()) {
    store::RefSink sink;
    THING_ASSIGN(const store::Found found, run.store.find_key(call, run.state, *one.key, sink));
    return found == store::Found::kNo ? value::BatchRef() : sink.take();
  }
  THING_ASSIGN(const store::RowSet set, run.store.query_first(call, run.state, one.criteria));
  return set.rows->rows() == 0 ? value::BatchRef() : set.rows;
}

Object object_of(const Run& run, value::BatchRef row) {
  Object object = make_object(run);
  const value::RowView view = row->row(0);
  object->attach(view, std::move(row), false);
  return object;
}

base::Result<Ended> insert(const Run& run, const Values& values, const Chosen& chosen,
                           entity::Output& out) {
  const Object object = make_object(run);
  THING_TRY(object->set_all(values));
  THING_TRY(run.store.save(run.call, run.state, *object));
  return run.print_written(out, object->share_row(), chosen);
}

// The same with what hooks wrote: all of it, or nothing.
base::Result<Ended> insert_whole(const Run& run, const Values& values, const Chosen& chosen,
                                 entity::Output& out) {
  const bool hooked =
      !run.call.has(store::kNoHooks) && run.store.hooks().listens(entity::kWriteEvents);
  if (!hooked) return insert(run, values, chosen, out);
  Ended ended = Ended::kDone;
  THING_TRY(
      run.store.together(run.call, [&](const store::Call& inner) -> base::Result<store::Written> {
        THING_ASSIGN(ended, insert({run.store, inner, run.state, run.around}, values, chosen, out));
        return store::Written::kYes;
      }));
  return ended;
}

base::Result<Ended> change(const Run& run, const Place& place, std::vector<Change> changes,
                           value::BatchRef row, const Chosen& chosen, entity::Output& out) {
  const Object object = object_of(run, std::move(row));
  THING_TRY(apply(place, std::move(changes), *object));
  THING_ASSIGN(const store::Written written, run.store.save(run.call, run.state, *object));
  if (written == store::Written::kNotFound) return Ended::kNotFound;
  return run.print_written(out, object->share_row(), chosen);
}

}  // namespace

base::Result<Ended> create(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(
      Place(run.model(), "create").check_keys(json.root(), {"data", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  Values values;
  if (const JsonNode* const data = json.root().find("data"); data != nullptr) {
    THING_ASSIGN(values, read_values(Place(run.model(), "data"), *data, json));
  }
  if (chosen.includes.empty()) return insert(run, values, chosen, out);
  // What can not be answered is not made.
  return in_transaction(run, [&](const Run& inside) -> base::Result<Ended> {
    return insert(inside, values, chosen, out);
  });
}

base::Result<Ended> update(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "update")
                .check_keys(json.root(), {"where", "data", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const One one, read_one(run.model(), json));
  const JsonNode* const data = json.root().find("data");
  if (data == nullptr) return no_data(run, "data");
  const Place place(run.model(), "data");
  THING_ASSIGN(std::vector<Change> changes, read_changes(place, *data, json));
  return in_transaction(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(value::BatchRef row, read_row(inside, one, true));
    if (!row) return Ended::kNotFound;
    return change(inside, place, std::move(changes), std::move(row), chosen, out);
  });
}

base::Result<Ended> remove(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(
      Place(run.model(), "delete").check_keys(json.root(), {"where", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const One one, read_one(run.model(), json));
  return in_transaction(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(const value::BatchRef row, read_row(inside, one, true));
    if (!row) return Ended::kNotFound;
    // As it was, with the rows that go with it.
    entity::Output printed(0);
    THING_ASSIGN(const Ended whole, inside.print_written(printed, row, chosen));
    if (whole != Ended::kDone) return whole;
    const Object object = object_of(inside, row);
    THING_ASSIGN(const store::Written written,
                 inside.store.remove(inside.call, inside.state, *object, store::Mode::kDefault));
    if (written == store::Written::kNotFound) return Ended::kNotFound;
    out.put(printed.text());
    return Ended::kDone;
  });
}

// Who waits for the lock of a row that is not there keeps others from making it on some databases,
// and two of them wait for each other. So the row is looked for first, and locked when it is there;
// when an insert meets one that somebody made meanwhile, that is updated.
base::Result<Ended> upsert(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(
      Place(run.model(), "upsert")
          .check_keys(json.root(), {"where", "create", "update", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const One one, read_one(run.model(), json));
  const JsonNode* const made = json.root().find("create");
  if (made == nullptr) return no_data(run, "create");
  THING_ASSIGN(const Values values, read_values(Place(run.model(), "create"), *made, json));
  const JsonNode* const changed = json.root().find("update");
  if (changed == nullptr) return no_data(run, "update");
  const Place place(run.model(), "update");
  THING_ASSIGN(std::vector<Change> changes, read_changes(place, *changed, json));
  return in_transaction(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(value::BatchRef row, read_row(inside, one, false));
    if (row && inside.store.is_server()) {
      THING_ASSIGN(row, read_row(inside, one, true));
    }
    if (!row) {
      auto inserted = insert_whole(inside, values, chosen, out);
      if (inserted || inserted.error().code() != Code::kUnique) return inserted;
      THING_ASSIGN(row, read_row(inside, one, true));
      if (!row) return inserted;
    }
    return change(inside, place, std::move(changes), std::move(row), chosen, out);
  });
}

}  // namespace thing::action
