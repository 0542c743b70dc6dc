// numeric on the wire (numeric_send of PostgreSQL), all 16 bit:
//
//   groups  weight  sign  scale  group...
//
// A group is four decimal digits; the first one counts 10000^weight. Groups of zeros at both ends
// are left out, so the groups may end before the scale does, or begin behind the point. sign is
// 0x0000, 0x4000 for minus, 0xC000 for NaN, 0xD000 and 0xF000 for the infinities.
#include "driver/postgres/numeric.h"

#include <algorithm>

#include "base/decimal.h"
#include "driver/postgres/wire.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

constexpr uint16_t kNegative = 0x4000;
constexpr int kGroupDigits = 4;

struct Header {
  int groups;
  int weight;
  uint16_t sign;
  int scale;
};
constexpr size_t kHeaderSize = 8;

// Four digits from `text`, zeros where it has none.
int16_t group_at(std::string_view text, int from) {
  int value = 0;
  for (int i = from; i < from + kGroupDigits; ++i) {
    const bool inside = i >= 0 && i < static_cast<int>(text.size());
    value = value * 10 + (inside ? text[static_cast<size_t>(i)] - '0' : 0);
  }
  return static_cast<int16_t>(value);
}

base::Result<Header> read_header(std::string_view wire) {
  if (wire.size() < kHeaderSize)
    return base::fail(Code::kInternal, "a numeric has {} bytes, expected 8 or more", wire.size());
  const char* p = wire.data();
  const Header h{load<uint16_t>(p), load<int16_t>(p + 2), load<uint16_t>(p + 4),
                 load<uint16_t>(p + 6)};
  if (h.sign == 0xC000) return base::fail(Code::kRange, "NaN");
  if (h.sign == 0xD000 || h.sign == 0xF000) return base::fail(Code::kRange, "infinity");
  if (wire.size() != kHeaderSize + 2 * static_cast<size_t>(h.groups))
    return base::fail(Code::kInternal, "a numeric has {} bytes for {} groups", wire.size(),
                      h.groups);
  if (h.weight >= base::kMaxDecimalDigits || h.scale > base::kMaxDecimalDigits)
    return base::fail(Code::kRange, "a number of more than {} digits", base::kMaxDecimalDigits);
  return h;
}

// The digits of the groups from weight `first` down to `last`.
void append_groups(std::string& out, std::string_view wire, const Header& h, int first, int last) {
  for (int weight = first; weight >= last; --weight) {
    const int i = h.weight - weight;
    int group = 0;
    if (i >= 0 && i < h.groups)
      group = load<int16_t>(wire.data() + kHeaderSize + 2 * static_cast<size_t>(i));
    for (int unit = 1000; unit > 0; unit /= 10) out += static_cast<char>('0' + group / unit % 10);
  }
}

}  // namespace

std::string encode_numeric(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  if (negative) decimal.remove_prefix(1);
  const size_t point = std::min(decimal.find('.'), decimal.size());
  const int scale = point == decimal.size() ? 0 : static_cast<int>(decimal.size() - point) - 1;
  std::string digits(decimal.substr(0, point));
  if (scale > 0) digits.append(decimal.substr(point + 1));

  const int whole = static_cast<int>(point);
  int weight = (whole + kGroupDigits - 1) / kGroupDigits - 1;
  int from = whole - (weight + 1) * kGroupDigits;  // of the first group; before the text or at 0
  int end = static_cast<int>(digits.size());
  for (; from < end && group_at(digits, from) == 0; --weight) from += kGroupDigits;
  while (end > from && digits[static_cast<size_t>(end - 1)] == '0') --end;
  const int groups = from < end ? (end - from + kGroupDigits - 1) / kGroupDigits : 0;

  std::string out;
  append(out, static_cast<uint16_t>(groups));
  append(out, static_cast<int16_t>(groups == 0 ? 0 : weight));
  append(out, groups != 0 && negative ? kNegative : uint16_t{0});
  append(out, static_cast<uint16_t>(scale));
  for (int i = 0; i < groups; ++i) append(out, group_at(digits, from + i * kGroupDigits));
  return out;
}

base::Result<std::string> decode_numeric(std::string_view wire) {
  THING_ASSIGN(const Header h, read_header(wire));
  std::string whole;
  append_groups(whole, wire, h, std::max(h.weight, 0), 0);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  std::string out = h.sign == kNegative ? "-" + whole : whole;
  if (h.scale > 0) {
    std::string fraction;
    append_groups(fraction, wire, h, -1, -(h.scale + kGroupDigits - 1) / kGroupDigits);
    out.append(1, '.').append(fraction, 0, static_cast<size_t>(h.scale));
  }
  const size_t digits = out.size() - (h.sign == kNegative ? 1 : 0) - (h.scale > 0 ? 1 : 0);
  const bool leading_zero = whole == "0" && h.scale > 0;
  if (digits - (leading_zero ? 1 : 0) > static_cast<size_t>(base::kMaxDecimalDigits))
    return base::fail(Code::kRange, "a number of more than {} digits", base::kMaxDecimalDigits);
  return out;
}

}  // namespace thing::driver::postgres
