#include "base/time.h"

#include <algorithm>
#include <charconv>

#include "base/decimal.h"

// Calendar arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", in unsigned
// 32-bit numbers, as the years 1 to 9999 never go below the first era.
namespace thing::base {
namespace {

constexpr uint32_t kDaysFromFirstEra = 719'468;  // from 0000-03-01 to 1970-01-01
constexpr uint32_t kDaysOfEra = 146'097;         // 400 years

constexpr int64_t days_from_civil(uint32_t year, uint32_t month, uint32_t day) {
  const uint32_t y = month <= 2 ? year - 1 : year;
  const uint32_t year_of_era = y % 400;
  const uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return int64_t{y / 400 * kDaysOfEra + day_of_era} - kDaysFromFirstEra;
}

struct Civil {
  uint32_t year, month, day;
};

constexpr Civil civil_from_days(int64_t days) {
  const auto z = static_cast<uint32_t>(days + kDaysFromFirstEra);
  const uint32_t day_of_era = z % kDaysOfEra;
  const uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t march_month = (5 * day_of_year + 2) / 153;
  const uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const uint32_t year = z / kDaysOfEra * 400 + year_of_era + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * march_month + 2) / 5 + 1};
}

static_assert(days_from_civil(1, 1, 1) == kMinDate && days_from_civil(9999, 12, 31) == kMaxDate);
static_assert(civil_from_days(kMinDate).year == 1 && civil_from_days(kMaxDate).day == 31);

constexpr uint32_t days_in_month(uint32_t year, uint32_t month) {
  constexpr uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Reads a text from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  template <int kCount>
  bool digits(uint32_t& out) {
    if (end_ - p_ < kCount) return false;
    uint32_t v = 0;
    for (int i = 0; i < kCount; ++i) {
      const auto d = static_cast<uint32_t>(p_[i] - '0');
      if (d > 9) return false;
      v = v * 10 + d;
    }
    p_ += kCount;
    out = v;
    return true;
  }
  bool is(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  bool at_end() const { return p_ == end_; }

 private:
  const char* p_;
  const char* end_;
};

bool read_date(Reader& r, int64_t& days) {
  uint32_t y = 0, m = 0, d = 0;
  if (!r.digits<4>(y) || !r.is('-') || !r.digits<2>(m) || !r.is('-') || !r.digits<2>(d))
    return false;
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) return false;
  days = days_from_civil(y, m, d);
  return true;
}

// 1 to 9 digits as microseconds.
bool read_fraction(Reader& r, int64_t& micros) {
  int count = 0;
  for (uint32_t d = 0; r.digits<1>(d); ++count) {
    if (count < 6) micros = micros * 10 + d;
  }
  for (int i = count; i < 6; ++i) micros *= 10;
  return count >= 1 && count <= 9;
}

// hh:mm:ss[.fraction]
bool read_time(Reader& r, int64_t& micros) {
  uint32_t h = 0, m = 0, s = 0;
  if (!r.digits<2>(h) || !r.is(':') || !r.digits<2>(m) || h > 23 || m > 59) return false;
  int64_t fraction = 0;
  if (r.is(':')) {
    if (!r.digits<2>(s) || s > 60) return false;
    if (r.is('.') && !read_fraction(r, fraction)) return false;
  }
  micros = int64_t{(h * 60 + m) * 60 + s} * 1'000'000 + fraction;
  return true;
}

// Z, +hh:mm, +hhmm, +hh, or nothing.
bool read_offset(Reader& r, int64_t& micros) {
  if (r.at_end() || r.is('Z') || r.is('z')) return true;
  const bool minus = r.is('-');
  if (!minus && !r.is('+')) return false;
  uint32_t h = 0, m = 0;
  if (!r.digits<2>(h) || h > 23) return false;
  if (!r.at_end()) {
    r.is(':');
    if (!r.digits<2>(m) || m > 59) return false;
  }
  micros = int64_t{h * 60 + m} * 60'000'000 * (minus ? -1 : 1);
  return true;
}

