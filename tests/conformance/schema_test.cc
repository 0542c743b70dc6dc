// Tables: made, found again, brought up to a larger model, and never harmed.
#include "support.h"

namespace conformance {
namespace {

// A field of an introspected document by its column, with the short form written out.
struct Column {
  std::string type;
  bool nullable = false;
};

Column column_of(const Json& model, std::string_view name) {
  const Json& fields = model["fields"];
  for (size_t i = 0; i < fields.size(); ++i) {
    const Json& field = fields.at(i);
    const bool is_short = field.kind() == Json::Kind::kString;
    const std::string column =
        is_short || field["column"].is_missing() ? fields.key(i) : field["column"].text();
    if (column != name) continue;
    if (!is_short) return {field["type"].text(), field["null"].text() == "true"};
    const std::string& text = field.text();
    const bool nullable = !text.empty() && text.back() == '?';
    return {text.substr(0, text.size() - (nullable ? 1 : 0)), nullable};
  }
  return {"<NO COLUMN>", false};
}

class Schema : public DatabaseTest {
 protected:
  Json introspect(const Db& db, const char* options = nullptr) {
    Buf buf;
    EXPECT_OK(call(thing_introspect, db, nullptr, options, -1, buf.out()));
    return Json::parse(buf.text());
  }
  Json table(const Db& db, std::string_view name) {
    const Json all = introspect(db);
    for (size_t i = 0; i < all.size(); ++i) {
      if (all.at(i)["table"].text() == name) return all.at(i);
    }
    return {};
  }
  static std::string plan(const Db& db) {
    Buf buf;
    EXPECT_OK(call(thing_schema_plan, db, nullptr, buf.out()));
    return buf.text();
  }
  // How many indexes the table has but for the one of its primary key.
  static std::string index_count(const std::string& table) {
    return std::string(
               sql({.sqlite = "SELECT count(*) FROM pragma_index_list('",
                    .postgres = "SELECT count(*) FROM pg_index WHERE NOT indisprimary AND "
                                "indrelid = CAST('",
                    .mysql = "SELECT count(DISTINCT index_name) FROM "
                             "information_schema.statistics WHERE table_schema = "
                             "database() AND index_name <> 'PRIMARY' AND table_name = ('"})) +
           table + sql({.sqlite = "')", .postgres = "' AS regclass)", .mysql = "')"});
  }
  static Outcome add(const Db& db, const char* json) {
    return call(thing_model_register, db, json, -1);
  }

  static constexpr const char* kCity = R"({"name": "City", "fields": {
    "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": "text", "size": "int?",
    "height": "float?", "founded": "date?", "area": "decimal?"}, "indexes": [{"fields": ["size", "name"]}]})";
  static constexpr const char* kBiggerCity = R"({"name": "City", "fields": {
    "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": "text", "size": "int?",
    "height": "float?", "founded": "date?", "area": "decimal?", "mayor": "text?", "rank": {"type": "int", "default": 7}},
    "indexes": [{"fields": ["size", "name"]}, {"fields": ["mayor"], "unique": true}]})";
};
FOR_SETUPS(Schema, kEverywhere);

// A model is registered once a handle, so these need a second one.
class SchemaOfTwo : public Schema {};
FOR_SETUPS(SchemaOfTwo, kConcurrent);

TEST_P(Schema, MakesTheTable) {  // S30
  db_.define(kCity);
  const Json city = table(db_, "cities");
  ASSERT_EQ(city.kind(), Json::Kind::kObject);
  EXPECT_EQ(column_of(city, "name").type, "text");
  EXPECT_FALSE(column_of(city, "name").nullable);
  EXPECT_EQ(column_of(city, "size").type, "int");
  EXPECT_TRUE(column_of(city, "size").nullable);
  EXPECT_EQ(column_of(city, "height").type, "float");
}

TEST_P(Schema, MakesCompositeIndexesInDeclaredOrder) {  // S30, T53
  db_.define(kCity);
  const Json rows = Json::parse(sql_json(
      db_,
      sql({.sqlite = "SELECT name FROM pragma_index_info('cities_size_name_idx') ORDER BY seqno",
           .postgres = "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = "
                       "'cities_size_name_idx'::regclass ORDER BY attnum",
           .mysql = "SELECT column_name AS name FROM information_schema.statistics WHERE "
                    "table_schema = database() AND index_name = 'cities_size_name_idx' "
                    "ORDER BY seq_in_index"})));
  EXPECT_EQ(rows.print(), R"([{"name":"size"},{"name":"name"}])");
  EXPECT_NE(table(db_, "cities")["indexes"].print().find("cities_size_name_idx"),
            std::string::npos);
}

