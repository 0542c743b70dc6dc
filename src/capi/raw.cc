// Section 15 of thing.h: logging and raw SQL.
#include "capi/callback.h"
#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

void thing_log_set(thing_db* db, int32_t level, thing_log_fn fn, void* user,
                   thing_free_fn user_free) {
  if (db == nullptr || db->is_child()) return;
  const Held held(db);
  (void)guard(nullptr, [&]() -> base::Status {
    store::Log::Receiver receiver;
    const auto pointer = std::make_shared<UserPointer>(user, user_free);
    if (fn != nullptr && db->is_open()) {
      receiver = [fn, pointer](int32_t at, std::string_view line) {
        fn(pointer->get(), at, line.data(), static_cast<int64_t>(line.size()));
      };
    }
    db->store->log().set(level, std::move(receiver));
    return {};
  });
}

thing_status thing_exec(thing_db* db, thing_ctx* ctx, const char* sql, int64_t len,
                        const char* params_json, int64_t params_len, const char* tables,
                        int64_t* affected, thing_error** err) {
  if (affected != nullptr) *affected = 0;
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(sql, len, "sql"));
    THING_ASSIGN(const std::string_view params,
                 optional_text_of(params_json, params_len, "params_json"));
    THING_TRY(optional_text_of(tables, -1, "tables"));
    THING_ASSIGN(const int64_t n, c.store().execute(c.call(), text, params, tables));
    if (affected != nullptr) *affected = n;
    return {};
  });
}

thing_status thing_sql(thing_db* db, thing_ctx* ctx, const char* sql, int64_t len,
                       const char* params_json, int64_t params_len, thing_rows** out,
                       thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const std::string_view text, text_of(sql, len, "sql"));
    THING_ASSIGN(const std::string_view params,
                 optional_text_of(params_json, params_len, "params_json"));
    THING_ASSIGN(store::RowSet set, c.store().select_raw(c.call(), text, params));
    return hand_out(c, nullptr, std::move(set), out);
  });
}
