// What the interface answers to callers that are wrong: NULL, absurd sizes, garbage, closed
// handles.
#include <atomic>
#include <functional>
#include <iterator>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

class Misuse : public StandardTest {
 protected:
  void SetUp() override {
    StandardTest::SetUp();
    obj_ = find(db_, user_, 1);
    criteria_ = parse(user_, "{}");
    rows_ = query(db_, user_, "{}");
  }
  Obj obj_;
  Criteria criteria_;
  Rows rows_;
};
FOR_SETUPS(Misuse, kEverywhere);

TEST_P(Misuse, OfANullDatabaseIsInvalid) {
  Obj obj;
  Rows rows;
  Buf buf;
  Tx tx;
  Cursor cursor;
  int64_t n = 0;
  bool any = false;
  const int64_t ids[] = {1};
  thing_obj* const objs[] = {obj_};
  thing_db* const none = nullptr;
  const thing_hook_fn hook = [](void*, int32_t, thing_db*, thing_ctx*, thing_obj*,
                                thing_error**) -> thing_status { return 0; };
  const thing_tx_fn body = [](void*, thing_tx*, thing_ctx*, thing_error**) -> thing_status {
    return 0;
  };
  const Outcome outcomes[] = {
      call(thing_ping, none, nullptr),
      call(thing_set_option, none, "cache", "off", -1),
      call(thing_info_json, none, nullptr, buf.out()),
      call(thing_model_register, none, "{}", -1),
      call(thing_by_id, none, nullptr, user_, 1, obj.out()),
      call(thing_by_id_packed, none, nullptr, user_, 1, nullptr, 0, &n),
      call(thing_by_key, none, nullptr, user_, "1", -1, obj.out()),
      call(thing_by_ids, none, nullptr, user_, ids, 1, rows.out()),
      call(thing_by_keys, none, nullptr, user_, "[1]", -1, rows.out()),
      call(thing_save, none, nullptr, obj_),
      call(thing_save_many, none, nullptr, objs, 1),
      call(thing_upsert, none, nullptr, obj_, nullptr, 0),
      call(thing_reload, none, nullptr, obj_),
      call(thing_delete, none, nullptr, obj_, 0),
      call(thing_delete_many, none, nullptr, objs, 1, 0),
      call(thing_delete_by_id, none, nullptr, user_, 1, 0),
      call(thing_delete_by_key, none, nullptr, user_, "1", -1, 0),
      call(thing_restore, none, nullptr, obj_),
      call(thing_incr, none, nullptr, user_, 1, 3, 1, &n),
      call(thing_incr_by_key, none, nullptr, user_, "1", -1, 3, 1, &n),
      call(thing_query, none, nullptr, user_, "{}", -1, rows.out()),
      call(thing_query_run, none, nullptr, criteria_, rows.out()),
      call(thing_query_first, none, nullptr, criteria_, obj.out()),
      call(thing_query_count, none, nullptr, criteria_, &n),
      call(thing_query_exists, none, nullptr, criteria_, &any),
      call(thing_query_pluck, none, nullptr, criteria_, 1, buf.out()),
      call(thing_query_open, none, nullptr, criteria_, 1, cursor.out()),
      call(thing_query_explain, none, nullptr, criteria_, buf.out()),
      call(thing_update_where, none, nullptr, criteria_, "{}", -1, 1, &n),
      call(thing_delete_where, none, nullptr, criteria_, 0, 1, &n),
      call(thing_tx_begin, none, nullptr, 0, tx.out()),
      call(thing_tx_run, none, nullptr, 0, 1, body, nullptr),
      call(thing_hook_add, none, user_, 1, hook, nullptr, nullptr, &n),
      call(thing_cache_stats_json, none, false, buf.out()),
      call(thing_cache_evict, none, nullptr, user_, 1),
      call(thing_cache_evict_key, none, nullptr, user_, "1", -1),
      call(thing_cache_clear, none, nullptr, user_),
      call(thing_cache_warm, none, nullptr, user_, ids, 1),
      call(thing_introspect, none, nullptr, nullptr, 0, buf.out()),
      call(thing_schema_plan, none, nullptr, buf.out()),
      call(thing_schema_sync, none, nullptr),
      call(thing_ddl, none, user_, "sqlite", buf.out()),
      call(thing_exec, none, nullptr, "SELECT 1", -1, nullptr, 0, nullptr, &n),
      call(thing_sql, none, nullptr, "SELECT 1", -1, nullptr, 0, rows.out())};
  for (size_t i = 0; i < std::size(outcomes); ++i)
    EXPECT_STATUS(THING_E_INVALID, outcomes[i]) << "call " << i;
  EXPECT_EQ(thing_ctx_new(nullptr), nullptr);
  EXPECT_EQ(thing_model_find(nullptr, "User", -1), nullptr);
  EXPECT_EQ(thing_model_count(nullptr), 0);
  EXPECT_EQ(thing_model_at(nullptr, 0), nullptr);
  EXPECT_EQ(thing_cache_stat(nullptr, THING_STAT_SQL), 0);
  EXPECT_EQ(thing_hook_remove(nullptr, 1), THING_E_INVALID);
  thing_log_set(nullptr, THING_LOG_DEBUG, nullptr, nullptr, nullptr);
  thing_close(nullptr);
}

