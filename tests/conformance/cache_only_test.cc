// THING_CTX_CACHE_ONLY and thing_ctx_cached(): no read with them asks the database, whatever the
// cache; what runtimes that may not block a thread rely on.
#include "actions.h"
#include "support.h"

namespace conformance {
namespace {

class CacheOnly : public StandardTest {
 protected:
  // How each way to read ends with the context, by its name.
  std::vector<std::pair<std::string, Outcome>> read_all(thing_ctx* ctx) const {
    Obj by_id, by_key, first;
    Rows by_keys, rows;
    Buf plucked;
    bool any = false;
    int64_t n = 0;
    const Criteria adults = parse(user_, R"({"where": {"age": {"gt": 18}}})");
    std::vector<std::pair<std::string, Outcome>> ended = {
        {"by id", call(thing_by_id, db_, ctx, user_, 1, by_id.out())},
        {"by key", call(thing_by_key, db_, ctx, user_, "2", -1, by_key.out())},
        {"by keys", call(thing_by_keys, db_, ctx, user_, "[1, 3]", -1, by_keys.out())},
        {"rows", call(thing_query_run, db_, ctx, adults, rows.out())},
        {"first", call(thing_query_first, db_, ctx, adults, first.out())},
        {"count", call(thing_query_count, db_, ctx, adults, &n)},
        {"exists", call(thing_query_exists, db_, ctx, adults, &any)},
        {"pluck", call(thing_query_pluck, db_, ctx, adults, 1, plucked.out())},
    };
    for (const auto& [action, json] : kActions) {
      Buf out;
      ended.emplace_back(action, call(thing_call, db_, ctx, "User", action, json, -1, out.out()));
    }
    return ended;
  }

  static constexpr std::pair<const char*, const char*> kActions[] = {
      {"findUnique", R"({"where": {"id": 1}})"},
      {"findUniqueOrThrow", R"({"where": {"id": 1}})"},
      {"findFirst", R"({"where": {"name": "Bob"}})"},
      {"findFirstOrThrow", R"({"where": {"name": "Bob"}})"},
      {"findMany", R"({"where": {"age": 30}})"},
      {"count", R"({"where": {"age": 30}})"},
      {"aggregate", R"({"_count": true})"},
      {"groupBy", R"({"by": ["name"], "_count": true})"},
  };
};
FOR_SETUPS(CacheOnly, kEverywhere);

TEST_P(CacheOnly, SaysMoreOfAllThatIsNotThere) {
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  const int64_t sql = db_.sql();
  for (const auto& [name, outcome] : read_all(thing_ctx_cached()))
    EXPECT_STATUS(THING_MORE, outcome) << name;
  EXPECT_EQ(db_.sql(), sql);
}

TEST_P(CacheOnly, NeverAsksTheDatabase) {
  for (const auto& [name, outcome] : read_all(nullptr)) EXPECT_STATUS(THING_OK, outcome) << name;
  const int64_t sql = db_.sql();
  for (const auto& [name, outcome] : read_all(thing_ctx_cached())) {
    if (!GetParam().is_cached()) {
      EXPECT_STATUS(THING_MORE, outcome) << name;
    }
    EXPECT_GE(outcome.status, THING_OK) << name;
  }
  EXPECT_EQ(db_.sql(), sql);
}

TEST_P(CacheOnly, NeverAsksTheDatabaseInATransaction) {
  thing_tx* tx = nullptr;
  ASSERT_OK(call(thing_tx_begin, db_, nullptr, THING_TX_DEFAULT, &tx));
  thing_ctx* const ctx = thing_tx_ctx(tx);
  thing_ctx_set_flags(ctx, THING_CTX_CACHE_ONLY);
  const int64_t sql = db_.sql();
  for (const auto& [name, outcome] : read_all(ctx)) EXPECT_STATUS(THING_MORE, outcome) << name;
  EXPECT_EQ(db_.sql(), sql);
  thing_tx_free(tx);
}

// What it says of reads is nothing to what a write has to read.
TEST_P(CacheOnly, WritesAndReloadsAllTheSame) {
  thing_ctx* const cached = thing_ctx_cached();
  Obj user = find(db_, user_, 1);
  ASSERT_OK(user.set("name", "A"));
  ASSERT_OK(call(thing_save, db_, cached, user));
  ASSERT_OK(call(thing_reload, db_, cached, user));
  EXPECT_EQ(user.text("name"), "A");
  EXPECT_EQ(act(db_, "User", "update",
                R"({"where": {"id": 1}, "data": {"name": "B"}, "select": {"name": true}})", cached),
            R"({"name":"B"})");
  EXPECT_EQ(
      act(db_, "User", "updateMany", R"({"where": {"id": 1}, "data": {"name": "C"}})", cached),
      R"({"count":1})");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "C");
}

}  // namespace
}  // namespace conformance
