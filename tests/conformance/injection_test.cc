// Hostile text in every place where text goes in: it is a value or it is refused, and never becomes
// SQL.
#include <algorithm>

#include "support.h"

namespace conformance {
namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> all = {"' OR '1'='1",
                                  "' OR 1=1 --",
                                  "\" OR \"\"=\"",
                                  "'; DROP TABLE canary; --",
                                  "\"; DROP TABLE canary; --",
                                  "`; DROP TABLE canary; --",
                                  "); DROP TABLE canary; --",
                                  "1; DELETE FROM canary",
                                  "1 OR 1=1",
                                  "1) OR (1=1",
                                  "' UNION SELECT * FROM canary --",
                                  "' UNION ALL SELECT null, null --",
                                  "admin'--",
                                  "admin'/*",
                                  "'/**/OR/**/1=1",
                                  "'||(SELECT name FROM canary)||'",
                                  "(SELECT count(*) FROM canary)",
                                  "name; SELECT 1",
                                  "name, (SELECT 1)",
                                  "name DESC; --",
                                  "name ASC, 1",
                                  "1=1",
                                  "CASE WHEN 1 THEN 1 END",
                                  "users.name",
                                  "\"users\".\"name\"",
                                  "[name]",
                                  "rowid",
                                  "_rowid_",
                                  "oid",
                                  "*",
                                  "count(*)",
                                  "sqlite_master",
                                  "id--",
                                  "id/*",
                                  "id#",
                                  "id;",
                                  "?",
                                  "?1",
                                  ":name",
                                  "@name",
                                  "$name",
                                  "?; DROP TABLE canary",
                                  "''",
                                  "'",
                                  "\"",
                                  "`",
                                  "\\",
                                  "\\'",
                                  "\\\"",
                                  "\\'; DROP TABLE canary; --",
                                  "''; DROP TABLE canary; --",
                                  "%",
                                  "_",
                                  "%%",
                                  "%' OR '1",
                                  "a%b_c",
                                  "[a-z]*",
                                  "{}",
                                  "[]",
                                  "null",
                                  "NULL",
                                  "true",
                                  "0",
                                  "-1",
                                  "1e999",
                                  "0x1",
                                  "NaN",
                                  "\xef\xbf\xbd",
                                  "\xe2\x80\x99 OR 1=1",
                                  "\xef\xbc\x87 OR 1=1",
                                  "\xca\xbc; DROP TABLE canary",
                                  "\xc2\xa0' OR 1=1",
                                  "\xe2\x80\xa8",
                                  "\xf0\x9f\x98\x80'",
                                  "\t' OR 1=1",
                                  "\n; DROP TABLE canary",
                                  "\r\n--",
                                  "\x1b[31m",
                                  "\x7f",
                                  "<script>alert(1)</script>",
                                  "${7*7}",
                                  "{{7*7}}",
                                  "%s%s%s%n",
                                  "%x",
                                  "../../etc/passwd",
                                  "C:\\nul",
                                  "file:canary?mode=memory",
                                  "ATTACH DATABASE 'x' AS y",
                                  "PRAGMA writable_schema=1",
                                  "load_extension('x')",
                                  "randomblob(1e9)",
                                  "BEGIN; DROP TABLE canary; COMMIT",
                                  "VACUUM INTO 'x'",
                                  "' AND (SELECT 1 FROM canary) AND '1'='1",
                                  "'; INSERT INTO canary VALUES (9, 'x'); --",
                                  "'; UPDATE canary SET name = 'x'; --",
                                  "\\u0027 OR 1=1",
                                  "&#39; OR 1=1",
                                  "%27 OR 1=1",
                                  "%00' OR 1=1",
                                  "char(39)||' OR 1=1'",
                                  "x' AND email IS NULL; --",
                                  "\"\"\"",
                                  "'''",
                                  "';';';",
                                  "--",
                                  "/*",
                                  "*/",
                                  ";"};
  all.emplace_back("nul\0' OR 1=1 --", 16);
  all.emplace_back("\0", 1);
  all.push_back(std::string(100'000, '\''));
  all.push_back(std::string(5'000, '"') + "; DROP TABLE canary");
  return all;
}

class Injection : public StandardTest {
 protected:
  void SetUp() override {
    StandardTest::SetUp();
    execute(db_, "CREATE TABLE canary (id INTEGER PRIMARY KEY, name TEXT)", "");
    execute(db_, "INSERT INTO canary VALUES (1, 'alive')", "");
    schema_ = schema();
  }
  void TearDown() override {
    EXPECT_EQ(sql_json(db_, "SELECT * FROM canary"), R"([{"id":1,"name":"alive"}])");
    EXPECT_EQ(schema(), schema_);
  }
  std::string schema() {
    return is_sqlite() ? sql_json(db_, "SELECT name, sql FROM sqlite_master ORDER BY name")
                       : introspected(db_);
  }
  // What this database answers to the text as a value; THING_OK where it can hold it.
  static thing_status refusal(const std::string& text, bool in_key = false) {
    if (!nature().text_holds_nul && text.find('\0') != std::string::npos) return THING_E_INVALID;
    const bool is_long =
        in_key && nature().key_text > 0 && static_cast<int64_t>(text.size()) > nature().key_text;
    return is_long ? THING_E_RANGE : THING_OK;
  }
  Outcome ask(const std::string& json) {
    Rows rows;
    return call(thing_query, db_, nullptr, user_, json.data(), static_cast<int64_t>(json.size()),
                rows.out());
  }

  // Names there hold no characters beyond U+FFFF.
  static bool has_name_of_mysql(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0xf0; });
  }

