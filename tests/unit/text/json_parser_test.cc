#include <limits>

#include <gtest/gtest.h>

#include "random.h"
#include "text/json.h"

namespace thing::text {
namespace {

std::string fault(std::string_view document) {
  const auto json = Json::parse(document);
  EXPECT_EQ(is_json(document), json.has_value()) << document;
  return json.has_value() ? "none" : std::string(json.error().message());
}

base::Code code_of(std::string_view document) {
  const auto json = Json::parse(document);
  return json.has_value() ? base::Code::kOk : json.error().code();
}

TEST(Json, KeepsNumbersAsTheyAreWritten) {
  for (const char* number :
       {"0", "-0", "9007199254740993", "18446744073709551616", "1.10", "-1.5e-7", "1E5", "1e+05",
        "0.1e1", "123456789012345678901234567890.0"}) {
    const auto json = Json::parse(number);
    ASSERT_TRUE(json.has_value()) << number;
    EXPECT_EQ(json->root().kind, JsonKind::kNumber);
    EXPECT_EQ(json->root().text, number);
  }
}

TEST(JsonNode, IsAnIntegerOnlyWhenItFitsAndIsWrittenAsOne) {
  EXPECT_EQ(Json::parse("9223372036854775807")->root().integer(), INT64_MAX);
  EXPECT_EQ(Json::parse("-9223372036854775808")->root().integer(), INT64_MIN);
  for (const char* text : {"9223372036854775808", "1.0", "1e2", "\"1\"", "true", "null", "[1]"}) {
    EXPECT_EQ(Json::parse(text)->root().integer(), std::nullopt) << text;
  }
}

TEST(JsonNode, IsRealWhenItIsAFiniteNumber) {
  EXPECT_EQ(Json::parse("1.5e3")->root().real(), 1500.0);
  EXPECT_EQ(Json::parse("7")->root().real(), 7.0);
  EXPECT_EQ(Json::parse("1e999")->root().real(), std::nullopt);
  EXPECT_EQ(Json::parse("\"1\"")->root().real(), std::nullopt);
}

TEST(Json, KeepsTheOrderOfMembers) {
  const auto json = Json::parse(R"({"b":1,"a":[true,null],"c":{"d":"e"}})");
  ASSERT_TRUE(json.has_value());
  const JsonNode& root = json->root();
  EXPECT_EQ(root.size, 3u);
  EXPECT_EQ(root.first->key, "b");
  EXPECT_EQ(root.first->next->key, "a");
  EXPECT_EQ(root.first->next->size, 2u);
  EXPECT_TRUE(root.first->next->first->boolean);
  EXPECT_EQ(root.first->next->first->next->kind, JsonKind::kNull);
  EXPECT_EQ(root.find("c")->find("d")->text, "e");
  EXPECT_EQ(root.find("d"), nullptr);
}

TEST(Json, RemembersWhereValuesStand) {
  const auto json = Json::parse("  { \"a\" : [ 1 , 2 ] , \"b\":\"x\" } ");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(json->source(json->root()), "{ \"a\" : [ 1 , 2 ] , \"b\":\"x\" }");
  EXPECT_EQ(json->source(*json->root().find("a")), "[ 1 , 2 ]");
  EXPECT_EQ(json->source(*json->root().find("a")->first->next), "2");
  EXPECT_EQ(json->source(*json->root().find("b")), "\"x\"");
  EXPECT_EQ(json->source().substr(json->root().find("b")->key_offset, 3), "\"b\"");
}

TEST(Json, KeepsItsDocument) {
  std::string document = R"({"name":"a long enough text to be no small string"})";
  auto json = Json::parse(document);
  document.assign(document.size(), '?');
  const Json moved = std::move(*json);
  EXPECT_EQ(moved.root().find("name")->text, "a long enough text to be no small string");
}

TEST(Json, DecodesEscapes) {
  const std::pair<const char*, std::string> kCases[] = {
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\u00e9\u20ac"},
      {R"("\ud83d\ude00")", "\U0001F600"},
      {R"("\uD800\uDC00\uDBFF\uDFFF")", "\U00010000\U0010FFFF"},
      {R"("\u0000")", std::string(1, '\0')},
      {R"("before \n after and more text")", "before \n after and more text"},
      {R"("gr\u00fc\u00df dich, grüß dich")", "gr\u00fc\u00df dich, grüß dich"},
      {R"("")", ""}};
  for (const auto& [document, expected] : kCases) {
    const auto json = Json::parse(document);
    ASSERT_TRUE(json.has_value()) << document;
    EXPECT_EQ(json->root().text, expected) << document;
  }
}

TEST(Json, DecodesNamesBeforeItComparesThem) {
  EXPECT_EQ(Json::parse(R"({"\u0061b":1})")->root().first->key, "ab");
  EXPECT_EQ(fault(R"({"ab":1,"\u0061b":2})"),
            "JSON: line 1, column 9: found the name 'ab' twice in one object");
}

TEST(Json, SaysWhereAndWhatItFound) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "JSON: line 1, column 1: found the end, expected a value"},
      {"{\n  \"a\": 1,\n  \"b\": ]\n}", "JSON: line 3, column 8: found ']', expected a value"},
      {"[1, 2", "JSON: line 1, column 6: found the end, expected ',' or ']'"},
      {"{\"a\":1", "JSON: line 1, column 7: found the end, expected ',' or '}'"},
      {"{\"a\" 1}", "JSON: line 1, column 6: found '1', expected ':'"},
      {"{a:1}", "JSON: line 1, column 2: found 'a', expected a name in quotes"},
      {"{\"a\":1,}", "JSON: line 1, column 8: found '}', expected a name in quotes"},
      {"[1,]", "JSON: line 1, column 4: found ']', expected a value"},
      {"1 2", "JSON: line 1, column 3: found '2', expected the end"},
      {"\"abc", "JSON: line 1, column 5: found the end, expected '\"'"},
      {"\"a\nb\"", "JSON: line 1, column 3: found '\\x0a', expected an escaped control character"},
      {"\"\\x\"", "JSON: line 1, column 3: found 'x', expected one of \" \\ / b f n r t u"},
      {"\"\\u12g4\"", "JSON: line 1, column 6: found 'g', expected four hexadecimal digits"},
      {"\"\\ud800\"",
       "JSON: line 1, column 8: found '\"', expected a pair of surrogates, the high one first"},
      {"01", "JSON: line 1, column 1: found '0', expected a number without leading zeros"},
      {"-", "JSON: line 1, column 2: found the end, expected a digit"},
      {"1.", "JSON: line 1, column 3: found the end, expected a digit"},
      {"[\u20ac]", "JSON: line 1, column 2: found '\u20ac', expected a value"},
  };
  for (const auto& [document, expected] : kCases) EXPECT_EQ(fault(document), expected) << document;
}

