#include "base/utf8.h"

#include <gtest/gtest.h>

#include "random.h"

namespace thing::base {
namespace {

// By the table of RFC 3629, one character at a time.
bool is_utf8_by_the_table(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto in = [](unsigned b, unsigned low, unsigned high) { return b >= low && b <= high; };
  for (size_t i = 0; i < text.size();) {
    const unsigned a = byte(i), b = byte(i + 1);
    const bool c = in(byte(i + 2), 0x80, 0xBF), d = in(byte(i + 3), 0x80, 0xBF);
    if (a <= 0x7F) {
      i += 1;
    } else if (in(a, 0xC2, 0xDF) && in(b, 0x80, 0xBF)) {
      i += 2;
    } else if (c && ((a == 0xE0 && in(b, 0xA0, 0xBF)) || (a == 0xED && in(b, 0x80, 0x9F)) ||
                     ((in(a, 0xE1, 0xEC) || in(a, 0xEE, 0xEF)) && in(b, 0x80, 0xBF)))) {
      i += 3;
    } else if (c && d &&
               ((a == 0xF0 && in(b, 0x90, 0xBF)) || (in(a, 0xF1, 0xF3) && in(b, 0x80, 0xBF)) ||
                (a == 0xF4 && in(b, 0x80, 0x8F)))) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

TEST(IsUtf8, AcceptsEveryLengthOfCharacter) {
  for (const char* text : {"", "a", "ascii of more than eight bytes", "\u00e9", "\u20ac",
                           "\U0001F600", "\u0080", "\u07ff", "\u0800", "\uffff", "\U00010000",
                           "\U0010FFFF", "\ud7ff", "\ue000", "mixed \u00e9\u20ac\U0001F600 text"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(IsUtf8, RefusesWhatRfc3629Forbids) {
  for (const char* text : {"\x80",
                           "\xbf",
                           "\xc0\x80",
                           "\xc1\xbf",
                           "\xc2",
                           "\xc2\x41",
                           "\xe0\x80\x80",
                           "\xe0\x9f\xbf",
                           "\xe2\x82",
                           "\xed\xa0\x80",
                           "\xed\xbf\xbf",
                           "\xf0\x80\x80\x80",
                           "\xf0\x8f\xbf\xbf",
                           "\xf0\x9f\x98",
                           "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80",
                           "\xff",
                           "\xfe",
                           "eight ok\x80",
                           "\xe2\x28\xa1",
                           "\xf0\x28\x8c\xbc"}) {
    EXPECT_FALSE(is_utf8(text)) << base::quoted(text);
  }
}

TEST(IsUtf8, FindsABadByteAtEveryPlace) {
  for (size_t size = 1; size < 80; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      EXPECT_TRUE(is_utf8(text));
      text[at] = '\x80';
      EXPECT_FALSE(is_utf8(text)) << size << " " << at;
    }
  }
}

TEST(IsUtf8, AgreesWithTheTableOnAnyBytes) {
  test::Random random;
  SCOPED_TRACE(random.name());
  const std::string bytes =
      "a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5";
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = std::string(static_cast<size_t>(random.between(0, 9)), 'a') +
                             random.pick(random.between(0, 5), bytes);
    ASSERT_EQ(is_utf8(text), is_utf8_by_the_table(text)) << base::quoted(text);
  }
}

TEST(Quoted, ShowsWhatCanNotBePrinted) {
  EXPECT_EQ(base::quoted("name"), "'name'");
  EXPECT_EQ(base::quoted(""), "''");
  EXPECT_EQ(base::quoted("a\nb\x7f"), "'a\\x0ab\\x7f'");
  EXPECT_EQ(base::quoted("\xff\xc3"), "'\\xff\\xc3'");
  EXPECT_EQ(base::quoted("gr\u00fc\u00df"), "'gr\u00fc\u00df'");
}

TEST(Quoted, CutsBetweenCharacters) {
  EXPECT_EQ(base::quoted("abcdef", 6), "'abcdef'");
  EXPECT_EQ(base::quoted("abcdef", 5), "'abcde...'");
  EXPECT_EQ(base::quoted("ab\u20ac", 4), "'ab...'");
  EXPECT_EQ(base::quoted(std::string(100, 'x')), "'" + std::string(64, 'x') + "...'");
}

TEST(Quoted, IsOneLineOfUtf8ForAnyBytes) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    std::string text(static_cast<size_t>(random.between(0, 12)), '\0');
    for (char& c : text) c = static_cast<char>(random.word());
    const std::string shown = base::quoted(text, 8);
    ASSERT_TRUE(is_utf8(shown));
    ASSERT_EQ(shown.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace thing::base