TEST_P(Misuse, OfANullHandleIsInvalid) {
  Obj obj;
  Rows rows;
  Buf buf;
  Cursor cursor;
  int64_t n = 0;
  bool any = false;
  const int64_t ids[] = {1};
  thing_model* const model = nullptr;
  const Outcome outcomes[] = {
      call(thing_by_id, db_, nullptr, model, 1, obj.out()),
      call(thing_by_key, db_, nullptr, model, "1", -1, obj.out()),
      call(thing_by_ids, db_, nullptr, model, ids, 1, rows.out()),
      call(thing_by_ids, db_, nullptr, user_, nullptr, 1, rows.out()),
      call(thing_by_keys, db_, nullptr, model, "[1]", -1, rows.out()),
      call(thing_by_key, db_, nullptr, user_, nullptr, -1, obj.out()),
      call(thing_save, db_, nullptr, nullptr),
      call(thing_save_many, db_, nullptr, nullptr, 1),
      call(thing_save_packed, db_, nullptr, user_, nullptr, 64, nullptr, 0),
      call(thing_upsert, db_, nullptr, nullptr, nullptr, 0),
      call(thing_upsert, db_, nullptr, obj_, nullptr, 1),
      call(thing_upsert_many, db_, nullptr, nullptr, 1, nullptr, 0, nullptr, 0, 0),
      call(thing_obj_require, nullptr, nullptr, 0),
      call(thing_obj_require, obj_, nullptr, 1),
      call(thing_reload, db_, nullptr, nullptr),
      call(thing_delete, db_, nullptr, nullptr, 0),
      call(thing_delete_by_id, db_, nullptr, model, 1, 0),
      call(thing_restore, db_, nullptr, nullptr),
      call(thing_incr, db_, nullptr, model, 1, 3, 1, &n),
      call(thing_query, db_, nullptr, model, "{}", -1, rows.out()),
      call(thing_query, db_, nullptr, user_, nullptr, -1, rows.out()),
      call(thing_query_run, db_, nullptr, nullptr, rows.out()),
      call(thing_query_count, db_, nullptr, nullptr, &n),
      call(thing_query_exists, db_, nullptr, nullptr, &any),
      call(thing_query_open, db_, nullptr, nullptr, 1, cursor.out()),
      call(thing_update_where, db_, nullptr, nullptr, "{}", -1, 1, &n),
      call(thing_update_where, db_, nullptr, criteria_, nullptr, -1, 1, &n),
      call(thing_tx_commit, nullptr),
      call(thing_tx_rollback, nullptr),
      call(thing_tx_savepoint, nullptr, "a"),
      call(thing_cursor_next, nullptr, nullptr, rows.out()),
      call(thing_rows_json, nullptr, 0, buf.out()),
      call(thing_rows_json_fields, nullptr, "", 0, 0, buf.out()),
      call(thing_rows_json_fields, rows_, nullptr, -1, 0, buf.out()),
      call(thing_obj_json_fields, nullptr, "", 0, 0, buf.out()),
      call(thing_rows_next, nullptr, buf.out()),
      call(thing_criteria_parse, model, "{}", -1, criteria_.out()),
      call(thing_criteria_take, nullptr, 1),
      call(thing_criteria_json, nullptr, buf.out()),
      call(thing_criteria_begin, nullptr, 1),
      call(thing_criteria_int64, nullptr, 0, 1, 1),
      call(thing_obj_set_int64, nullptr, 0, 1),
      call(thing_obj_set_text, nullptr, 0, "", 0),
      call(thing_obj_set_text, obj_, 1, nullptr, -1),
      call(thing_obj_json, nullptr, 0, buf.out()),
      call(thing_obj_assign_json, nullptr, "{}", -1),
      call(thing_obj_assign_json, obj_, nullptr, -1),
      call(thing_obj_pack, nullptr, buf.out()),
      call(thing_obj_sync, nullptr),
      call(thing_obj_validate, nullptr),
      call(thing_model_json, nullptr, buf.out()),
      call(thing_model_register, db_, nullptr, -1),
      call(thing_exec, db_, nullptr, nullptr, -1, nullptr, 0, nullptr, &n),
      call(thing_sql, db_, nullptr, nullptr, -1, nullptr, 0, rows.out()),
      call(thing_tx_run, db_, nullptr, 0, 1, nullptr, nullptr)};
  for (size_t i = 0; i < std::size(outcomes); ++i)
    EXPECT_STATUS(THING_E_INVALID, outcomes[i]) << "call " << i;
}

