#include "base/time.h"

#include <chrono>

#include <gtest/gtest.h>

#include "random.h"

namespace thing::base {
namespace {

constexpr int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr int64_t kMoment = 1'714'979'289 * kSecond;  // 2024-05-06T07:08:09Z

std::string rfc3339(int64_t micros) {
  char text[kMaxTimeText];
  return std::string(text, static_cast<size_t>(print_datetime_rfc3339(micros, text)));
}
std::string sql(int64_t micros) {
  char text[kMaxTimeText];
  return std::string(text, static_cast<size_t>(print_datetime_sql(micros, text)));
}
std::string date(int64_t days) {
  char text[kMaxTimeText];
  return std::string(text, static_cast<size_t>(print_date(days, text)));
}
std::string time(int64_t micros) {
  char text[kMaxTimeText];
  return std::string(text, static_cast<size_t>(print_time(micros, text)));
}

TEST(ParseDatetime, ReadsEveryFormOfRfc3339) {
  const std::pair<const char*, int64_t> kCases[] = {
      {"2024-05-06T07:08:09Z", kMoment},
      {"2024-05-06t07:08:09z", kMoment},
      {"2024-05-06 07:08:09", kMoment},
      {"2024-05-06T07:08:09+00:00", kMoment},
      {"2024-05-06T07:08:09-00:00", kMoment},
      {"2024-05-06T09:08:09+02:00", kMoment},
      {"2024-05-06T09:08:09+0200", kMoment},
      {"2024-05-06T09:08:09+02", kMoment},
      {"2024-05-06T01:38:09-05:30", kMoment},
      {"2024-05-05T23:09:09-07:59", kMoment},
      {"2024-05-06T07:08", kMoment - 9 * kSecond},
      {"2024-05-06T09:08+02:00", kMoment - 9 * kSecond},
      {"2024-05-06", kMoment - 7 * kHour - 8 * kMinute - 9 * kSecond},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(parse_datetime(text), expected) << text;
}

TEST(ParseDatetime, CutsTheFractionAfterSixDigits) {
  const std::pair<const char*, int64_t> kCases[] = {
      {".2", 200'000},       {".25", 250'000},        {".000001", 1},        {".123456", 123'456},
      {".1234567", 123'456}, {".123456789", 123'456}, {".9999999", 999'999}, {".000000999", 0}};
  for (const auto& [fraction, micros] : kCases) {
    EXPECT_EQ(parse_datetime("2024-05-06T07:08:09" + std::string(fraction) + "Z"), kMoment + micros)
        << fraction;
  }
}

TEST(ParseDatetime, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "2024",
                           "2024-05",
                           "2024-5-6",
                           "24-05-06",
                           "2024-05-06T",
                           "2024-05-06T07",
                           "2024-05-06T7:08:09",
                           "2024-05-06T07:08:09.",
                           "2024-05-06T07:08:09.Z",
                           "2024-05-06T07:08:09.1234567890Z",
                           "2024-05-06T24:00:00Z",
                           "2024-05-06T07:60:00Z",
                           "2024-05-06T07:08:61Z",
                           "2024-05-06T07:08:09+24:00",
                           "2024-05-06T07:08:09+02:60",
                           "2024-05-06T07:08:09+2:00",
                           "2024-05-06T07:08:09+02:",
                           "2024-05-06T07:08:09+020",
                           "2024-05-06T07:08:09ZZ",
                           "2024-05-06T07:08:09Z ",
                           " 2024-05-06",
                           "2024-05-06x07:08:09",
                           "2024/05/06",
                           "2024-05-06T07:08:09 Z",
                           "20240506T070809Z",
                           "+2024-05-06",
                           "2024-0a-06",
                           "2024-05-06Z"}) {
    EXPECT_EQ(parse_datetime(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_datetime(std::string_view("2024-05-06\0", 11)), std::nullopt);
}

TEST(ParseDatetime, CountsALeapSecondAsTheNextMinute) {
  EXPECT_EQ(parse_datetime("2016-12-31T23:59:60Z"), parse_datetime("2017-01-01T00:00:00Z"));
}

TEST(ParseDatetime, KnowsTheYears0001To9999) {
  EXPECT_EQ(parse_datetime("0001-01-01T00:00:00Z"), kMinDatetime);
  EXPECT_EQ(parse_datetime("9999-12-31T23:59:59.999999Z"), kMaxDatetime);
  for (const char* text :
       {"0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z"}) {
    EXPECT_EQ(parse_datetime(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_datetime("0001-01-01T01:00:00+01:00"), kMinDatetime);
}

TEST(ParseDate, KnowsTheLengthsOfMonths) {
  for (const char* text : {"2024-02-29", "2000-02-29", "2023-02-28", "2024-04-30", "2024-12-31",
                           "0001-01-01", "9999-12-31"}) {
    EXPECT_TRUE(parse_date(text).has_value()) << text;
  }
  for (const char* text : {"2023-02-29", "1900-02-29", "2100-02-29", "2024-04-31", "2024-02-30",
                           "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "0000-01-01",
                           "2024-01-01T", "2024-01-01 ", "2024-1-1", ""}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(ParseTime, CountsFromMidnight) {
  const std::pair<const char*, int64_t> kCases[] = {
      {"00:00:00", 0},
      {"07:08:09", 7 * kHour + 8 * kMinute + 9 * kSecond},
      {"07:08", 7 * kHour + 8 * kMinute},
      {"23:59:59.999999", kMicrosPerDay - 1},
      {"00:00:00.5", 500'000}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(parse_time(text), expected) << text;
  for (const char* text : {"", "7:08", "24:00:00", "23:59:60", "07:08:09Z", "07:08:09+02:00", "07",
                           "07:", "-01:00:00", "07:08:09,5"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(PrintDatetime, LeavesOutAFractionOfZero) {
  EXPECT_EQ(rfc3339(kMoment), "2024-05-06T07:08:09Z");
  EXPECT_EQ(rfc3339(kMoment + 250'000), "2024-05-06T07:08:09.250000Z");
  EXPECT_EQ(rfc3339(kMoment + 1), "2024-05-06T07:08:09.000001Z");
  EXPECT_EQ(sql(kMoment), "2024-05-06 07:08:09");
  EXPECT_EQ(sql(kMoment + 999'999), "2024-05-06 07:08:09.999999");
}

TEST(PrintDatetime, CountsBackwardsBefore1970) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(rfc3339(kMinDatetime), "0001-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(kMaxDatetime), "9999-12-31T23:59:59.999999Z");
}

TEST(Print, StaysInRangeForAnyNumber) {
  for (int64_t v : {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1}) {
    EXPECT_TRUE(parse_datetime(rfc3339(v)).has_value());
    EXPECT_TRUE(parse_date(date(v)).has_value());
    EXPECT_TRUE(parse_time(time(v)).has_value());
  }
}

TEST(PrintDatetime, ReadsBackAsTheSame) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 50'000; ++i) {
    int64_t v = random.between(kMinDatetime, kMaxDatetime);
    if (random.chance(30)) v -= v % kSecond;
    ASSERT_EQ(parse_datetime(rfc3339(v)), v) << rfc3339(v);
    ASSERT_EQ(parse_datetime(sql(v)), v) << sql(v);
  }
}

TEST(PrintDatetime, SortsInSqlFormAsTheTimesDo) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.between(kMinDatetime, kMaxDatetime);
    int64_t b = random.chance(50) ? random.between(kMinDatetime, kMaxDatetime)
                                  : std::min(a + random.between(0, 2 * kSecond), kMaxDatetime);
    if (random.chance(30)) b -= b % kSecond;
    ASSERT_EQ(a < b, sql(a) < sql(b)) << sql(a) << " and " << sql(b);
  }
}

TEST(PrintDate, AgreesWithChronoOnEveryDay) {
  for (int64_t day = kMinDate; day <= kMaxDate; ++day) {
    const std::chrono::year_month_day c{std::chrono::sys_days{std::chrono::days{day}}};
    const std::string text = date(day);
    ASSERT_EQ(std::stoi(text.substr(0, 4)), static_cast<int>(c.year()));
    ASSERT_EQ(std::stoul(text.substr(5, 2)), static_cast<unsigned>(c.month()));
    ASSERT_EQ(std::stoul(text.substr(8, 2)), static_cast<unsigned>(c.day()));
    ASSERT_EQ(parse_date(text), day);
  }
}

TEST(PrintTime, ReadsBackAsTheSame) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const int64_t v = random.between(0, kMicrosPerDay - 1);
    ASSERT_EQ(parse_time(time(v)), v) << time(v);
  }
}

TEST(Parse, AnswersForAnyTextOfTheRightLetters) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 50'000; ++i) {
    std::string text = rfc3339(random.between(kMinDatetime, kMaxDatetime));
    for (int64_t n = random.between(1, 3); n > 0; --n) {
      text[static_cast<size_t>(random.between(0, static_cast<int64_t>(text.size()) - 1))] =
          random.pick(1, "0123456789-:.TZ+ ")[0];
    }
    text.resize(static_cast<size_t>(random.between(0, static_cast<int64_t>(text.size()))));
    const int64_t v = parse_datetime(text).value_or(0);
    ASSERT_TRUE(v >= kMinDatetime && v <= kMaxDatetime) << text;
  }
}

}  // namespace
}  // namespace thing::base
