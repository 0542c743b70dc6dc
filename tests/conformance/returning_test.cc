// Actions that write many records and give them.
#include "actions.h"

namespace conformance {
namespace {

class Returning : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Shelf", "fields": {"id": "int", "name": "text"},
      "relations": {"items": {"has_many": "Item"}}},
      {"name": "Item", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "sku": {"type": "text", "unique": true}, "n": {"type": "int", "default": 0}, "shelfId": "int?"},
      "softDelete": true, "version": true, "hidden": ["deletedAt", "version"],
      "relations": {"shelf": {"belongs_to": "Shelf"}}}])");
    item_ = db_.model("Item");
    insert(db_, db_.model("Shelf"), R"({"id": 1, "name": "S"})");
    for (const char* row : {R"({"sku": "a", "n": 1})", R"({"sku": "b", "n": 2, "shelfId": 1})",
                            R"({"sku": "c", "n": 3})"})
      insert(db_, item_, row);
  }
  std::string made(const char* action, const char* args, thing_ctx* ctx = nullptr) const {
    return act(db_, "Item", action, args, ctx);
  }
  const thing_model* item_ = nullptr;
};
FOR_SETUPS(Returning, kEverywhere);

TEST_P(Returning, GivesTheRecordsThatWereMade) {
  EXPECT_EQ(made("createManyAndReturn",
                 R"({"data": [{"sku": "d", "shelfId": 1}, {"sku": "e", "n": 5}], "select":
    {"sku": true, "n": true, "shelf": {"select": ["name"]}}})"),
            R"([{"sku":"d","n":0,"shelf":{"id":1,"name":"S"}},{"sku":"e","n":5,"shelf":null}])");
  EXPECT_EQ(
      made("createManyAndReturn",
           R"({"skipDuplicates": true, "data": [{"sku": "d"}, {"sku": "f"}], "omit": ["id"]})"),
      R"([{"sku":"f","n":0,"shelfId":null}])");
  EXPECT_EQ(made("createManyAndReturn", R"({"data": []})"), "[]");
  EXPECT_STATUS(THING_E_UNIQUE, refused(db_, "Item", "createManyAndReturn",
                                        R"({"data": [{"sku": "g"}, {"sku": "a"}]})"));
  EXPECT_EQ(count(db_, item_, "{}"), 6);
}

TEST_P(Returning, GivesTheRecordsAsTheyBecame) {
  EXPECT_EQ(matching(db_, item_, R"({"where": {"n": {"gt": 5}}})"), Ids{});
  EXPECT_EQ(made("updateManyAndReturn",
                 R"({"where": {"n": {"gte": 2}}, "data": {"n": {"increment": 10}}, "select":
    {"id": true, "n": true, "shelf": true}})"),
            R"([{"id":2,"n":12,"shelf":{"id":1,"name":"S"}},{"id":3,"n":13,"shelf":null}])");
  EXPECT_EQ(matching(db_, item_, R"({"where": {"n": {"gt": 5}}})"), (Ids{2, 3}));
  EXPECT_EQ(find(db_, item_, 2).integer("version"), 1);
  EXPECT_EQ(find(db_, item_, 1).integer("version"), 0);
  EXPECT_EQ(made("updateManyAndReturn", R"({"where": {"n": 99}, "data": {"n": 1}})"), "[]");
  EXPECT_STATUS(THING_E_INVALID,
                refused(db_, "Item", "updateManyAndReturn", R"({"data": {"n": 1}})"));
  EXPECT_STATUS(THING_E_UNIQUE, refused(db_, "Item", "updateManyAndReturn",
                                        R"({"all": true, "data": {"sku": "x"}})"));
  EXPECT_EQ(counted(db_, item_, R"({"where": {"sku": "x"}})"), 0);
  EXPECT_TRUE(
      says(refused(db_, "Item", "updateManyAndReturn", R"({"all": true, "data": {"m": 1}})"),
           "data: found field 'm'"));
}

TEST_P(Returning, GivesTheRecordsAsTheyWere) {
  {
    Tx tx(db_);
    EXPECT_EQ(made("deleteManyAndReturn",
                   R"({"where": {"n": {"lte": 2}}, "include": {"shelf": true}})", tx.ctx()),
              R"([{"id":1,"sku":"a","n":1,"shelfId":null,"shelf":null},)"
              R"({"id":2,"sku":"b","n":2,"shelfId":1,"shelf":{"id":1,"name":"S"}}])");
    EXPECT_EQ(count(db_, item_, "{}", tx.ctx()), 1);
    ASSERT_OK(tx.rollback());
  }
  EXPECT_EQ(matching(db_, item_, "{}"), (Ids{1, 2, 3}));
  EXPECT_EQ(made("deleteManyAndReturn", R"({"all": true, "select": ["sku"]})"),
            R"([{"sku":"a"},{"sku":"b"},{"sku":"c"}])");
  EXPECT_EQ(matching(db_, item_, "{}"), Ids{});
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(count(db_, item_, "{}", all), 3);  // softly, as its model says
  EXPECT_EQ(made("deleteManyAndReturn", R"({"all": true})"), "[]");
}

TEST_P(Returning, RunsTheHooksOfEachRecord) {
  struct Seen {
    Texts skus;
    static thing_status run(void* user, int32_t, thing_db*, thing_ctx*, thing_obj* obj,
                            thing_error** err) {
      auto* self = static_cast<Seen*>(user);
      self->skus.push_back(Borrowed(obj).text("sku"));
      if (self->skus.back() != "c") return THING_OK;
      return thing_error_set(err, THING_E_CALLBACK, "not today", -1);
    }
  } seen;
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, item_, THING_ON_BEFORE_SAVE | THING_ON_BEFORE_DELETE,
                 Seen::run, &seen, nullptr, &id));
  made("updateManyAndReturn", R"({"where": {"n": {"lte": 2}}, "data": {"n": {"increment": 1}}})");
  EXPECT_EQ(seen.skus, (Texts{"a", "b"}));
  EXPECT_STATUS(THING_E_CALLBACK, refused(db_, "Item", "deleteManyAndReturn", R"({"all": true})"));
  EXPECT_EQ(matching(db_, item_, "{}"), (Ids{1, 2, 3}));
}

}  // namespace
}  // namespace conformance