TEST_P(Misuse, OfANullOutputIsInvalid) {
  criteria_ = parse(user_, "{}");
  const Outcome outcomes[] = {call(thing_by_id, db_, nullptr, user_, 1, nullptr),
                              call(thing_by_key, db_, nullptr, user_, "1", -1, nullptr),
                              call(thing_by_id_packed, db_, nullptr, user_, 1, nullptr, 0, nullptr),
                              call(thing_query, db_, nullptr, user_, "{}", -1, nullptr),
                              call(thing_query_run, db_, nullptr, criteria_, nullptr),
                              call(thing_query_count, db_, nullptr, criteria_, nullptr),
                              call(thing_query_first, db_, nullptr, criteria_, nullptr),
                              call(thing_query_exists, db_, nullptr, criteria_, nullptr),
                              call(thing_query_open, db_, nullptr, criteria_, 1, nullptr),
                              call(thing_tx_begin, db_, nullptr, 0, nullptr),
                              call(thing_rows_json, rows_, 0, nullptr),
                              call(thing_rows_json_fields, rows_, "", 0, 0, nullptr),
                              call(thing_obj_json_fields, obj_, "", 0, 0, nullptr),
                              call(thing_rows_next, rows_, nullptr),
                              call(thing_obj_json, obj_, 0, nullptr),
                              call(thing_obj_changes_json, obj_, nullptr),
                              call(thing_obj_pack, obj_, nullptr),
                              call(thing_criteria_parse, user_, "{}", -1, nullptr),
                              call(thing_criteria_json, criteria_, nullptr),
                              call(thing_model_json, user_, nullptr),
                              call(thing_info_json, db_, nullptr, nullptr),
                              call(thing_schema_plan, db_, nullptr, nullptr),
                              call(thing_introspect, db_, nullptr, nullptr, 0, nullptr),
                              call(thing_ddl, db_, user_, "sqlite", nullptr),
                              call(thing_sql, db_, nullptr, "SELECT 1", -1, nullptr, 0, nullptr),
                              call(thing_cache_stats_json, db_, false, nullptr),
                              call(thing_open, "sqlite::memory:", -1, nullptr)};
  for (size_t i = 0; i < std::size(outcomes); ++i)
    EXPECT_STATUS(THING_E_INVALID, outcomes[i]) << "call " << i;
}

