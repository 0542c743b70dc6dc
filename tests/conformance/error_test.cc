// What errors say of the tables, columns and constraints of each database.
#include "support.h"

namespace conformance {
namespace {

// The tables are made by hand, as models have no checks and no foreign keys; the library adds the
// unique index.
class Violation : public DatabaseTest {
 protected:
  void SetUp() override {
    const Texts tables{
        "CREATE TABLE teams (id INTEGER PRIMARY KEY, team_code VARCHAR(20) NOT NULL, size INTEGER, "
        "CONSTRAINT teams_size_check CHECK (size > 0))",
        "CREATE TABLE players (id INTEGER PRIMARY KEY, team_id INTEGER, "
        "CONSTRAINT players_team FOREIGN KEY (team_id) REFERENCES teams(id))"};
    execute_all(tables, tables, tables);
    db_.define(R"([
      {"name": "Team", "fields": {"id": "int", "teamCode": {"type": "text", "unique": true}, "size": "int?"}},
      {"name": "Player", "fields": {"id": "int", "teamId": "int?"}}])");
    team_ = db_.model("Team");
    player_ = db_.model("Player");
    insert(db_, team_, R"({"id": 1, "teamCode": "red", "size": 1})");
    insert(db_, player_, R"({"id": 1, "teamId": 1})");
  }
  // "E_UNIQUE 23505 teams.team_code Team.teamCode teams_team_code_key"
  static std::string print(const Outcome& o) {
    return std::string(thing_status_name(o.status)) + " " + o.sqlstate + " " + o.table + "." +
           o.column + " " + o.model + "." + o.field + " " + o.constraint +
           (o.retryable ? " retryable" : "");
  }
  std::string saving(const thing_model* model, const char* json) {
    Obj obj = new_obj(model, json);
    return print(call(thing_save, db_, nullptr, obj));
  }
  std::string updating(const char* json) {
    Obj obj = find(db_, team_, 1);
    EXPECT_OK(obj.assign(json));
    return print(call(thing_save, db_, nullptr, obj));
  }
  std::string running(const char* sql) {
    return print(call(thing_exec, db_, nullptr, sql, -1, nullptr, -1, nullptr, nullptr));
  }

