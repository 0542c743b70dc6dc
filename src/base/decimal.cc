#include "base/decimal.h"

#include <algorithm>
#include <charconv>

// A decimal is its digits, of which `point` stand before the point; the exponent is already in
// `point`, which may lie outside the digits. "012.50" is the digits 01250, first 1, point 3;
// "1.5e2" the digits 15, first 0, point 3. Nothing is copied, so that comparing allocates nothing.
namespace thing::base {
namespace {

constexpr int kMaxText = 2 * kMaxDecimalDigits;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;  // the digits, as written
  int first = 0;                     // of the digits that is not '0'; size() when all are
  int point = 0;

  int size() const { return static_cast<int>(whole.size() + fraction.size()); }
  char digit(int i) const {
    const auto at = static_cast<size_t>(i);
    return at < whole.size() ? whole[at] : fraction[at - whole.size()];
  }
  bool is_zero() const { return first == size(); }
  int whole_digits() const { return is_zero() ? 0 : std::max(point - first, 0); }
  int fraction_digits() const { return std::max(size() - point, 0); }
};

std::string_view take_digits(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

// The text from 'e' on.
bool parse_exponent(std::string_view text, int& out) {
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  return out >= -kMaxDecimalDigits && out <= kMaxDecimalDigits;
}

bool parse(std::string_view text, Decimal& out) {
  if (text.empty() || text.size() > kMaxText) return false;
  out.negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  out.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    out.fraction = take_digits(text);
    if (out.fraction.empty()) return false;
  }
  int exponent = 0;
  if (out.size() == 0 || (!text.empty() && !parse_exponent(text, exponent))) return false;
  while (out.first < out.size() && out.digit(out.first) == '0') ++out.first;
  out.point = static_cast<int>(out.whole.size()) + exponent;
  return out.whole_digits() + out.fraction_digits() <= kMaxDecimalDigits;
}

// The digits from `from` to `to`, zeros where there are none.
void append_digits(std::string& out, const Decimal& d, int from, int to) {
  for (int i = from; i < to; ++i) out += i >= 0 && i < d.size() ? d.digit(i) : '0';
}

std::strong_ordering compare_magnitude(const Decimal& a, const Decimal& b) {
  if (a.is_zero() || b.is_zero()) return !a.is_zero() <=> !b.is_zero();
  if (a.point - a.first != b.point - b.first) return a.point - a.first <=> b.point - b.first;
  for (int i = a.first, k = b.first; i < a.size() || k < b.size(); ++i, ++k) {
    const char x = i < a.size() ? a.digit(i) : '0';
    const char y = k < b.size() ? b.digit(k) : '0';
    if (x != y) return x <=> y;
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::optional<std::string> canonical_decimal(std::string_view text) {
  Decimal d;
  if (!parse(text, d)) return std::nullopt;
  std::string out;
  out.reserve(static_cast<size_t>(d.whole_digits() + d.fraction_digits()) + 3);
  if (d.negative && !d.is_zero()) out += '-';
  if (d.whole_digits() == 0) out += '0';
  append_digits(out, d, d.point - d.whole_digits(), d.point);
  if (d.fraction_digits() > 0) out += '.';
  append_digits(out, d, d.size() - d.fraction_digits(), d.size());
  return out;
}

bool is_canonical_decimal(std::string_view text) {
  Decimal d;
  if (!parse(text, d)) return false;
  const size_t size =
      d.whole.size() + d.fraction.size() + (d.fraction.empty() ? 0 : 1) + (d.negative ? 1 : 0);
  const bool plain =
      text.size() == size && !d.whole.empty() && (d.whole.size() == 1 || d.whole[0] != '0');
  return plain && !(d.negative && d.is_zero());
}

std::strong_ordering compare_decimal(std::string_view a, std::string_view b) {
  Decimal x, y;
  const bool is_a = parse(a, x), is_b = parse(b, y);
  if (!is_a || !is_b) return is_a == is_b ? a.compare(b) <=> 0 : is_b <=> is_a;
  const bool below = x.negative && !x.is_zero(), is_other_below = y.negative && !y.is_zero();
  if (below != is_other_below) return is_other_below <=> below;
  return below ? compare_magnitude(y, x) : compare_magnitude(x, y);
}

}  // namespace thing::base