TEST_P(Schema, PlansWithoutTouchingTheDatabase) {
  ASSERT_OK(add(db_, kCity));
  const std::string sql = plan(db_);
  EXPECT_NE(sql.find("CREATE TABLE"), std::string::npos) << sql;
  EXPECT_EQ(sql.find("CREATE TABLE"), sql.rfind("CREATE TABLE"));
  EXPECT_EQ(tables(), Texts{});
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
  EXPECT_EQ(plan(db_), "");
}

TEST_P(Schema, PlansOneStatementALine) {
  ASSERT_OK(add(db_, kBiggerCity));
  const std::string sql = plan(db_);
  ASSERT_FALSE(sql.empty());
  size_t lines = 0;
  for (size_t at = 0; at < sql.size(); ++lines) {
    size_t end = sql.find('\n', at);
    if (end == std::string::npos) end = sql.size();
    EXPECT_EQ(sql[end - 1], ';') << sql;
    execute(db_, sql.substr(at, end - at), "");
    at = end + 1;
  }
  EXPECT_EQ(lines, 3U) << sql;
  EXPECT_EQ(plan(db_), "") << "what the plan made is what the models want";
}

TEST_P(Schema, IsDoneWhenRunAgain) {  // S30
  db_.define(kCity);
  insert(db_, db_.model("City"), R"({"name": "Ulm"})");
  const std::string before = introspected(db_);
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
  EXPECT_EQ(introspected(db_), before);
  EXPECT_EQ(counted(db_, db_.model("City"), "{}"), 1);
}

TEST_P(SchemaOfTwo, AddsColumnsAndIndexes) {  // S30
  db_.define(kCity);
  insert(db_, db_.model("City"), R"({"name": "Ulm", "size": 5})");
  Db bigger = open_again();
  ASSERT_OK(add(bigger, kBiggerCity));
  EXPECT_NE(plan(bigger).find("ADD COLUMN"), std::string::npos) << plan(bigger);
  ASSERT_OK(call(thing_schema_sync, bigger, nullptr));
  Obj ulm = find(bigger, bigger.model("City"), 1);
  EXPECT_EQ(ulm.text("name"), "Ulm");
  EXPECT_EQ(ulm.text("mayor"), "<NULL>");
  EXPECT_EQ(ulm.integer("rank"), 7);
  EXPECT_EQ(plan(bigger), "");
  const std::string indexes = table(bigger, "cities").print();
  EXPECT_NE(indexes.find("cities_size_name_idx"), std::string::npos) << indexes;
  EXPECT_EQ(sql_value(bigger, index_count("cities")), "2");
  EXPECT_EQ(read_text(db_, db_.model("City"), 1, "name"), "Ulm") << "the smaller model goes on";
  insert(db_, db_.model("City"), R"({"name": "Bonn"})");
  EXPECT_EQ(find(bigger, bigger.model("City"), 2).integer("rank"), 7);
}

TEST_P(SchemaOfTwo, NeverDrops) {
  db_.define(kBiggerCity);
  insert(db_, db_.model("City"), R"({"name": "Ulm", "mayor": "M"})");
  Db smaller = open_again();
  smaller.define(kCity);
  EXPECT_EQ(plan(smaller), "");
  EXPECT_EQ(read_text(db_, db_.model("City"), 1, "mayor"), "M");
}

TEST_P(Schema, RefusesAColumnOfAnotherType) {
  execute_all({"CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size TEXT, height "
               "REAL, founded TEXT, area TEXT)"},
              {"CREATE TABLE cities (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name "
               "text NOT NULL, size text, height float8, founded date, area numeric)"},
              {"CREATE TABLE cities (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT "
               "NULL, size TEXT, height DOUBLE, founded DATE, area VARCHAR(67))"});
  ASSERT_OK(add(db_, kCity));
  const Outcome outcome = call(thing_schema_sync, db_, nullptr);
  EXPECT_STATUS(THING_E_SCHEMA, outcome);
  EXPECT_TRUE(says(outcome, "size"));
  Buf buf;
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_schema_plan, db_, nullptr, buf.out()));
}