  const thing_model* team_ = nullptr;
  const thing_model* player_ = nullptr;
};
FOR_SETUPS(Violation, kEverywhere);

TEST_P(Violation, OfAUniqueIndexNamesIt) {
  const char* const kTaken = "E_UNIQUE 23505 teams.team_code Team.teamCode teams_team_code_key";
  EXPECT_EQ(saving(team_, R"({"id": 2, "teamCode": "red"})"), kTaken);
  insert(db_, team_, R"({"id": 2, "teamCode": "blue"})");
  EXPECT_EQ(updating(R"({"teamCode": "blue"})"), kTaken);
  EXPECT_EQ(running("INSERT INTO teams(id, team_code) VALUES (3, 'red')"),
            sql({.sqlite = "E_UNIQUE 23505 teams.team_code .team_code ",
                 .postgres = "E_UNIQUE 23505 teams.team_code .team_code teams_team_code_key",
                 .mysql = "E_UNIQUE 23505 . . teams_team_code_key"}));
}

TEST_P(Violation, OfThePrimaryKeyNamesIt) {
  EXPECT_EQ(saving(team_, R"({"id": 1, "teamCode": "blue"})"),
            std::string("E_UNIQUE 23505 teams.id Team.id ") +
                sql({.sqlite = "", .postgres = "teams_pkey", .mysql = "PRIMARY"}));
}

TEST_P(Violation, OfNotNullNamesTheColumn) {
  EXPECT_EQ(saving(team_, R"({"id": 2})"), "E_NOT_NULL 23502 teams.team_code Team.teamCode ");
  EXPECT_EQ(running("INSERT INTO teams(id, team_code) VALUES (3, NULL)"),
            sql({.sqlite = "E_NOT_NULL 23502 teams.team_code .team_code ",
                 .postgres = "E_NOT_NULL 23502 teams.team_code .team_code ",
                 .mysql = "E_NOT_NULL 23502 .team_code .team_code "}));
}

TEST_P(Violation, OfACheckNamesIt) {
  const char* const kRefused = "E_CHECK 23514 teams. Team. teams_size_check";
  EXPECT_EQ(saving(team_, R"({"id": 2, "teamCode": "blue", "size": 0})"), kRefused);
  EXPECT_EQ(updating(R"({"size": -1})"), kRefused);
}

// SQLite does not tell which foreign key it was.
TEST_P(Violation, OfAForeignKeyNamesTheTableThatHasIt) {
  EXPECT_EQ(saving(player_, R"({"id": 2, "teamId": 9})"),
            sql({.sqlite = "E_FOREIGN_KEY 23503 players. Player. ",
                 .postgres = "E_FOREIGN_KEY 23503 players.team_id Player.teamId players_team",
                 .mysql = "E_FOREIGN_KEY 23503 players.team_id Player.teamId players_team"}));
  EXPECT_EQ(print(call(thing_delete_by_id, db_, nullptr, team_, int64_t{1}, 0)),
            sql({.sqlite = "E_FOREIGN_KEY 23503 . Team. ",
                 .postgres = "E_FOREIGN_KEY 23503 players. Team.id players_team",
                 .mysql = "E_FOREIGN_KEY 23503 players. Team.id players_team"}));
}

// What fails before there is any SQL names the model as what comes from the database does.
TEST_P(Violation, BeforeAnySqlNamesTheModelToo) {
  const auto where = [](const Outcome& o) {
    return std::string(thing_status_name(o.status)) + " " + o.model + "." + o.field;
  };
  Obj out;
  const auto by_key = [&](const char* key, thing_ctx* ctx = nullptr) {
    return where(call(thing_by_key, db_, ctx, team_, key, -1, out.out()));
  };
  EXPECT_EQ(by_key(R"("one")"), "E_TYPE Team.id");
  EXPECT_EQ(by_key("null"), "E_INVALID Team.id");
  EXPECT_EQ(by_key(R"({"no": 1})"), "E_INVALID Team.id");
  EXPECT_EQ(by_key("[1, 2]"), "E_INVALID Team.");
  EXPECT_EQ(by_key("{"), "E_SYNTAX Team.");

  const Criteria all = parse(team_, "{}");
  EXPECT_EQ(where(call(thing_update_where, db_, nullptr, all, R"({"size": 2})", -1, 0, nullptr)),
            "E_INVALID Team.");
  EXPECT_EQ(where(call(thing_delete_where, db_, nullptr, all, 0, 0, nullptr)), "E_INVALID Team.");

  Obj gone = new_obj(team_, R"({"id": 5, "teamCode": "x"})");
  ASSERT_OK(call(thing_save, db_, nullptr, gone));
  ASSERT_OK(call(thing_delete, db_, nullptr, gone, THING_DELETE_DEFAULT));
  EXPECT_EQ(where(call(thing_save, db_, nullptr, gone)), "E_STATE Team.");

  const Ctx late(db_);
  thing_ctx_set_timeout_ms(late, 0);
  Obj fresh = new_obj(team_, R"({"id": 6, "teamCode": "y"})");
  EXPECT_EQ(where(call(thing_save, db_, late, fresh)), "E_TIMEOUT Team.");
  Tx reading(db_, THING_TX_READ_ONLY);
  EXPECT_EQ(where(call(thing_save, db_, reading.ctx(), fresh)), "E_READONLY Team.");
  ASSERT_OK(reading.rollback());

  const auto refuse = [](void*, int32_t, thing_db*, thing_ctx*, thing_obj*, thing_error** err) {
    return thing_error_set(err, THING_E_CALLBACK, "not today", -1);
  };
  int64_t hook = 0;
  ASSERT_OK(call(thing_hook_add, db_, team_, THING_ON_BEFORE_SAVE, thing_hook_fn(refuse), nullptr,
                 nullptr, &hook));
  EXPECT_EQ(where(call(thing_save, db_, nullptr, fresh)), "E_CALLBACK Team.");
}

TEST_P(Violation, OfAnEnumIsOneOfARule) {
  ASSERT_OK(call(thing_model_register, db_,
                 R"({"name": "Sign", "fields": {"id": "int",
                     "kind": {"type": "enum", "values": ["stop", "go"]}}})",
                 -1));
  Obj sign = new_obj(db_.model("Sign"), R"({"id": 1})");
  const char* const kBroken = "E_CHECK 23514 . Sign.kind values";
  EXPECT_EQ(print(sign.set("kind", "fly")), kBroken);
  EXPECT_EQ(print(sign.assign(R"({"kind": "fly"})")), kBroken);
  thing_error* raw = nullptr;
  ASSERT_EQ(thing_obj_assign_json(sign, R"({"kind": "fly"})", -1, &raw), THING_E_CHECK);
  const std::string json = Buf(thing_error_json(raw)).text();
  thing_error_free(raw);
  EXPECT_NE(json.find(R"("failures":[{"field":"kind","rule":"values","message":"found)"),
            std::string::npos)
      << json;
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
  thing_buf* answer = nullptr;
  ASSERT_EQ(thing_call(db_, nullptr, "Sign", "create", R"({"data": {"id": 1, "kind": "fly"}})", -1,
                       &answer, &raw),
            THING_E_CHECK);
  const std::string called = Buf(thing_error_json(raw)).text();
  thing_error_free(raw);
  EXPECT_NE(called.find(R"("failures":[{"field":"kind","rule":"values","message":"found 'fly')"),
            std::string::npos)
      << called;
}

