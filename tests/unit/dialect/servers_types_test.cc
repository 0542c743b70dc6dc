// What PostgreSQL, MySQL and MariaDB declare, read back and refuse, without a server.
#include "dialect/mysql/introspect.h"
#include "dialect/postgres/introspect.h"
#include "sqlite_memory.h"

namespace thing::test {
namespace {

using value::Type;

// A model with one column of a type, in no index.
schema::Model column_of(Type type) {
  schema::Model model;
  model.fields.resize(1);
  model.fields[0].column = "c";
  model.fields[0].type = type;
  return model;
}

Models with_index(const std::string& type, const std::string& index) {
  return parse(R"({"name":"Row","fields":{"id":{"type":"int","primary":true},"f":")" + type +
               R"("},"indexes":[)" + index + "]}");
}

base::Status checked(const dialect::Dialect& dialect, const schema::Model& model) {
  return dialect.check_index(model, model.indexes.at(0));
}

TEST(Dialects, AreFoundByTheirNames) {
  for (const char* name : {"sqlite", "postgres", "mysql", "mariadb"})
    EXPECT_EQ(dialect::find_dialect(name)->name(), name);
  EXPECT_EQ(dialect::find_dialect("oracle"), nullptr);
}

TEST(Dialects, QuoteNames) {
  EXPECT_EQ(dialect::postgres().quote("a\"b`c"), "\"a\"\"b`c\"");
  EXPECT_EQ(dialect::mysql().quote("a\"b`c"), "`a\"b``c`");
}

TEST(Dialects, RefusePartialIndexesWhereThereAreNone) {
  const auto models = with_index("int", R"({"fields":["f"],"where":{"f":1}})");
  EXPECT_TRUE(checked(dialect::postgres(), *models[0]));
  for (const auto* dialect : {&dialect::mysql(), &dialect::mariadb()}) {
    const auto status = checked(*dialect, *models[0]);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), base::Code::kUnsupported);
    EXPECT_TRUE(status.error().message().starts_with(dialect->name()));
    EXPECT_NE(status.error().message().find("partial"), std::string_view::npos);
  }
}

TEST(Dialects, RefuseUniqueDecimalsWhereTheyWouldBeTexts) {
  const auto models = with_index("decimal", R"({"fields":["f"],"unique":true})");
  EXPECT_TRUE(checked(dialect::mysql(), *models[0]));
  EXPECT_FALSE(checked(dialect::mariadb(), *models[0]));
  EXPECT_TRUE(checked(dialect::mariadb(), *with_index("decimal", R"({"fields":["f"]})")[0]));
}

TEST(Dialects, RefuseIndexesOverDocumentsOfServers) {
  const auto models = with_index("json", R"({"fields":["f"]})");
  EXPECT_TRUE(checked(dialect::sqlite(), *models[0]));
  for (const char* name : {"postgres", "mysql", "mariadb"})
    EXPECT_FALSE(checked(*dialect::find_dialect(name), *models[0])) << name;
}

TEST(Dialects, RefuseDefaultsThatPostgresTextCanNotHold) {
  const auto models = parse(R"({"name":"Row","fields":{"id":{"type":"int","primary":true},
    "t":{"type":"text","default":"a\u0000b"}}})");
  EXPECT_FALSE(dialect::postgres().check_table(*models[0]));
  EXPECT_TRUE(dialect::mariadb().check_table(*models[0]));
}

TEST(PostgresTypes, ComeBackFromTheirDeclaration) {
  const std::pair<Type, const char*> kFormatted[] = {{Type::kBool, "boolean"},
                                                     {Type::kInt, "bigint"},
                                                     {Type::kFloat, "double precision"},
                                                     {Type::kDecimal, "numeric"},
                                                     {Type::kText, "text"},
                                                     {Type::kBytes, "bytea"},
                                                     {Type::kDatetime, "timestamp with time zone"},
                                                     {Type::kDate, "date"},
                                                     {Type::kTime, "time without time zone"},
                                                     {Type::kUuid, "uuid"},
                                                     {Type::kJson, "json"}};
  for (const auto& [type, formatted] : kFormatted) {
    EXPECT_EQ(dialect::postgres_field_type(formatted), type) << formatted;
    EXPECT_TRUE(dialect::postgres_can_hold(formatted, type)) << formatted;
  }
}

