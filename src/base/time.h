#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thing::base {

inline constexpr int64_t kMicrosPerDay = 86'400'000'000;
inline constexpr int64_t kMinDatetime = -62'135'596'800'000'000;  // 0001-01-01T00:00:00Z
inline constexpr int64_t kMaxDatetime = 253'402'300'799'999'999;  // 9999-12-31T23:59:59.999999Z
inline constexpr int64_t kMinDate = -719'162;                     // 0001-01-01
inline constexpr int64_t kMaxDate = 2'932'896;                    // 9999-12-31

// RFC 3339 date-time with 'T', 't' or a space, any offset ('Z', '+02:00', '+0200'), or none (UTC);
// 0 to 9 digits of fraction, those after the sixth cut. Also a bare date (midnight). nullopt when
// it is not one, or outside the years 0001 to 9999. A leap second (":60") counts as the first
// moment of the next minute.
std::optional<int64_t> parse_datetime(std::string_view text);  // microseconds since 1970 UTC
std::optional<int64_t> parse_date(std::string_view text);      // days since 1970
std::optional<int64_t> parse_time(std::string_view text);      // microseconds since midnight
// A decimal number of units since 1970 UTC, each of 10^digits microseconds, as microseconds; what
// is less than one is cut. nullopt when it is no number, or outside the years 0001 to 9999.
std::optional<int64_t> parse_epoch(std::string_view number, int digits);

// Each writes into `out` (at least kMaxTimeText bytes), returns the length. The fraction is left
// out when it is zero, and has 6 digits otherwise, so that the texts sort as the times do. What is
// out of range is printed as the end of the range.
inline constexpr int kMaxTimeText = 32;
int print_datetime_rfc3339(int64_t micros, char* out);  // 2024-05-06T07:08:09.250000Z
int print_datetime_sql(int64_t micros, char* out);      // 2024-05-06 07:08:09.250000
int print_date(int64_t days, char* out);                // 2024-05-06
int print_time(int64_t micros, char* out);              // 07:08:09.250000

}  // namespace thing::base
