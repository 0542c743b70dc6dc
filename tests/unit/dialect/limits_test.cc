// Conditions at the limits of criteria must be within those of SQLite.
#include "sqlite_memory.h"

namespace thing::test {
namespace {

class Limits : public testing::Test {
 protected:
  Limits()
      : models_(parse(
            R"({"name":"Row","fields":{"id":{"type":"int","primary":true},"n":"int?","s":"text?"}})")) {
    db_.create(*models_[0]);
    db_.rows("INSERT INTO rows VALUES (1, 1, 'a'), (2, 2, 'b'), (3, NULL, NULL)");
  }

  std::vector<std::string> ids(const std::string& where) {
    const query::Query query = resolved(*models_[0], R"({"select":["id"],"where":)" + where + "}");
    return db_.rows(dialect::sqlite().select(query), query);
  }

  Models models_;
  SqliteMemory db_;
};

// `levels` groups around a condition, each made by `open` and `close`.
std::string nested(int levels, const std::string& open, const std::string& close) {
  std::string where = R"({"n":1})";
  for (int i = 0; i < levels; i++) where = open + where + close;
  return where;
}

// The deepest that criteria take.
std::string deepest(const schema::Model& model, const std::string& open, const std::string& close) {
  int levels = query::kMaxDepth;
  const auto is_taken = [&](const std::string& where) {
    return query::parse_criteria(model, R"({"where":)" + where + "}").has_value();
  };
  while (levels > 10 && !is_taken(nested(levels, open, close))) levels--;
  EXPECT_GT(levels, 10);
  return nested(levels, open, close);
}

TEST_F(Limits, DeepNestingOfMixedGroupsRuns) {
  const std::string open =
      R"({"OR":[{"s":{"startsWith":"zz"}},{"s":"zz"},{"id":{"lt":10},"n":{"in":[1,2]},"AND":[)";
  EXPECT_EQ(ids(deepest(*models_[0], open, "]}]}")), (std::vector<std::string>{"1"}));
  EXPECT_EQ(ids(deepest(*models_[0], R"({"id":1,"OR":[{"s":"zz"},)", "]}")),
            (std::vector<std::string>{"1"}));
}

TEST_F(Limits, DeepNestingOfNotRuns) {
  for (const char* open : {R"({"NOT":)", R"({"s":{"not":"zz"},"NOT":)", R"({"NOT":[{"s":"zz"},)"}) {
    ids(deepest(*models_[0], open, open[std::string(open).size() - 1] == ',' ? "]}" : "}"));
  }
}

TEST_F(Limits, WideGroupsRun) {
  std::string any, all;
  for (int i = 0; i < 3'000; i++) {
    const std::string comma = i > 0 ? "," : "";
    any += comma + R"({"n":)" + std::to_string(i + 2) + "}";
    all += comma + R"({"n":{"not":)" + std::to_string(i + 2) + "}}";
  }
  EXPECT_EQ(ids(R"({"OR":[)" + any + "]}"), (std::vector<std::string>{"2"}));
  EXPECT_EQ(ids(R"({"AND":[)" + all + "]}"), (std::vector<std::string>{"1"}));
}

TEST_F(Limits, ListsOfEveryLengthRun) {
  for (const int n : {1, 2, 3, 5, 511, 512, 513, 1000, 30'000}) {
    std::string list;
    for (int i = 0; i < n; i++) list += (i > 0 ? "," : "") + std::to_string(i + 2);
    EXPECT_EQ(ids(R"({"n":{"in":[)" + list + "]}}"), (std::vector<std::string>{"2"})) << n;
    EXPECT_EQ(ids(R"({"n":{"notIn":[)" + list + "]}}"), (std::vector<std::string>{"1"})) << n;
  }
}

TEST_F(Limits, EmptyListsAreNothingAndEverything) {
  EXPECT_TRUE(ids(R"({"n":{"in":[]}})").empty());
  EXPECT_EQ(ids(R"({"n":{"notIn":[]}})").size(), 3u);
  EXPECT_EQ(ids(R"({"NOT":{"n":{"in":[]}}})").size(), 3u);
}

TEST_F(Limits, EmptyGroupsAreNothingAndEverything) {
  EXPECT_TRUE(ids(R"({"OR":[]})").empty());
  EXPECT_EQ(ids(R"({"AND":[]})").size(), 3u);
  EXPECT_EQ(ids(R"({"NOT":{"OR":[]}})").size(), 3u);
  EXPECT_TRUE(ids(R"({"NOT":{"AND":[]}})").empty());
  EXPECT_EQ(ids(R"({"n":1,"OR":[{"OR":[]},{"s":"a"}]})"), (std::vector<std::string>{"1"}));
}

TEST_F(Limits, ListsOfSimilarLengthShareOneStatement) {
  const auto sql = [&](const std::string& list) {
    return dialect::sqlite()
        .select(resolved(*models_[0], R"({"where":{"n":{"in":[)" + list + "]}}}"))
        .sql;
  };
  EXPECT_EQ(sql("1,2,3"), sql("1,2,3,4"));
  EXPECT_NE(sql("1,2,3,4"), sql("1,2,3,4,5"));
}

TEST_F(Limits, ManyKeysAreFoundByOneStatement) {
  const auto models =
      parse(R"({"name":"Pair","primary":["a","b"],"fields":{"a":"int","b":"text"}})");
  db_.create(*models[0]);
  Values keys;
  for (int i = 0; i < 5000; i++) {
    keys.push_back(number(i));
    keys.push_back(text("k"));
  }
  db_.rows("INSERT INTO pairs VALUES (4999, 'k'), (1, 'x')");
  EXPECT_EQ(db_.rows(dialect::sqlite().select_by_key(*models[0], 5000), keys),
            (std::vector<std::string>{"4999|'k'"}));
}

}  // namespace
}  // namespace thing::test
