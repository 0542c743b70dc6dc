#include "migrate/tokens.h"

#include <gtest/gtest.h>

#include "dialect/dialect.h"
#include "migrate/conditions.h"

namespace thing::test {
namespace {

using migrate::tokenize;

TEST(Tokens, CompareWithoutSpellings) {
  EXPECT_EQ(tokenize("\"A\" == 'x''y' -- end"), tokenize("a/* b */=\n'x''y'"));
  EXPECT_EQ(tokenize("[a] != `B`"), tokenize("A<>b"));
  EXPECT_EQ(tokenize("x'41' || 1.5"), tokenize("X'41'||1.5"));
  EXPECT_NE(tokenize("'A'"), tokenize("'a'"));
  EXPECT_NE(tokenize("'a'"), tokenize("a"));
}

TEST(Tokens, OfBrokenTextEnd) {
  EXPECT_EQ(tokenize("'open").size(), 1u);
  EXPECT_EQ(tokenize("/* open").size(), 0u);
  EXPECT_EQ(tokenize("x'4").size(), 1u);
  EXPECT_EQ(tokenize("\"").size(), 1u);
}

TEST(IndexCondition, FollowsTheColumns) {
  EXPECT_EQ(migrate::index_condition("CREATE INDEX i ON t (\"where\", f(a)) WHERE b > ')'"),
            tokenize("b > ')'"));
  EXPECT_TRUE(migrate::index_condition("CREATE INDEX \"where\" ON t (a)").empty());
}

std::string criteria(const char* sql) {
  const std::vector<migrate::NamedColumn> columns = {{"a", "a", value::Type::kInt},
                                                     {"the text", "text", value::Type::kText},
                                                     {"d", "d", value::Type::kDecimal},
                                                     {"b", "b", value::Type::kBool}};
  return migrate::criteria_of(dialect::sqlite().catalogue(), tokenize(sql), columns)
      .value_or("none");
}

TEST(CriteriaOf, ReadsComparisons) {
  EXPECT_EQ(criteria("a = -5"), R"({"a":{"equals":-5}})");
  EXPECT_EQ(criteria("\"the text\" <> 'it''s'"), R"({"text":{"not":"it's"}})");
  EXPECT_EQ(criteria("d COLLATE thing_decimal >= '1.50'"), R"({"d":{"gte":"1.50"}})");
  EXPECT_EQ(criteria("a NOT IN (1, 2)"), R"({"a":{"notIn":[1,2]}})");
  EXPECT_EQ(criteria("a BETWEEN 1 AND 2 AND b"), R"({"AND":[{"a":{"between":[1,2]}},{"b":true}]})");
  EXPECT_EQ(criteria("a IS NULL OR a NOTNULL"), R"({"OR":[{"a":null},{"a":{"not":null}}]})");
}

TEST(CriteriaOf, ReadsNothingElse) {
  for (const char* sql :
       {"", "a", "a =", "a = b", "a = 1 +", "length(a) > 1", "a = 'x'", "a COLLATE nocase = 1",
        "a IS 5", "(a = 1", "a = 1)", "a IN ()", "a = 1.5", "zzz = 1", "a NOT 5", "NOT"}) {
    EXPECT_EQ(criteria(sql), "none") << sql;
  }
  EXPECT_EQ(criteria((std::string(5000, '(') + "a = 1").c_str()), "none");
}

}  // namespace
}  // namespace thing::test
