#include "base/time.h"

#include <cstring>

// Calendar arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
namespace thing::base {
namespace {

constexpr int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

struct Civil {
  int year;
  unsigned month, day;
};

constexpr Civil civil_from_days(int64_t z) {
  z += 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int>(static_cast<int64_t>(yoe) + era * 400 + (month <= 2)), month, doy - (153 * mp + 2) / 5 + 1};
}

constexpr unsigned days_in_month(int64_t year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Reads a text from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}
  bool digits(int n, unsigned& out) {
    if (end_ - p_ < n) return false;
    unsigned v = 0;
    for (int i = 0; i < n; ++i) {
      const auto d = static_cast<unsigned>(p_[i] - '0');
      if (d > 9) return false;
      v = v * 10 + d;
    }
    p_ += n;
    out = v;
    return true;
  }
  bool is(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  bool at_end() const { return p_ == end_; }
  char peek() const { return p_ == end_ ? '\0' : *p_; }
  void skip() { ++p_; }

 private:
  const char* p_;
  const char* end_;
};

bool read_date(Reader& r, int64_t& days) {
  unsigned y = 0, m = 0, d = 0;
  if (!r.digits(4, y) || !r.is('-') || !r.digits(2, m) || !r.is('-') || !r.digits(2, d)) return false;
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) return false;
  days = days_from_civil(y, m, d);
  return true;
}

// hh:mm[:ss[.fraction]]
bool read_time(Reader& r, int64_t& micros) {
  unsigned h = 0, m = 0, s = 0;
  if (!r.digits(2, h) || !r.is(':') || !r.digits(2, m) || h > 23 || m > 59) return false;
  int64_t fraction = 0;
  if (r.is(':')) {
    if (!r.digits(2, s) || s > 60) return false;
    if (r.is('.')) {
      int n = 0;
      for (unsigned d = 0; r.digits(1, d); ++n) {
        if (n < 6) fraction = fraction * 10 + d;
      }
      if (n < 1 || n > 9) return false;
      for (; n < 6; ++n) fraction *= 10;
    }
  }
  micros = ((int64_t{h} * 60 + m) * 60 + s) * 1'000'000 + fraction;
  return true;
}

// Z, +hh:mm, +hhmm, +hh, or nothing.
bool read_offset(Reader& r, int64_t& micros) {
  micros = 0;
  if (r.at_end()) return true;
  if (r.is('Z') || r.is('z')) return true;
  const bool minus = r.peek() == '-';
  if (!minus && r.peek() != '+') return false;
  r.skip();
  unsigned h = 0, m = 0;
  if (!r.digits(2, h) || h > 23) return false;
  if (!r.at_end()) {
    r.is(':');
    if (!r.digits(2, m) || m > 59) return false;
  }
  micros = (int64_t{h} * 60 + m) * 60'000'000 * (minus ? -1 : 1);
  return true;
}

char* put2(char* out, unsigned v) {
  out[0] = static_cast<char>('0' + v / 10);
  out[1] = static_cast<char>('0' + v % 10);
  return out + 2;
}

char* put_date(char* out, int64_t days) {
  const Civil c = civil_from_days(days);
  out = put2(out, static_cast<unsigned>(c.year) / 100);
  out = put2(out, static_cast<unsigned>(c.year) % 100);
  *out++ = '-';
  out = put2(out, c.month);
  *out++ = '-';
  return put2(out, c.day);
}

char* put_time(char* out, int64_t micros) {
  const auto seconds = static_cast<unsigned>(micros / 1'000'000);
  auto fraction = static_cast<unsigned>(micros % 1'000'000);
  out = put2(out, seconds / 3600);
  *out++ = ':';
  out = put2(out, seconds / 60 % 60);
  *out++ = ':';
  out = put2(out, seconds % 60);
  if (fraction == 0) return out;
  *out++ = '.';
  for (int i = 5; i >= 0; --i, fraction /= 10) out[i] = static_cast<char>('0' + fraction % 10);
  return out + 6;
}

char* put_datetime(char* out, int64_t micros, char between) {
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  out = put_date(out, days);
  *out++ = between;
  return put_time(out, rest);
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
int print_datetime_sql(int64_t micros, char* out) { return static_cast<int>(put_datetime(out, micros, ' ') - out); }
int print_date(int64_t days, char* out) { return static_cast<int>(put_date(out, days) - out); }
int print_time(int64_t micros, char* out) { return static_cast<int>(put_time(out, micros) - out); }

}  // namespace thing::base
