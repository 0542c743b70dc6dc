#include <cmath>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
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

// One batch from outside, possibly misaligned.
class Checker {
 public:
  Checker(std::span<const uint8_t> bytes, const Layout& layout) : bytes_(bytes), layout_(layout) {}
  Status run() {
    THING_TRY(header());
    for (uint32_t r = 0; r < h_.rows; ++r) THING_TRY(row(r));
    return {};
  }

 private:
  Status header();
  Status row(uint32_t r);
  Status slot(uint32_t r, uint32_t c, uint64_t word);
  Status integer(uint32_t r, uint32_t c, int64_t v);
  Status heap_value(uint32_t r, uint32_t c, uint64_t word);
  template <class... Args>
  Status bad(uint32_t r, uint32_t c, fmt::format_string<Args...> format, Args&&... args) {
    return fail(Code::kInvalid, "packed batch: row {}, column {}: {}", r, c, fmt::format(format, std::forward<Args>(args)...));
  }

  std::span<const uint8_t> bytes_;
  const Layout& layout_;
  BatchHeader h_;
};

Status Checker::header() {
  if (bytes_.size() < sizeof h_) return fail(Code::kInvalid, "packed batch: found {} bytes, expected at least {}", bytes_.size(), sizeof h_);
  std::memcpy(&h_, bytes_.data(), sizeof h_);
  if (h_.magic != BatchHeader::kMagic) return fail(Code::kInvalid, "packed batch: found magic {:#x}, expected {:#x}", h_.magic, BatchHeader::kMagic);
  if (h_.version != BatchHeader::kVersion) return fail(Code::kInvalid, "packed batch: found version {}, expected {}", h_.version, BatchHeader::kVersion);
  if ((h_.flags & ~BatchHeader::kHasAbsent) != 0) return fail(Code::kInvalid, "packed batch: found flags {:#x}, expected 0 or 1", h_.flags);
  if (h_.columns != layout_.columns()) return fail(Code::kInvalid, "packed batch: found {} columns, expected {}", h_.columns, layout_.columns());
  if (h_.model_hash != layout_.hash) return fail(Code::kInvalid, "packed batch: found model hash {:#x}, expected {:#x}", h_.model_hash, layout_.hash);
  const uint64_t bit_words = uint64_t{layout_.words()} * (h_.flags != 0 ? 2 : 1);
  const uint64_t stride = (bit_words + h_.columns) * 8;
  if (h_.row_stride != stride) return fail(Code::kInvalid, "packed batch: found a row stride of {}, expected {}", h_.row_stride, stride);
  if (h_.rows_offset != sizeof h_) return fail(Code::kInvalid, "packed batch: found rows at {}, expected {}", h_.rows_offset, sizeof h_);
  const uint64_t heap = sizeof h_ + uint64_t{h_.rows} * stride;  // below 2^64: both factors are below 2^32
  if (h_.heap_offset != heap) return fail(Code::kInvalid, "packed batch: found the heap at {}, expected {}", h_.heap_offset, heap);
  if (h_.heap_length > UINT32_MAX || heap > bytes_.size() || h_.heap_length > bytes_.size() - heap) {
    return fail(Code::kInvalid, "packed batch: found a heap of {} bytes at {} in {} bytes", h_.heap_length, heap, bytes_.size());
  }
  if (bytes_.size() - heap - h_.heap_length >= 8) {
    return fail(Code::kInvalid, "packed batch: found {} bytes behind the heap, expected fewer than 8", bytes_.size() - heap - h_.heap_length);
  }
  return {};
}

Status Checker::row(uint32_t r) {
  const uint8_t* const nulls = bytes_.data() + sizeof h_ + uint64_t{r} * h_.row_stride;
  const uint32_t words = layout_.words();
  const uint8_t* const absents = nulls + uint64_t{words} * 8;
  const uint8_t* const slots = h_.flags != 0 ? absents + uint64_t{words} * 8 : absents;
  if (h_.columns % 64 != 0) {
    const uint64_t beyond = ~((uint64_t{1} << (h_.columns % 64)) - 1);
    const uint64_t last = word_at(nulls + (words - 1) * 8) | (h_.flags != 0 ? word_at(absents + (words - 1) * 8) : 0);
    if ((last & beyond) != 0) return bad(r, h_.columns, "bits are set behind the last column");
  }
  for (uint32_t c = 0; c < h_.columns; ++c) {
    const bool null = (word_at(nulls + c / 64 * 8) >> (c % 64) & 1) != 0;
    const bool absent = h_.flags != 0 && (word_at(absents + c / 64 * 8) >> (c % 64) & 1) != 0;
    const uint64_t word = word_at(slots + uint64_t{c} * 8);
    if (null && absent) return bad(r, c, "both null and absent");
    if (null || absent) {
      if (word != 0) return bad(r, c, "found a value in a null or absent column, expected zero");
      continue;
    }
    THING_TRY(slot(r, c, word));
  }
  return {};
}

Status Checker::slot(uint32_t r, uint32_t c, uint64_t word) {
  const Type type = layout_.types[c];
  if (is_int_slot(type)) return integer(r, c, static_cast<int64_t>(word));
  if (!is_float_slot(type)) return heap_value(r, c, word);
  double d;
  std::memcpy(&d, &word, 8);
  if (!std::isfinite(d)) return bad(r, c, "found a float that is not finite");
  return {};
}

Status Checker::integer(uint32_t r, uint32_t c, int64_t v) {
  if (auto checked = from_int64(layout_.types[c], v); !checked) return bad(r, c, "{}", checked.error().message());
  return {};
}

Status Checker::heap_value(uint32_t r, uint32_t c, uint64_t word) {
  const Type type = layout_.types[c];
  const uint64_t offset = word & UINT32_MAX, length = word >> 32;
  if (offset + length >= h_.heap_length) return bad(r, c, "found {} bytes at {} in a heap of {}", length, offset, h_.heap_length);
  const auto* const p = reinterpret_cast<const char*>(bytes_.data() + h_.heap_offset + offset);
  const std::string_view text(p, length);
  if (p[length] != '\0') return bad(r, c, "found no NUL behind the value");
  if (type == Type::kUuid && length != 16) return bad(r, c, "found {} bytes, expected 16", length);
  if (is_utf8_type(type) && !base::is_utf8(text)) return bad(r, c, "found invalid UTF-8");
  if (type == Type::kDecimal && base::canonical_decimal(text) != text) return bad(r, c, "found {}, expected a decimal in canonical form", base::quoted(text));
  return {};
}

}  // namespace

Status check_packed(std::span<const uint8_t> bytes, const Layout& layout) { return Checker(bytes, layout).run(); }

}  // namespace thing::value
