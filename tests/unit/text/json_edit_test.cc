#include "text/json_edit.h"

#include <gtest/gtest.h>

namespace {

using thing::base::Code;
using thing::text::is_same_json;
using thing::text::merge_json;
using thing::text::remove_json;
using thing::text::set_json;

TEST(SameJson, ComparesNumbersByTheirValue) {
  const std::pair<const char*, const char*> same[] = {
      {"1", "1.0"}, {"100", "1e2"}, {"100", "1E+2"},     {"0.010", "1e-2"},
      {"-0", "0"},  {"0e9", "0"},   {"12300", "1.23e4"}, {"0.1", "0.10000000000000000000"}};
  for (const auto& [a, b] : same) EXPECT_TRUE(is_same_json(a, b)) << a << " " << b;
  const std::pair<const char*, const char*> different[] = {
      {"1", "-1"},
      {"10", "1"},
      {"0.1", "0.10000000000000000001"},
      {"9007199254740993", "9007199254740992"},
      {"1", "\"1\""},
      {"0", "false"},
      {"1e99999999999999999999", "1e99999999999999999998"}};
  for (const auto& [a, b] : different) EXPECT_FALSE(is_same_json(a, b)) << a << " " << b;
}

TEST(SameJson, ComparesMembersInAnyOrderAndElementsInTheirs) {
  EXPECT_TRUE(is_same_json(R"({"a":1,"b":{"c":[1,{"x":null}]}})",
                           R"({ "b":{"c":[1,{"x":null}]}, "a":1 })"));
  EXPECT_TRUE(is_same_json(R"({"\u0061":"\u00e9"})", R"({"a":"é"})"));
  EXPECT_FALSE(is_same_json("[1,2]", "[2,1]"));
  EXPECT_FALSE(is_same_json(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(is_same_json(R"({"a":1})", R"({"a":1,"b":null})"));
  EXPECT_FALSE(is_same_json("{", "[]"));
}

TEST(MergeJson, DoesWhatTheRfcShows) {  // RFC 7396, appendix A
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", "{}"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [document, patch, expected] : cases) {
    const auto merged = merge_json(document, patch);
    ASSERT_TRUE(merged) << document;
    EXPECT_EQ(*merged, expected) << document << " " << patch;
  }
}

TEST(SetJson, ReplacesAddsAndMakesWhatIsOnTheWay) {
  const std::tuple<const char*, const char*, const char*, const char*> cases[] = {
      {"{}", "", "7", "7"},
      {R"({"a":1})", "/a", "2", R"({"a":2})"},
      {R"({"a":1})", "/b", "2", R"({"a":1,"b":2})"},
      {R"({"a":null})", "/a/b", "2", R"({"a":{"b":2}})"},
      {"[1,2]", "/0", " 9 ", "[9,2]"},
      {"[1,2]", "/2", "9", "[1,2,9]"},
      {"[1,2]", "/-", "9", "[1,2,9]"},
      {"[]", "/-/x", "9", R"([{"x":9}])"},
      {R"({"":1})", "/", "2", R"({"":2})"},
      {R"({"a/b":{"m~n":8}})", "/a~1b/m~0n", "9", R"({"a/b":{"m~n":9}})"}};
  for (const auto& [document, path, value, expected] : cases) {
    const auto edited = set_json(document, path, value);
    ASSERT_TRUE(edited) << path;
    EXPECT_EQ(*edited, expected) << path;
  }
}

TEST(SetJson, RefusesPathsThatLeadNowhere) {
  for (const char* path : {"a", "/a/b", "/l/3", "/l/01", "/l/x", "/~", "/~2"}) {
    const auto edited = set_json(R"({"a":1,"l":[1,2]})", path, "0");
    ASSERT_FALSE(edited) << path;
    EXPECT_EQ(edited.error().code(), Code::kInvalid) << path;
  }
  EXPECT_EQ(set_json("{}", "/a", "[").error().code(), Code::kSyntax);
}

TEST(RemoveJson, TakesAwayWhatIsThere) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"({"a":1,"b":2})", "/a", R"({"b":2})"},
      {"[1,2,3]", "/1", "[1,3]"},
      {"[1,2]", "/-", "[1,2]"},
      {"[1,2]", "/7", "[1,2]"},
      {R"({"a":1})", "/x/y", R"({"a":1})"},
      {R"({"a":1})", "/a/b", R"({"a":1})"},
      {R"({"a":{"b":[]}})", "/a/b", R"({"a":{}})"}};
  for (const auto& [document, path, expected] : cases) {
    const auto edited = remove_json(document, path);
    ASSERT_TRUE(edited) << path;
    EXPECT_EQ(*edited, expected) << path;
  }
  EXPECT_EQ(remove_json("{}", "").error().code(), Code::kInvalid);
}

}  // namespace