TEST_P(Violation, InABatchNamesAsMuch) {
  Obj one = new_obj(team_, R"({"id": 2, "teamCode": "blue"})");
  Obj two = new_obj(team_, R"({"id": 3, "teamCode": "red"})");
  thing_obj* all[] = {one, two};
  EXPECT_EQ(print(call(thing_save_many, db_, nullptr, all, int64_t{2})),
            "E_UNIQUE 23505 teams.team_code Team.teamCode teams_team_code_key");
}

TEST_P(Violation, TellsWhatTheDatabaseLacks) {
  execute(db_, "ALTER TABLE teams RENAME COLUMN team_code TO code", nullptr);
  const std::string state = sql({.sqlite = "42703", .postgres = "42703", .mysql = "42S22"});
  Rows rows;
  EXPECT_EQ(
      print(call(thing_query, db_, nullptr, team_, R"({"where": {"size": 7}})", -1, rows.out())),
      "E_SCHEMA " + state + " teams.team_code Team.teamCode ");
  EXPECT_EQ(print(call(thing_sql, db_, nullptr, "SELECT t.absent FROM teams t", -1, nullptr, 0,
                       rows.out())),
            "E_SCHEMA " + state + " .absent .absent ");
  execute(db_, "DROP TABLE players", nullptr);
  EXPECT_EQ(print(call(thing_query, db_, nullptr, player_, R"({"where": {"teamId": 7}})", -1,
                       rows.out())),
            std::string("E_SCHEMA ") +
                sql({.sqlite = "42P01", .postgres = "42P01", .mysql = "42S02"}) +
                " players. Player. ");
}

TEST_P(Violation, TellsAllInJson) {
  Obj obj = new_obj(team_, R"({"id": 2, "teamCode": "red"})");
  thing_error* error = nullptr;
  EXPECT_EQ(thing_save(db_, nullptr, obj, &error), THING_E_UNIQUE);
  Buf buf(thing_error_json(error));
  const Json json = Json::parse(buf.text());
  EXPECT_EQ(json["table"].print(), R"("teams")");
  EXPECT_EQ(json["columns"].print(), R"(["team_code"])");
  EXPECT_EQ(json["fields"].print(), R"(["teamCode"])");
  EXPECT_EQ(json["constraint"].print(), R"("teams_team_code_key")");
  thing_error_free(error);
}

// A trigger that takes the place of an INSERT, as MySQL has none.
constexpr Setup kLeavesOut[] = {kUncached, kCached, kInMemory, kPostgresUncached, kPostgresCached};

