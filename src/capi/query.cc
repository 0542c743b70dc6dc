// Section 9 of thing.h: running queries.
#include <algorithm>

#include "capi/arguments.h"
#include "capi/buffer.h"
#include "capi/caller.h"
#include "store/cascade.h"
#include "store/list.h"

using namespace thing;
using namespace thing::capi;

namespace {

constexpr int32_t kMostBatch = 100'000;

// Runs body(caller, model, criteria).
template <class T, class Body>
thing_status run_query(thing_db* db, thing_ctx* ctx, const thing_criteria* q, T* out,
                       thing_error** err, Body body) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(q));
    return outcome_of(body(c, *q->handle->state, q->criteria));
  });
}

// The same for bulk writes, with the number of rows.
template <class Body>
thing_status run_bulk(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int32_t flags,
                      int64_t* affected, thing_error** err, Body body) {
  int64_t ignored = 0;
  int64_t* const out = affected != nullptr ? affected : &ignored;
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> base::Status {
        THING_TRY(check_flags(flags, THING_BULK_ALL, "flags"));
        THING_ASSIGN(*out, body(c, model, criteria));
        return {};
      });
}

}  // namespace

thing_status thing_query(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* json,
                         int64_t len, thing_rows** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(m));
    THING_ASSIGN(const std::string_view text,
                 bytes_of(json, len, "json"));  // the parser checks UTF-8
    THING_ASSIGN(const auto prepared, c.store().prepare_query(c.call(), *m->state, text));
    THING_ASSIGN(store::RowSet set, c.store().query(c.call(), *prepared));
    return hand_out(c, m, std::move(set), prepared->includes, out);
  });
}

thing_status thing_query_run(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                             thing_rows** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        THING_ASSIGN(store::RowSet set, c.store().query(c.call(), model, criteria));
        return hand_out(c, q->handle, std::move(set), criteria.includes(), out);
      });
}

thing_status thing_query_first(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                               thing_obj** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        THING_ASSIGN(store::RowSet set, c.store().query_first(c.call(), model, criteria));
        THING_ASSIGN(const auto tree, with_related(c, std::move(set), criteria.includes()));
        if (tree.set.missed) return THING_MORE;
        if (tree.rows() == 0) return THING_NOT_FOUND;
        return hand_out(c, row_object(q->handle, tree, 0), out);
      });
}

thing_status thing_query_sole(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                              thing_obj** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        query::Criteria two = criteria;
        THING_TRY(two.take(std::min<int64_t>(2, criteria.take().value_or(2))));
        THING_ASSIGN(store::RowSet set, c.store().query(c.call(), model, two));
        if (set.missed) return THING_MORE;
        if (set.rows->rows() == 0) return THING_NOT_FOUND;
        if (set.rows->rows() > 1)
          return fail(base::Error(Code::kRange, "found more than one row, expected one")
                          .model(model.model.name));
        THING_ASSIGN(const auto tree, with_related(c, std::move(set), criteria.includes()));
        if (tree.set.missed) return THING_MORE;
        return hand_out(c, row_object(q->handle, tree, 0), out);
      });
}

thing_status thing_query_count(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int64_t* out,
                               thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [out](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        THING_ASSIGN(const int64_t n, c.store().count(c.call(), model, criteria));
        if (n < 0) return THING_MORE;
        *out = n;
        return THING_OK;
      });
}

thing_status thing_query_exists(thing_db* db, thing_ctx* ctx, const thing_criteria* q, bool* out,
                                thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [out](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        THING_ASSIGN(const auto is_there, c.store().exists(c.call(), model, criteria));
        if (!is_there.has_value()) return THING_MORE;
        *out = *is_there;
        return THING_OK;
      });
}