TEST(PostgresTypes, AreReadFromForeignDeclarations) {
  const std::pair<const char*, Type> kCases[] = {
      {"integer", Type::kInt},
      {"real", Type::kFloat},
      {"numeric(10,2)", Type::kDecimal},
      {"character varying(20)", Type::kText},
      {"jsonb", Type::kJson},
      {"integer[]", value::list_of(Type::kInt)},
      {"character varying(20)[]", value::list_of(Type::kText)},
      {"timestamp(3) without time zone[]", value::list_of(Type::kDatetime)},
      {"jsonb[]", Type::kText},
      {"timestamp(3) without time zone", Type::kDatetime},
      {"time with time zone", Type::kText},
      {"inet", Type::kText}};
  for (const auto& [declared, type] : kCases)
    EXPECT_EQ(dialect::postgres_field_type(declared), type) << declared;
}

TEST(PostgresTypes, RefuseColumnsThatWouldChangeValues) {
  EXPECT_FALSE(dialect::postgres_can_hold("numeric(10,2)", Type::kDecimal));
  EXPECT_FALSE(dialect::postgres_can_hold("real", Type::kFloat));
  EXPECT_FALSE(dialect::postgres_can_hold("jsonb", Type::kJson));
  EXPECT_FALSE(dialect::postgres_can_hold("timestamp(3) with time zone", Type::kDatetime));
  EXPECT_FALSE(dialect::postgres_can_hold("character(5)", Type::kText));
  EXPECT_TRUE(dialect::postgres_can_hold("integer", Type::kInt));
}

TEST(MysqlTypes, ComeBackFromTheirDeclaration) {
  for (const auto* dialect : {&dialect::mysql(), &dialect::mariadb()}) {
    for (int i = 1; i <= 11; i++) {
      const auto type = static_cast<Type>(i);
      const schema::Model model = column_of(type);
      const std::string created = dialect->add_column(model, 0);
      const size_t check = created.find("CHECK");
      const std::string declared = dialect->column_type(model, 0);
      const std::string word = declared.substr(0, declared.find(' '));
      EXPECT_EQ(
          dialect::mysql_field_type(word, check == std::string::npos ? "" : created.substr(check)),
          type)
          << created;
      EXPECT_TRUE(dialect::mysql_can_hold(word, type)) << declared;
    }
  }
}

TEST(MysqlTypes, AreReadFromForeignDeclarations) {
  const std::pair<const char*, Type> kCases[] = {{"bigint(20) unsigned", Type::kInt},
                                                 {"tinyint(1)", Type::kBool},
                                                 {"tinyint(4)", Type::kInt},
                                                 {"decimal(10,2)", Type::kDecimal},
                                                 {"float", Type::kFloat},
                                                 {"timestamp", Type::kDatetime},
                                                 {"enum('a','b')", Type::kText},
                                                 {"json", Type::kJson},
                                                 {"mediumblob", Type::kBytes},
                                                 {"binary(16)", Type::kUuid},
                                                 {"binary(8)", Type::kBytes},
                                                 {"char(3)", Type::kText}};
  for (const auto& [declared, type] : kCases)
    EXPECT_EQ(dialect::mysql_field_type(declared, ""), type) << declared;
}

TEST(MysqlTypes, RefuseColumnsThatWouldChangeValues) {
  EXPECT_FALSE(dialect::mysql_can_hold("decimal(65,30)", Type::kDecimal));
  EXPECT_FALSE(dialect::mysql_can_hold("float", Type::kFloat));
  EXPECT_FALSE(dialect::mysql_can_hold("json", Type::kJson));
  EXPECT_FALSE(dialect::mysql_can_hold("datetime", Type::kDatetime));
  EXPECT_FALSE(dialect::mysql_can_hold("char(5)", Type::kText));
  EXPECT_TRUE(dialect::mysql_can_hold("int(11)", Type::kInt));
}

TEST(MysqlTypes, HaveALengthWhereIndexesNeedOne) {
  const auto models = parse(R"({"name":"Row","fields":{"id":{"type":"int","primary":true},
    "t":"text","u":{"type":"text","unique":true},"b":"bytes"},"indexes":[{"fields":["b"]}]})");
  const auto type = [&](uint32_t field) { return dialect::mysql().column_type(*models[0], field); };
  EXPECT_TRUE(type(1).starts_with("LONGTEXT"));
  EXPECT_TRUE(type(2).starts_with("VARCHAR(255)"));
  EXPECT_EQ(type(3), "VARBINARY(255)");
}

}  // namespace
}  // namespace thing::test
