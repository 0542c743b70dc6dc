// Sections 9 and 10 of thing.h: criteria, queries, result sets, cursors.
#include <algorithm>

#include "capi/guard.h"
#include "schema/field_value.h"
#include "text/json.h"

using namespace thing;
using namespace thing::capi;
using query::Op;

namespace {

constexpr int64_t kMostBatch = 100'000;

// A change of a criteria: a status, or a slot.
template <class Body>
thing_status change(thing_criteria* q, thing_error** err, Body body) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(q, "q"));
    return body();
  });
}

base::Result<std::pair<Op, bool>> op_of(int32_t op) {
  constexpr Op kOps[] = {Op::kEq, Op::kNe, Op::kLt, Op::kLe, Op::kGt, Op::kGe, Op::kContains, Op::kStartsWith, Op::kEndsWith};
  const bool insensitive = (op & THING_OP_INSENSITIVE) != 0;
  const int32_t plain = op & ~THING_OP_INSENSITIVE;
  if (plain < THING_OP_EQ || plain > THING_OP_ENDS_WITH) return base::fail(Code::kInvalid, "'op' is {}, expected a THING_OP_*", op);
  return std::pair<Op, bool>(kOps[plain - 1], insensitive);
}

base::Error named(base::Error&& error, const schema::Model& m, uint32_t field) {
  if (error.detail() == nullptr) return std::move(error);
  return base::Error(error.code(), fmt::format("'{}': {}", m.fields[field].name, error.message())).model(m.name).field(m.fields[field].name);
}

template <class Make>
int32_t add(thing_criteria* q, int32_t field, int32_t op, thing_error** err, Make make) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_field(q->handle, field));
    THING_ASSIGN(const auto how, op_of(op));
    const auto f = static_cast<uint32_t>(field);
    THING_TRY(q->criteria.check_op(f, how.first, how.second));
    auto v = make(q->handle->model->fields[f].type);
    if (!v) return base::fail(named(std::move(v.error()), *q->handle->model, f));
    return q->criteria.compare(f, how.first, how.second, std::move(*v));
  });
}

template <class Make>
thing_status rebind(thing_criteria* q, int32_t slot, thing_error** err, Make make) {
  return change(q, err, [&]() -> Outcome {
    const query::Node* node = slot < 0 ? nullptr : query::find_param(q->criteria.where(), static_cast<uint32_t>(slot));
    if (node == nullptr) return base::fail(Code::kInvalid, "found slot {}, expected one that a condition returned", slot);
    auto v = make(q->handle->model->fields[node->field].type);
    if (!v) return base::fail(named(std::move(v.error()), *q->handle->model, node->field));
    THING_TRY(q->criteria.rebind(slot, std::move(*v)));
    return THING_OK;
  });
}

// A call with a criteria of the database.
template <class Body>
thing_status run_query(thing_db* db, thing_ctx* ctx, const thing_criteria* q, thing_error** err, Body body) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(q, "q"));
    if (q->handle->db != db) return base::fail(Code::kInvalid, "the criteria belongs to another database");
    return body(c, *q->handle->state, q->criteria);
  });
}

}  // namespace

// ---- criteria

thing_criteria* thing_criteria_new(const thing_model* m) {
  if (m == nullptr) return nullptr;
  return or_null<thing_criteria>([&] {
    auto* q = new thing_criteria{m, query::Criteria(*m->model)};
    m->db->hold();
    return q;
  });
}

thing_status thing_criteria_parse(const thing_model* m, const char* json, int64_t len, thing_criteria** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(m, "m"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    THING_ASSIGN(query::Criteria criteria, query::parse_criteria(*m->model, text));
    *out = new thing_criteria{m, std::move(criteria)};
    m->db->hold();
    return THING_OK;
  });
}

thing_criteria* thing_criteria_clone(const thing_criteria* q) {
  if (q == nullptr) return nullptr;
  return or_null<thing_criteria>([&] {
    auto* copy = new thing_criteria(*q);
    q->handle->db->hold();
    return copy;
  });
}

void thing_criteria_free(thing_criteria* q) {
  if (q == nullptr) return;
  thing_db* const db = q->handle->db;
  delete q;
  db->release();
}

