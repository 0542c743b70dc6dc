#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "driver/mysql/client.h"

namespace thing::driver::mysql {

// Days since 1970; nullopt for a day that is not in the calendar, such as the "zero dates" with a
// month or day of 0.
inline std::optional<int64_t> days_of(const MYSQL_TIME& t) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(t.year)),
                                         std::chrono::month(t.month), std::chrono::day(t.day)};
  if (t.year == 0 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

inline int64_t micros_of_day(const MYSQL_TIME& t) {
  return ((int64_t{t.hour} * 60 + t.minute) * 60 + t.second) * 1'000'000 +
         static_cast<int64_t>(t.second_part);
}

// A TIME of the database goes from -838 to 838 hours; nullopt outside one day.
inline std::optional<int64_t> time_of(const MYSQL_TIME& t) {
  const int64_t micros = micros_of_day(t);
  if (t.neg != 0 || t.day != 0 || micros >= base::kMicrosPerDay) return std::nullopt;
  return micros;
}

inline std::optional<int64_t> datetime_of(const MYSQL_TIME& t) {
  const auto days = days_of(t);
  if (!days) return std::nullopt;
  return *days * base::kMicrosPerDay + micros_of_day(t);
}

inline void set_date(int64_t days, MYSQL_TIME& t) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  t.year = static_cast<unsigned>(static_cast<int>(date.year()));
  t.month = static_cast<unsigned>(date.month());
  t.day = static_cast<unsigned>(date.day());
}

inline void set_time(int64_t micros, MYSQL_TIME& t) {
  const int64_t seconds = micros / 1'000'000;
  t.hour = static_cast<unsigned>(seconds / 3600);
  t.minute = static_cast<unsigned>(seconds / 60 % 60);
  t.second = static_cast<unsigned>(seconds % 60);
  t.second_part = static_cast<unsigned long>(micros % 1'000'000);
}

inline MYSQL_TIME make_date(int64_t days) {
  MYSQL_TIME t{};
  t.time_type = MYSQL_TIMESTAMP_DATE;
  set_date(days, t);
  return t;
}

inline MYSQL_TIME make_time(int64_t micros) {
  MYSQL_TIME t{};
  t.time_type = MYSQL_TIMESTAMP_TIME;
  set_time(micros, t);
  return t;
}

inline MYSQL_TIME make_datetime(int64_t micros) {
  MYSQL_TIME t{};
  t.time_type = MYSQL_TIMESTAMP_DATETIME;
  int64_t days = micros / base::kMicrosPerDay, rest = micros % base::kMicrosPerDay;
  if (rest < 0) {
    --days;
    rest += base::kMicrosPerDay;
  }
  set_date(days, t);
  set_time(rest, t);
  return t;
}

}  // namespace thing::driver::mysql
