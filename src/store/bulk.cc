// Writes of all rows that match a condition, in one statement.
#include <algorithm>

#include "base/utf8.h"
#include "entity/validate.h"
#include "query/scopes.h"
#include "schema/field_value.h"
#include "store/cascade.h"
#include "store/keys.h"
#include "store/list.h"
#include "store/write.h"
#include "store/writing.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;
using dialect::Set;
using dialect::SetKind;

namespace {

base::Status check_bulk(const query::Criteria& c, bool all) {
  if (c.has_open_group())
    return fail(Code::kState, "the criteria has an open group, expected thing_criteria_end");
  if (c.take().has_value() || c.skip().has_value() || !c.after_token().empty() ||
      !c.cursor_key().empty()) {
    return fail(Code::kUnsupported, "a bulk write takes no take, skip, after or cursor");
  }
  if (!c.selected().empty() || c.is_distinct() || !c.distinct_fields().empty())
    return fail(Code::kUnsupported, "a bulk write takes no select and no distinct");
  if (!c.lock().is_none())
    return fail(Code::kUnsupported, "a bulk write takes no lock: it locks what it writes");
  const query::Scopes* const scopes = c.model().conditions.get();
  const bool is_restricted = c.has_condition() || (scopes != nullptr && scopes->restrict(c));
  if (!is_restricted && !all) {
    return fail(Code::kInvalid,
                "a bulk write without a condition changes every row, expected a condition or "
                "THING_BULK_ALL");
  }
  return {};
}

// The sets of an update document, with their values.
class BulkSets {
 public:
  explicit BulkSets(const schema::Model& model) : model_(model) {}
  base::Status parse(std::string_view document);
  void add(uint32_t field, SetKind kind, value::Value v) {
    sets.push_back({field, kind});
    values.push_back(std::move(v));
  }
  bool has(int field) const {
    return std::any_of(sets.begin(), sets.end(),
                       [field](const Set& s) { return static_cast<int>(s.field) == field; });
  }
  // kCheck names every field whose new value breaks a rule.
  base::Status check() const;
  std::vector<Set> sets;
  std::vector<value::Value> values;

 private:
  base::Status add_member(const text::JsonNode& node, const text::Json& json);
  base::Status add_step(uint32_t field, const text::JsonNode& node, const text::Json& json,
                        bool down);
  const schema::Model& model_;
};

base::Status BulkSets::parse(std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  if (!json.root().is(text::JsonKind::kObject))
    return fail(Code::kType, "set: found {}, expected an object",
                text::kind_name(json.root().kind));
  if (json.root().size == 0)
    return fail(Code::kInvalid, "set: found no field, expected at least one");
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next)
    THING_TRY(add_member(*n, json));
  return {};
}

base::Status BulkSets::add_member(const text::JsonNode& node, const text::Json& json) {
  const int found = model_.find(node.key);
  if (found < 0)
    return fail(Code::kInvalid, "set: found field {}, expected a field of {}",
                base::quoted(node.key), model_.name);
  const auto field = static_cast<uint32_t>(found);
  if (model_.is_key(field))
    return fail(Code::kUnsupported, "set: '{}' is part of the primary key", node.key);
  const bool is_json = model_.fields[field].type == value::Type::kJson;
  if (!node.is(text::JsonKind::kObject) || (is_json && node.find("set") == nullptr)) {
    THING_ASSIGN(value::Value v, schema::value_from_json(model_.fields[field], node, json));
    add(field, SetKind::kValue, schema::cast(model_.fields[field], std::move(v)));
    return {};
  }
  if (node.size != 1)
    return fail(Code::kInvalid,
                "set.{}: found {} operators, expected one of 'set', 'increment', 'decrement'",
                node.key, node.size);
  const text::JsonNode& op = *node.first;
  if (op.key == "increment" || op.key == "decrement")
    return add_step(field, op, json, op.key == "decrement");
  if (op.key != "set")
    return fail(Code::kInvalid,
                "set.{}: found operator {}, expected one of 'set', 'increment', 'decrement'",
                node.key, base::quoted(op.key));
  THING_ASSIGN(value::Value v, schema::value_from_json(model_.fields[field], op, json));
  add(field, SetKind::kValue, schema::cast(model_.fields[field], std::move(v)));
  return {};
}

base::Status BulkSets::check() const {
  entity::Violations violations(model_);
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].kind == SetKind::kValue) violations.check(sets[i].field, values[i].view());
  }
  return violations.result();
}

base::Status BulkSets::add_step(uint32_t field, const text::JsonNode& node, const text::Json& json,
                                bool down) {
  const schema::Field& f = model_.fields[field];
  if (f.type != value::Type::kInt && f.type != value::Type::kFloat) {
    return fail(Code::kType, "set.{}: found {}, expected an int or float field for '{}'", f.name,
                value::type_name(f.type), node.key);
  }
  THING_ASSIGN(const value::Value v, schema::value_from_json(f, node, json));
  if (v.is_null()) return fail(Code::kType, "set.{}: found null, expected a number", f.name);
  if (f.type == value::Type::kFloat) {
    add(field, SetKind::kIncrement, value::Value::of_float(down ? -v.view().real : v.view().real));
    return {};
  }
  const int64_t n = v.view().integer;
  if (down && n == INT64_MIN)
    return fail(Code::kRange, "set.{}: found {}, expected a number whose opposite fits 64 bits",
                f.name, n);
  add(field, SetKind::kIncrement, value::Value::of_int(value::Type::kInt, down ? -n : n));
  return {};
}

}  // namespace

