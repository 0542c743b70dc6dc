// Order, pages, selections and streams of query results.
#include "support.h"

namespace conformance {
namespace {

class Order : public StandardTest {
 protected:
  Texts names(const std::string& json) {
    const Texts first = query(db_, user_, json).texts("name");
    EXPECT_EQ(query(db_, user_, json).texts("name"), first) << "asked again: " << json;
    return first;
  }
  Outcome refused(const char* json) {
    Rows rows;
    return call(thing_query, db_, nullptr, user_, json, -1, rows.out());
  }
};
FOR_SETUPS(Order, kEverywhere);

TEST_P(Order, SortsByOneField) {  // S10
  EXPECT_EQ(names(R"({"orderBy": [{"name": "asc"}]})"),
            (Texts{"Alice", "Bob", "Charlie", "David", "Eve"}));
  EXPECT_EQ(names(R"({"orderBy": {"name": "desc"}})"),
            (Texts{"Eve", "David", "Charlie", "Bob", "Alice"}));
}

TEST_P(Order, PutsNullLastUnlessAskedOtherwise) {  // S10
  EXPECT_EQ(names(R"({"orderBy": {"age": "desc"}})"),
            (Texts{"Charlie", "Bob", "Eve", "Alice", "David"}));
  EXPECT_EQ(names(R"({"orderBy": {"age": "asc"}})"),
            (Texts{"Alice", "Eve", "Bob", "Charlie", "David"}));
  EXPECT_EQ(names(R"({"orderBy": {"age": {"sort": "asc", "nulls": "first"}}})"),
            (Texts{"David", "Alice", "Eve", "Bob", "Charlie"}));
  EXPECT_EQ(names(R"({"orderBy": {"age": {"sort": "desc", "nulls": "first"}}})"),
            (Texts{"David", "Charlie", "Bob", "Eve", "Alice"}));
  EXPECT_EQ(names(R"({"orderBy": {"age": {"sort": "desc", "nulls": "last"}}})").back(), "David");
}

TEST_P(Order, SortsBySeveralFields) {  // S10
  insert(db_, user_, R"({"name": "Frank", "email": "f", "age": 25})");
  EXPECT_EQ(names(R"({"orderBy": [{"age": "asc"}, {"name": "asc"}]})"),
            (Texts{"Alice", "Frank", "Eve", "Bob", "Charlie", "David"}));
  EXPECT_EQ(names(R"({"orderBy": [{"age": "asc"}, {"name": "desc"}]})"),
            (Texts{"Frank", "Alice", "Eve", "Bob", "Charlie", "David"}));
}

TEST_P(Order, BreaksTiesByThePrimaryKey) {
  EXPECT_EQ(names(R"({"orderBy": {"active": "asc"}})"),
            (Texts{"Charlie", "Alice", "Bob", "David", "Eve"}));
  EXPECT_EQ(names("{}"), (Texts{"Alice", "Bob", "Charlie", "David", "Eve"}));
}

TEST_P(Order, IsTheModelsWhenTheQueryHasNone) {
  db_.define(R"({"name": "Song", "fields": {"id": "int", "title": "text", "rank": "int?"},
                 "order": [{"rank": {"sort": "desc", "nulls": "first"}}]})");
  const thing_model* song = db_.model("Song");
  for (const char* row :
       {R"({"id": 1, "title": "a", "rank": 1})", R"({"id": 2, "title": "b", "rank": null})",
        R"({"id": 3, "title": "c", "rank": 9})"}) {
    insert(db_, song, row);
  }
  EXPECT_EQ(matching(db_, song, "{}"), (Ids{2, 3, 1}));
  EXPECT_EQ(matching(db_, song, R"({"orderBy": {"title": "asc"}})"), (Ids{1, 2, 3}));
}

TEST_P(Order, RefusesUnknownFieldsAndDirections) {  // S20
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"orderBy": {"agee": "asc"}})"));
  EXPECT_TRUE(says(refused(R"({"orderBy": {"agee": "asc"}})"), "agee"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"orderBy": {"age": "up"}})"));
  EXPECT_STATUS(THING_E_INVALID,
                refused(R"({"orderBy": {"age": {"sort": "asc", "nulls": "middle"}}})"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"orderBy": {"age": {"dir": "asc"}}})"));
}