int32_t thing_criteria_int64(thing_criteria* q, int32_t field, int32_t op, int64_t v, thing_error** err) {
  return add(q, field, op, err, [v](value::Type t) { return value::from_int64(t, v); });
}

int32_t thing_criteria_double(thing_criteria* q, int32_t field, int32_t op, double v, thing_error** err) {
  return add(q, field, op, err, [v](value::Type t) { return value::from_double(t, v); });
}

int32_t thing_criteria_text(thing_criteria* q, int32_t field, int32_t op, const char* p, int64_t len, thing_error** err) {
  return add(q, field, op, err, [&](value::Type t) -> base::Result<value::Value> {
    THING_ASSIGN(const std::string_view text, bytes_of(p, len, "value"));
    return value::from_text(t, text);
  });
}

thing_status thing_criteria_null(thing_criteria* q, int32_t field, bool is_null, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_field(q->handle, field));
    THING_TRY(q->criteria.is_null(static_cast<uint32_t>(field), is_null));
    return THING_OK;
  });
}

thing_status thing_criteria_in_int64(thing_criteria* q, int32_t field, const int64_t* values, int64_t n, bool negate, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_field(q->handle, field));
    THING_TRY(check_count(values, n, query::kMaxListed, "values"));
    std::vector<value::Value> list;
    for (int64_t i = 0; i < n; ++i) {
      auto v = value::from_int64(q->handle->model->fields[static_cast<size_t>(field)].type, values[i]);
      if (!v) return base::fail(named(std::move(v.error()), *q->handle->model, static_cast<uint32_t>(field)));
      list.push_back(std::move(*v));
    }
    THING_TRY(q->criteria.in(static_cast<uint32_t>(field), std::move(list), negate));
    return THING_OK;
  });
}

thing_status thing_criteria_in_json(thing_criteria* q, int32_t field, const char* array_json, int64_t len, bool negate, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_field(q->handle, field));
    THING_ASSIGN(const std::string_view text, text_of(array_json, len, "array_json"));
    THING_ASSIGN(const text::Json json, text::Json::parse(text));
    if (!json.root().is(text::JsonKind::kArray)) return base::fail(Code::kType, "found {}, expected an array of values", text::kind_name(json.root().kind));
    std::vector<value::Value> list;
    for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
      auto v = schema::value_from_json(q->handle->model->fields[static_cast<size_t>(field)], *n, json);
      if (!v) return base::fail(named(std::move(v.error()), *q->handle->model, static_cast<uint32_t>(field)));
      list.push_back(std::move(*v));
    }
    THING_TRY(q->criteria.in(static_cast<uint32_t>(field), std::move(list), negate));
    return THING_OK;
  });
}

thing_status thing_criteria_where_json(thing_criteria* q, const char* json, int64_t len, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    THING_TRY(q->criteria.where_json(text));
    return THING_OK;
  });
}

thing_status thing_criteria_begin(thing_criteria* q, int32_t group, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    if (group < THING_GROUP_AND || group > THING_GROUP_NOT) return base::fail(Code::kInvalid, "'group' is {}, expected THING_GROUP_AND, _OR or _NOT", group);
    constexpr query::NodeKind kKinds[] = {query::NodeKind::kAnd, query::NodeKind::kOr, query::NodeKind::kNot};
    THING_TRY(q->criteria.begin(kKinds[group - 1]));
    return THING_OK;
  });
}

thing_status thing_criteria_end(thing_criteria* q, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(q->criteria.end());
    return THING_OK;
  });
}

thing_status thing_criteria_order(thing_criteria* q, int32_t field, bool descending, int32_t nulls, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_field(q->handle, field));
    if (nulls < THING_NULLS_DEFAULT || nulls > THING_NULLS_LAST) return base::fail(Code::kInvalid, "'nulls' is {}, expected THING_NULLS_*", nulls);
    THING_TRY(q->criteria.order_by(static_cast<uint32_t>(field), descending, nulls == THING_NULLS_FIRST));
    return THING_OK;
  });
}

thing_status thing_criteria_take(thing_criteria* q, int64_t n, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(q->criteria.take(n));
    return THING_OK;
  });
}

thing_status thing_criteria_skip(thing_criteria* q, int64_t n, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(q->criteria.skip(n));
    return THING_OK;
  });
}

