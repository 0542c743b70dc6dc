// The query calls of the store.
#include "base/hash.h"
#include "schema/print_value.h"
#include "store/cursor.h"
#include "store/list.h"
#include "store/reading.h"
#include "store/running.h"
#include "text/json.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

base::Status check_call(const Store& store, const Call& call) {
  if (store.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  return {};
}

base::Status check_runnable(const query::Criteria& criteria) {
  if (criteria.has_open_group())
    return fail(Code::kState, "the criteria has an open group, expected thing_criteria_end");
  return {};
}

// A count shows no rows that could be locked.
base::Status check_unlocked(const Call& call, const query::Criteria& criteria) {
  if (call.lock.is_none() && criteria.lock().is_none()) return {};
  return fail(base::Error(Code::kUnsupported, "lock: a count locks no rows, expected a query")
                  .model(criteria.model().name));
}

}  // namespace

base::Result<std::shared_ptr<const PreparedQuery>> Store::prepare_query(const Call& call,
                                                                        ModelState& model,
                                                                        std::string_view json) {
  THING_TRY(check_call(*this, call));
  const query::Sight scope = call.scope();
  const uint64_t hash = base::hash64(
      json.data(), json.size(),
      model.number * 8 + static_cast<uint64_t>(scope.deleted) * 2 + (scope.scoped ? 1 : 0));
  if (auto known = texts_.find(json, hash);
      known != nullptr && known->model == &model && known->scope == scope) {
    return known;
  }
  THING_ASSIGN(const query::Criteria criteria, query::parse_criteria(model.model, json));
  ListReader reader(*this, call, model);
  THING_ASSIGN(std::optional<query::Query> q, reader.resolve(criteria));
  auto prepared = std::make_shared<PreparedQuery>();
  prepared->model = &model;
  prepared->scope = scope;
  prepared->is_empty = !q.has_value();
  prepared->is_missed = reader.has_missed();
  if (q.has_value()) prepared->query = std::move(*q);
  prepared->includes = criteria.includes();
  // One with a cursor depends on a row, not on the text alone.
  if (criteria.cursor_key().empty()) texts_.put(json, hash, prepared);
  return std::shared_ptr<const PreparedQuery>(std::move(prepared));
}

base::Result<RowSet> Store::query(const Call& call, const PreparedQuery& prepared) {
  ListReader reader(*this, call, *prepared.model);
  if (prepared.is_empty) {
    RowSet none = reader.empty(nullptr);
    none.missed = prepared.is_missed;
    return none;
  }
  return reader.list(prepared.query);
}

base::Result<RowSet> Store::query(const Call& call, ModelState& model,
                                  const query::Criteria& criteria,
                                  const std::vector<uint32_t>& per) {
  THING_TRY(check_call(*this, call));
  THING_TRY(check_runnable(criteria));
  ListReader reader(*this, call, model);
  THING_ASSIGN(std::optional<query::Query> q, reader.resolve(criteria));
  if (!q.has_value()) return reader.empty(nullptr);
  return reader.list(per.empty() ? *q : query::with_groups(std::move(*q), per));
}

base::Result<RowSet> Store::query(const Call& call, ModelState& model,
                                  const query::Query& resolved) {
  THING_TRY(check_call(*this, call));
  return ListReader(*this, call, model).list(resolved);
}

base::Result<RowSet> Store::query_first(const Call& call, ModelState& model,
                                        const query::Criteria& criteria) {
  query::Criteria first = criteria;
  THING_TRY(first.take(std::min<int64_t>(1, criteria.take().value_or(1))));
  return query(call, model, first);
}

base::Result<int64_t> Store::count(const Call& call, ModelState& model,
                                   const query::Criteria& criteria) {
  THING_TRY(check_call(*this, call));
  THING_TRY(check_runnable(criteria));
  THING_TRY(check_unlocked(call, criteria));
  THING_ASSIGN(const query::Query q, query::resolve(criteria.counted(), call.scope()));
  return ListReader(*this, call, model).count(q);
}

base::Result<std::optional<bool>> Store::exists(const Call& call, ModelState& model,
                                                const query::Criteria& criteria) {
  THING_TRY(check_call(*this, call));
  THING_TRY(check_runnable(criteria));
  THING_TRY(check_unlocked(call, criteria));
  THING_ASSIGN(const query::Query q, query::resolve(criteria, call.scope()));
  return ListReader(*this, call, model).exists(q);
}

base::Result<std::optional<std::string>> Store::pluck_json(const Call& call, ModelState& model,
                                                           const query::Criteria& criteria,
                                                           uint32_t field) {
  query::Criteria one = criteria;
  THING_TRY(one.select({field}));
  THING_ASSIGN(const RowSet set, query(call, model, one));
  if (set.missed) return std::nullopt;
  std::string out;
  text::JsonWriter w(out);
  const value::Type type = model.model.fields[field].type;
  w.begin_array();
  for (uint32_t r = 0; set.rows && r < set.rows->rows(); ++r)
    schema::print_value(w, type, set.rows->row(r).value(field, type));
  w.end_array();
  return out;
}