TEST_P(Order, AppliesTakeAndSkip) {  // S11
  EXPECT_EQ(matching(db_, user_, R"({"take": 3})"), (Ids{1, 2, 3}));
  EXPECT_EQ(matching(db_, user_, R"({"skip": 2})"), (Ids{3, 4, 5}));
  EXPECT_EQ(matching(db_, user_, R"({"take": 2, "skip": 1})"), (Ids{2, 3}));
  EXPECT_EQ(matching(db_, user_, R"({"take": 0})"), Ids{});
  EXPECT_EQ(matching(db_, user_, R"({"skip": 99})"), Ids{});
}

TEST_P(Order, RefusesTakeAndSkipThatAreNoCounts) {  // N15
  EXPECT_STATUS(THING_E_RANGE, refused(R"({"take": -1})"));
  EXPECT_STATUS(THING_E_RANGE, refused(R"({"skip": -5})"));
  for (const char* json : {R"({"take": "3"})", R"({"take": 1.5})", R"({"skip": null})",
                           R"({"take": [1]})", R"({"take": 99999999999999999999})"}) {
    EXPECT_TRUE(fails_with(refused(json), {THING_E_TYPE, THING_E_INVALID, THING_E_RANGE})) << json;
  }
}

TEST_P(Order, RefusesUnknownKeys) {  // S20
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"limit": 3})"));
  EXPECT_TRUE(says(refused(R"({"limit": 3})"), "limit"));
  EXPECT_TRUE(fails_with(refused("[]"), {THING_E_INVALID, THING_E_TYPE}));
  EXPECT_STATUS(THING_E_SYNTAX, refused("{"));
  EXPECT_STATUS(THING_E_SYNTAX, refused(""));
  EXPECT_STATUS(THING_E_SYNTAX, refused("{} {}"));
}

// ---- counting, distinct, select, pluck

class Selection : public StandardTest {};
FOR_SETUPS(Selection, kEverywhere);

TEST_P(Selection, CountsRows) {  // S13
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  EXPECT_EQ(counted(db_, user_, R"({"where": {"active": true}})"), 4);
  EXPECT_EQ(counted(db_, user_, R"({"where": {"age": {"gt": 99}}})"), 0);
}

TEST_P(Selection, FindsDifferentValues) {  // S12
  insert(db_, user_, R"({"name": "Alice", "email": "second", "age": 25})");
  const char* by_name = R"({"select": ["name"], "distinct": true})";
  EXPECT_EQ(query(db_, user_, by_name).texts("name"),
            (Texts{"Alice", "Bob", "Charlie", "David", "Eve"}));
  EXPECT_EQ(counted(db_, user_, by_name), 5);
  EXPECT_EQ(query(db_, user_, R"({"select": ["active"], "distinct": true})").count(), 2);
  EXPECT_EQ(query(db_, user_, R"({"select": ["age"], "distinct": true})").count(), 5)
      << "NULL is a value here";
  EXPECT_EQ(thing_rows_ids(query(db_, user_, by_name)), nullptr);
}

TEST_P(Selection, RefusesDistinctWithoutSelectAndOrderOutsideOfIt) {
  Rows rows;
  EXPECT_TRUE(
      fails_with(call(thing_query, db_, nullptr, user_, R"({"distinct": true})", -1, rows.out()),
                 {THING_E_INVALID, THING_E_STATE}));
  EXPECT_STATUS(
      THING_E_INVALID,
      call(thing_query, db_, nullptr, user_,
           R"({"select": ["name"], "distinct": true, "orderBy": {"age": "asc"}})", -1, rows.out()));
}

TEST_P(Selection, LoadsTheFieldsAskedForAndTheKey) {
  Rows rows = query(db_, user_, R"({"where": {"id": 1}, "select": {"age": true}})");
  Obj alice = rows.obj(0);
  EXPECT_EQ(rows.ids(), (Ids{1}));
  EXPECT_EQ(alice.integer("age"), 25);
  EXPECT_EQ(alice.text("name"), "<MISSING>");
  EXPECT_EQ(alice.state("name"), THING_STATE_MISSING);
  EXPECT_NE(thing_obj_state(alice) & THING_OBJ_PARTIAL, 0);
  EXPECT_EQ(alice.json(), R"({"id":1,"age":25})");
}

TEST_P(Selection, RefusesUnknownSelectedFields) {
  Rows rows;
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_query, db_, nullptr, user_, R"({"select": ["agee"]})", -1, rows.out()));
  EXPECT_STATUS(THING_E_INVALID, call(thing_query, db_, nullptr, user_,
                                      R"({"select": {"age": false}})", -1, rows.out()));
  EXPECT_TRUE(
      fails_with(call(thing_query, db_, nullptr, user_, R"({"select": "age"})", -1, rows.out()),
                 {THING_E_INVALID, THING_E_TYPE}));
}