TEST_P(Schema, RefusesARequiredColumnWithoutDefaultOnATableWithRows) {
  execute(db_, "CREATE TABLE cities (id INTEGER PRIMARY KEY)", "");
  execute(db_, "INSERT INTO cities VALUES (1)", "");
  ASSERT_OK(
      add(db_, R"({"name": "City", "fields": {"id": "int", "name": "text", "size": "int?"}})"));
  const Outcome outcome = call(thing_schema_sync, db_, nullptr);
  EXPECT_STATUS(THING_E_SCHEMA, outcome);
  EXPECT_TRUE(says(outcome, "name"));
  EXPECT_EQ(table(db_, "cities")["fields"].size(), 1U) << "all or nothing";
}

TEST_P(Schema, AdoptsATableOfSomebodyElse) {
  execute(db_,
          std::string("CREATE TABLE cities (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, "
                      "size BIGINT, other ") +
              sql({.sqlite = "BLOB)", .postgres = "bytea)", .mysql = "BLOB)"}),
          "");
  execute(db_, "INSERT INTO cities (id, name, size) VALUES (1, 'Ulm', 5)", "");
  db_.define(R"({"name": "City", "fields": {"id": "int", "name": "text", "size": "int?"}})");
  EXPECT_EQ(find(db_, db_.model("City"), 1).json(), R"({"id":1,"name":"Ulm","size":5})");
}

TEST_P(Schema, MakesNothingWhenOneModelCanNotBeServed) {
  execute(db_,
          sql({.sqlite = "CREATE TABLE bad (id TEXT PRIMARY KEY, n BLOB)",
               .postgres = "CREATE TABLE bad (id text PRIMARY KEY, n bytea)",
               .mysql = "CREATE TABLE bad (id VARCHAR(99) PRIMARY KEY, n BLOB)"}),
          "");
  ASSERT_OK(add(
      db_,
      R"([{"name": "Good", "table": "good", "fields": {"id": "int"}}, {"name": "Bad", "table": "bad", "fields": {"id": "int", "n": "int"}}])"));
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_schema_sync, db_, nullptr));
  EXPECT_EQ(tables(), (Texts{"bad"}));
}

TEST_P(Schema, EnforcesPartialUniqueIndexes) {  // S30, K-25
  ASSERT_OK(add(
      db_,
      R"({"name": "Seat", "fields": {"id": "int", "who": "text", "role": {"type": "enum", "values": ["admin", "user"]}},
                 "indexes": [{"name": "one_admin", "fields": ["who"], "unique": true, "where": {"role": "admin"}}]})"));
  const Outcome synced = call(thing_schema_sync, db_, nullptr);
  if (!nature().has_partial_indexes) {
    EXPECT_STATUS(THING_E_UNSUPPORTED, synced);
    EXPECT_TRUE(says(synced, "one_admin"));
    EXPECT_EQ(tables(), Texts{});
    return;
  }
  ASSERT_OK(synced);
  const thing_model* seat = db_.model("Seat");
  insert(db_, seat, R"({"id": 1, "who": "a", "role": "admin"})");
  insert(db_, seat, R"({"id": 2, "who": "a", "role": "user"})");
  insert(db_, seat, R"({"id": 3, "who": "a", "role": "user"})");
  Obj second = new_obj(seat, R"({"id": 4, "who": "a", "role": "admin"})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, second));
  EXPECT_EQ(plan(db_), "");
}

TEST_P(Schema, NamesIndexesAfterTableAndColumns) {
  db_.define(
      R"({"name": "Stop", "fields": {"id": "int", "lineNo": {"type": "int", "unique": true}, "a": "int?"}, "indexes": [{"fields": ["a"]}]})");
  EXPECT_EQ(
      sql_json(db_, sql({.sqlite = "SELECT name FROM sqlite_master WHERE type = 'index' AND "
                                   "name NOT LIKE 'sqlite%' ORDER BY name",
                         .postgres = "SELECT relname::text AS name FROM pg_index JOIN pg_class "
                                     "c ON c.oid = indexrelid WHERE indrelid = "
                                     "'stops'::regclass AND NOT indisprimary ORDER BY 1",
                         .mysql = "SELECT DISTINCT index_name AS name FROM "
                                  "information_schema.statistics WHERE table_schema = "
                                  "database() AND table_name = 'stops' AND index_name <> 'PRIMARY' "
                                  "ORDER BY 1"})),
      R"([{"name":"stops_a_idx"},{"name":"stops_line_no_key"}])");
}

TEST_P(Schema, IntrospectsDocumentsThatRegister) {
  db_.define(kBiggerCity);
  execute_all(
      {"CREATE TABLE Legacy (a INT, \"b c\" TEXT NOT NULL DEFAULT 'x', d NUMERIC, e, PRIMARY "
       "KEY (a, \"b c\"))"},
      {"CREATE TABLE \"Legacy\" (a smallint, \"b c\" varchar(9) NOT NULL DEFAULT 'x', d "
       "numeric(9,2), e inet, PRIMARY KEY (a, \"b c\"))"},
      {"CREATE TABLE Legacy (a SMALLINT, `b c` VARCHAR(9) NOT NULL DEFAULT 'x', d "
       "DECIMAL(9,2), e SET('x', 'y'), PRIMARY KEY (a, `b c`))"});
  const Json documents = introspect(db_);
  ASSERT_EQ(documents.size(), 2U);
  Db other("sqlite::memory:");
  EXPECT_OK(call(thing_model_register, other, documents.print().c_str(), -1)) << documents.print();
}

TEST_P(Schema, IntrospectsOnlyTheTablesAskedFor) {
  db_.define(kCity);
  db_.define(R"({"name": "Lake", "fields": {"id": "int"}})");
  EXPECT_EQ(introspect(db_).size(), 2U);
  const Json lakes = introspect(db_, R"({"tables": ["lakes"]})");
  ASSERT_EQ(lakes.size(), 1U);
  EXPECT_EQ(lakes.at(0)["table"].text(), "lakes");
  Buf buf;
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_introspect, db_, nullptr, R"({"table": "lakes"})", -1, buf.out()));
}