thing_status thing_criteria_select(thing_criteria* q, const int32_t* fields, int32_t n, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(check_count(fields, n, 1'000'000, "fields"));
    std::vector<uint32_t> list;
    for (int32_t i = 0; i < n; ++i) {
      THING_TRY(check_field(q->handle, fields[i]));
      list.push_back(static_cast<uint32_t>(fields[i]));
    }
    THING_TRY(q->criteria.select(std::move(list)));
    return THING_OK;
  });
}

thing_status thing_criteria_distinct(thing_criteria* q, bool distinct, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_TRY(q->criteria.distinct(distinct));
    return THING_OK;
  });
}

thing_status thing_criteria_after(thing_criteria* q, const char* token, int64_t len, thing_error** err) {
  return change(q, err, [&]() -> Outcome {
    THING_ASSIGN(const std::string_view text, text_of(token, len, "token"));
    THING_TRY(q->criteria.after(text));
    return THING_OK;
  });
}

thing_status thing_criteria_rebind_int64(thing_criteria* q, int32_t slot, int64_t v, thing_error** err) {
  return rebind(q, slot, err, [v](value::Type t) { return value::from_int64(t, v); });
}

thing_status thing_criteria_rebind_double(thing_criteria* q, int32_t slot, double v, thing_error** err) {
  return rebind(q, slot, err, [v](value::Type t) { return value::from_double(t, v); });
}

thing_status thing_criteria_rebind_text(thing_criteria* q, int32_t slot, const char* p, int64_t len, thing_error** err) {
  return rebind(q, slot, err, [&](value::Type t) -> base::Result<value::Value> {
    THING_ASSIGN(const std::string_view text, bytes_of(p, len, "value"));
    return value::from_text(t, text);
  });
}

thing_status thing_criteria_json(const thing_criteria* q, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(q, "q"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    if (q->criteria.has_open_group()) return base::fail(Code::kState, "the criteria has an open group, expected thing_criteria_end");
    *out = make_buf(query::print_criteria(q->criteria));
    return THING_OK;
  });
}

// ---- queries

thing_status thing_query(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* json, int64_t len, thing_rows** out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const std::string_view text, bytes_of(json, len, "json"));  // the parser checks UTF-8
    THING_ASSIGN(store::RowSet set, c.store().query_json(c.call(), *m->state, text));
    if (set.missed) return THING_MORE;
    *out = make_rows(db, m, std::move(set));
    return THING_OK;
  });
}

thing_status thing_query_run(thing_db* db, thing_ctx* ctx, const thing_criteria* q, thing_rows** out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(store::RowSet set, c.store().query(c.call(), model, criteria));
    if (set.missed) return THING_MORE;
    *out = make_rows(db, q->handle, std::move(set));
    return THING_OK;
  });
}

// Row i as an object; it holds the database and shares the rows.
static thing_obj* row_object(const thing_model* m, const store::RowSet& set, uint32_t i) {
  thing_obj* const o = thing_obj::make(m, 0);
  o->attach(set.rows->row(i), set.rows, set.from_cache);
  m->db->hold();
  return o;
}

thing_status thing_query_first(thing_db* db, thing_ctx* ctx, const thing_criteria* q, thing_obj** out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const store::RowSet set, c.store().query_first(c.call(), model, criteria));
    if (set.missed) return THING_MORE;
    if (set.rows->rows() == 0) return THING_NOT_FOUND;
    *out = row_object(q->handle, set, 0);
    loaded(*out, ctx);
    return THING_OK;
  });
}

thing_status thing_query_count(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int64_t* out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = 0;
    THING_ASSIGN(const int64_t n, c.store().count(c.call(), model, criteria));
    if (n < 0) return THING_MORE;
    *out = n;
    return THING_OK;
  });
}

thing_status thing_query_exists(thing_db* db, thing_ctx* ctx, const thing_criteria* q, bool* out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = false;
    THING_ASSIGN(*out, c.store().exists(c.call(), model, criteria));
    return THING_OK;
  });
}

thing_status thing_query_pluck(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int32_t field, thing_buf** out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(check_field(q->handle, field));
    THING_ASSIGN(std::string json, c.store().pluck_json(c.call(), model, criteria, static_cast<uint32_t>(field)));
    *out = make_buf(std::move(json));
    return THING_OK;
  });
}