class LeftOut : public StandardTest {
 protected:
  void SetUp() override {
    StandardTest::SetUp();
    db_.define(R"({"name": "Entry", "fields": {"id": "int", "title": "text"}})");
    entry_ = db_.model("Entry");
    execute_all(of("posts", true), of("posts", false), {});
    execute_all(of("entries", true), of("entries", false), {});
  }
  // Rows with the title "gone" are left out; "moved" makes a user older instead.
  static Texts of(const std::string& table, bool is_sqlite) {
    const std::string older =
        "UPDATE users SET age = age + 1 WHERE id = 1 AND NEW.title = 'moved'; ";
    if (is_sqlite)
      return {"CREATE TRIGGER out_of_" + table + " BEFORE INSERT ON " + table +
              " WHEN NEW.title IN ('gone', 'moved') BEGIN " + older + "SELECT RAISE(IGNORE); END"};
    return {"CREATE FUNCTION out_of_" + table + "() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " +
                older +
                "RETURN CASE WHEN NEW.title IN ('gone', 'moved') THEN NULL ELSE NEW END; END$$",
            "CREATE TRIGGER out_of_" + table + " BEFORE INSERT ON " + table +
                " FOR EACH ROW EXECUTE FUNCTION out_of_" + table + "()"};
  }
  static Obj post(const thing_model* model, const char* title) {
    return new_obj(model, std::string(R"({"title": ")") + title + R"(", "userId": 1})");
  }
  int64_t age() { return find(db_, user_, 1).integer("age"); }
  const thing_model* entry_ = nullptr;
};
FOR_SETUPS(LeftOut, kLeavesOut);

TEST_P(LeftOut, IsToldAndNotStored) {
  Obj with_made_id = post(post_, "gone");
  Obj with_own_id = new_obj(entry_, R"({"id": 1, "title": "gone"})");
  for (Obj* obj : {&with_made_id, &with_own_id}) {
    const Outcome outcome = call(thing_save, db_, nullptr, *obj);
    EXPECT_STATUS(THING_E_CONFLICT, outcome);
    EXPECT_TRUE(says(outcome, "was not stored"));
    EXPECT_FALSE(outcome.retryable);
    EXPECT_TRUE(obj->is_dirty("title"));
    ASSERT_OK(obj->set("title", "kept"));
    EXPECT_OK(call(thing_save, db_, nullptr, *obj));
  }
  EXPECT_EQ(counted(db_, post_, "{}"), 6);
  EXPECT_EQ(matching(db_, entry_, "{}"), (Ids{1}));
}

TEST_P(LeftOut, TakesTheWholeBatchWithIt) {
  Obj one = post(post_, "one"), gone = post(post_, "gone"), two = post(post_, "two");
  thing_obj* all[] = {one, gone, two};
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_save_many, db_, nullptr, all, int64_t{3}));
  EXPECT_EQ(counted(db_, post_, "{}"), 5);
}

TEST_P(LeftOut, LeavesWhatTheTriggerWroteInstead) {
  EXPECT_EQ(age(), 25);
  EXPECT_EQ(ids(db_, user_, R"({"where": {"age": 26}})"), Ids{});
  Obj obj = post(post_, "moved");
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(age(), 26);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 26}})"), (Ids{1}));
  Obj entry = new_obj(entry_, R"({"id": 1, "title": "moved"})");
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_upsert, db_, nullptr, entry, nullptr, 0));
  // What a call of several statements did is taken back with it.
  EXPECT_EQ(age(), sql_value(db_, "SELECT age FROM users WHERE id = 1") == "27" ? 27 : 26);
}

TEST_P(LeftOut, LeavesItsTransactionToTheCaller) {
  EXPECT_EQ(age(), 25);
  Tx tx(db_);
  Obj obj = post(post_, "moved");
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_save, db_, tx.ctx(), obj));
  insert(db_, post_, R"({"title": "kept", "userId": 1})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(age(), 26);
  EXPECT_EQ(counted(db_, post_, "{}"), 6);
}

class ViolationOnServer : public Violation {};
FOR_SETUPS(ViolationOnServer, kServers);

// What a lost connection took with it may be done again; a write that stood alone may not.
TEST_P(ViolationOnServer, OfTheConnectionTellsWhatMayBeDoneAgain) {
  Db other = open_again();
  Tx tx(db_);
  const std::string id = Json::parse(sql_json(db_,
                                              sql({.sqlite = "",
                                                   .postgres = "SELECT pg_backend_pid() AS id",
                                                   .mysql = "SELECT connection_id() AS id"}),
                                              nullptr, tx.ctx()))
                             .at(0)["id"]
                             .print();
  const std::string kill =
      sql({.sqlite = "", .postgres = "SELECT pg_terminate_backend(", .mysql = "KILL "}) + id +
      sql({.sqlite = "", .postgres = ", 10000)", .mysql = ""});
  execute(other, kill, "");
  Obj obj = new_obj(team_, R"({"id": 2, "teamCode": "blue"})");
  const Outcome lost = call(thing_save, db_, tx.ctx(), obj);
  EXPECT_STATUS(THING_E_CONNECTION, lost);
  EXPECT_TRUE(lost.retryable);
  EXPECT_EQ(lost.table, "");
  tx.reset();
  EXPECT_OK(call(thing_save, db_, nullptr, obj));
}

}  // namespace
}  // namespace conformance