TEST_P(Misuse, OfNullInGettersIsNothing) {
  EXPECT_EQ(thing_obj_model(nullptr), nullptr);
  EXPECT_EQ(thing_obj_id(nullptr), 0);
  EXPECT_EQ(thing_obj_state(nullptr), 0);
  EXPECT_EQ(thing_obj_field_state(nullptr, 0), 0);
  EXPECT_EQ(thing_obj_int64(nullptr, 0), 0);
  EXPECT_EQ(thing_obj_double(nullptr, 0), 0);
  EXPECT_EQ(thing_obj_original(nullptr), nullptr);
  EXPECT_FALSE(thing_obj_dirty(nullptr, -1));
  EXPECT_FALSE(thing_obj_was_changed(nullptr, -1));
  EXPECT_EQ(thing_obj_clone(nullptr), nullptr);
  EXPECT_EQ(thing_obj_new(nullptr), nullptr);
  thing_obj_revert(nullptr, -1);
  EXPECT_EQ(thing_rows_count(nullptr), 0);
  EXPECT_EQ(thing_rows_model(nullptr), nullptr);
  EXPECT_EQ(thing_rows_ids(nullptr), nullptr);
  EXPECT_EQ(thing_rows_obj(nullptr, 0), nullptr);
  EXPECT_EQ(thing_criteria_new(nullptr), nullptr);
  EXPECT_EQ(thing_criteria_clone(nullptr), nullptr);
  EXPECT_EQ(thing_model_name(nullptr), nullptr);
  EXPECT_EQ(thing_model_field_count(nullptr), 0);
  EXPECT_EQ(thing_model_hash(nullptr), 0);
  EXPECT_EQ(thing_tx_ctx(nullptr), nullptr);
  EXPECT_EQ(thing_buf_data(nullptr), nullptr);
  EXPECT_EQ(thing_buf_len(nullptr), 0);
  EXPECT_FALSE(thing_ctx_cancelled(nullptr));
  const char* text = nullptr;
  int64_t len = 0;
  EXPECT_EQ(thing_obj_text(nullptr, 0, &text, &len), THING_E_INVALID);
  int64_t packed = 0;
  EXPECT_EQ(thing_rows_packed(nullptr, &packed), nullptr);
  thing_ctx_reset(nullptr);
  thing_ctx_cancel(nullptr);
  thing_ctx_set_flags(nullptr, 1);
  thing_ctx_set_timeout_ms(nullptr, 1);
  thing_ctx_set_tag(nullptr, "x", 1);
}

TEST_P(Misuse, OfNullInEveryFreeIsNothing) {
  thing_buf_free(nullptr);
  thing_ctx_free(nullptr);
  thing_obj_free(nullptr);
  thing_criteria_free(nullptr);
  thing_rows_free(nullptr);
  thing_cursor_free(nullptr);
  thing_tx_free(nullptr);
  thing_error_free(nullptr);
}

TEST_P(Misuse, WithoutAnErrorParameterIsAsGood) {
  thing_obj* obj = nullptr;
  EXPECT_EQ(thing_by_id(db_, nullptr, nullptr, 1, &obj, nullptr), THING_E_INVALID);
  EXPECT_EQ(thing_query(db_, nullptr, user_, "{", -1, nullptr, nullptr), THING_E_INVALID);
  EXPECT_EQ(thing_obj_set_int64(obj_, 1, 5, nullptr), THING_E_TYPE);
  EXPECT_EQ(thing_by_id(db_, nullptr, user_, 1, &obj, nullptr), THING_OK);
  thing_obj_free(obj);
}

TEST_P(Misuse, LeavesTheErrorOfSuccessAlone) {
  thing_error* error = reinterpret_cast<thing_error*>(0x1);
  EXPECT_EQ(thing_ping(db_, nullptr, &error), THING_OK);
  EXPECT_EQ(error, reinterpret_cast<thing_error*>(0x1));
  thing_obj* obj = nullptr;
  EXPECT_EQ(thing_by_id(db_, nullptr, user_, 99, &obj, &error), THING_NOT_FOUND);
  EXPECT_EQ(error, reinterpret_cast<thing_error*>(0x1));
}

TEST_P(Misuse, ClearsItsOutputOnFailure) {
  auto* obj = reinterpret_cast<thing_obj*>(0x1);
  EXPECT_EQ(thing_by_id(db_, nullptr, user_, 99, &obj, nullptr), THING_NOT_FOUND);
  EXPECT_EQ(obj, nullptr);
  auto* rows = reinterpret_cast<thing_rows*>(0x1);
  EXPECT_EQ(thing_query(db_, nullptr, user_, "{", -1, &rows, nullptr), THING_E_SYNTAX);
  EXPECT_EQ(rows, nullptr);
  auto* db = reinterpret_cast<thing_db*>(0x1);
  EXPECT_LT(thing_open("nonsense:", -1, &db, nullptr), 0);
  EXPECT_EQ(db, nullptr);
}

// ---- sizes

