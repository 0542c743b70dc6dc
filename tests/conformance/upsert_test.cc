// Upserts of many rows, of chosen fields, and of nothing: find or create.
#include <thread>

#include "actions.h"

namespace conformance {
namespace {

class UpsertMany : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Item", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "sku": {"type": "text", "unique": true}, "name": "text", "n": {"type": "int", "default": 0},
      "at": "datetime?", "doc": "json?"}, "timestamps": true, "version": true},
      {"name": "Part", "fields": {"id": "int", "name": "text"}}])");
    item_ = db_.model("Item");
    insert(db_, item_, R"({"sku": "a", "name": "A", "n": 1})");
    insert(db_, item_, R"({"sku": "b", "name": "B", "n": 2, "doc": {"k": 1}})");
    execute(
        db_,
        std::string("UPDATE items SET updated_at = ") + sql({.sqlite = "'2001-01-01 00:00:00'",
                                                             .postgres = "'2001-01-01 00:00:00+00'",
                                                             .mysql = "'2001-01-01 00:00:00'"}),
        "items");
  }
  // update: names of fields; nullopt: all that is set.
  Outcome upsert(const std::vector<Obj>& objects, const char* key,
                 std::optional<Texts> update = std::nullopt, thing_ctx* ctx = nullptr) const {
    std::vector<thing_obj*> all;
    for (const Obj& o : objects) all.push_back(o.get());
    const int32_t key_field = thing_model_field_index(item_, key, -1);
    std::vector<int32_t> fields;
    for (const std::string& name : update.value_or(Texts()))
      fields.push_back(thing_model_field_index(item_, name.c_str(), -1));
    return call(thing_upsert_many, db_, ctx, all.data(), static_cast<int64_t>(all.size()),
                &key_field, 1, fields.data(), static_cast<int32_t>(fields.size()),
                update.has_value() && fields.empty() ? THING_UPSERT_KEEP : 0);
  }
  std::vector<Obj> items(const Texts& rows) const {
    std::vector<Obj> out;
    for (const std::string& row : rows) out.push_back(new_obj(item_, row));
    return out;
  }
  std::string rows() const {
    return act(db_, "Item", "findMany", R"({"select": ["id", "name", "n", "version"]})");
  }

  static constexpr int64_t kOld = 978307200000000;
  const thing_model* item_ = nullptr;
};
FOR_SETUPS(UpsertMany, kEverywhere);

TEST_P(UpsertMany, InsertsAndUpdatesTogether) {
  EXPECT_EQ(matching(db_, item_, R"({"where": {"n": {"gte": 5}}})"), Ids{});
  const auto all =
      items({R"({"sku": "c", "name": "C", "n": 5})", R"({"sku": "a", "name": "AA", "n": 6})"});
  ASSERT_OK(upsert(all, "sku"));
  EXPECT_EQ(all[1].id(), 1);
  EXPECT_EQ(all[1].json(), find(db_, item_, 1).json());
  EXPECT_GT(all[0].id(), 2);
  EXPECT_EQ(matching(db_, item_, R"({"where": {"n": {"gte": 5}}})"), (Ids{1, all[0].id()}));
  EXPECT_EQ(all[1].integer("version"), 1);
  EXPECT_GT(all[1].integer("updatedAt"), kOld);
  EXPECT_EQ(read_text(db_, item_, 2, "name"), "B");
}

TEST_P(UpsertMany, TakesTheFieldsThatAreChosenAlone) {
  const auto all = items({R"({"sku": "b", "name": "BB", "n": 7, "doc": {"k": 2}})",
                          R"({"sku": "d", "name": "D", "n": 8, "doc": {"k": 3}})"});
  ASSERT_OK(upsert(all, "sku", Texts{"n", "at"}));
  const Obj known = find(db_, item_, 2);
  EXPECT_EQ(known.text("name"), "B");
  EXPECT_EQ(known.integer("n"), 7);
  EXPECT_EQ(canonical(known.text("doc")), R"({"k":1})");
  EXPECT_EQ(known.state("at"), THING_STATE_NULL);  // chosen, and not set
  EXPECT_EQ(known.integer("version"), 1);
  EXPECT_GT(known.integer("updatedAt"), kOld);
  EXPECT_EQ(known.json(), all[0].json());
  EXPECT_EQ(canonical(all[1].text("doc")), R"({"k":3})");  // a new one has all
}

