#include "base/decimal.h"

#include <algorithm>
#include <charconv>

namespace thing::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// sign, digits without leading zeros, digits behind the point, exponent already applied.
struct Parts {
  bool negative = false;
  std::string whole;     // no leading zero; "" is zero
  std::string fraction;  // as written
};

bool take_digits(std::string_view& text, std::string& out) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  out.assign(text.substr(0, n));
  text.remove_prefix(n);
  return n > 0;
}

bool take_exponent(std::string_view& text, int& exponent) {
  exponent = 0;
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  if (text.empty() || (!is_digit(text[0]) && text[0] != '-')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return error == std::errc() && exponent >= -kMaxDecimalDigits && exponent <= kMaxDecimalDigits;
}

// Moves the point to the right (or left) by taking digits from one side to the other.
void shift(Parts& p, int exponent) {
  for (; exponent > 0; --exponent) {
    p.whole += p.fraction.empty() ? '0' : p.fraction[0];
    if (!p.fraction.empty()) p.fraction.erase(0, 1);
  }
  if (exponent < 0) {
    const auto n = static_cast<size_t>(-exponent);
    if (p.whole.size() < n) p.whole.insert(0, n - p.whole.size(), '0');
    p.fraction.insert(0, p.whole, p.whole.size() - n);
    p.whole.resize(p.whole.size() - n);
  }
}

std::optional<Parts> parse(std::string_view text) {
  if (text.size() > 2 * kMaxDecimalDigits) return std::nullopt;
  Parts p;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    p.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const bool has_whole = take_digits(text, p.whole);
  bool has_fraction = false;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    has_fraction = take_digits(text, p.fraction);
    if (!has_fraction) return std::nullopt;
  }
  int exponent = 0;
  if ((!has_whole && !has_fraction) || !take_exponent(text, exponent) || !text.empty()) return std::nullopt;
  shift(p, exponent);
  p.whole.erase(0, std::min(p.whole.find_first_not_of('0'), p.whole.size()));
  if (p.whole.size() + p.fraction.size() > kMaxDecimalDigits) return std::nullopt;
  return p;
}

bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == digits.npos; }

// Views into the text of a decimal that is written plainly.
struct View {
  bool ok = false;
  bool negative = false;
  std::string_view whole, fraction;
};

View view_of(std::string_view text) {
  View v;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    v.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t point = std::min(text.find('.'), text.size());
  v.whole = text.substr(0, point);
  v.fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  v.ok = !text.empty() && std::all_of(v.whole.begin(), v.whole.end(), is_digit) &&
         std::all_of(v.fraction.begin(), v.fraction.end(), is_digit) && v.whole.size() + v.fraction.size() > 0;
  v.whole.remove_prefix(std::min(v.whole.find_first_not_of('0'), v.whole.size()));
  while (!v.fraction.empty() && v.fraction.back() == '0') v.fraction.remove_suffix(1);
  if (v.whole.empty() && v.fraction.empty()) v.negative = false;
  return v;
}

std::strong_ordering compare_magnitude(const View& a, const View& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  if (const int c = a.whole.compare(b.whole); c != 0) return c <=> 0;
  return a.fraction.compare(b.fraction) <=> 0;
}

}  // namespace

std::optional<std::string> canonical_decimal(std::string_view text) {
  auto p = parse(text);
  if (!p.has_value()) return std::nullopt;
  std::string out;
  if (p->negative && !(p->whole.empty() && is_zero(p->fraction))) out += '-';
  out += p->whole.empty() ? "0" : p->whole;
  if (!p->fraction.empty()) out += '.' + p->fraction;
  return out;
}

std::strong_ordering compare_decimal(std::string_view a, std::string_view b) {
  const View x = view_of(a), y = view_of(b);
  if (!x.ok || !y.ok) {
    if (x.ok != y.ok) return x.ok ? std::strong_ordering::less : std::strong_ordering::greater;
    return a.compare(b) <=> 0;
  }
  if (x.negative != y.negative) return x.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  const auto c = compare_magnitude(x, y);
  return x.negative ? 0 <=> c : c;
}

}  // namespace thing::base
