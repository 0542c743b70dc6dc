#include "base/uuid.h"

#include <set>

#include <gtest/gtest.h>

namespace thing::base {
namespace {

std::string printed(const Uuid& uuid) {
  std::string text(36, ' ');
  print_uuid(uuid.data(), text.data());
  return text;
}

TEST(ParseUuid, ReadsAnyCase) {
  const Uuid expected = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                         0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  EXPECT_EQ(parse_uuid("01234567-89ab-cdef-0123-456789abcdef"), expected);
  EXPECT_EQ(parse_uuid("01234567-89AB-cdef-0123-456789ABCDEF"), expected);
}

TEST(ParseUuid, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "0123456789abcdef0123456789abcdef", "{01234567-89ab-cdef-0123-456789abcdef}",
        "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdeg",
        "0123456-789ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef0",
        "01234567 89ab cdef 0123 456789abcdef", "-1234567-89ab-cdef-0123-456789abcdef"}) {
    EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
  }
}

TEST(PrintUuid, ReadsBackAsTheSame) {
  for (int i = 0; i < 1000; ++i) {
    const Uuid uuid = random_uuid();
    ASSERT_EQ(parse_uuid(printed(uuid)), uuid);
  }
}

TEST(PrintUuid, IsLowerCase) {
  EXPECT_EQ(printed(*parse_uuid("ABCDEF01-89AB-CDEF-0123-456789ABCDEF")),
            "abcdef01-89ab-cdef-0123-456789abcdef");
}

TEST(RandomUuid, IsVersion4) {
  for (int i = 0; i < 100; ++i) {
    const std::string text = printed(random_uuid());
    EXPECT_EQ(text[14], '4') << text;
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
  }
}

TEST(RandomUuid, DoesNotRepeat) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_uuid());
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace thing::base
