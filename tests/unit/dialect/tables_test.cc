#include "dialect/sqlite/introspect.h"
#include "dialect/sqlite/quoting.h"
#include "sqlite_memory.h"

namespace thing::test {
namespace {

using value::Type;

TEST(SqliteTables, GiveTheDeclaredDefaultsToForeignInserts) {
  const auto models = parse(R"({"name":"Row","fields":{
    "id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}}, "b":{"type":"bool","default":true},
    "i":{"type":"int","default":-9223372036854775808}, "f":{"type":"float","default":2.0}, "d":{"type":"decimal","default":"1.50"},
    "t":{"type":"text","default":"it's"}, "z":{"type":"text","default":"a\u0000\n"}, "r":{"type":"bytes","default":"AP8="},
    "at":{"type":"datetime","default":"2024-05-06T07:08:09Z"}, "u":{"type":"uuid","default":"12345678-1234-4234-9234-1234567890AB"},
    "j":{"type":"json","default":[1]}, "s":{"type":"int","default":{"sql":"1 + 1"}}}})");
  SqliteMemory db;
  db.create(*models[0]);
  db.rows("INSERT INTO rows DEFAULT VALUES");
  EXPECT_EQ(db.rows("SELECT b, i, typeof(f), d, t, hex(z), r, at, u, j, s FROM rows"),
            (std::vector<std::string>{
                "1|-9223372036854775808|'real'|'1.50'|'it's'|'61000A'|x00ff|'2024-05-06 07:08:09'|"
                "'12345678-1234-4234-9234-1234567890ab'|'[1]'|2"}));
}

TEST(SqliteTables, MakeTimesAndUuidsInTheStoredForm) {
  const auto models =
      parse(R"({"name":"Row","fields":{"id":{"type":"uuid","primary":true,"default":{"fn":"uuid"}},
    "at":{"type":"datetime","default":{"fn":"now"}},"day":{"type":"date","default":{"fn":"now"}},"hour":{"type":"time","default":{"fn":"now"}}}})");
  SqliteMemory db;
  db.create(*models[0]);
  for (int i = 0; i < 50; i++) db.rows("INSERT INTO rows DEFAULT VALUES");
  EXPECT_EQ(
      db.rows("SELECT count(*) FROM rows WHERE at GLOB '[0-9]*-[0-9]*-[0-9]* [0-9]*:[0-9]*:[0-9]*' "
              "AND length(at) = 19 AND "
              "length(day) = 10 AND length(hour) = 8 AND length(id) = 36 AND id = lower(id) AND "
              "substr(id, 15, 1) = '4' AND substr(id, 20, 1) GLOB '[89ab]' AND length(replace(id, "
              "'-', '')) = 32"),
      (std::vector<std::string>{"50"}));
}

TEST(SqliteTables, KeepStoredTextAsItIs) {
  const auto models = parse(
      R"({"name":"Row","fields":{"id":{"type":"int","primary":true},"d":"decimal","j":"json","t":"text","at":"datetime",
    "day":"date","hour":"time","u":"uuid"}})");
  SqliteMemory db;
  db.create(*models[0]);
  db.rows("INSERT INTO rows VALUES (1, '12.50', '1.0', '007', '2024', '2024', '7', '1')");
  EXPECT_EQ(db.rows("SELECT * FROM rows"),
            (std::vector<std::string>{"1|'12.50'|'1.0'|'007'|'2024'|'2024'|'7'|'1'"}));
}

TEST(SqliteTables, SurviveOddNames) {
  const auto models = parse(R"({"name":"Odd","table":"a \"b\" ünï; --","fields":{
    "id":{"type":"int","primary":true,"column":"sel\"ect"},"n":{"type":"int?","column":"t.x [y] `z` 'q'"}},
    "indexes":[{"name":"in\"dex","fields":["n"],"unique":true}]})");
  SqliteMemory db;
  db.create(*models[0]);
  db.insert(*models[0], {0, 1}, {number(1), number(2)});
  const query::Query query = resolved(*models[0], R"({"where":{"n":2},"orderBy":{"n":"asc"}})");
  EXPECT_EQ(db.rows(dialect::sqlite().select(query), query), (std::vector<std::string>{"1|2"}));
}

TEST(SqliteTables, HoldDecimalsOncePerNumberInAUniqueIndex) {
  const auto models = parse(
      R"({"name":"Row","fields":{"id":{"type":"int","primary":true},"d":{"type":"decimal","unique":true}}})");
  SqliteMemory db;
  db.create(*models[0]);
  db.rows("INSERT INTO rows VALUES (1, '1.0')");
  db.error("INSERT INTO rows VALUES (2, '1.00')");
}