thing_status thing_query_explain(thing_db* db, thing_ctx* ctx, const thing_criteria* q, thing_buf** out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(std::string json, c.store().explain_json(c.call(), model, criteria));
    *out = make_buf(std::move(json));
    return THING_OK;
  });
}

thing_status thing_update_where(thing_db* db, thing_ctx* ctx, const thing_criteria* q, const char* set_json, int64_t len, int32_t flags,
                                int64_t* affected, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    if (affected != nullptr) *affected = 0;
    THING_TRY(check_flags(flags, THING_BULK_ALL, "flags"));
    THING_ASSIGN(const std::string_view text, text_of(set_json, len, "set_json"));
    THING_ASSIGN(const int64_t n, c.store().update_where(c.call(), model, criteria, text, flags != 0));
    if (affected != nullptr) *affected = n;
    return THING_OK;
  });
}

thing_status thing_delete_where(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int32_t mode, int32_t flags, int64_t* affected,
                                thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    if (affected != nullptr) *affected = 0;
    THING_TRY(check_flags(flags, THING_BULK_ALL, "flags"));
    if (mode < THING_DELETE_DEFAULT || mode > THING_DELETE_HARD) return base::fail(Code::kInvalid, "'mode' is {}, expected THING_DELETE_*", mode);
    THING_ASSIGN(const int64_t n, c.store().remove_where(c.call(), model, criteria, static_cast<store::Mode>(mode), flags != 0));
    if (affected != nullptr) *affected = n;
    return THING_OK;
  });
}

// ---- result sets

int64_t thing_rows_count(const thing_rows* r) { return r == nullptr ? 0 : r->set.rows->rows(); }
const thing_model* thing_rows_model(const thing_rows* r) { return r == nullptr ? nullptr : r->handle; }

const int64_t* thing_rows_ids(const thing_rows* r) {
  if (r == nullptr || r->handle == nullptr || r->handle->model->id < 0) return nullptr;
  if (int64_t* known = r->ids.load(std::memory_order_acquire); known != nullptr) return known;
  const auto id = static_cast<uint32_t>(r->handle->model->id);
  const uint32_t n = r->set.rows->rows();
  if (n > 0 && r->set.rows->row(0).is_absent(id)) return nullptr;
  auto* const made = new (std::nothrow) int64_t[std::max<uint32_t>(n, 1)];
  if (made == nullptr) return nullptr;
  for (uint32_t i = 0; i < n; ++i) made[i] = r->set.rows->row(i).int64(id);
  int64_t* expected = nullptr;
  if (r->ids.compare_exchange_strong(expected, made)) return made;
  delete[] made;
  return expected;
}

thing_obj* thing_rows_obj(const thing_rows* r, int64_t i) {
  if (r == nullptr || r->handle == nullptr || i < 0 || i >= r->set.rows->rows()) return nullptr;
  return or_null<thing_obj>([&] {
    thing_obj* const o = row_object(r->handle, r->set, static_cast<uint32_t>(i));
    if (!r->db->is_child()) loaded(o, nullptr);
    return o;
  });
}

const uint8_t* thing_rows_packed(const thing_rows* r, int64_t* out_len) {
  if (out_len != nullptr) *out_len = 0;
  if (r == nullptr || out_len == nullptr) return nullptr;
  *out_len = static_cast<int64_t>(r->set.rows->size());
  return r->set.rows->bytes();
}

thing_status thing_rows_json(const thing_rows* r, int32_t flags, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(r, "r"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(check_flags(flags, THING_JSON_HIDDEN, "flags"));
    const entity::RowPrinter& printer = r->raw_printer != nullptr ? *r->raw_printer : r->handle->printer;
    entity::Output text(0, r->set.rows->size() * 2 + 16);
    text.put('[');
    for (uint32_t i = 0; i < r->set.rows->rows(); ++i) {
      if (i > 0) text.put(',');
      printer.print(text, r->set.rows->row(i), (flags & THING_JSON_HIDDEN) != 0);
    }
    text.put(']');
    *out = make_buf(text);
    return THING_OK;
  });
}