TEST_P(Misuse, OfSizesIsARangeError) {
  Rows rows;
  Buf buf;
  const int64_t ids[] = {1};
  thing_obj* const objs[] = {obj_};
  const int32_t fields[] = {0};
  int64_t written = 0;
  for (const int64_t n : {int64_t{-1}, int64_t{-2}, INT64_MIN, INT64_MAX, int64_t{1} << 40}) {
    EXPECT_STATUS(THING_E_RANGE, call(thing_by_ids, db_, nullptr, user_, ids, n, rows.out())) << n;
    EXPECT_STATUS(THING_E_RANGE, call(thing_save_many, db_, nullptr, objs, n)) << n;
    EXPECT_STATUS(THING_E_RANGE, call(thing_delete_many, db_, nullptr, objs, n, 0)) << n;
    EXPECT_STATUS(THING_E_RANGE, call(thing_cache_warm, db_, nullptr, user_, ids, n)) << n;
    EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_in_int64, criteria_, 0, ids, n, false)) << n;
  }
  EXPECT_STATUS(THING_E_RANGE, call(thing_by_ids, db_, nullptr, user_, ids, 1'000'001, rows.out()));
  for (const int32_t n : {-1, INT32_MIN, INT32_MAX}) {
    EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_select, criteria_, fields, n)) << n;
    EXPECT_STATUS(THING_E_RANGE, call(thing_upsert, db_, nullptr, obj_, fields, n)) << n;
  }
  const std::string batch(64, '\0');
  for (const int64_t len : {int64_t{-1}, INT64_MIN}) {
    EXPECT_TRUE(fails_with(call(thing_save_packed, db_, nullptr, user_,
                                reinterpret_cast<const uint8_t*>(batch.data()), len, nullptr, 0),
                           {THING_E_RANGE, THING_E_INVALID}));
    EXPECT_STATUS(THING_E_RANGE,
                  call(thing_save_packed, db_, nullptr, user_,
                       reinterpret_cast<const uint8_t*>(batch.data()), 64, &written, len));
  }
  EXPECT_STATUS(THING_E_RANGE,
                call(thing_by_id_packed, db_, nullptr, user_, 1, nullptr, -1, &written));
}

TEST_P(Misuse, OfTextLengthsIsARangeError) {
  Obj obj;
  Rows rows;
  Db db;
  for (const int64_t len : {int64_t{-2}, INT64_MIN, INT64_MAX}) {
    EXPECT_STATUS(THING_E_RANGE, call(thing_open, "sqlite::memory:", len, db.out())) << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_query, db_, nullptr, user_, "{}", len, rows.out()))
        << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_by_key, db_, nullptr, user_, "1", len, obj.out()))
        << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_obj_set_text, obj_, 1, "x", len)) << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_obj_assign_json, obj_, "{}", len)) << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_model_register, db_, "{}", len)) << len;
    EXPECT_STATUS(THING_E_RANGE,
                  call(thing_sql, db_, nullptr, "SELECT 1", len, nullptr, 0, rows.out()))
        << len;
    EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_text, criteria_, 1, THING_OP_EQ, "x", len))
        << len;
    EXPECT_EQ(thing_model_find(db_, "User", len), nullptr);
    EXPECT_EQ(thing_model_field_index(user_, "name", len), -1);
  }
  EXPECT_FALSE(obj_.is_dirty());
}

TEST_P(Misuse, OfRowNumbersIsNothing) {
  for (const int64_t i : {int64_t{-1}, int64_t{5}, INT64_MAX, INT64_MIN})
    EXPECT_EQ(thing_rows_obj(rows_, i), nullptr);
}

TEST_P(Misuse, OfModesAndFlagsIsInvalid) {
  EXPECT_TRUE(
      fails_with(call(thing_delete, db_, nullptr, obj_, 9), {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_delete_by_id, db_, nullptr, user_, 1, -1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_criteria_order, criteria_, 1, false, 7),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(exists(db_, user_, 1));
}

// ---- bytes that are no text

TEST_P(Misuse, OfUtf8IsInvalid) {
  Rows rows;
  Obj obj;
  Db db;
  const std::string json = R"({"where": {"name": ")"
                           "\xff"
                           R"("}})",
                    sql = "SELECT '\xc3'";
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_query, db_, nullptr, user_, json.data(), -1, rows.out()));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_sql, db_, nullptr, sql.data(), -1, nullptr, 0, rows.out()));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_by_key, db_, nullptr, user_, "\"\x80\"", -1, obj.out()));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_criteria_text, criteria_, 1, THING_OP_EQ, "\xed\xa0\x80", -1));
  EXPECT_STATUS(THING_E_INVALID, call(thing_obj_assign_json, obj_, "{\"name\": \"\xf8\"}", -1));
  EXPECT_STATUS(THING_E_INVALID, call(thing_open, "sqlite:\xff?cache=off", -1, db.out()));
  EXPECT_EQ(thing_model_find(db_, "User\xff", -1), nullptr);
}

