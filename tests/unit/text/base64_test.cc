#include <gtest/gtest.h>

#include "random.h"
#include "text/names.h"

namespace thing::text {
namespace {

std::string parsed(std::string_view text) {
  std::string out;
  return parse_base64(text, out) ? out : "refused";
}

TEST(Base64, WritesTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> kCases[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kCases) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(parsed(text), bytes);
  }
}

TEST(ParseBase64, TakesTextWithoutPadding) {
  EXPECT_EQ(parsed("Zg"), "f");
  EXPECT_EQ(parsed("Zm8"), "fo");
}

TEST(ParseBase64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zg=", "Zg===", "====", "=", "==", "Zm9v=", "Zm9vZ", "Zm-v", "Zm_v",
                           "Zm 9v", "Zm9v\n", "Zm=v", "Zg==Zg=="}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

TEST(ParseBase64, WantsTheUnusedBitsToBeZero) {
  EXPECT_EQ(parsed("Zh=="), "refused");
  EXPECT_EQ(parsed("Zm9="), "refused");
}

TEST(Base64, ReadsBackAsTheSame) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(static_cast<size_t>(random.between(0, 50)), '\0');
    for (char& c : bytes) c = static_cast<char>(random.word());
    ASSERT_EQ(parsed(base64(bytes)), bytes);
  }
}

}  // namespace
}  // namespace thing::text
