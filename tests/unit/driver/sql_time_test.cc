#include "driver/sqlite/sql_time.h"

#include <string>

#include <gtest/gtest.h>

#include "base/time.h"

namespace thing::driver::sqlite {
namespace {

std::string printed(int64_t micros) {
  char text[base::kMaxTimeText];
  return {text, static_cast<size_t>(base::print_datetime_sql(micros, text))};
}

bool parse(const std::string& text, int64_t& micros) {
  return SqlTime::parse(text.data(), text.size(), micros);
}

TEST(SqlTime, ReadsEveryDayOfTheCalendar) {
  for (int64_t day = base::kMinDate; day <= base::kMaxDate; ++day) {
    const int64_t wanted = day * base::kMicrosPerDay + 86'399'000'000;
    int64_t found = 0;
    ASSERT_TRUE(parse(printed(wanted), found)) << printed(wanted);
    ASSERT_EQ(found, wanted) << printed(wanted);
  }
}

TEST(SqlTime, ReadsEverySecondAndFractionsOfADay) {
  for (int64_t second = 0; second < 86'400; ++second) {
    const int64_t wanted = second * 1'000'000 + second * 11 + 1;
    int64_t found = 0;
    ASSERT_TRUE(parse(printed(wanted), found));
    ASSERT_EQ(found, wanted);
  }
}

// Each byte in each place: what it takes it must take as base::parse_datetime does.
TEST(SqlTime, AgreesWithTheFullParserWhereverItReads) {
  for (const std::string form : {"2024-02-29 07:08:09", "2023-12-31 19:58:39.987654"}) {
    for (size_t place = 0; place < form.size(); ++place) {
      for (int c = 0; c < 256; ++c) {
        std::string text = form;
        text[place] = static_cast<char>(c);
        int64_t found = 0;
        if (!parse(text, found)) continue;
        const auto wanted = base::parse_datetime(text);
        ASSERT_TRUE(wanted) << text;
        ASSERT_EQ(found, *wanted) << text;
      }
    }
  }
}

TEST(SqlTime, LeavesOtherFormsToTheFullParser) {
  int64_t found = 0;
  for (const char* text : {"", "2024-05-06", "2024-05-06T07:08:09", "2024-05-06 07:08:09Z",
                           "2024-05-06 07:08:60", "2024-05-06 24:00:00", "2023-02-29 00:00:00",
                           "0000-01-01 00:00:00", "2024-13-01 00:00:00", "2024-00-01 00:00:00",
                           "2024-04-31 00:00:00", "2024-05-00 00:00:00", "2024-05-06 07:60:09"}) {
    EXPECT_FALSE(parse(text, found)) << text;
  }
}

}  // namespace
}  // namespace thing::driver::sqlite