TEST_P(Misuse, OfGarbageAsJsonIsRefused) {
  Random random;
  for (int i = 0; i < repetitions(2000); ++i) {
    std::string bytes;
    for (int64_t k = random.below(60); k > 0; --k)
      bytes += static_cast<char>(random.chance(50) ? "{}[]\":,0ae\\u"[random.below(12)]
                                                   : random.below(256));
    const auto len = static_cast<int64_t>(bytes.size());
    Rows rows;
    Criteria criteria;
    call(thing_query, db_, nullptr, user_, bytes.data(), len, rows.out());
    call(thing_criteria_parse, user_, bytes.data(), len, criteria.out());
    call(thing_obj_assign_json, obj_, bytes.data(), len);
    call(thing_by_keys, db_, nullptr, user_, bytes.data(), len, rows.out());
    EXPECT_LT(call(thing_model_register, db_, ("[" + bytes + "{").data(), len + 2).status, 0);
  }
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Misuse, OfMutatedQueriesDoesNoHarm) {
  Random random;
  const std::string seeds[] = {
      R"({"where": {"age": {"gte": 18, "not": null}, "OR": [{"name": {"startsWith": "A"}}, {"email": null}]}, "take": 3})",
      R"({"orderBy": [{"age": {"sort": "desc", "nulls": "first"}}], "skip": 1, "select": ["name"], "distinct": true})"};
  for (int i = 0; i < repetitions(3000); ++i) {
    std::string text = random.pick(seeds);
    for (int64_t k = random.below(3); k >= 0; --k) {
      const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(text.size())));
      switch (random.below(3)) {
        case 0: text.erase(at, static_cast<size_t>(random.below(8))); break;
        case 1: text.insert(at, text.substr(0, static_cast<size_t>(random.below(20)))); break;
        default: text[at] = static_cast<char>(random.below(128));
      }
      if (text.empty()) text = "{";
    }
    Rows rows;
    call(thing_query, db_, nullptr, user_, text.data(), static_cast<int64_t>(text.size()),
         rows.out());
  }
}

