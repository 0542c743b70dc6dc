#include "value/list.h"

#include <gtest/gtest.h>

namespace thing::value {
namespace {

std::string canonical(Type element, std::string_view text) {
  const auto list = list_from_text(list_of(element), text);
  return list ? std::string(list->view().bytes) : "error: " + std::string(list.error().message());
}

std::optional<bool> tested(ListTest test, Type element, std::string_view a, std::string_view b) {
  return test_list(test, list_of(element), a, b);
}

TEST(ListType, KnowsItsElements) {
  for (uint8_t i = 1; i <= static_cast<uint8_t>(Type::kEnum); ++i) {
    const auto element = static_cast<Type>(i);
    EXPECT_FALSE(is_list(element));
    EXPECT_TRUE(is_list(list_of(element)));
    EXPECT_EQ(element_of(list_of(element)), element);
    EXPECT_EQ(element_of(element), element);
    EXPECT_TRUE(is_heap_slot(list_of(element)));
    EXPECT_EQ(type_name(list_of(element)), "list of " + std::string(type_name(element)));
  }
}

TEST(List, BecomesCanonical) {
  EXPECT_EQ(canonical(Type::kInt, " [ 1,\n2 ] "), "[1,2]");
  EXPECT_EQ(canonical(Type::kFloat, "[1,-0.0,1e3]"), "[1.0,0.0,1000.0]");
  EXPECT_EQ(canonical(Type::kDecimal, R"([1.50,"007"])"), R"(["1.50","7"])");
  EXPECT_EQ(canonical(Type::kText, R"(["\u0041\/\u0001"])"), R"(["A/\u0001"])");
  EXPECT_EQ(canonical(Type::kDatetime, R"(["2024-05-06T09:08:09+02:00"])"),
            R"(["2024-05-06T07:08:09Z"])");
  EXPECT_EQ(canonical(Type::kText, "[]"), "[]");
}

TEST(List, NamesTheElementThatIsNone) {
  EXPECT_EQ(canonical(Type::kInt, "[1,null]"),
            "error: element 1: found null, expected a value for int");
  EXPECT_EQ(canonical(Type::kInt, "[1,2,\"x\"]"),
            "error: element 2: found a text, expected a value for int");
  EXPECT_EQ(canonical(Type::kInt, "{}"),
            "error: found an object, expected an array for a list of int");
}

TEST(List, IsCanonicalInOneFormAlone) {
  EXPECT_TRUE(is_canonical_list(list_of(Type::kInt), "[1,2]"));
  for (const char* text : {"[1, 2]", "[1,2] ", "[01]", "[1,]", "", "1", "[\"1\"]"})
    EXPECT_FALSE(is_canonical_list(list_of(Type::kInt), text)) << text;
}

TEST(List, IsMadeOfOneElement) {
  EXPECT_EQ(list_of_one(Value::of_bytes(Type::kText, "a\"b")).view().bytes, R"(["a\"b"])");
  EXPECT_EQ(list_of_one(Value::of_int(Type::kInt, -1)).type(), list_of(Type::kInt));
}

TEST(ListTest, ComparesInOrder) {
  EXPECT_EQ(tested(ListTest::kEqual, Type::kInt, "[1,2]", "[1,2]"), true);
  EXPECT_EQ(tested(ListTest::kEqual, Type::kInt, "[1,2]", "[2,1]"), false);
  EXPECT_EQ(tested(ListTest::kEqual, Type::kInt, "[1,2]", "[1]"), false);
  EXPECT_EQ(tested(ListTest::kEqual, Type::kDecimal, R"(["1.50"])", R"(["1.5"])"), true);
  EXPECT_EQ(tested(ListTest::kEqual, Type::kText, R"(["1.50"])", R"(["1.5"])"), false);
}

TEST(ListTest, FindsElements) {
  EXPECT_EQ(tested(ListTest::kEvery, Type::kInt, "[3,1,2]", "[2,3,2]"), true);
  EXPECT_EQ(tested(ListTest::kEvery, Type::kInt, "[3,1,2]", "[2,4]"), false);
  EXPECT_EQ(tested(ListTest::kSome, Type::kInt, "[3,1,2]", "[4,2]"), true);
  EXPECT_EQ(tested(ListTest::kSome, Type::kInt, "[3,1,2]", "[]"), false);
  EXPECT_EQ(tested(ListTest::kEvery, Type::kInt, "[]", "[]"), true);
  EXPECT_EQ(tested(ListTest::kSome, Type::kDecimal, R"(["10","1.50"])", R"(["1.500"])"), true);
  EXPECT_EQ(tested(ListTest::kSome, Type::kInt, "[9007199254740993]", "[9007199254740992]"), false);
}

TEST(ListTest, KnowsNothingOfOtherTexts) {
  for (const char* text : {"", "x", "{}", "[null]", "[[1]]", "[\"1\"]"})
    EXPECT_EQ(tested(ListTest::kEqual, Type::kInt, text, "[1]"), std::nullopt) << text;
}

}  // namespace
}  // namespace thing::value
