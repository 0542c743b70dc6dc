#include "base/decimal_sum.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/decimal.h"

namespace thing::base {
namespace {

constexpr int64_t kLimb = 1'000'000'000;
constexpr size_t kDigits = 9;
constexpr uint32_t kMostPending = uint32_t{1} << 31;  // limbs below 2^30 fit so often

// The digits, with zeros behind them up to `kDigits`.
int64_t limb_of(std::string_view digits) {
  int64_t v = 0;
  for (size_t i = 0; i < kDigits; ++i) v = v * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return v;
}

// The limb's digits as they are; at most `kDigits`.
int64_t whole_limb_of(std::string_view digits) {
  int64_t v = 0;
  for (const char c : digits) v = v * 10 + (c - '0');
  return v;
}

// Takes what a limb holds beyond itself, which is below 0 for one that owes.
int64_t take_carry(int64_t& limb) {
  int64_t carry = limb / kLimb;
  if (limb % kLimb < 0) --carry;
  limb -= carry * kLimb;
  return carry;
}

struct Parts {
  bool negative = false;
  std::string_view whole, fraction;
};

Parts parts_of(std::string_view canonical) {
  Parts p;
  p.negative = canonical.starts_with('-');
  if (p.negative) canonical.remove_prefix(1);
  const size_t point = std::min(canonical.find('.'), canonical.size());
  p.whole = canonical.substr(0, point);
  if (point < canonical.size()) p.fraction = canonical.substr(point + 1);
  return p;
}

}  // namespace

bool DecimalSum::add(std::string_view canonical) { return add(canonical, false); }
bool DecimalSum::subtract(std::string_view canonical) { return add(canonical, true); }

bool DecimalSum::add(std::string_view canonical, bool opposite) {
  if (!is_canonical_decimal(canonical)) return false;
  if (++pending_ == kMostPending) settle();
  const Parts p = parts_of(canonical);
  const int64_t sign = p.negative != opposite ? -1 : 1;
  const size_t wholes = (p.whole.size() + kDigits - 1) / kDigits;
  const size_t fractions = (p.fraction.size() + kDigits - 1) / kDigits;
  if (whole_.size() < wholes) whole_.resize(wholes);
  if (fraction_.size() < fractions) fraction_.resize(fractions);
  scale_ = std::max(scale_, p.fraction.size());
  for (size_t i = 0; i < wholes; ++i) {
    const size_t end = p.whole.size() - i * kDigits;
    const size_t begin = end > kDigits ? end - kDigits : 0;
    whole_[i] += sign * whole_limb_of(p.whole.substr(begin, end - begin));
  }
  for (size_t i = 0; i < fractions; ++i)
    fraction_[i] += sign * limb_of(p.fraction.substr(i * kDigits, kDigits));
  return true;
}

void DecimalSum::add(int64_t v) {
  if (++pending_ == kMostPending) settle();
  if (whole_.size() < 3) whole_.resize(3);
  whole_[0] += v % kLimb;
  v /= kLimb;
  whole_[1] += v % kLimb;
  whole_[2] += v / kLimb;
}

void DecimalSum::settle() const {
  int64_t carry = 0;
  for (size_t i = fraction_.size(); i-- > 0;) {
    fraction_[i] += carry;
    carry = take_carry(fraction_[i]);
  }
  for (size_t i = 0; i + 1 < whole_.size(); ++i) {
    whole_[i] += carry;
    carry = take_carry(whole_[i]);
  }
  whole_.back() += carry;  // keeps the sign
  while (whole_.back() >= kLimb || whole_.back() < -kLimb) {
    carry = take_carry(whole_.back());
    whole_.push_back(carry);
  }
  pending_ = 0;
}

std::string DecimalSum::text() const {
  DecimalSum magnitude = *this;
  magnitude.settle();
  const bool negative = magnitude.whole_.back() < 0;
  if (negative) {
    for (int64_t& limb : magnitude.whole_) limb = -limb;
    for (int64_t& limb : magnitude.fraction_) limb = -limb;
    magnitude.settle();
  }
  std::string digits;
  for (size_t i = magnitude.whole_.size(); i-- > 0;)
    digits += fmt::format("{:09}", magnitude.whole_[i]);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (scale_ != 0) {
    digits += '.';
    const size_t whole = digits.size();
    for (const int64_t limb : magnitude.fraction_) digits += fmt::format("{:09}", limb);
    digits.resize(whole + scale_);
  }
  const bool is_zero = digits.find_first_not_of("0.") == std::string::npos;
  return negative && !is_zero ? "-" + digits : digits;
}

std::string divide_decimal(std::string_view canonical, int64_t n, size_t scale) {
  const Parts p = parts_of(canonical);
  std::string digits(p.whole);
  digits += p.fraction;
  // One digit more than asked for tells how to round: what is behind it never makes a half more.
  digits.resize(p.whole.size() + std::max(p.fraction.size(), scale + 1), '0');
  std::string quotient;
  __extension__ unsigned __int128 rest = 0;
  const auto by = static_cast<uint64_t>(n);
  for (size_t i = 0; i < p.whole.size() + scale + 1; ++i) {
    rest = rest * 10 + static_cast<unsigned>(digits[i] - '0');
    quotient += static_cast<char>('0' + static_cast<int>(rest / by));
    rest %= by;
  }
  const bool up = quotient.back() >= '5';
  quotient.pop_back();
  quotient.insert(0, 1, '0');
  for (size_t i = quotient.size(); up && i-- > 0;) {
    if (quotient[i] != '9') {
      ++quotient[i];
      break;
    }
    quotient[i] = '0';
  }
  if (scale != 0) quotient.insert(quotient.size() - scale, 1, '.');
  return canonical_decimal((p.negative ? "-" : "") + quotient).value_or("0");
}

std::string_view without_zeros(std::string_view canonical) {
  if (canonical.find('.') == std::string_view::npos) return canonical;
  const size_t last = canonical.find_last_not_of('0');
  return canonical.substr(0, canonical[last] == '.' ? last : last + 1);
}

}  // namespace thing::base