TEST_P(Misuse, OfDeepJsonIsRefused) {
  Rows rows;
  for (const char* opening : {"[", R"({"NOT":)", R"({"where":)", R"({"AND":[)"}) {
    std::string deep = R"({"where":)";
    for (int i = 0; i < 20'000; ++i) deep += opening;
    EXPECT_TRUE(fails_with(call(thing_query, db_, nullptr, user_, deep.data(), -1, rows.out()),
                           {THING_E_SYNTAX, THING_E_RANGE, THING_E_INVALID}));
  }
}

// ---- closing

class Closing : public DatabaseTest {
 protected:
  static constexpr const char* kModel = R"({"name": "A", "fields": {"id": "int", "t": "text?"}})";
};
FOR_SETUPS(Closing, kEverywhere);

// A database in memory has one connection, and is gone when it is closed.
class ClosingWhileInUse : public Closing {};
FOR_SETUPS(ClosingWhileInUse, kConcurrent);

TEST_P(Closing, LeavesOtherHandlesUsable) {
  db_.define(kModel);
  const thing_model* m = db_.model("A");
  insert(db_, m, R"({"id": 1, "t": "x"})");
  Obj obj = find(db_, m, 1), fresh(thing_obj_new(m));
  Rows rows = query(db_, m, "{}");
  Criteria criteria = parse(m, R"({"where": {"t": "x"}})");
  Ctx ctx(db_);
  db_.reset();
  EXPECT_EQ(obj.text("t"), "x");
  EXPECT_STREQ(thing_model_name(thing_obj_model(obj)), "A");
  EXPECT_OK(obj.set("t", "y"));
  EXPECT_EQ(obj.json(), R"({"id":1,"t":"y"})");
  EXPECT_EQ(rows.count(), 1);
  EXPECT_EQ(rows.obj(0).text("t"), "x");
  Buf buf;
  EXPECT_OK(call(thing_criteria_json, criteria, buf.out()));
  EXPECT_OK(call(thing_criteria_take, criteria, 5));
  EXPECT_OK(fresh.assign(R"({"id": 2})"));
  thing_ctx_cancel(ctx);
}

TEST_P(ClosingWhileInUse, EndsTransactionsAndCursors) {
  db_.define(kModel);
  const thing_model* m = db_.model("A");
  for (int i = 1; i <= 20; ++i) insert(db_, m, R"({"id": )" + std::to_string(i) + "}");
  Cursor cursor;
  Rows rows;
  ASSERT_OK(call(thing_query_open, db_, nullptr, parse(m, "{}"), 5, cursor.out()));
  Tx tx(db_), nested(db_, 0, tx.ctx());
  insert(db_, m, R"({"id": 99})", nested.ctx());
  db_.reset();
  EXPECT_STATUS(THING_E_CLOSED, call(thing_cursor_next, cursor, nullptr, rows.out()));
  EXPECT_STATUS(THING_E_CLOSED, call(thing_tx_savepoint, tx, "a"));
  EXPECT_STATUS(THING_E_CLOSED, nested.commit());
  EXPECT_STATUS(THING_E_CLOSED, tx.commit());
  EXPECT_STATUS(THING_E_CLOSED, tx.rollback());
  Db again = open_again();
  again.define(kModel);
  EXPECT_EQ(counted(again, again.model("A"), "{}"), 20) << "open transactions are rolled back";
}

// What a random order of frees must survive.
TEST_P(Closing, MayComeAtAnyPlaceAmongTheFrees) {
  Random random;
  for (int round = 0; round < repetitions(is_sqlite() ? 20 : 6); ++round) {
    Db db = open_again();
    db.define(kModel);
    const thing_model* m = db.model("A");
    Obj there = new_obj(m, R"({"id": 1, "t": "x"})");
    ASSERT_OK(call(thing_upsert, db, nullptr, there, nullptr, 0));
    Obj obj = find(db, m, 1), clone(thing_obj_clone(obj)), fresh = new_obj(m);
    Rows rows = query(db, m, "{}");
    Obj row = rows.obj(0);
    Criteria criteria = parse(m, "{}");
    Ctx ctx(db);
    Buf json;
    ASSERT_OK(call(thing_obj_json, obj, 0, json.out()));
    Cursor cursor;
    ASSERT_OK(call(thing_query_open, db, nullptr, criteria, 5, cursor.out()));
    if (GetParam().in_memory) cursor.reset();  // it would hold the only connection
    Tx tx(db);
    std::vector<std::function<void()>> frees = {
        [&] { db.reset(); },       [&] { obj.reset(); },  [&] { clone.reset(); },
        [&] { fresh.reset(); },    [&] { rows.reset(); }, [&] { row.reset(); },
        [&] { criteria.reset(); }, [&] { ctx.reset(); },  [&] { json.reset(); },
        [&] { cursor.reset(); },   [&] { tx.reset(); }};
    while (!frees.empty()) {
      const auto i = random.below(static_cast<int64_t>(frees.size()));
      frees[static_cast<size_t>(i)]();
      frees.erase(frees.begin() + i);
    }
  }
}

// Tells that a read is under way, and makes it last a while.
struct Lingering {
  std::atomic<bool> is_inside{false};
  static thing_status run(void* user, int32_t, thing_db*, thing_ctx*, thing_obj*, thing_error**) {
    static_cast<Lingering*>(user)->is_inside = true;
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    return THING_OK;
  }
};

TEST_P(ClosingWhileInUse, WaitsForCallsThatRun) {
  db_.define(kModel);
  insert(db_, db_.model("A"), R"({"id": 1, "t": "x"})");
  for (int round = 0; round < repetitions(10); ++round) {
    Db db = open_again();
    db.define(kModel);
    const thing_model* m = db.model("A");
    Obj keeper = new_obj(m);
    Lingering lingering;
    int64_t id = 0;
    ASSERT_OK(
        call(thing_hook_add, db, m, THING_ON_AFTER_LOAD, Lingering::run, &lingering, nullptr, &id));
    std::thread reader([&, raw = db.get()] {
      Obj obj;
      const Outcome outcome = call(thing_by_id, raw, nullptr, m, 1, obj.out());
      EXPECT_TRUE(fails_with(outcome, {THING_OK, THING_E_CLOSED}));
      lingering.is_inside = true;
    });
    while (!lingering.is_inside) std::this_thread::yield();
    db.reset();
    reader.join();
  }
}

}  // namespace
}  // namespace conformance