TEST(Json, RefusesWhatRfc8259DoesNotKnow) {
  for (const char* document : {"nul",
                               "nulL",
                               "True",
                               "tru",
                               "falsy",
                               "truex",
                               "NaN",
                               "Infinity",
                               "+1",
                               ".5",
                               "1e",
                               "1e+",
                               "1.e1",
                               "--1",
                               "0x1",
                               "'a'",
                               "[1 2]",
                               "{1:2}",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{,}",
                               "[,]",
                               "[",
                               "{",
                               "]",
                               "}",
                               "\"",
                               "\"\\",
                               "\"\\u",
                               "\"\\u00",
                               "/**/1",
                               "// c\n1",
                               "\xef\xbb\xbf"
                               "1",
                               "\"\\ud800\\u0041\"",
                               "\"\\udc00\"",
                               "\"\\ud800x\"",
                               "\"\\ud800\\n\"",
                               "1,",
                               ",1",
                               "\v1",
                               "\f1"}) {
    EXPECT_EQ(code_of(document), base::Code::kSyntax) << document;
    EXPECT_FALSE(is_json(document)) << document;
  }
}

TEST(Json, RefusesNulsInTheDocument) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view document : {"\0"sv, "1\0"sv, "[1\0]"sv, "\"a\0b\""sv, "tru\0"sv,
                                          "{\"a\"\0:1}"sv, "-\0"sv, "\"\\\0\""sv}) {
    EXPECT_EQ(code_of(document), base::Code::kSyntax);
  }
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char* document : {"\"\xff\"", "\"a\\n\xc3\"", "\"\xed\xa0\x80\"", "{\"\x80\":1}",
                               "[\"long enough for words \xc0\x80\"]"}) {
    EXPECT_EQ(code_of(document), base::Code::kInvalid) << document;
    EXPECT_FALSE(is_json(document));
  }
}

