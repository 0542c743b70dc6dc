// Opening: URLs, JSON, options, modes, files that are no databases.
#include <filesystem>
#include <fstream>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kModel =
    R"({"name": "A", "table": "items", "fields": {"id": "int", "t": "text?"}})";

class Open : public testing::Test {
 protected:
  std::string file(const char* name = "a.db") const { return folder_.file(name); }
  static Outcome open(const std::string& config, Db* out = nullptr) {
    Db db;
    Outcome outcome =
        call(thing_open, config.data(), static_cast<int64_t>(config.size()), db.out());
    EXPECT_EQ(outcome.status == THING_OK, db.get() != nullptr) << config;
    if (out != nullptr) *out = std::move(db);
    return outcome;
  }
  Folder folder_;
};

TEST_F(Open, TakesAUrlOrJson) {
  EXPECT_OK(open("sqlite:" + file()));
  EXPECT_OK(open("sqlite:" + file() +
                 "?cache=off&connections=3&busy_timeout_ms=10&journal=wal&synchronous=full&foreign_"
                 "keys=true&lease=false"));
  EXPECT_OK(
      open(R"({"url": "sqlite:)" + file() +
           R"(", "cache": "memory", "cache_bytes": 1048576, "lease": true, "connections": 2})"));
  EXPECT_OK(open(R"({"url": "sqlite:)" + file() + R"(", "cache_bytes": "16MiB"})"));
  EXPECT_OK(open("sqlite::memory:"));
  EXPECT_OK(open(R"({"url": "sqlite::memory:"})"));
}

TEST_F(Open, RefusesUnknownKeysAndValues) {
  const Outcome outcome = open("sqlite:" + file() + "?cash=off");
  EXPECT_STATUS(THING_E_INVALID, outcome);
  EXPECT_TRUE(says(outcome, "cash"));
  EXPECT_STATUS(THING_E_INVALID, open(R"({"url": "sqlite::memory:", "cash": 1})"));
  for (const char* option :
       {"cache=redis", "journal=off", "synchronous=maybe", "lease=perhaps", "mode=rwx",
        "cache_bytes=lots", "connections=many", "busy_timeout_ms=", "cache"}) {
    EXPECT_TRUE(fails_with(
        open("sqlite:" + file() + "?" + option),
        {THING_E_INVALID, THING_E_SYNTAX, THING_E_UNSUPPORTED, THING_E_RANGE, THING_E_TYPE}))
        << option;
  }
  for (const char* option : {"connections=0", "connections=65", "connections=-1", "cache_bytes=-1",
                             "busy_timeout_ms=-1", "connections=99999999999999999999"}) {
    EXPECT_TRUE(
        fails_with(open("sqlite:" + file() + "?" + option), {THING_E_RANGE, THING_E_INVALID}))
        << option;
  }
  for (const char* config : {"", "sqlite", "nonsense", "oracle:x", "oracle://x", "sqlite:", "[]",
                             "5", R"({"cache": "off"})", R"({"url": 5})"}) {
    EXPECT_TRUE(fails_with(open(config),
                           {THING_E_INVALID, THING_E_SYNTAX, THING_E_UNSUPPORTED, THING_E_TYPE}))
        << config;
  }
  EXPECT_TRUE(fails_with(open("{"), {THING_E_SYNTAX}));
  EXPECT_FALSE(std::filesystem::exists(file())) << "a refused configuration may not make a file";
}

TEST_F(Open, TellsFilesThatCanNotBeOpened) {
  EXPECT_STATUS(THING_E_CONNECTION, open("sqlite:" + file("no/such/folder/a.db")));
  EXPECT_STATUS(THING_E_CONNECTION, open("sqlite:" + file() + "?mode=rw"));
  EXPECT_STATUS(THING_E_CONNECTION, open("sqlite:" + file() + "?mode=ro"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  std::filesystem::create_directory(file("folder"));
  EXPECT_STATUS(THING_E_CONNECTION, open("sqlite:" + file("folder")));
}

TEST_F(Open, NeverTakesAFileThatIsNoDatabase) {  // N9
  std::ofstream(file()) << std::string(8192, 'x');
  Db db;
  Outcome outcome = open("sqlite:" + file(), &db);
  if (outcome.status == THING_OK) {
    EXPECT_OK(call(thing_model_register, db, kModel, -1));
    Obj obj;
    outcome = call(thing_by_id, db, nullptr, db.model("A"), 1, obj.out());
  }
  EXPECT_STATUS(THING_E_CONNECTION, outcome);
  std::ifstream in(file());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), std::string(8192, 'x'))
      << "and leaves it alone";
}

