// What the log says, what it keeps to itself, and that errors hold no values of rows.
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kSecret = "hunter2-5551234";

class Logging : public StandardTest {
 protected:
  void work() {
    insert(db_, user_, R"({"name": ")" + std::string(kSecret) + R"(", "email": "s"})");
    query(db_, user_, R"({"where": {"name": ")" + std::string(kSecret) + "\"}}");
    find(db_, user_, 1);
  }
  Outcome violate() {
    Obj obj = new_obj(user_,
                      R"({"name": ")" + std::string(kSecret) + R"(", "email": "bob@example.com"})");
    return call(thing_save, db_, nullptr, obj);
  }
};
FOR_SETUPS(Logging, kEverywhere);

TEST_P(Logging, IsSilentByDefault) {  // K-24
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  work();
  violate();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_P(Logging, KeepsSqlAndValuesToItselfBelowDebug) {  // K-24
  for (const int32_t level : {THING_LOG_ERROR, THING_LOG_WARN, THING_LOG_INFO}) {
    Log log(db_, level);
    find(db_, user_, 1);
    violate();
    EXPECT_TRUE(log.take_sql().empty()) << log.all();
    EXPECT_EQ(log.all().find(kSecret), std::string::npos) << log.all();
    EXPECT_EQ(log.all().find("SELECT"), std::string::npos) << log.all();
  }
}

TEST_P(Logging, ShowsSqlWithoutValuesAtDebug) {  // K-24
  Log log(db_, THING_LOG_DEBUG);
  work();
  EXPECT_FALSE(log.take_sql().empty());
  EXPECT_EQ(log.all().find(kSecret), std::string::npos) << log.all();
}

TEST_P(Logging, ShowsValuesOnlyWhenAskedTo) {  // K-24
  Log log(db_, THING_LOG_DEBUG | THING_LOG_ARGS);
  work();
  EXPECT_NE(log.all().find(kSecret), std::string::npos) << log.all();
}

TEST_P(Logging, WritesOneJsonObjectALine) {
  Log log(db_, THING_LOG_DEBUG | THING_LOG_ARGS);
  work();
  violate();
  ASSERT_FALSE(log.lines().empty());
  for (const std::string& line : log.lines()) {
    const Json json = Json::parse(line);
    ASSERT_EQ(json.kind(), Json::Kind::kObject) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_FALSE(json["level"].is_missing()) << line;
    EXPECT_FALSE(json["event"].is_missing()) << line;
    if (json["event"].text() != "sql") continue;
    EXPECT_EQ(json["level"].text(), "debug");
    EXPECT_FALSE(json["us"].is_missing()) << line;
    EXPECT_FALSE(json["rows"].is_missing()) << line;
  }
}

TEST_P(Logging, CarriesTheTagOfTheContext) {
  Log log(db_, THING_LOG_DEBUG);
  Ctx ctx(db_, THING_CTX_NO_CACHE_READ);
  thing_ctx_set_tag(ctx, "request \"7\"", -1);
  find(db_, user_, 1, ctx);
  bool found = false;
  for (const std::string& line : log.lines())
    found |= Json::parse(line)["tag"].text() == "request \"7\"";
  EXPECT_TRUE(found) << log.all();
}

TEST_P(Logging, StopsWhenSetToNothing) {
  struct Sink {
    int lines = 0, freed = 0;
    static void add(void* user, int32_t, const char*, int64_t) {
      ++static_cast<Sink*>(user)->lines;
    }
    static void free(void* user) { ++static_cast<Sink*>(user)->freed; }
  } sink;
  thing_log_set(db_, THING_LOG_DEBUG, Sink::add, &sink, Sink::free);
  find(db_, user_, 1);
  const int lines = sink.lines;
  EXPECT_GT(lines, 0);
  thing_log_set(db_, THING_LOG_OFF, nullptr, nullptr, nullptr);
  EXPECT_EQ(sink.freed, 1);
  work();
  EXPECT_EQ(sink.lines, lines);
}

TEST_P(Logging, KeepsValuesOutOfErrors) {  // K-24
  thing_error* error = nullptr;
  Obj obj =
      new_obj(user_, R"({"name": ")" + std::string(kSecret) + R"(", "email": "bob@example.com"})");
  ASSERT_EQ(thing_save(db_, nullptr, obj, &error), THING_E_UNIQUE);
  const Buf json(thing_error_json(error));
  EXPECT_EQ(json.text().find(kSecret), std::string::npos) << json.text();
  EXPECT_EQ(json.text().find("bob@"), std::string::npos) << json.text();
  EXPECT_EQ(Json::parse(json.text()).kind(), Json::Kind::kObject) << json.text();
  thing_error_free(error);
}

TEST_P(Logging, CountsStatements) {
  Ctx past_cache(db_, THING_CTX_NO_CACHE_READ);
  const int64_t before = db_.sql();
  find(db_, user_, 1, past_cache);
  EXPECT_EQ(db_.sql(), before + 1);
  query(db_, user_, "{}", past_cache);
  EXPECT_EQ(db_.sql(), before + 2);
}

// ---- errors as values

TEST(Errors, AnswerNullWithNothing) {
  EXPECT_EQ(thing_error_code(nullptr), THING_OK);
  EXPECT_STREQ(thing_error_message(nullptr), "");
  EXPECT_STREQ(thing_error_sqlstate(nullptr), "");
  EXPECT_STREQ(thing_error_field(nullptr), "");
  EXPECT_STREQ(thing_error_model(nullptr), "");
  EXPECT_STREQ(thing_error_table(nullptr), "");
  EXPECT_STREQ(thing_error_column(nullptr), "");
  EXPECT_STREQ(thing_error_constraint(nullptr), "");
  EXPECT_EQ(thing_error_native(nullptr), 0);
  EXPECT_FALSE(thing_error_retryable(nullptr));
  thing_error_free(nullptr);
  thing_buf_free(thing_error_json(nullptr));
}

TEST(Errors, AreSetByCallbacks) {
  thing_error* error = nullptr;
  EXPECT_EQ(thing_error_set(&error, THING_E_CHECK, "first", -1), THING_E_CHECK);
  EXPECT_STREQ(thing_error_message(error), "first");
  EXPECT_EQ(thing_error_set(&error, THING_NOT_FOUND, "second and more", 6), THING_E_CALLBACK);
  EXPECT_EQ(thing_error_code(error), THING_E_CALLBACK);
  EXPECT_STREQ(thing_error_message(error), "second");
  thing_error_free(error);
  EXPECT_EQ(thing_error_set(nullptr, THING_E_CHECK, "x", -1), THING_E_CHECK);
}

TEST(Errors, HaveNames) {
  EXPECT_STREQ(thing_status_name(THING_OK), "OK");
  EXPECT_STREQ(thing_status_name(THING_NOT_FOUND), "NOT_FOUND");
  EXPECT_STREQ(thing_status_name(THING_E_UNIQUE), "E_UNIQUE");
  EXPECT_STREQ(thing_status_name(THING_E_COMMIT_UNKNOWN), "E_COMMIT_UNKNOWN");
  EXPECT_STREQ(thing_status_name(THING_E_CACHE_DOWN), "E_CACHE_DOWN");
  EXPECT_STREQ(thing_status_name(-27), "UNKNOWN");
  EXPECT_STREQ(thing_status_name(6), "UNKNOWN");
  for (thing_status status = -26; status <= 5; ++status)
    EXPECT_STRNE(thing_status_name(status), "UNKNOWN") << status;
}

TEST(Version, MatchesTheHeader) {
  EXPECT_STREQ(thing_version(), "0.1.0");
  EXPECT_EQ(thing_version_number(), THING_VERSION_NUMBER);
  EXPECT_EQ(thing_abi_version(), 0);
}

TEST(Version, TellsCapabilities) {
  for (const char* known : {"backend:sqlite", "cache:memory", "pack:1"})
    EXPECT_TRUE(thing_has(known)) << known;
  EXPECT_EQ(thing_has("backend:postgres"), is_built(Database::kPostgres));
  EXPECT_EQ(thing_has("backend:mysql"), is_built(Database::kMysql));
  // Where there is a client, an address is looked at.
  thing_db* db = nullptr;
  const char* const config = "sqlite::memory:?redis=redis://127.0.0.1:1";
  EXPECT_EQ(thing_has("cache:redis"), thing_open(config, -1, &db, nullptr) != THING_E_UNSUPPORTED);
  for (const char* unknown : {"", "backend:oracle", "pack:2", "sqlite"})
    EXPECT_FALSE(thing_has(unknown)) << unknown;
  EXPECT_FALSE(thing_has(nullptr));
}

}  // namespace
}  // namespace conformance