std::string nested(int depth, char open, char close) {
  return std::string(static_cast<size_t>(depth), open) +
         std::string(static_cast<size_t>(depth), close);
}

TEST(Json, IsAtMost128Deep) {
  EXPECT_EQ(fault(nested(kMaxDepth, '[', ']')), "none");
  EXPECT_EQ(fault(nested(kMaxDepth + 1, '[', ']')),
            "JSON: line 1, column 129: nested deeper than 128");
  EXPECT_EQ(code_of(std::string(1'000'000, '[')), base::Code::kRange);
}

TEST(Json, FindsANameThatComesTwiceAmongMany) {
  for (const int count : {2, 3, 15, 16, 17, 18, 40, 1000}) {
    std::string document = "{";
    for (int i = 0; i < count - 1; ++i) document += fmt::format("\"name{}\":{},", i, i);
    EXPECT_EQ(fault(document + "\"other\":0}"), "none") << count;
    EXPECT_NE(fault(document + "\"name0\":0}").find("found the name 'name0' twice"),
              std::string::npos)
        << count;
  }
}

TEST(Json, AllowsOneNameInDifferentObjects) {
  EXPECT_EQ(fault(R"([{"a":{"a":1}},{"a":2}])"), "none");
}

TEST(Json, KeepsEveryNodeOfALargeDocument) {
  std::string document = "[0";
  for (int i = 1; i < 20'000; ++i) document += fmt::format(",{}", i);
  document += "]";
  const auto json = Json::parse(document);
  ASSERT_TRUE(json.has_value());
  int64_t expected = 0;
  for (const JsonNode* n = json->root().first; n != nullptr; n = n->next)
    ASSERT_EQ(n->integer(), expected++);
  EXPECT_EQ(expected, 20'000);
  EXPECT_TRUE(is_json(document));
}

TEST(KindName, IsReadyForASentence) {
  EXPECT_EQ(kind_name(JsonKind::kObject), "an object");
  EXPECT_EQ(kind_name(JsonKind::kNull), "null");
}

TEST(Json, AnswersForAnyText) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 100'000; ++i) {
    const std::string text =
        random.pick(random.between(0, 14), "{}[]\":,\\u0d8ea1.-+tn \x80\xc3\xa9");
    const auto json = Json::parse(text);
    ASSERT_EQ(json.has_value(), is_json(text)) << text;
    ASSERT_TRUE(json.has_value() || json.error().message().starts_with("JSON: line "))
        << json.error().message();
  }
}

TEST(Json, AnswersForEveryDamagedDocument) {
  test::Random random;
  SCOPED_TRACE(random.name());
  const std::string whole =
      R"({"where":{"age":{"gte":18},"name":{"in":["A\u00e9\ud83d\ude00","b\\"]}},)"
      R"("orderBy":[{"name":"asc"}],"take":-1.5e10,"x":null,"y":false})";
  ASSERT_EQ(fault(whole), "none");
  for (int i = 0; i < 50'000; ++i) {
    std::string text = whole;
    for (int64_t n = random.between(1, 3); n > 0; --n) {
      text[static_cast<size_t>(random.between(0, static_cast<int64_t>(text.size()) - 1))] =
          random.chance(50) ? static_cast<char>(random.word()) : random.pick(1, "{}[]\":,\\u")[0];
    }
    text.resize(static_cast<size_t>(random.between(1, static_cast<int64_t>(text.size()))));
    ASSERT_EQ(Json::parse(text).has_value(), is_json(text)) << text;
  }
}

}  // namespace
}  // namespace thing::text