TEST_P(Selection, SavesOnlyTheChangesOfAPartialObject) {
  Obj alice = query(db_, user_, R"({"where": {"id": 1}, "select": ["age"]})").obj(0);
  ASSERT_OK(alice.set("age", 26));
  ASSERT_OK(call(thing_save, db_, nullptr, alice));
  EXPECT_EQ(find(db_, user_, 1).json(),
            R"({"id":1,"name":"Alice","email":"alice@example.com","age":26,"active":true})");
}

TEST_P(Selection, SavesAFieldThatWasNotSelected) {
  Obj alice = query(db_, user_, R"({"where": {"id": 1}, "select": ["age"]})").obj(0);
  ASSERT_OK(alice.set("name", "Alicia"));
  EXPECT_TRUE(alice.is_dirty("name"));
  ASSERT_OK(call(thing_save, db_, nullptr, alice));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alicia");
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
}

TEST_P(Selection, NeverServesAPartialRowAsAWholeOne) {
  query(db_, user_, R"({"select": ["age"]})");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  EXPECT_EQ(query(db_, user_, "{}").texts("name").front(), "Alice");
}

TEST_P(Selection, PlucksTheValuesOfAField) {
  Criteria q = parse(user_, R"({"orderBy": {"name": "desc"}, "take": 3})");
  const auto pluck = [&](const char* field) {
    Buf buf;
    EXPECT_OK(call(thing_query_pluck, db_, nullptr, q, thing_model_field_index(user_, field, -1),
                   buf.out()));
    return canonical(buf.text());
  };
  EXPECT_EQ(pluck("name"), R"(["Eve","David","Charlie"])");
  EXPECT_EQ(pluck("age"), "[28,null,35]");
  EXPECT_EQ(pluck("active"), "[true,true,false]");
  EXPECT_EQ(pluck("id"), "[5,4,3]");
}

// ---- pages by key

class Pages : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Item", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "group": "int?", "label": "text?"}})");
    item_ = db_.model("Item");
    Tx tx(db_);
    for (int i = 0; i < kRows; ++i) {
      const std::string group = i % 4 == 0 ? "null" : std::to_string(i % 5);
      const std::string label = i % 3 == 0 ? "null" : "\"l" + std::to_string(i % 7) + "\"";
      insert(db_, item_, R"({"group": )" + group + R"(, "label": )" + label + "}", tx.ctx());
    }
    ASSERT_OK(tx.commit());
  }

  // All pages one after another.
  Ids walk(const std::string& order, int take, const std::string& where = "{}") {
    Ids all;
    std::string after;
    for (int page = 0; page <= kRows; ++page) {
      const std::string json = R"({"where": )" + where + R"(, "orderBy": )" + order +
                               R"(, "take": )" + std::to_string(take) +
                               (after.empty() ? "" : R"(, "after": )" + json_string(after)) + "}";
      Rows rows = query(db_, item_, json);
      const Ids ids = rows.ids();
      all.insert(all.end(), ids.begin(), ids.end());
      after = rows.next();
      if (after.empty()) return all;
    }
    ADD_FAILURE() << "the pages do not end: " << order;
    return all;
  }

  static constexpr int kRows = 47;
  const thing_model* item_ = nullptr;
};
FOR_SETUPS(Pages, kEverywhere);

TEST_P(Pages, TogetherAreTheWholeListInEveryOrder) {
  for (const char* first : {R"("asc")", R"("desc")", R"({"sort": "asc", "nulls": "first"})",
                            R"({"sort": "desc", "nulls": "first"})"}) {
    for (const char* second : {R"("asc")", R"("desc")", R"({"sort": "asc", "nulls": "first"})",
                               R"({"sort": "desc", "nulls": "first"})"}) {
      const std::string order =
          std::string(R"([{"group": )") + first + R"(}, {"label": )" + second + "}]";
      const Ids whole = ids(db_, item_, R"({"orderBy": )" + order + "}");
      ASSERT_EQ(whole.size(), size_t{kRows});
      for (const int take : {1, 7, 46, 47, 48})
        EXPECT_EQ(walk(order, take), whole) << order << " by " << take;
    }
  }
}

TEST_P(Pages, KeepTheCondition) {
  const char* where = R"({"group": {"in": [1, 2]}})";
  const Ids whole =
      ids(db_, item_, std::string(R"({"orderBy": {"label": "desc"}, "where": )") + where + "}");
  EXPECT_EQ(walk(R"({"label": "desc"})", 3, where), whole);
}