TEST_F(Open, NeverTakesDamageForAbsence) {  // N9, T31
  {
    Db db("sqlite:" + file() + "?cache=memory");
    db.define(kModel);
    Tx tx(db);
    for (int i = 1; i <= 2000; ++i)
      insert(db, db.model("A"),
             R"({"id": )" + std::to_string(i) + R"(, "t": "some text to fill pages"})", tx.ctx());
    ASSERT_OK(tx.commit());
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file()));
  ASSERT_FALSE(std::filesystem::exists(file() + "-wal")) << "the last close takes the log back";
  {
    std::fstream raw(file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::streamoff at = 4096; at < size; at += 4096) {
      raw.seekp(at);
      raw << std::string(4096, '\x5a');
    }
  }
  Db db("sqlite:" + file() + "?cache=memory");
  ASSERT_OK(call(thing_model_register, db, kModel, -1));
  const thing_model* m = db.model("A");
  Obj obj;
  Rows rows;
  int64_t n = 0;
  for (int again = 0; again < 2; ++again) {
    const Outcome outcome = call(thing_by_id, db, nullptr, m, 1500, obj.out());
    EXPECT_STATUS(THING_E_CONNECTION, outcome);
    EXPECT_NE(outcome.native, 0);
    EXPECT_STATUS(THING_E_CONNECTION, call(thing_query, db, nullptr, m, "{}", -1, rows.out()));
    EXPECT_STATUS(THING_E_CONNECTION,
                  call(thing_query_count, db, nullptr, parse(m, R"({"where": {"t": "x"}})"), &n));
  }
  EXPECT_EQ(db.stat(THING_STAT_ABSENT_FILL), 0);
}

TEST_F(Open, ReadOnlyRefusesWrites) {
  {
    Db db("sqlite:" + file());
    db.define(kModel);
    insert(db, db.model("A"), R"({"id": 1, "t": "x"})");
  }
  Db db("sqlite:" + file() + "?mode=ro");
  ASSERT_OK(call(thing_model_register, db, kModel, -1));
  EXPECT_EQ(read_text(db, db.model("A"), 1, "t"), "x");
  EXPECT_EQ(read_text(db, db.model("A"), 1, "t"), "x");
  Obj obj = new_obj(db.model("A"), R"({"id": 2})");
  EXPECT_STATUS(THING_E_READONLY, call(thing_save, db, nullptr, obj));
  EXPECT_STATUS(THING_E_READONLY,
                call(thing_delete_by_id, db, nullptr, db.model("A"), 1, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_E_READONLY, call(thing_exec, db, nullptr, "DELETE FROM items", -1, nullptr, 0,
                                       nullptr, nullptr));
  EXPECT_EQ(counted(db, db.model("A"), "{}"), 1);
}

TEST_F(Open, ReadOnlySeesWritersElsewhere) {
  Db writer("sqlite:" + file());
  writer.define(kModel);
  insert(writer, writer.model("A"), R"({"id": 1, "t": "x"})");
  Db reader("sqlite:" + file() + "?mode=ro");
  ASSERT_OK(call(thing_model_register, reader, kModel, -1));
  for (int i = 0; i < 20; ++i) {
    const std::string text = "v" + std::to_string(i);
    update(writer, writer.model("A"), 1, R"({"t": ")" + text + "\"}");
    ASSERT_EQ(read_text(reader, reader.model("A"), 1, "t"), text);
  }
}

TEST_F(Open, DatabasesInMemoryArePrivate) {
  Db a("sqlite::memory:"), b("sqlite::memory:");
  a.define(kModel);
  b.define(kModel);
  insert(a, a.model("A"), R"({"id": 1, "t": "a"})");
  EXPECT_FALSE(exists(b, b.model("A"), 1));
  insert(b, b.model("A"), R"({"id": 1, "t": "b"})");
  EXPECT_EQ(read_text(a, a.model("A"), 1, "t"), "a");
}