  static std::string quoted_name(const std::string& name) {
    const char quote = database() == Database::kMysql ? '`' : '"';
    std::string quoted(1, quote);
    for (const char c : name) quoted.append(c == quote ? 2 : 1, c);
    return quoted + quote;
  }

  std::string schema_;
};
FOR_SETUPS(Injection, kEverywhere);

TEST_P(Injection, ComesBackByteForByteAsAValue) {
  for (const std::string& text : corpus()) {
    Obj obj = new_obj(user_, R"({"name": "x"})");
    ASSERT_OK(obj.set("name", text));
    ASSERT_OK(obj.set("email", text));
    const Outcome outcome = call(thing_save, db_, nullptr, obj);
    ASSERT_STATUS(refusal(text, true), outcome) << text.substr(0, 60);
    if (outcome.status != THING_OK) continue;
    const std::string quoted = json_string(text);
    EXPECT_EQ(read_text(db_, user_, obj.id(), "name"), text);
    EXPECT_EQ(matching(db_, user_, R"({"where": {"email": )" + quoted + "}}"), (Ids{obj.id()}))
        << text.substr(0, 60);
    EXPECT_EQ(matching(db_, user_, R"({"where": {"email": {"in": [)" + quoted + "]}}}"),
              (Ids{obj.id()}))
        << text.substr(0, 60);
    EXPECT_EQ(matching(db_, user_,
                       R"({"where": {"id": )" + std::to_string(obj.id()) +
                           R"(, "email": {"contains": )" + quoted + "}}}"),
              (Ids{obj.id()}))
        << text.substr(0, 60);
    EXPECT_EQ(matching(db_, user_,
                       R"({"where": {"id": )" + std::to_string(obj.id()) +
                           R"(, "name": {"startsWith": )" + quoted + "}}}"),
              (Ids{obj.id()}))
        << text.substr(0, 60);
    remove(db_, user_, obj.id());
  }
}

TEST_P(Injection, MatchesNothingItIsNot) {
  for (const std::string& text : corpus()) {
    if (refusal(text) != THING_OK) {
      EXPECT_STATUS(refusal(text), ask(R"({"where": {"name": )" + json_string(text) + "}}"));
      continue;
    }
    EXPECT_EQ(ids(db_, user_, R"({"where": {"name": )" + json_string(text) + "}}"), Ids{})
        << text.substr(0, 60);
    EXPECT_EQ(count(db_, user_, R"({"where": {"name": {"not": )" + json_string(text) + "}}}"), 5)
        << text.substr(0, 60);
  }
}

TEST_P(Injection, ComesBackThroughBulkWritesUpsertsAndKeys) {
  db_.define(
      R"({"name": "Word", "table": "words", "fields": {"key": {"type": "text", "primary": true}, "t": "text?"}})");
  schema_ = schema();
  const thing_model* word = db_.model("Word");
  for (const std::string& text : corpus()) {
    const std::string quoted = json_string(text);
    Obj obj(thing_obj_new(word)), found;
    ASSERT_OK(obj.set("key", text));
    const Outcome outcome = call(thing_upsert, db_, nullptr, obj, nullptr, 0);
    ASSERT_STATUS(refusal(text, true), outcome) << text.substr(0, 60);
    if (outcome.status != THING_OK) continue;
    const std::string set = R"({"t": )" + quoted + "}";
    ASSERT_OK(call(thing_update_where, db_, nullptr,
                   parse(word, R"({"where": {"key": )" + quoted + "}}"), set.data(),
                   static_cast<int64_t>(set.size()), 0, nullptr));
    ASSERT_OK(call(thing_by_key, db_, nullptr, word, quoted.data(),
                   static_cast<int64_t>(quoted.size()), found.out()))
        << text.substr(0, 60);
    EXPECT_EQ(found.text("t"), text);
    ASSERT_OK(call(thing_delete_by_key, db_, nullptr, word, quoted.data(),
                   static_cast<int64_t>(quoted.size()), THING_DELETE_DEFAULT));
  }
  EXPECT_EQ(counted(db_, word, "{}"), 0);
}

TEST_P(Injection, ComesBackThroughParametersOfSql) {
  for (const std::string& text : corpus()) {
    const std::string params = "[" + json_string(text) + "]";
    Rows rows;
    const Outcome outcome = call(thing_sql, db_, nullptr, "SELECT ? AS t", -1, params.data(),
                                 static_cast<int64_t>(params.size()), rows.out());
    ASSERT_STATUS(refusal(text), outcome) << text.substr(0, 60);
    if (outcome.status != THING_OK) continue;
    EXPECT_EQ(Json::parse(rows.json()).at(0)["t"].text(), text);
  }
}