// First or create.
TEST_P(UpsertMany, LeavesTheRowAloneWhereNothingIsChosen) {
  const auto all =
      items({R"({"sku": "a", "name": "other", "n": 9})", R"({"sku": "e", "name": "E"})"});
  ASSERT_OK(upsert(all, "sku", Texts{}));
  EXPECT_EQ(all[0].id(), 1);
  EXPECT_EQ(all[0].text("name"), "A");
  EXPECT_EQ(all[0].integer("version"), 0);
  EXPECT_EQ(all[0].integer("updatedAt"), kOld);
  EXPECT_EQ(all[0].json(), find(db_, item_, 1).json());
  EXPECT_FALSE(all[0].is_dirty());
  EXPECT_EQ(all[1].text("name"), "E");
  ASSERT_OK(upsert(items({R"({"sku": "e", "name": "F"})"}), "sku", Texts{}));
  EXPECT_EQ(count(db_, item_, "{}"), 3);
  // The row with the key is there, whatever else the object says; without it, another's key is in
  // the way.
  ASSERT_OK(upsert(items({R"({"id": 2, "sku": "a", "name": "x"})"}), "id", Texts{"n"}));
  EXPECT_STATUS(THING_E_UNIQUE,
                upsert(items({R"({"id": 77, "sku": "a", "name": "x"})"}), "id", Texts{}));
  EXPECT_EQ(read_text(db_, item_, 2, "sku"), "b");
}

TEST_P(UpsertMany, KeepsTimesAndDocuments) {
  const auto all = items(
      {R"({"sku": "a", "name": "A", "at": "2024-05-06T09:08:09.25+02:00", "doc": {"x": [1, "y"]}})",
       R"({"sku": "f", "name": "F", "at": "2024-05-06T07:08:09Z", "doc": []})"});
  ASSERT_OK(upsert(all, "sku"));
  EXPECT_EQ(find(db_, item_, 1).integer("at"), 1714979289250000);
  EXPECT_EQ(canonical(find(db_, item_, 1).text("doc")), R"({"x":[1,"y"]})");
  EXPECT_EQ(find(db_, item_, all[1].id()).integer("at"), 1714979289000000);
  EXPECT_EQ(find(db_, item_, all[1].id()).text("doc"), "[]");
}

TEST_P(UpsertMany, IsAllOrNothing) {
  Texts rows;
  for (int i = 0; i < 300; ++i)
    rows.push_back(R"({"sku": "s)" + std::to_string(i) + R"(", "name": "N", "n": )" +
                   std::to_string(i) + "}");
  rows[7] = R"({"sku": "a", "name": "changed"})";
  rows[299] = R"({"sku": "last"})";  // without its name
  const std::string before = this->rows();
  {
    const auto all = items(rows);
    EXPECT_STATUS(THING_E_NOT_NULL, upsert(all, "sku"));
    EXPECT_EQ(all[0].id(), 0);
    EXPECT_NE(thing_obj_state(all[7]) & THING_OBJ_NEW, 0);
    EXPECT_TRUE(all[7].is_dirty("name"));
  }
  EXPECT_EQ(this->rows(), before);
  {
    Tx tx(db_);
    EXPECT_STATUS(THING_E_NOT_NULL, upsert(items(rows), "sku", std::nullopt, tx.ctx()));
    EXPECT_EQ(count(db_, item_, "{}", tx.ctx()), 2);
    ASSERT_OK(tx.commit());
  }
  EXPECT_EQ(this->rows(), before);
  rows[299] = R"({"sku": "last", "name": "L"})";
  ASSERT_OK(upsert(items(rows), "sku"));
  EXPECT_EQ(count(db_, item_, "{}"), 301);
  EXPECT_EQ(read_text(db_, item_, 1, "name"), "changed");
}

