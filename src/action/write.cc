// Actions that write one record. Those that find it first do so under a lock, in a transaction:
// what they add to is what is there.
#include "store/write.h"

#include "action/nested.h"
#include "action/run.h"
#include "action/writer.h"
#include "relation/touch.h"

namespace thing::action {

using base::Code;
using text::JsonNode;

namespace {

store::Call reading(const Run& run, bool locks) {
  store::Call call = run.call;
  call.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  call.flags &= ~static_cast<int32_t>(store::kCacheOnly);
  call.lock = {};
  if (locks && run.store.is_server()) call.lock.kind = query::Lock::Kind::kUpdate;
  return call;
}

base::Result<Ended> finish(Writer& writer, const Run& run, const Record& record,
                           entity::Object& object, const Chosen& chosen, entity::Output& out) {
  THING_ASSIGN(const store::Written written, writer.finish(record, object));
  if (written == store::Written::kNotFound) return Ended::kNotFound;
  return run.print_written(out, object.share_row(), chosen);
}

base::Result<Ended> insert(const Run& run, const Record& record, const Chosen& chosen,
                           entity::Output& out) {
  Writer writer(run);
  THING_ASSIGN(entity::Object* const object, writer.create(record));
  return finish(writer, run, record, *object, chosen, out);
}

base::Result<Ended> change(const Run& run, const Record& record, value::BatchRef row,
                           const Chosen& chosen, entity::Output& out) {
  Writer writer(run);
  THING_ASSIGN(entity::Object* const object, writer.update(record, std::move(row)));
  if (object == nullptr) return Ended::kNotFound;
  return finish(writer, run, record, *object, chosen, out);
}

base::Result<Record> read_data(const Run& run, const Arguments& json, std::string_view name,
                               Of of) {
  const Place place(run.model(), std::string(name));
  const JsonNode* const data = json.root().find(name);
  if (data != nullptr) return read_record(place, *data, json, of);
  return place.bad(Code::kInvalid, "found none, expected an object");
}

}  // namespace

// SQLite's transactions have locked all there is.
base::Result<value::BatchRef> read_row(const Run& run, const One& one, bool locks) {
  if (!one.key.has_value()) return read_row(run, one.criteria, locks);
  store::RefSink sink;
  THING_ASSIGN(const store::Found found,
               run.store.find_key(reading(run, locks), run.state, *one.key, sink));
  return found == store::Found::kNo ? value::BatchRef() : sink.take();
}

base::Result<value::BatchRef> read_row(const Run& run, const query::Criteria& criteria,
                                       bool locks) {
  THING_ASSIGN(const store::RowSet set,
               run.store.query_first(reading(run, locks), run.state, criteria));
  return set.rows->rows() == 0 ? value::BatchRef() : set.rows;
}

base::Result<store::RowSet> read_rows(const Run& run, const query::Criteria& criteria) {
  return run.store.query(reading(run, true), run.state, criteria);
}

base::Result<Ended> create(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(
      Place(run.model(), "create").check_keys(json.root(), {"data", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  Record record{Place(run.model(), "data"), {}, {}};
  if (json.root().find("data") != nullptr) {
    THING_ASSIGN(record, read_data(run, json, "data", Of::kNew));
  }
  const bool is_alone =
      record.relations.empty() && chosen.includes.empty() && !relation::touches_others(run.model());
  if (is_alone) return insert(run, record, chosen, out);
  // What can not be answered is not made.
  return together(run, [&](const Run& inside) { return insert(inside, record, chosen, out); });
}

base::Result<Ended> update(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "update")
                .check_keys(json.root(), {"where", "data", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const One one, read_one(run.model(), json));
  THING_ASSIGN(const Record record, read_data(run, json, "data", Of::kThere));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(value::BatchRef row, read_row(inside, one, true));
    if (!row) return Ended::kNotFound;
    return change(inside, record, std::move(row), chosen, out);
  });
}

base::Result<Ended> remove(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(
      Place(run.model(), "delete").check_keys(json.root(), {"where", "select", "omit", "include"}));
  THING_ASSIGN(const Chosen chosen, read_chosen(run.model(), json));
  THING_ASSIGN(const One one, read_one(run.model(), json));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(value::BatchRef row, read_row(inside, one, true));
    if (!row) return Ended::kNotFound;
    // As it was, with the rows that go with it.
    entity::Output printed(0);
    THING_ASSIGN(const Ended whole, inside.print_written(printed, row, chosen));
    if (whole != Ended::kDone) return whole;
    const auto object = inside.store.make_object(inside.model());
    const value::RowView view = row->row(0);
    object->attach(view, std::move(row), false);
    THING_ASSIGN(const store::Written written,
                 inside.store.remove(inside.call, inside.state, *object, store::Mode::kDefault));
    if (written == store::Written::kNotFound) return Ended::kNotFound;
    THING_TRY(relation::touch(inside.store, inside.call, *object));
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
  THING_ASSIGN(const Record made, read_data(run, json, "create", Of::kNew));
  THING_ASSIGN(const Record changed, read_data(run, json, "update", Of::kThere));
  return together(run, [&](const Run& inside) -> base::Result<Ended> {
    THING_ASSIGN(value::BatchRef row, read_row(inside, one, false));
    if (row && inside.store.is_server()) {
      THING_ASSIGN(row, read_row(inside, one, true));
    }
    if (!row) {
      auto inserted =
          together(inside, [&](const Run& part) { return insert(part, made, chosen, out); });
      if (inserted || inserted.error().code() != Code::kUnique) return inserted;
      THING_ASSIGN(row, read_row(inside, one, true));
      if (!row) return inserted;
    }
    return change(inside, changed, std::move(row), chosen, out);
  });
}

}  // namespace thing::action
