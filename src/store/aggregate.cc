// Aggregates: always asked of the database. What would be kept is gone with nearly every write to
// the table, and who writes would have to tell of more than the rows that lists hold.
#include "store/list.h"
#include "store/reading.h"
#include "store/running.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

base::Status check_runnable(const Store& store, const Call& call,
                            const query::Aggregation& aggregation) {
  if (store.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  if (aggregation.rows.has_open_group())
    return fail(Code::kState, "the criteria has an open group, expected thing_criteria_end");
  const query::Criteria& rows = aggregation.rows;
  const std::string& name = aggregation.model().name;
  if (!call.lock.is_none() || !rows.lock().is_none())
    return fail(base::Error(Code::kUnsupported, "lock: aggregates lock no rows, expected a query")
                    .model(name));
  if (rows.is_distinct() || !rows.distinct_fields().empty() || !rows.selected().empty())
    return fail(base::Error(Code::kUnsupported,
                            "aggregates take no select and no distinct, expected their fields to "
                            "be named")
                    .model(name));
  return {};
}

base::Result<query::AggregateQuery> resolve(ListReader& reader, const Call& call,
                                            const query::Aggregation& aggregation) {
  query::AggregateQuery q;
  THING_ASSIGN(std::optional<query::Query> rows, reader.resolve(aggregation.rows));
  if (rows.has_value()) {
    q.rows = std::move(*rows);
  } else {  // the page starts at a row that is not there, so it is empty
    THING_ASSIGN(q.rows, query::resolve(aggregation.rows, call.scope()));
    q.rows.take = 0;
  }
  THING_ASSIGN(q.groups, query::resolve(aggregation.groups, query::Scope::kAll));
  q.by = aggregation.by();
  q.columns = aggregation.columns();
  return q;
}

}  // namespace

base::Result<value::BatchRef> Store::aggregate(const Call& call, ModelState& model,
                                               const query::Aggregation& aggregation) {
  THING_TRY(check_runnable(*this, call, aggregation));
  if (call.has(kCacheOnly)) return value::BatchRef();
  ListReader reader(*this, call, model);
  THING_ASSIGN(const query::AggregateQuery q, resolve(reader, call, aggregation));
  dialect::CompiledAggregate compiled = dialect_->aggregate(q);
  const auto plan = plans_.get_text(std::move(compiled.sql));
  const value::Layout& layout = aggregation.groups_model().layout;
  driver::Projection projection{.layout = &layout, .fields = {}, .partial = false};
  for (uint32_t i = 0; i < layout.columns(); ++i) projection.fields.push_back(i);
  return read_twice(*this, call, [&]() -> base::Result<value::BatchRef> {
    Reading reading(*this, call);
    THING_TRY(reading.open());
    value::BatchBuilder& builder = reading.connection().scratch();
    builder.start(layout, false);
    Running running(*this, call, reading.connection(), &model.model);
    THING_TRY(running.prepare(*plan));
    THING_TRY(bind_arguments(running, compiled.rows, q.rows));
    THING_TRY(bind_arguments(running, compiled.groups, q.groups));
    THING_TRY(running.step_all(builder, projection));
    return builder.finish();
  });
}

}  // namespace thing::store