TEST_P(UpsertMany, OfNothingIsNoSqlAndOfTheWrongIsAnError) {
  const int64_t before = db_.sql();
  ASSERT_OK(upsert({}, "sku"));
  EXPECT_EQ(db_.sql(), before);
  const auto one = items({R"({"sku": "a", "name": "X"})"});
  EXPECT_STATUS(THING_E_INVALID, upsert(one, "name"));
  for (const char* field : {"sku", "id"}) {
    const Outcome out = upsert(one, "sku", Texts{field});
    EXPECT_STATUS(THING_E_INVALID, out);
    EXPECT_EQ(out.field, field);
  }
  const int32_t key = one[0].field("sku"), n = one[0].field("n");
  thing_obj* const all[] = {one[0]};
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_upsert_many, db_, nullptr, all, 1, &key, 1, &n, 1, THING_UPSERT_KEEP));
  EXPECT_STATUS(THING_E_INVALID, call(thing_upsert_many, db_, nullptr, all, 1, &key, 1, &n, 1, 2));
  std::vector<Obj> mixed = items({R"({"sku": "a", "name": "X"})"});
  mixed.push_back(new_obj(db_.model("Part"), R"({"id": 1, "name": "p"})"));
  EXPECT_STATUS(THING_E_INVALID, upsert(mixed, "sku"));
  mixed.pop_back();
  mixed.emplace_back();
  EXPECT_STATUS(THING_E_INVALID, upsert(mixed, "sku"));
  EXPECT_EQ(read_text(db_, item_, 1, "name"), "A");
}

TEST_P(UpsertMany, RunsTheHooksOfEachObjectAndGoesWithThem) {
  struct Seen {
    int saves = 0;
    const char* refused = "";
    static thing_status run(void* user, int32_t, thing_db*, thing_ctx*, thing_obj* obj,
                            thing_error** err) {
      auto* self = static_cast<Seen*>(user);
      ++self->saves;
      if (Borrowed(obj).text("sku") != self->refused) return THING_OK;
      return thing_error_set(err, THING_E_CALLBACK, "not today", -1);
    }
  } seen;
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, item_, THING_ON_BEFORE_SAVE | THING_ON_AFTER_SAVE, Seen::run,
                 &seen, nullptr, &id));
  ASSERT_OK(upsert(items({R"({"sku": "a", "name": "X"})", R"({"sku": "h", "name": "H"})"}), "sku"));
  EXPECT_EQ(seen.saves, 4);
  seen.refused = "i";
  EXPECT_STATUS(
      THING_E_CALLBACK,
      upsert(items({R"({"sku": "a", "name": "Y"})", R"({"sku": "i", "name": "I"})"}), "sku"));
  EXPECT_EQ(read_text(db_, item_, 1, "name"), "X");
}

class UpsertManyAtOnce : public UpsertMany {};
FOR_SETUPS(UpsertManyAtOnce, kConcurrent);