TEST_F(Open, TellsItsConfiguration) {
  Db db("sqlite:" + file() + "?cache=off&busy_timeout_ms=77");
  db.define(kModel);
  Buf buf;
  ASSERT_OK(call(thing_info_json, db, nullptr, buf.out()));
  EXPECT_EQ(Json::parse(buf.text()).kind(), Json::Kind::kObject) << buf.text();
  EXPECT_NE(buf.text().find("77"), std::string::npos) << buf.text();
  EXPECT_NE(buf.text().find("3."), std::string::npos) << "the version of SQLite: " << buf.text();
}

TEST_F(Open, ChangesOptionsWhileOpen) {
  Db db("sqlite:" + file());
  for (const auto& [key, value] : {std::pair("cache", "off"),
                                   {"cache", "memory"},
                                   {"cache_bytes", "1MiB"},
                                   {"cache_bytes", "1048576"},
                                   {"busy_timeout_ms", "1"},
                                   {"lease", "false"},
                                   {"lease", "true"}}) {
    EXPECT_OK(call(thing_set_option, db, key, value, -1)) << key;
  }
  EXPECT_STATUS(THING_E_INVALID, call(thing_set_option, db, "journal", "keep", -1));
  EXPECT_STATUS(THING_E_INVALID, call(thing_set_option, db, "nope", "1", -1));
  EXPECT_TRUE(fails_with(call(thing_set_option, db, "cache", "redis", -1),
                         {THING_E_INVALID, THING_E_UNSUPPORTED}));
  EXPECT_TRUE(fails_with(call(thing_set_option, db, "busy_timeout_ms", "-1", -1),
                         {THING_E_INVALID, THING_E_RANGE}));
}

TEST_F(Open, TellsServersThatItHasNoDriverFor) {
  const std::pair<Database, const char*> urls[] = {
      {Database::kPostgres, "postgresql://a:secret@127.0.0.1:1/a"},
      {Database::kPostgres, "postgres://a:secret@127.0.0.1:1/a"},
      {Database::kPostgres, "postgresql://a:x?secret@127.0.0.1:1/a"},
      {Database::kPostgres, "postgresql://127.0.0.1:1/a?password=x&secret"},
      {Database::kPostgres, "postgresql://a:x?cache=secret@127.0.0.1:1/a"},
      {Database::kMysql, "mysql://a:x?secret@127.0.0.1:1/a"},
      {Database::kMysql, "mysql://a:b@127.0.0.1:1/a?x&secret"},
      {Database::kMysql, "mysql://a:secret@127.0.0.1:1/a"},
      {Database::kMysql, "mariadb://a:secret@127.0.0.1:1/a"}};
  for (const auto& [database, url] : urls) {
    const Outcome outcome = open(url);
    // Some of the URLs can not be read, and nothing of them may be shown either.
    EXPECT_TRUE(is_built(database)
                    ? fails_with(outcome, {THING_E_CONNECTION, THING_E_SYNTAX, THING_E_INVALID})
                    : fails_with(outcome, {THING_E_UNSUPPORTED}))
        << url;
    EXPECT_EQ(outcome.message.find("secret"), std::string::npos) << outcome.message;
  }
}

TEST_F(Open, KeepsPathsWithOddCharacters) {
  for (const char* name : {"a b.db", "ü€.db", "a'b\"c.db", "a%20b.db", "a;b.db", "a#b.db"}) {
    const std::string json = R"({"url": )" + json_string("sqlite:" + file(name)) + "}";
    Db db;
    ASSERT_OK(open(json, &db)) << name;
    db.define(kModel);
    db.reset();
    EXPECT_GE(std::distance(std::filesystem::directory_iterator(
                                std::filesystem::path(file(name)).parent_path()),
                            {}),
              1);
  }
}

TEST_F(Open, HoldsManyDatabasesAtOnce) {
  std::vector<Db> all;
  for (int i = 0; i < 20; ++i) {
    all.emplace_back("sqlite:" + file((std::to_string(i) + ".db").c_str()) + "?synchronous=off");
    all.back().define(kModel);
    insert(all.back(), all.back().model("A"), R"({"id": 1, "t": ")" + std::to_string(i) + "\"}");
  }
  for (size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(read_text(all[i], all[i].model("A"), 1, "t"), std::to_string(i));
}

// ---- servers

class OpenServer : public DatabaseTest {
 protected:
  static Outcome open(const std::string& config) {
    Db db;
    return call(thing_open, config.data(), static_cast<int64_t>(config.size()), db.out());
  }
};
FOR_SETUPS(OpenServer, kServers);