namespace {

void print_fields(text::JsonWriter& w, const schema::Model& model,
                  const std::vector<uint64_t>& bits) {
  w.begin_array();
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if ((bits[f / 64] >> (f % 64) & 1) != 0) w.string(model.fields[f].name);
  }
  w.end_array();
}

std::string_view argument_type(const query::Query& q, const dialect::Argument& a) {
  using From = dialect::Argument::From;
  if (a.from == From::kParam) return value::type_name(q.params[a.index].type());
  if (a.from == From::kKeyset) return value::type_name(q.keyset->values[a.index].type());
  return "int";
}

}  // namespace

base::Result<std::string> Store::explain_json(const Call& call, ModelState& model,
                                              const query::Criteria& criteria) {
  THING_TRY(check_call(*this, call));
  THING_TRY(check_runnable(criteria));
  std::optional<query::Keyset> start;
  if (!criteria.cursor_key().empty()) {  // the row is not read here: any place has the same SQL
    start.emplace();
    start->inclusive = true;
    for (const query::Order& o : query::complete_order(criteria)) {
      (void)o;
      start->values.emplace_back();
    }
  }
  THING_ASSIGN(const query::Query q, query::resolve(criteria, call.scope(), std::move(start)));
  const auto plan = plans_.get(*dialect_, q, PlanKind::kSelect);
  std::string out;
  text::JsonWriter w(out);
  w.begin_object();
  w.key("sql");
  w.string(plan->plan.sql);
  w.key("arguments");
  w.begin_array();
  for (const dialect::Argument& a : plan->arguments) w.string(argument_type(q, a));
  w.end_array();
  w.key("cacheKey");
  w.string(fmt::format("{:016x}{:016x}", q.identity_hash.high, q.identity_hash.low));
  w.key("cached");
  w.boolean(q.is_cacheable());
  w.key("dependsOn");
  w.begin_object();
  w.key("model");
  w.string(model.model.name);
  w.key("where");
  print_fields(w, model.model, query::fields_of(q.where, model.model.columns()));
  w.key("orderBy");
  print_fields(w, model.model, query::fields_of(q.order, model.model.columns()));
  w.end_object();
  w.end_object();
  return out;
}

// ---- cursors

base::Result<std::unique_ptr<Cursor>> Store::open_cursor(const Call& call, ModelState& model,
                                                         const query::Criteria& criteria,
                                                         int64_t batch) {
  THING_TRY(check_call(*this, call));
  THING_TRY(check_runnable(criteria));
  ListReader reader(*this, call, model);
  THING_ASSIGN(std::optional<query::Query> q, reader.resolve(criteria));
  std::unique_ptr<Cursor> cursor(new Cursor(*this, model, batch));
  if (!q.has_value()) {
    cursor->done_ = true;
    return cursor;
  }
  THING_ASSIGN(const query::Lock lock, row_lock(call, q->lock));
  THING_ASSIGN(cursor->query_, query::with_lock(std::move(*q), lock));
  const auto plan = plans_.get(*dialect_, cursor->query_, PlanKind::kSelect);
  cursor->projection_ = plan->projection;
  cursor->sql_ = plan->plan.sql;
  if (call.tx != nullptr) THING_TRY(call.tx->check());
  cursor->tx_ = call.tx;
  THING_TRY(read_twice(*this, call, [&] { return cursor->prepare(call); }));
  THING_TRY(bind_arguments(*cursor->running_, plan->arguments, cursor->query_));
  return cursor;
}

// A statement of its own: the kept ones are reset by their next use.
base::Status Cursor::prepare(const Call& call) {
  session::Connection* connection = nullptr;
  if (tx_ != nullptr) {
    connection = &tx_->connection();
  } else {
    loan_ = session::Loan();
    THING_ASSIGN(loan_, store_.session().read(call.control));
    loan_.detach_control();
    connection = &*loan_;
  }
  THING_ASSIGN(statement_, connection->raw().prepare(sql_));
  running_ = std::make_unique<Running>(store_, call_, *connection, &model_->model);
  running_->use(*statement_, sql_);
  return {};
}

Cursor::Cursor(Store& store, ModelState& model, int64_t batch)
    : store_(store), model_(&model), batch_(batch) {}

Cursor::~Cursor() { close(); }

void Cursor::close() {
  running_.reset();
  statement_.reset();
  loan_ = session::Loan();
  done_ = true;
}

base::Result<RowSet> Cursor::next(const Call& call) {
  RowSet out;
  out.model = model_;
  value::BatchBuilder rows;
  rows.start(model_->model.layout, projection_.partial);
  if (store_.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (tx_ != nullptr && !tx_->is_open()) {
    if (!done_) close();
    return fail(Code::kClosed, "the transaction of the cursor is over");
  }
  if (!done_) {
    session::Connection& connection = tx_ != nullptr ? tx_->connection() : *loan_;
    if (call.control != nullptr) THING_TRY(call.control->check());
    base::Result<bool> more = true;
    {
      const Attached attached(call.control, connection);
      while (more && *more && rows.rows() < batch_) more = running_->step(rows, projection_);
    }
    if (!more || !*more) close();
    if (!more) return fail(std::move(more.error()));
  }
  out.rows = rows.finish();
  return out;
}

}  // namespace thing::store