TEST_P(Pages, RunByThePrimaryKeyInBothDirections) {
  const Ids up = walk(R"({"id": "asc"})", 5);
  Ids down = walk(R"({"id": "desc"})", 5);
  EXPECT_EQ(up.size(), size_t{kRows});
  EXPECT_EQ(Ids(down.rbegin(), down.rend()), up);
}

TEST_P(Pages, SkipNoRowThatIsInsertedBehindThem) {
  Rows first = query(db_, item_, R"({"take": 10})");
  remove(db_, item_, 1);
  const int64_t added = insert(db_, item_, "{}");
  Rows rest = query(db_, item_, R"({"after": )" + json_string(first.next()) + "}");
  EXPECT_EQ(rest.ids().front(), 11);
  EXPECT_EQ(rest.ids().back(), added);
}

TEST_P(Pages, EndWithDone) {
  Buf token;
  EXPECT_STATUS(THING_DONE,
                call(thing_rows_next, query(db_, item_, R"({"take": 100})"), token.out()));
  EXPECT_STATUS(THING_DONE,
                call(thing_rows_next, query(db_, item_, R"({"where": {"id": 0}})"), token.out()));
  EXPECT_STATUS(THING_DONE,
                call(thing_rows_next, query(db_, item_, R"({"take": 0})"), token.out()));
  EXPECT_EQ(token.get(), nullptr);
  EXPECT_STATUS(THING_OK, call(thing_rows_next, query(db_, item_, R"({"take": 47})"), token.out()));
}

TEST_P(Pages, RefuseTokensOfAnotherOrderOrModel) {
  db_.define(R"({"name": "Other", "fields": {"id": "int", "group": "int?"}})");
  const std::string token = query(db_, item_, R"({"orderBy": {"group": "asc"}, "take": 3})").next();
  const auto refused = [&](const char* model, const std::string& order, const std::string& after) {
    Rows rows;
    const std::string json =
        R"({"orderBy": )" + order + R"(, "after": )" + json_string(after) + "}";
    return call(thing_query, db_, nullptr, db_.model(model), json.data(), -1, rows.out());
  };
  EXPECT_STATUS(THING_E_INVALID, refused("Item", R"({"group": "desc"})", token));
  EXPECT_STATUS(THING_E_INVALID, refused("Item", R"({"label": "asc"})", token));
  EXPECT_STATUS(THING_E_INVALID, refused("Other", R"({"group": "asc"})", token));
  EXPECT_TRUE(fails_with(refused("Item", R"({"group": "asc"})", "nonsense"),
                         {THING_E_INVALID, THING_E_SYNTAX}));
  EXPECT_TRUE(
      fails_with(refused("Item", R"({"group": "asc"})", ""), {THING_E_INVALID, THING_E_SYNTAX}));
}

TEST_P(Pages, RefuseTokensThatWereTamperedWith) {
  const std::string token = query(db_, item_, R"({"orderBy": {"group": "asc"}, "take": 3})").next();
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    Rows rows;
    const std::string json =
        R"({"orderBy": {"group": "asc"}, "after": )" + json_string(changed) + "}";
    const Outcome outcome = call(thing_query, db_, nullptr, item_, json.data(), -1, rows.out());
    // The last character of base64 holds bits that mean nothing.
    if (i + 1 == token.size() && outcome.status == THING_OK) continue;
    EXPECT_TRUE(fails_with(outcome, {THING_E_INVALID, THING_E_SYNTAX})) << "character " << i;
  }
}

TEST_P(Pages, StartWithTheRowOfACursor) {
  EXPECT_EQ(matching(db_, item_, R"({"cursor": {"id": 5}, "take": 3})"), (Ids{5, 6, 7}));
  const Ids whole = ids(db_, item_, R"({"orderBy": {"group": "desc"}})");
  EXPECT_EQ(matching(db_, item_,
                     R"({"orderBy": {"group": "desc"}, "cursor": {"id": )" +
                         std::to_string(whole[9]) + "}}"),
            Ids(whole.begin() + 9, whole.end()));
}

TEST_P(Pages, AreEmptyForTheCursorOfAnAbsentRow) {
  EXPECT_EQ(matching(db_, item_, R"({"cursor": {"id": 999}})"), Ids{});
  Rows rows;
  EXPECT_TRUE(fails_with(
      call(thing_query, db_, nullptr, item_, R"({"cursor": {"label": "x"}})", -1, rows.out()),
      {THING_E_INVALID}));
}