TEST_P(OpenServer, TakesJsonToo) {
  EXPECT_OK(open(R"({"url": )" + json_string(url()) + R"(, "connections": 2})"));
  EXPECT_OK(open(R"({"url": )" + json_string(url()) + R"(, "busy_timeout_ms": 10})"));
}

TEST_P(OpenServer, RefusesUnknownKeysAndValues) {
  const Outcome outcome = open(url("cash=off"));
  EXPECT_STATUS(THING_E_INVALID, outcome);
  // libpq looks at the keys there, and its messages may hold passwords.
  if (database() != Database::kPostgres) {
    EXPECT_TRUE(says(outcome, "cash"));
  }
  for (const char* option : {"journal=wal", "synchronous=off", "lease=true", "foreign_keys=true",
                             "connections=0", "connections=1001", "busy_timeout_ms=soon"}) {
    EXPECT_TRUE(fails_with(open(url(option)),
                           {THING_E_INVALID, THING_E_RANGE, THING_E_TYPE, THING_E_SYNTAX}))
        << option;
  }
}

TEST_P(OpenServer, TellsAUserThatIsRefused) {
  const std::string stranger =
      sql({.sqlite = "", .postgres = "user=nobody_of_that_name", .mysql = ""});
  std::string there = url(stranger);
  if (stranger.empty()) {
    const size_t user = there.find("://") + 3, at = there.find('@');
    there = there.substr(0, user) + "nobody:hunter2" + there.substr(at);
  }
  const Outcome outcome = open(there);
  EXPECT_STATUS(THING_E_AUTH, outcome);
  EXPECT_EQ(outcome.message.find("hunter2"), std::string::npos) << outcome.message;
}

TEST_P(OpenServer, TellsItsConfigurationWithoutAPassword) {
  Buf buf;
  ASSERT_OK(call(thing_info_json, db_, nullptr, buf.out()));
  EXPECT_EQ(Json::parse(buf.text()).kind(), Json::Kind::kObject) << buf.text();
  const std::string all = url();
  const size_t user = all.find("://") + 3, at = all.find('@'), colon = all.find(':', user);
  if (colon < at) {
    const std::string password = all.substr(colon + 1, at - colon - 1);
    EXPECT_EQ(buf.text().find(password), std::string::npos) << buf.text();
  }
}

TEST_P(OpenServer, ReadOnlyRefusesWrites) {
  db_.define(kModel);
  insert(db_, db_.model("A"), R"({"id": 1, "t": "x"})");
  Db reader = open_again("mode=ro");
  ASSERT_OK(call(thing_model_register, reader, kModel, -1));
  const thing_model* m = reader.model("A");
  EXPECT_EQ(read_text(reader, m, 1, "t"), "x");
  Obj obj = new_obj(m, R"({"id": 2})");
  EXPECT_STATUS(THING_E_READONLY, call(thing_save, reader, nullptr, obj));
  EXPECT_STATUS(THING_E_READONLY,
                call(thing_delete_by_id, reader, nullptr, m, 1, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_E_READONLY, call(thing_exec, reader, nullptr, "DELETE FROM items", -1,
                                       nullptr, 0, nullptr, nullptr));
  EXPECT_EQ(counted(reader, m, "{}"), 1);
}

TEST_P(OpenServer, ChangesOptionsWhileOpen) {
  for (const auto& [key, value] : {std::pair("cache", "off"),
                                   {"cache", GetParam().is_in_redis() ? "redis" : "memory"},
                                   {"cache_bytes", "1MiB"},
                                   {"busy_timeout_ms", "100"}}) {
    EXPECT_OK(call(thing_set_option, db_, key, value, -1)) << key;
  }
  EXPECT_LT(call(thing_set_option, db_, "lease", "true", -1).status, 0);
  EXPECT_LT(call(thing_set_option, db_, "connections", "3", -1).status, 0);
}

TEST_F(Open, FreesFilesOnClose) {
  for (int i = 0; i < 50; ++i) {
    Db db("sqlite:" + file());
    db.define(kModel);
    exists(db, db.model("A"), 1);
  }
  int open_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    open_files += std::filesystem::read_symlink(entry.path(), ignored).string().find("a.db") !=
                  std::string::npos;
  }
  EXPECT_EQ(open_files, 0);
}

}  // namespace
}  // namespace conformance