// Whoever comes first makes the row, and all others find it.
TEST_P(UpsertManyAtOnce, MakesEachRowOnce) {
  constexpr int kThreads = 6, kRows = 8;
  struct Work {
    thing_db* db = nullptr;
    const thing_model* item = nullptr;
    std::vector<Obj> made;
    static thing_status run(void* user, thing_tx*, thing_ctx* ctx, thing_error** err) {
      auto* self = static_cast<Work*>(user);
      self->made.clear();
      std::vector<thing_obj*> all;
      for (int i = 0; i < kRows; ++i) {
        self->made.push_back(
            new_obj(self->item, R"({"sku": "t)" + std::to_string(i) + R"(", "name": "N"})"));
        all.push_back(self->made.back());
      }
      const int32_t key = self->made[0].field("sku");
      return thing_upsert_many(self->db, ctx, all.data(), kRows, &key, 1, nullptr, 0,
                               THING_UPSERT_KEEP, err);
    }
  };
  std::vector<Work> work(kThreads);
  std::vector<std::thread> threads;
  for (Work& one : work) {
    one.db = db_;
    one.item = item_;
    threads.emplace_back([&one, this] {
      EXPECT_OK(call(thing_tx_run, db_, nullptr, THING_TX_DEFAULT, 50, Work::run, &one));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counted(db_, item_, R"({"where": {"name": "N"}})"), kRows);
  for (const Work& one : work) {
    for (int i = 0; i < kRows; ++i) EXPECT_EQ(one.made[i].id(), work[0].made[i].id()) << i;
  }
}

// ---- as actions

TEST_P(UpsertMany, IsAnAction) {
  EXPECT_EQ(act(db_, "Item", "upsertMany", R"({"by": ["sku"], "update": ["n"], "data": [
    {"sku": "a", "name": "other", "n": 11}, {"sku": "g", "name": "G", "n": 12}]})"),
            R"({"count":2})");
  EXPECT_EQ(rows(),
            R"([{"id":1,"name":"A","n":11,"version":1},{"id":2,"name":"B","n":2,"version":0},)"
            R"({"id":)" +
                std::to_string(ids(db_, item_, R"({"where": {"sku": "g"}})")[0]) +
                R"(,"name":"G","n":12,"version":0}])");
  EXPECT_EQ(act(db_, "Item", "upsertMany", R"({"data": {"id": 2, "sku": "b", "name": "BB"}})"),
            R"({"count":1})");
  EXPECT_EQ(read_text(db_, item_, 2, "name"), "BB");
  EXPECT_EQ(act(db_, "Item", "upsertMany", R"({"by": ["sku"], "data": []})"), R"({"count":0})");
  const auto refuse = [this](const char* args) { return refused(db_, "Item", "upsertMany", args); };
  EXPECT_TRUE(says(refuse(R"({"by": ["sku"], "data": [{"sku": "a", "nam": 1}]})"),
                   "data[0]: found field 'nam'"));
  EXPECT_TRUE(says(refuse(R"({"by": ["sk"], "data": []})"), "by[0]: found"));
  EXPECT_TRUE(says(refuse(R"({"update": "n", "data": []})"),
                   "update: found a text, expected an array of fields"));
  EXPECT_TRUE(says(refuse(R"({"by": ["sku"]})"), "data: found none"));
  EXPECT_STATUS(THING_E_INVALID,
                refuse(R"({"by": ["name"], "data": [{"sku": "a", "name": "x"}]})"));
  EXPECT_STATUS(THING_E_NOT_NULL,
                refuse(R"({"by": ["sku"], "data": [{"sku": "z", "name": "z"}, {"sku": "y"}]})"));
  EXPECT_EQ(count(db_, item_, R"({"where": {"sku": "z"}})"), 0);
}

TEST_P(UpsertMany, OfOneRecordFindsOrCreatesOrUpdates) {
  const auto first_or_create = [this](const char* sku, thing_ctx* ctx = nullptr) {
    return act(db_, "Item", "upsert",
               R"({"where": {"sku": ")" + std::string(sku) +
                   R"("}, "update": {}, "create": {"sku": ")" + sku +
                   R"(", "name": "made"}, "select": ["name", "version"]})",
               ctx);
  };
  EXPECT_EQ(first_or_create("a"), R"({"name":"A","version":0})");
  EXPECT_EQ(find(db_, item_, 1).integer("updatedAt"), kOld);
  EXPECT_EQ(first_or_create("new"), R"({"name":"made","version":0})");
  {
    Tx tx(db_);
    EXPECT_EQ(first_or_create("gone", tx.ctx()), R"({"name":"made","version":0})");
    EXPECT_EQ(first_or_create("gone", tx.ctx()), R"({"name":"made","version":0})");
    ASSERT_OK(tx.rollback());
  }
  EXPECT_EQ(count(db_, item_, "{}"), 3);
  EXPECT_EQ(act(db_, "Item", "upsert", R"({"where": {"sku": "b"}, "update": {"n": 3},
    "create": {"sku": "b", "name": "made", "n": 4}, "select": ["name", "n", "version"]})"),
            R"({"name":"B","n":3,"version":1})");
}

}  // namespace
}  // namespace conformance
