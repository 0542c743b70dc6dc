#include <cmath>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "value/list.h"
#include "value/row.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::Status;

uint64_t word_at(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

bool bit_at(const uint8_t* words, uint32_t i) {
  return (word_at(words + i / 64 * 8) >> (i % 64) & 1) != 0;
}

struct Range {
  int64_t low, high;
};

constexpr Range range_of(Type type) {
  switch (type) {
    case Type::kBool: return {0, 1};
    case Type::kDatetime: return {base::kMinDatetime, base::kMaxDatetime};
    case Type::kDate: return {base::kMinDate, base::kMaxDate};
    case Type::kTime: return {0, base::kMicrosPerDay - 1};
    default: return {INT64_MIN, INT64_MAX};
  }
}

// One batch from outside. Every read is of bytes that were found to be inside; words are read as if
// misaligned.
class Checker {
 public:
  Checker(std::span<const uint8_t> bytes, const Layout& layout) : bytes_(bytes), layout_(layout) {}
  Status run();

 private:
  Status kind();
  Status places();
  Status row(uint32_t r);
  Status cell(uint32_t r, uint32_t c, uint64_t word);
  Status integer(uint32_t r, uint32_t c, int64_t v);
  Status heap_value(uint32_t r, uint32_t c, uint64_t word);
  Status content(uint32_t r, uint32_t c, std::string_view bytes);
  template <class... Args>
  [[gnu::cold]] Status bad(uint32_t r, uint32_t c, fmt::format_string<Args...> format,
                           Args&&... args) {
    return fail(Code::kInvalid, "packed batch: row {}, column {}: {}", r, c,
                fmt::format(format, std::forward<Args>(args)...));
  }

  std::span<const uint8_t> bytes_;
  const Layout& layout_;
  BatchHeader h_;
  uint64_t heap_used_ = 0;
};

template <class T>
Status expect(std::string_view what, T found, T expected) {
  if (found == expected) return {};
  return fail(Code::kInvalid, "packed batch: found {} {:#x}, expected {:#x}", what, found,
              expected);
}

Status Checker::run() {
  if (bytes_.size() < sizeof h_) {
    return fail(Code::kInvalid, "packed batch: found {} bytes, expected at least {}", bytes_.size(),
                sizeof h_);
  }
  std::memcpy(&h_, bytes_.data(), sizeof h_);
  THING_TRY(kind());
  THING_TRY(places());
  for (uint32_t r = 0; r < h_.rows; ++r) THING_TRY(row(r));
  return {};
}

Status Checker::kind() {
  THING_TRY(expect("magic", h_.magic, BatchHeader::kMagic));
  THING_TRY(expect("version", h_.version, BatchHeader::kVersion));
  THING_TRY(expect<uint16_t>("unknown flags", h_.flags & ~BatchHeader::kHasAbsent, 0));
  THING_TRY(expect("reserved bits", h_.reserved[0] | h_.reserved[1], uint64_t{0}));
  THING_TRY(expect("model hash", h_.model_hash, layout_.hash));
  if (h_.columns == layout_.columns()) return {};
  return fail(Code::kInvalid, "packed batch: found {} columns, expected {}", h_.columns,
              layout_.columns());
}

// No sum can overflow: rows and stride are below 2^32, the heap's length is compared with what is
// left.
Status Checker::places() {
  const uint64_t bit_words = uint64_t{layout_.words()} * (h_.flags != 0 ? 2 : 1);
  const uint64_t stride = (bit_words + h_.columns) * 8;
  THING_TRY(expect<uint64_t>("row stride", h_.row_stride, stride));
  THING_TRY(expect<uint64_t>("rows offset", h_.rows_offset, sizeof h_));
  if (stride == 0 && h_.rows != 0)
    return fail(Code::kInvalid, "packed batch: found {} rows without columns", h_.rows);
  const uint64_t heap = sizeof h_ + h_.rows * stride;
  THING_TRY(expect("heap offset", h_.heap_offset, heap));
  if (h_.heap_length > UINT32_MAX || heap > bytes_.size() ||
      h_.heap_length > bytes_.size() - heap) {
    return fail(Code::kInvalid,
                "packed batch: found {} bytes, expected {} rows and {} bytes of heap",
                bytes_.size(), h_.rows, h_.heap_length);
  }
  const uint64_t rest = bytes_.size() - heap - h_.heap_length;
  if (rest < 8) return {};
  return fail(Code::kInvalid, "packed batch: found {} bytes behind the heap, expected fewer than 8",
              rest);
}

Status Checker::row(uint32_t r) {
  const uint8_t* const nulls = bytes_.data() + sizeof h_ + uint64_t{r} * h_.row_stride;
  const size_t bits = size_t{layout_.words()} * 8;
  const bool has_absent = h_.flags != 0;
  const uint8_t* const absents = has_absent ? nulls + bits : nullptr;
  const uint8_t* const slots = nulls + (has_absent ? 2 : 1) * bits;
  if (h_.columns % 64 != 0) {
    const uint64_t last =
        word_at(nulls + bits - 8) | (has_absent ? word_at(absents + bits - 8) : 0);
    if (last >> (h_.columns % 64) != 0)
      return bad(r, h_.columns, "found a bit behind the last column, expected zero");
  }
  for (uint32_t c = 0; c < h_.columns; ++c) {
    const bool null = bit_at(nulls, c);
    const bool absent = has_absent && bit_at(absents, c);
    const uint64_t word = word_at(slots + size_t{c} * 8);
    if (!null && !absent) {
      THING_TRY(cell(r, c, word));
    } else if (null && absent) {
      return bad(r, c, "found null and absent, expected one of them");
    } else if (word != 0) {
      return bad(r, c, "found {:#x} in a {} column, expected zero", word, null ? "null" : "absent");
    }
  }
  return {};
}

Status Checker::cell(uint32_t r, uint32_t c, uint64_t word) {
  const Type type = layout_.types[c];
  if (is_int_slot(type)) return integer(r, c, static_cast<int64_t>(word));
  if (is_heap_slot(type)) return heap_value(r, c, word);
  if (!is_float_slot(type))
    return bad(r, c, "found a value, expected NULL, as the column has no type");
  double d;
  std::memcpy(&d, &word, 8);
  if (!std::isfinite(d)) return bad(r, c, "found {}, expected a finite number", d);
  return {};
}

Status Checker::integer(uint32_t r, uint32_t c, int64_t v) {
  const Range range = range_of(layout_.types[c]);
  if (v >= range.low && v <= range.high) return {};
  return bad(r, c, "found {} for a {}, expected {} to {}", v, type_name(layout_.types[c]),
             range.low, range.high);
}

Status Checker::heap_value(uint32_t r, uint32_t c, uint64_t word) {
  const uint64_t offset = word & UINT32_MAX, length = word >> 32;
  if (offset + length >= h_.heap_length) {
    return bad(r, c, "found {} bytes at {} and a NUL, expected them in a heap of {}", length,
               offset, h_.heap_length);
  }
  heap_used_ += length + 1;
  if (heap_used_ > h_.heap_length) return bad(r, c, "found bytes that another value has too");
  const auto* const p = reinterpret_cast<const char*>(bytes_.data() + h_.heap_offset + offset);
  if (p[length] != '\0') return bad(r, c, "found no NUL behind {} bytes at {}", length, offset);
  return content(r, c, {p, length});
}

Status Checker::content(uint32_t r, uint32_t c, std::string_view bytes) {
  const Type type = layout_.types[c];
  if (type == Type::kUuid && bytes.size() != 16)
    return bad(r, c, "found a UUID of {} bytes, expected 16", bytes.size());
  if (is_utf8_type(type) && !base::is_utf8(bytes))
    return bad(r, c, "found {}, expected valid UTF-8", base::quoted(bytes));
  if (type == Type::kDecimal && !base::is_canonical_decimal(bytes)) {
    return bad(r, c, "found {}, expected a decimal in canonical form", base::quoted(bytes));
  }
  if (is_list(type) && !is_canonical_list(type, bytes)) {
    return bad(r, c, "found {}, expected a {} in canonical form", base::quoted(bytes),
               type_name(type));
  }
  return {};
}

}  // namespace

Status check_packed(std::span<const uint8_t> bytes, const Layout& layout) {
  return Checker(bytes, layout).run();
}

}  // namespace thing::value