thing_status thing_query_pluck(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int32_t field,
                               thing_buf** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> Outcome {
        THING_ASSIGN(const uint32_t f, field_of(q->handle, field));
        THING_ASSIGN(const auto json, c.store().pluck_json(c.call(), model, criteria, f));
        if (!json.has_value()) return THING_MORE;
        *out = make_buffer(*json);
        return THING_OK;
      });
}

thing_status thing_query_open(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int64_t batch,
                              thing_cursor** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [&](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> base::Status {
        if (batch < 1 || batch > kMostBatch)
          return fail(Code::kRange, "'batch': found {}, expected 1 to {}", batch, kMostBatch);
        const store::Config& config = c.store().config();
        const bool has_one = config.is_memory() || config.connections == 1;
        if (!criteria.includes().empty() && has_one && c.tx() == nullptr)
          return fail(Code::kUnsupported,
                      "include: the cursor holds the one connection that there is, expected a "
                      "transaction, more connections or no relations");
        auto state = std::make_shared<OpenCursor>();
        auto handle = std::make_unique<thing_cursor>(thing_cursor{
            db, q->handle, c.runs_hooks(*q->handle->model), state, criteria.includes()});
        state->tx = c.tx();
        if (state->tx != nullptr) state->tx->cursors.reserve(state->tx->cursors.size() + 1);
        THING_ASSIGN(state->cursor, c.store().open_cursor(c.call(), model, criteria, batch));
        if (state->tx != nullptr) {
          state->tx->cursors.push_back(state.get());
        } else if (!db->add(state)) {
          return fail(Code::kClosed, "the database is closed");
        }
        *out = handle.release();
        c.pass_hold();
        return {};
      });
}

thing_status thing_query_explain(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                                 thing_buf** out, thing_error** err) {
  return run_query(
      db, ctx, q, out, err,
      [out](Caller& c, store::ModelState& model, const query::Criteria& criteria) -> base::Status {
        THING_ASSIGN(const std::string json, c.store().explain_json(c.call(), model, criteria));
        *out = make_buffer(json);
        return {};
      });
}

thing_status thing_cache_inspect_query(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                                       bool counts, thing_buf** out, thing_error** err) {
  return run_query(db, ctx, q, out, err,
                   [out, counts](Caller& c, store::ModelState& model,
                                 const query::Criteria& criteria) -> base::Status {
                     THING_ASSIGN(const std::string json,
                                  c.store().inspect_query(c.call(), model, criteria, counts));
                     *out = make_buffer(json);
                     return {};
                   });
}

thing_status thing_update_where(thing_db* db, thing_ctx* ctx, const thing_criteria* q,
                                const char* set_json, int64_t len, int32_t flags, int64_t* affected,
                                thing_error** err) {
  return run_bulk(db, ctx, q, flags, affected, err,
                  [&](Caller& c, store::ModelState& model,
                      const query::Criteria& criteria) -> base::Result<int64_t> {
                    THING_ASSIGN(const std::string_view text, text_of(set_json, len, "set_json"));
                    return c.store().update_where(c.call(), model, criteria, text, flags != 0);
                  });
}

thing_status thing_delete_where(thing_db* db, thing_ctx* ctx, const thing_criteria* q, int32_t mode,
                                int32_t flags, int64_t* affected, thing_error** err) {
  return run_bulk(db, ctx, q, flags, affected, err,
                  [&](Caller& c, store::ModelState& model,
                      const query::Criteria& criteria) -> base::Result<int64_t> {
                    THING_ASSIGN(const store::Mode how, mode_of(mode));
                    int64_t count = 0;
                    const auto remove = [&](Caller& inner) -> Outcome {
                      THING_ASSIGN(count, inner.store().remove_where(inner.call(), model, criteria,
                                                                     how, flags != 0));
                      return THING_OK;
                    };
                    // Hooks may have a part in what goes with the rows.
                    const bool is_hooked = store::cascades(model.model) && c.runs_write_hooks();
                    THING_TRY(is_hooked ? run_whole(db, ctx, remove) : remove(c));
                    return count;
                  });
}