char* put2(char* out, uint32_t v) {
  out[0] = static_cast<char>('0' + v / 10);
  out[1] = static_cast<char>('0' + v % 10);
  return out + 2;
}

char* put_date(char* out, int64_t days) {
  const Civil c = civil_from_days(days);
  out = put2(out, c.year / 100);
  out = put2(out, c.year % 100);
  *out++ = '-';
  out = put2(out, c.month);
  *out++ = '-';
  return put2(out, c.day);
}

char* put_time(char* out, int64_t micros) {
  const auto seconds = static_cast<uint32_t>(micros / 1'000'000);
  const auto fraction = static_cast<uint32_t>(micros % 1'000'000);
  out = put2(out, seconds / 3600);
  *out++ = ':';
  out = put2(out, seconds / 60 % 60);
  *out++ = ':';
  out = put2(out, seconds % 60);
  if (fraction == 0) return out;
  *out++ = '.';
  out = put2(out, fraction / 10'000);
  out = put2(out, fraction / 100 % 100);
  return put2(out, fraction % 100);
}

char* put_datetime(char* out, int64_t micros, char between) {
  const int64_t from_first = std::clamp(micros, kMinDatetime, kMaxDatetime) - kMinDatetime;
  out = put_date(out, from_first / kMicrosPerDay + kMinDate);
  *out++ = between;
  return put_time(out, from_first % kMicrosPerDay);
}

}  // namespace

std::optional<int64_t> parse_datetime(std::string_view text) {
  Reader r(text);
  int64_t days = 0, micros = 0, offset = 0;
  if (!read_date(r, days)) return std::nullopt;
  if (!r.at_end()) {
    if (!r.is('T') && !r.is('t') && !r.is(' ')) return std::nullopt;
    if (!read_time(r, micros) || !read_offset(r, offset)) return std::nullopt;
  }
  const int64_t all = days * kMicrosPerDay + micros - offset;
  if (!r.at_end() || all < kMinDatetime || all > kMaxDatetime) return std::nullopt;
  return all;
}

std::optional<int64_t> parse_epoch(std::string_view number, int digits) {
  const std::optional<std::string> decimal = canonical_decimal(number);
  if (!decimal.has_value()) return std::nullopt;
  const bool negative = decimal->front() == '-';
  const std::string_view text = std::string_view(*decimal).substr(negative ? 1 : 0);
  const size_t point = std::min(text.find('.'), text.size());
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const auto kept = static_cast<size_t>(digits);
  if (fraction.size() < kept) fraction.resize(kept, '0');
  const std::string whole = std::string(text.substr(0, point)) + fraction.substr(0, kept);
  int64_t micros = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), micros).ec != std::errc())
    return std::nullopt;
  const bool is_cut = fraction.find_first_not_of('0', kept) != std::string::npos;
  if (negative) micros = -micros - (is_cut ? 1 : 0);
  if (micros < kMinDatetime || micros > kMaxDatetime) return std::nullopt;
  return micros;
}

std::optional<int64_t> parse_date(std::string_view text) {
  Reader r(text);
  int64_t days = 0;
  if (!read_date(r, days) || !r.at_end()) return std::nullopt;
  return days;
}

std::optional<int64_t> parse_time(std::string_view text) {
  Reader r(text);
  int64_t micros = 0;
  if (!read_time(r, micros) || !r.at_end() || micros >= kMicrosPerDay) return std::nullopt;
  return micros;
}

int print_datetime_rfc3339(int64_t micros, char* out) {
  char* end = put_datetime(out, micros, 'T');
  *end++ = 'Z';
  return static_cast<int>(end - out);
}

int print_datetime_sql(int64_t micros, char* out) {
  return static_cast<int>(put_datetime(out, micros, ' ') - out);
}

int print_date(int64_t days, char* out) {
  return static_cast<int>(put_date(out, std::clamp(days, kMinDate, kMaxDate)) - out);
}

int print_time(int64_t micros, char* out) {
  return static_cast<int>(put_time(out, std::clamp<int64_t>(micros, 0, kMicrosPerDay - 1)) - out);
}

}  // namespace thing::base
