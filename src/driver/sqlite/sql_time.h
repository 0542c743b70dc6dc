#pragma once
#include <cstdint>
#include <cstring>

namespace thing::driver::sqlite {

// Eight characters of which some are digits: "0000-00-". Reads them at once, as one word
// (little-endian).
class DigitPattern {
 public:
  constexpr explicit DigitPattern(const char (&text)[9]) {
    for (int i = 0; i < 8; ++i) {
      like_ |= uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
      most_ |= uint64_t{text[i] == '0' ? 0x76u : 0x7fu}
               << (8 * i);  // what lifts a 10, or a 1, to the high bit
    }
  }
  static constexpr uint64_t kWrong = 0x8080808080808080u;

  // Each byte becomes its digit times ten plus the digit behind it: where two digits stand side by
  // side, their number is in the byte of the first. A bit of kWrong is set when the text is not
  // like the pattern.
  uint64_t read(const char* p) const {
    uint64_t v;
    std::memcpy(&v, p, 8);
    v ^= like_;
    return (v * 10 + (v >> 8)) | (((v + most_) | v) & kWrong);
  }

 private:
  uint64_t like_ = 0;
  uint64_t most_ = 0;
};

// Reads the two forms that libthing writes, "2024-05-06 07:08:09" and "2024-05-06 07:08:09.250000":
// the rows of every list with a time are full of them. False for anything else, right or wrong;
// base::parse_datetime knows the rest.
class SqlTime {
 public:
  static bool parse(const char* p, size_t size, int64_t& micros) {
    if (size != 19 && size != 26) return false;
    const uint64_t date = kDate.read(p);
    const uint64_t day_and_hour = kDayAndHour.read(p + 8);
    const uint64_t time = kTime.read(p + 11);
    const uint64_t fraction = size == 26 ? kFraction.read(p + 18) : 0;
    if (((date | day_and_hour | time | fraction) & DigitPattern::kWrong) != 0) return false;
    const uint32_t year = number(date, 0) * 100 + number(date, 2), month = number(date, 5),
                   day = number(day_and_hour, 0);
    const uint32_t hour = number(time, 0), minute = number(time, 3), second = number(time, 6);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    const int64_t seconds =
        days(year, month, day) * int64_t{86'400} + (hour * 3600 + minute * 60 + second);
    micros = seconds * 1'000'000 +
             (number(fraction, 2) * 10'000 + number(fraction, 4) * 100 + number(fraction, 6));
    return true;
  }

 private:
  static constexpr DigitPattern kDate{"0000-00-"};
  static constexpr DigitPattern kDayAndHour{"00 00:00"};
  static constexpr DigitPattern kTime{"00:00:00"};
  static constexpr DigitPattern kFraction{"0.000000"};

  static uint32_t number(uint64_t word, int i) { return static_cast<uint8_t>(word >> (8 * i)); }
  static uint32_t days_in(uint32_t year, uint32_t month) {
    if (month != 2) return 30 + ((month + (month >> 3)) & 1);
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  }
  // Since 1970. The year begins in March, so that the leap day is its last.
  static int32_t days(uint32_t year, uint32_t month, uint32_t day) {
    const bool early = month <= 2;
    const uint32_t y = year - (early ? 1 : 0);
    const uint32_t day_of_year = (153 * (early ? month + 9 : month - 3) + 2) / 5 + day - 1;
    return static_cast<int32_t>(y * 365 + y / 4 - y / 100 + y / 400 + day_of_year) - 719'468;
  }
};

}  // namespace thing::driver::sqlite