TEST(SqliteTables, GiveDistinctDecimalsOncePerNumber) {
  const auto models =
      parse(R"({"name":"Row","fields":{"id":{"type":"int","primary":true},"d":"decimal?"}})");
  SqliteMemory db;
  db.create(*models[0]);
  db.rows("INSERT INTO rows VALUES (1, '1.0'), (2, '1.00'), (3, '2'), (4, NULL)");
  const query::Query query = resolved(*models[0], R"({"select":["d"],"distinct":true})");
  EXPECT_EQ(db.rows(dialect::sqlite().count(query), query), (std::vector<std::string>{"3"}));
  EXPECT_EQ(db.rows(dialect::sqlite().select(query), query).size(), 3u);
}

TEST(SqliteTypes, HaveTheAffinityOfTheDocumentation) {
  using dialect::Affinity;
  EXPECT_EQ(dialect::sqlite_affinity("BIGINT"), Affinity::kInteger);
  EXPECT_EQ(dialect::sqlite_affinity("CHARINT"), Affinity::kInteger);
  EXPECT_EQ(dialect::sqlite_affinity("varchar(20)"), Affinity::kText);
  EXPECT_EQ(dialect::sqlite_affinity(""), Affinity::kBlob);
  EXPECT_EQ(dialect::sqlite_affinity("double precision"), Affinity::kReal);
  EXPECT_EQ(dialect::sqlite_affinity("DATETIME"), Affinity::kNumeric);
}

TEST(SqliteTypes, ComeBackFromTheirDeclaration) {
  for (int i = 1; i <= 11; i++) {
    schema::Model model;
    model.fields.resize(1);
    model.fields[0].type = static_cast<Type>(i);
    const std::string declared = dialect::sqlite().column_type(model, 0);
    EXPECT_EQ(dialect::sqlite_field_type(declared), static_cast<Type>(i)) << declared;
    EXPECT_TRUE(dialect::sqlite_can_hold(declared, static_cast<Type>(i))) << declared;
  }
}

TEST(SqliteTypes, AreReadFromForeignDeclarations) {
  const std::pair<const char*, Type> kCases[] = {{"TINYINT(1)", Type::kBool},
                                                 {"bigint unsigned", Type::kInt},
                                                 {"VARCHAR(20)", Type::kText},
                                                 {"DATETIME", Type::kDatetime},
                                                 {"timestamp", Type::kDatetime},
                                                 {"date", Type::kDate},
                                                 {"DECIMAL(10,2)", Type::kFloat},
                                                 {"JSON", Type::kJson},
                                                 {"uuid", Type::kUuid},
                                                 {"VARBINARY(16)", Type::kBytes},
                                                 {"", Type::kText},
                                                 {"FLOAT", Type::kFloat}};
  for (const auto& [declared, type] : kCases) {
    EXPECT_EQ(dialect::sqlite_field_type(declared), type) << declared;
    EXPECT_TRUE(dialect::sqlite_can_hold(declared, type)) << declared;
  }
}

TEST(SqliteTypes, RefuseColumnsThatWouldChangeValues) {
  EXPECT_FALSE(dialect::sqlite_can_hold("DECIMAL(10,2)", Type::kDecimal));
  EXPECT_FALSE(dialect::sqlite_can_hold("STRING", Type::kText));
  EXPECT_FALSE(dialect::sqlite_can_hold("TEXT", Type::kInt));
  EXPECT_FALSE(dialect::sqlite_can_hold("REAL", Type::kInt));
  EXPECT_FALSE(dialect::sqlite_can_hold("INTEGER", Type::kDatetime));
  EXPECT_FALSE(dialect::sqlite_can_hold("BLOB", Type::kUuid));
}

TEST(SqliteLiterals, AreTheValuesThatTheyWrite) {
  SqliteMemory db;
  const std::pair<value::Value, const char*> kCases[] = {
      {value::Value(), "NULL"},
      {number(INT64_MIN), "-9223372036854775808"},
      {value::Value::of_float(0.1), "0.1"},
      {value::Value::of_float(1e300), "1e+300"},
      {text("it's"), "'it's'"},
      {text(std::string("a\0\n", 3)), nullptr},
      {value::Value::of_bytes(Type::kBytes, std::string("\0\xff", 2)), "x00ff"}};
  for (const auto& [v, shown] : kCases) {
    const std::string literal = dialect::sqlite_literal(v.view());
    EXPECT_EQ(db.rows("SELECT " + literal + " IS ?", {v}), (std::vector<std::string>{"1"}))
        << literal;
    if (shown != nullptr) {
      EXPECT_EQ(db.rows("SELECT " + literal), (std::vector<std::string>{shown}));
    }
  }
}

}  // namespace
}  // namespace thing::test