// Runs the compiled statement with the sets' values first.
static base::Result<int64_t> run_bulk(Store& store, const Call& call, ModelState& model,
                                      const session::Plan& plan,
                                      const std::vector<dialect::Argument>& arguments,
                                      const std::vector<value::Value>& values,
                                      const query::Query& q, Writing::Kind kind) {
  Writing writing(store, call);
  THING_TRY(writing.open(false));
  THING_TRY(writing.concern(model, kind));
  writing.writes().add_bulk(&model);
  {
    Running running(store, call, writing.connection(), &model.model);
    THING_TRY(running.prepare(plan));
    for (const value::Value& v : values) THING_TRY(running.bind(v.view()));
    THING_TRY(bind_arguments(running, arguments, q));
    THING_TRY(writing.ready());
    THING_TRY(writing.ended(running.execute()));
  }
  const int64_t affected = writing.executed();
  THING_TRY(writing.done());
  return affected;
}

static base::Result<int64_t> update_rows(Store& store, const Call& call, ModelState& model,
                                         const query::Criteria& criteria, BulkSets sets,
                                         query::Sight scope) {
  const schema::Model& m = model.model;
  if (m.updated >= 0 && !sets.has(m.updated) && !call.has(kNoTimestamps)) {
    sets.add(static_cast<uint32_t>(m.updated), SetKind::kValue,
             value::Value::of_int(value::Type::kDatetime, store.clock().now_micros()));
  }
  if (m.version >= 0 && !sets.has(m.version)) {
    sets.add(static_cast<uint32_t>(m.version), SetKind::kIncrement,
             value::Value::of_int(value::Type::kInt, 1));
  }
  THING_ASSIGN(const query::Query q, query::resolve(criteria, scope));
  const auto plan = store.plans().get_update(store.dialect(), q, sets.sets);
  return run_bulk(store, call, model, plan->plan, plan->arguments, sets.values, q,
                  Writing::Kind::kUpdate);
}

base::Result<int64_t> Store::update_where(const Call& call, ModelState& model,
                                          const query::Criteria& criteria,
                                          std::string_view set_json, bool all) {
  THING_TRY(check_bulk(criteria, all));
  BulkSets sets(model.model);
  THING_TRY(sets.parse(set_json));
  THING_TRY(sets.check());
  return update_rows(*this, call, model, criteria, std::move(sets), call.scope());
}

namespace {

// Softly, with what goes with the rows: those that the query gave are marked one by one, before
// anything is taken along that may be one of them.
base::Result<int64_t> remove_whole(Store& store, const Call& call, ModelState& model,
                                   const query::Criteria& criteria) {
  int64_t count = 0;
  auto written = store.together(call, [&](const Call& inner) -> base::Result<Written> {
    Call timed = inner;
    if (timed.deleted_at == 0) timed.deleted_at = store.clock().now_micros();
    THING_ASSIGN(const RowSet set, store.query(for_writing(store, timed), model, criteria));
    std::vector<Store::OwnedObject> objects;
    std::vector<const entity::Object*> roots;
    for (uint32_t r = 0; r < set.rows->rows(); ++r) {
      const value::RowView row = set.rows->row(r);
      THING_ASSIGN(const Written one, mark_deleted(store, timed, model, row_key(model.model, row)));
      if (one == Written::kNotFound) continue;  // a trigger was faster
      objects.push_back(store.make_object(model.model));
      objects.back()->attach(row, set.rows, false);
      roots.push_back(objects.back().get());
    }
    THING_TRY(delete_children(store, timed, roots));
    count = static_cast<int64_t>(roots.size());
    return Written::kYes;
  });
  if (!written) return fail(std::move(written.error()));
  return count;
}

}  // namespace

base::Result<int64_t> Store::remove_where(const Call& call, ModelState& model,
                                          const query::Criteria& criteria, Mode mode, bool all) {
  const schema::Model& m = model.model;
  THING_TRY(check_bulk(criteria, all));
  if (mode == Mode::kSoft && m.deleted < 0)
    return fail(
        base::Error(Code::kInvalid, fmt::format("{} has no soft delete", m.name)).model(m.name));
  if (mode == Mode::kHard || m.deleted < 0) {
    THING_ASSIGN(const query::Query q, query::resolve(criteria, call.scope()));
    const auto plan = plans_.get(*dialect_, q, PlanKind::kRemoveWhere);
    return run_bulk(*this, call, model, plan->plan, plan->arguments, {}, q, Writing::Kind::kDelete);
  }
  if (cascades(m)) return remove_whole(*this, call, model, criteria);
  BulkSets sets(m);
  const auto deleted = static_cast<uint32_t>(m.deleted);
  const value::Type type = m.fields[deleted].type;
  sets.add(deleted, SetKind::kValue,
           value::Value::of_int(type, type == value::Type::kBool ? 1 : clock().now_micros()));
  return update_rows(*this, call, model, criteria, std::move(sets),
                     query::Sight(query::Scope::kAlive, !call.has(kUnscoped)));
}

}  // namespace thing::store
