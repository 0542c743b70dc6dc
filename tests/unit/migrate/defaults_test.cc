#include "migrate/defaults.h"

#include <gtest/gtest.h>

#include "dialect/dialect.h"

namespace thing::test {
namespace {

using value::Type;

struct Shown {
  const char* dialect;
  Type type;
  const char* given;  // by the catalogue
  const char* json;
};

class Defaults : public testing::TestWithParam<Shown> {};

TEST_P(Defaults, AreReadAsTheCatalogueShowsThem) {
  const dialect::Catalogue& catalogue = dialect::find_dialect(GetParam().dialect)->catalogue();
  const std::string sql = catalogue.default_sql(GetParam().given);
  EXPECT_EQ(migrate::default_json(catalogue, GetParam().type, true, sql), GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    OfPostgres, Defaults,
    testing::Values(
        Shown{"postgres", Type::kInt, "'-5'::integer", "-5"},
        Shown{"postgres", Type::kDecimal, "('-5'::integer)::numeric", "\"-5\""},
        Shown{"postgres", Type::kFloat, "'-1.5'::numeric", "-1.5"},
        Shown{"postgres", Type::kBytes, "'\\x00ff'::bytea", "\"AP8=\""},
        Shown{"postgres", Type::kText, "'it''s'::character varying", "\"it's\""},
        Shown{"postgres", Type::kText, "NULL::character varying", "null"},
        Shown{"postgres", Type::kTime, "'01:02:03'::time without time zone", "\"01:02:03\""},
        Shown{"postgres", Type::kUuid, "gen_random_uuid()", R"({"fn":"uuid"})"},
        // Casts that may change the value.
        Shown{"postgres", Type::kDecimal, "(1.6)::integer", R"json({"sql":"(1.6)::integer"})json"},
        Shown{"postgres", Type::kText, "'abc'::character(2)",
              R"json({"sql":"'abc'::character(2)"})json"},
        Shown{"postgres", Type::kDatetime, "'2024-05-06'::date", R"({"sql":"'2024-05-06'::date"})"},
        Shown{"postgres", Type::kFloat, "('0.1'::real)::double precision",
              R"json({"sql":"('0.1'::real)::double precision"})json"}));

INSTANTIATE_TEST_SUITE_P(
    OfMysql, Defaults,
    testing::Values(Shown{"mysql", Type::kInt, "'5'", "5"},
                    Shown{"mysql", Type::kText, "'it''s'", "\"it's\""},
                    Shown{"mysql", Type::kText, "_utf8mb4\\'abc\\'", "\"abc\""},
                    Shown{"mysql", Type::kText, "convert(0x613f using utf8mb4)", "\"a?\""},
                    Shown{"mysql", Type::kBytes, "unhex(_utf8mb4\\'00FF\\')", "\"AP8=\""},
                    Shown{"mysql", Type::kUuid,
                          "unhex(replace(uuid(),_utf8mb4\\'-\\',_utf8mb4\\'\\'))",
                          R"({"fn":"uuid"})"},
                    Shown{"mysql", Type::kDatetime, "CURRENT_TIMESTAMP(6)", R"({"fn":"now"})"},
                    // What is not shown as it is.
                    Shown{"mysql", Type::kText, "'a?'", R"({"sql":"'a?'"})"},
                    Shown{"mysql", Type::kBytes, "'0x00FF'", R"({"sql":"'0x00FF'"})"},
                    Shown{"mariadb", Type::kText, "'a?'", R"({"sql":"'a?'"})"}));

TEST(MysqlIndexes, HoldColumnsOfLimitedLength) {
  const dialect::Catalogue& mysql = dialect::mysql().catalogue();
  for (const char* type :
       {"varchar(255)", "varchar(768)", "varbinary(3072)", "bigint", "datetime(6)"})
    EXPECT_TRUE(mysql.can_index(type)) << type;
  for (const char* type : {"longtext", "tinytext", "blob", "json", "varchar(769)"})
    EXPECT_FALSE(mysql.can_index(type)) << type;
}

}  // namespace
}  // namespace thing::test