TEST_P(Injection, IsRefusedAsAName) {
  for (const std::string& text : corpus()) {
    const std::string quoted = json_string(text);
    SCOPED_TRACE(text.substr(0, 60));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"orderBy": {)" + quoted + R"(: "asc"}})"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"orderBy": {"name": )" + quoted + "}}"));
    EXPECT_STATUS(THING_E_INVALID,
                  ask(R"({"orderBy": {"name": {"sort": "asc", "nulls": )" + quoted + "}}}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"select": [)" + quoted + "]}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"select": {)" + quoted + ": true}}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"where": {)" + quoted + ": 1}}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"where": {"name": {)" + quoted + R"(: "x"}}})"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({)" + quoted + ": 1}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"lock": )" + quoted + "}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"lock": {"for": )" + quoted + "}}"));
    EXPECT_STATUS(THING_E_INVALID, ask(R"({"lock": {"for": "update", "wait": )" + quoted + "}}"));
    EXPECT_TRUE(fails_with(ask(R"({"after": )" + quoted + "}"), {THING_E_INVALID, THING_E_SYNTAX}));
    Obj obj(thing_obj_new(user_));
    EXPECT_STATUS(THING_E_INVALID, obj.assign("{" + quoted + ": 1}"));
    const auto len = static_cast<int64_t>(text.size());
    EXPECT_EQ(thing_model_field_index(user_, text.data(), len), -1);
    EXPECT_EQ(thing_model_find(db_, text.data(), len), nullptr);
  }
}

TEST_P(Injection, IsRefusedAsASavepoint) {
  Tx tx(db_);
  for (const std::string& text : corpus()) {
    const bool is_name =
        !text.empty() && text.size() <= 63 &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
            std::string::npos;
    if (is_name || text.find('\0') != std::string::npos) continue;
    EXPECT_TRUE(
        fails_with(call(thing_tx_savepoint, tx, text.c_str()), {THING_E_INVALID, THING_E_RANGE}))
        << text.substr(0, 60);
    EXPECT_TRUE(fails_with(call(thing_tx_rollback_to, tx, text.c_str()),
                           {THING_E_INVALID, THING_E_RANGE, THING_E_STATE}))
        << text.substr(0, 60);
  }
  EXPECT_OK(tx.commit());
}

TEST_P(Injection, NamesTablesAndColumnsSafely) {
  int i = 0;
  const Texts before = tables();
  for (const std::string& text : corpus()) {
    const bool has_controls = std::any_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (text.size() > 60 || has_controls) continue;
    const std::string number = std::to_string(i++), name = "M" + number;
    // Some of the texts differ in their case alone.
    const std::string table = "t" + number + " " + text.substr(0, 45);
    const std::string document =
        R"({"name": ")" + name + R"(", "table": )" + json_string(table) +
        R"(, "fields": {"id": "int", "f": {"type": "text", "column": )" + json_string(text) +
        R"(, "null": true, "unique": true}, "up": "int?"},)" +
        R"("foreign_keys": [{"fields": ["up"], "name": )" + json_string(text) +
        R"(, "references": {"table": )" + json_string(table) + R"(, "columns": ["id"]}}]})";
    // A handle of its own, as it could not get rid of a model that the database refuses.
    Db other = GetParam().in_memory ? Db(url()) : open_again();
    const Outcome outcome =
        call(thing_model_register, other, document.data(), static_cast<int64_t>(document.size()));
    ASSERT_OK(outcome) << document;
    const Outcome synced = call(thing_schema_sync, other, nullptr);
    if (database() == Database::kMysql && !has_name_of_mysql(text)) {
      EXPECT_LT(synced.status, 0) << document;
      continue;
    }
    ASSERT_OK(synced) << document;
    const thing_model* m = other.model(name.c_str());
    insert(other, m, R"({"id": 1, "f": "v"})");
    EXPECT_EQ(matching(other, m, R"({"where": {"f": "v"}, "orderBy": {"f": "desc"}})"), (Ids{1}))
        << document;
    execute(other, "DROP TABLE " + quoted_name(table), nullptr);
  }
  EXPECT_EQ(tables(), before);
}

TEST_P(Injection, IsHarmlessInTagsAndOptions) {
  Ctx ctx(db_);
  for (const std::string& text : corpus()) {
    const auto len = static_cast<int64_t>(text.size());
    thing_ctx_set_tag(ctx, text.data(), len);
    EXPECT_OK(call(thing_ping, db_, ctx));
    EXPECT_LT(call(thing_set_option, db_, text.c_str(), "1", -1).status, 0) << text.substr(0, 60);
    EXPECT_LT(call(thing_set_option, db_, "cache", text.data(), len).status, 0)
        << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace conformance