TEST_P(Pages, ByOffsetTogetherAreTheWholeList) {
  Ids all;
  for (int skip = 0; skip < kRows + 5; skip += 5) {
    const Ids page = matching(
        db_, item_,
        R"({"orderBy": {"group": "asc"}, "take": 5, "skip": )" + std::to_string(skip) + "}");
    all.insert(all.end(), page.begin(), page.end());
  }
  EXPECT_EQ(all, ids(db_, item_, R"({"orderBy": {"group": "asc"}})"));
}

// ---- streams

class Stream : public Pages {
 protected:
  Ids drain(thing_cursor* cursor, int64_t batch) {
    Ids all;
    for (Rows rows;;) {
      const Outcome outcome = call(thing_cursor_next, cursor, nullptr, rows.out());
      if (outcome.status == THING_DONE) return all;
      EXPECT_OK(outcome);
      if (outcome.status != THING_OK) return all;
      EXPECT_GE(rows.count(), 1);
      EXPECT_LE(rows.count(), batch);
      const Ids ids = rows.ids();
      all.insert(all.end(), ids.begin(), ids.end());
    }
  }
};
FOR_SETUPS(Stream, kEverywhere);

// A database in memory has one connection, which the stream holds.
class StreamBesideWrites : public Stream {};
FOR_SETUPS(StreamBesideWrites, kConcurrent);

TEST_P(Stream, GivesTheWholeResultInBatches) {
  Criteria q = parse(item_, R"({"orderBy": {"group": "desc"}})");
  const Ids whole = ids(db_, item_, R"({"orderBy": {"group": "desc"}})");
  for (const int64_t batch : {1, 10, 46, 47, 48, 100'000}) {
    Cursor cursor;
    ASSERT_OK(call(thing_query_open, db_, nullptr, q, batch, cursor.out()));
    EXPECT_EQ(drain(cursor, batch), whole) << batch;
  }
}

TEST_P(Stream, StaysDoneAtItsEnd) {
  Cursor cursor;
  ASSERT_OK(call(thing_query_open, db_, nullptr, parse(item_, R"({"where": {"id": 0}})"), 10,
                 cursor.out()));
  Rows rows;
  EXPECT_STATUS(THING_DONE, call(thing_cursor_next, cursor, nullptr, rows.out()));
  EXPECT_STATUS(THING_DONE, call(thing_cursor_next, cursor, nullptr, rows.out()));
  EXPECT_EQ(rows.get(), nullptr);
}

TEST_P(Stream, MayStopEarly) {
  for (int i = 0; i < 50; ++i) {
    Cursor cursor;
    Rows rows;
    ASSERT_OK(call(thing_query_open, db_, nullptr, parse(item_, "{}"), 3, cursor.out()));
    ASSERT_OK(call(thing_cursor_next, cursor, nullptr, rows.out()));
    EXPECT_EQ(rows.ids(), (Ids{1, 2, 3}));
  }
  EXPECT_EQ(counted(db_, item_, "{}"), kRows);
}

TEST_P(Stream, AppliesTakeAndSkip) {
  Cursor cursor;
  ASSERT_OK(call(thing_query_open, db_, nullptr, parse(item_, R"({"take": 5, "skip": 2})"), 2,
                 cursor.out()));
  EXPECT_EQ(drain(cursor, 2), (Ids{3, 4, 5, 6, 7}));
}

TEST_P(StreamBesideWrites, SeesTheStateOfItsBeginning) {
  Cursor cursor;
  Rows rows;
  ASSERT_OK(call(thing_query_open, db_, nullptr, parse(item_, "{}"), 10, cursor.out()));
  ASSERT_OK(call(thing_cursor_next, cursor, nullptr, rows.out()));
  remove(db_, item_, 20);
  insert(db_, item_, "{}");
  EXPECT_EQ(drain(cursor, 10).size(), size_t{kRows - 10});
}

TEST_P(Stream, RefusesBatchesOutsideTheirLimits) {
  Cursor cursor;
  for (const int64_t batch : {int64_t{0}, int64_t{-1}, int64_t{100'001}, INT64_MAX, INT64_MIN}) {
    EXPECT_STATUS(THING_E_RANGE,
                  call(thing_query_open, db_, nullptr, parse(item_, "{}"), batch, cursor.out()));
    EXPECT_EQ(cursor.get(), nullptr);
  }
}

}  // namespace
}  // namespace conformance