thing_status thing_rows_next(const thing_rows* r, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(r, "r"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    if (r->handle == nullptr || r->set.order.empty()) return base::fail(Code::kUnsupported, "the result has no next page: it is of raw SQL, of keys, or distinct");
    const uint32_t n = r->set.rows->rows();
    if (n == 0 || (r->set.take.has_value() && static_cast<int64_t>(n) < *r->set.take)) return THING_DONE;
    const value::RowView last = r->set.rows->row(n - 1);
    for (const query::Order& o : r->set.order) {
      if (last.is_absent(o.field)) return base::fail(base::Error(Code::kUnsupported, fmt::format("the result lacks '{}', by which it is ordered; select it", r->handle->model->fields[o.field].name)).model(r->handle->model->name));
    }
    const query::Keyset keyset = query::row_keyset(*r->handle->model, r->set.order, last, false);
    *out = make_buf(query::print_token(*r->handle->model, r->set.order, keyset));
    return THING_OK;
  });
}

void thing_rows_free(thing_rows* r) {
  if (r == nullptr) return;
  thing_db* const db = r->db;
  delete r;
  db->release();
}

// ---- cursors

thing_status thing_query_open(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int64_t batch, thing_cursor** out, thing_error** err) {
  return run_query(db, ctx, q, err, [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    if (batch < 1 || batch > kMostBatch) return base::fail(Code::kRange, "'batch' is {}, expected 1 to {}", batch, kMostBatch);
    auto cursor = std::make_unique<thing_cursor>();
    cursor->db = db;
    cursor->handle = q->handle;
    cursor->root = std::make_shared<CursorRoot>();
    if (ctx != nullptr && ctx->tx != nullptr) cursor->root->tx = ctx->tx->root;
    THING_ASSIGN(cursor->root->cursor, c.store().open_cursor(c.call(), model, criteria, batch));
    {
      std::lock_guard lock(db->roots_mutex);
      std::erase_if(db->cursors, [](const auto& weak) { return weak.expired(); });
      db->cursors.push_back(cursor->root);
    }
    db->hold();
    *out = cursor.release();
    return THING_OK;
  });
}

namespace {

// Inside a cursor, and inside its transaction. Closed meanwhile: ends the cursor on the way out.
class InCursor {
 public:
  explicit InCursor(thing_cursor* c) : cursor_(c) {}
  base::Status enter() {
    if (!cursor_->root->door.enter()) return base::fail(Code::kBusy, "the cursor is in use by another thread");
    entered_ = true;
    if (cursor_->root->tx != nullptr) {
      if (!cursor_->root->tx->door.enter()) return base::fail(Code::kBusy, "the transaction is in use by another thread");
      tx_entered_ = true;
    }
    return {};
  }
  ~InCursor() {
    if (tx_entered_) leave_transaction(cursor_->db, cursor_->root->tx);
    if (!entered_ || !cursor_->root->door.leave() || !cursor_->db->closed.load()) return;
    if (!cursor_->root->door.enter()) return;
    if (cursor_->root->cursor != nullptr) cursor_->root->cursor->close();
    cursor_->root->door.leave();
  }

 private:
  thing_cursor* cursor_;
  bool entered_ = false;
  bool tx_entered_ = false;
};

}  // namespace

thing_status thing_cursor_next(thing_cursor* cursor, thing_ctx* ctx, thing_rows** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(cursor, "c"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    const Held held(cursor->db);
    if (!cursor->db->is_open()) return base::fail(Code::kClosed, "the database is closed");
    if (ctx != nullptr && ctx->db != cursor->db) return base::fail(Code::kInvalid, "the ctx belongs to another database");
    InCursor inside(cursor);
    THING_TRY(inside.enter());
    store::Call call;
    if (ctx != nullptr) call.control = &ctx->control;
    THING_ASSIGN(store::RowSet set, cursor->root->cursor->next(call));
    if (set.rows->rows() == 0) return THING_DONE;
    *out = make_rows(cursor->db, cursor->handle, std::move(set));
    return THING_OK;
  });
}

void thing_cursor_free(thing_cursor* c) {
  if (c == nullptr) return;
  thing_db* const db = c->db;
  if (!db->is_child()) {
    // The root goes outside the list's lock, so that nothing runs under it.
    const std::shared_ptr<CursorRoot> root = std::move(c->root);
    if (root->door.enter()) {
      root->cursor.reset();
      root->door.leave();
    }
  }
  delete c;
  db->release();
}