TEST_P(Schema, PrintsTheStatementsOfAModel) {
  ASSERT_OK(add(db_, kCity));
  Buf buf;
  ASSERT_OK(call(thing_ddl, db_, db_.model("City"), "sqlite", buf.out()));
  EXPECT_NE(buf.text().find("CREATE TABLE"), std::string::npos);
  EXPECT_NE(buf.text().find("cities_size_name_idx"), std::string::npos);
  EXPECT_TRUE(fails_with(call(thing_ddl, db_, db_.model("City"), "oracle", buf.out()),
                         {THING_E_UNSUPPORTED, THING_E_INVALID}));
}

TEST_P(Schema, TellsMissingTablesAndColumns) {  // N9
  ASSERT_OK(add(db_, kCity));
  Obj obj;
  const Outcome outcome = call(thing_by_id, db_, nullptr, db_.model("City"), 1, obj.out());
  EXPECT_STATUS(THING_E_SCHEMA, outcome);
  EXPECT_TRUE(says(outcome, "cities"));
  Rows rows;
  EXPECT_STATUS(THING_E_SCHEMA,
                call(thing_query, db_, nullptr, db_.model("City"), "{}", -1, rows.out()));
  Obj fresh = new_obj(db_.model("City"), R"({"name": "x"})");
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_save, db_, nullptr, fresh));
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_by_id, db_, nullptr, db_.model("City"), 1, obj.out()));
  EXPECT_OK(call(thing_save, db_, nullptr, fresh));
  EXPECT_TRUE(exists(db_, db_.model("City"), 1)) << "the failure before must not be remembered";
}

TEST_P(Schema, ServesModelsAfterTheTableChangedUnderneath) {
  db_.define(kCity);
  insert(db_, db_.model("City"), R"({"name": "Ulm"})");
  EXPECT_EQ(read_text(db_, db_.model("City"), 1, "name"), "Ulm");
  execute(db_, "ALTER TABLE cities ADD COLUMN extra TEXT", nullptr);
  EXPECT_EQ(read_text(db_, db_.model("City"), 1, "name"), "Ulm");
  execute(db_, "DROP TABLE cities", nullptr);
  Obj obj;
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_by_id, db_, nullptr, db_.model("City"), 1, obj.out()));
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
  EXPECT_FALSE(exists(db_, db_.model("City"), 1));
}

}  // namespace
}  // namespace conformance
