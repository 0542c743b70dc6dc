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
  if (!aggregation.way().empty()) {
    THING_ASSIGN(q.rows, query::with_way(std::move(q.rows), aggregation.way(),
                                         aggregation.way_key(), call.scope()));
  }
  return q;
}

// Rows of a statement of several tables, of which nothing is kept. `bind` binds its arguments.
template <class Bind>
base::Result<value::BatchRef> read_rows(Store& store, const Call& call, const ModelState& model,
                                        const session::Plan& plan, const value::Layout& layout,
                                        Bind bind) {
  driver::Projection projection{.layout = &layout, .fields = {}, .partial = false};
  for (uint32_t i = 0; i < layout.columns(); ++i) projection.fields.push_back(i);
  return read_twice(store, call, [&]() -> base::Result<value::BatchRef> {
    Reading reading(store, call);
    THING_TRY(reading.open());
    value::BatchBuilder& builder = reading.connection().scratch();
    builder.start(layout, false);
    Running running(store, call, reading.connection(), &model.model);
    THING_TRY(running.prepare(plan));
    THING_TRY(bind(running));
    THING_TRY(running.step_all(builder, projection));
    return builder.finish();
  });
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
  return read_rows(*this, call, model, *plan, aggregation.groups_model().layout,
                   [&](Running& running) -> base::Status {
                     THING_TRY(bind_arguments(running, compiled.rows, q.rows));
                     return bind_arguments(running, compiled.groups, q.groups);
                   });
}

base::Result<value::BatchRef> Store::key_page(const Call& call, ModelState& model,
                                              const query::KeyPage& page) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  if (call.has(kCacheOnly)) return value::BatchRef();
  THING_ASSIGN(query::Query q, query::resolve(page.rows, call.scope()));
  THING_ASSIGN(q, query::with_way(std::move(q), page.way, page.key, call.scope()));
  dialect::Compiled compiled = dialect_->key_page(q);
  const auto plan = plans_.get_text(std::move(compiled.sql));
  return read_rows(*this, call, model, *plan, page.answer.layout, [&](Running& running) {
    return bind_arguments(running, compiled.arguments, q);
  });
}

}  // namespace thing::store
