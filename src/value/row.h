#pragma once
// A packed row and a packed batch, "pack:1". docs/reference/pack.md draws the bytes.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "value/type.h"
#include "value/value.h"

namespace thing::value {

// The columns of a model's rows: what a batch is read and written with.
struct Layout {
  uint64_t hash = 0;  // model_hash
  std::vector<Type> types;

  uint32_t columns() const { return static_cast<uint32_t>(types.size()); }
  uint32_t words() const { return (columns() + 63) / 64; }  // of null bits
};

struct BatchHeader {
  static constexpr uint32_t kMagic = 0x31474854;  // "THG1"
  static constexpr uint16_t kVersion = 1;
  static constexpr uint16_t kHasAbsent = 1;
  uint32_t magic = kMagic;
  uint16_t version = kVersion;
  uint16_t flags = 0;
  uint32_t rows = 0;
  uint32_t columns = 0;
  uint32_t row_stride = 0;
  uint32_t rows_offset = 64;
  uint64_t heap_offset = 0;
  uint64_t heap_length = 0;
  uint64_t model_hash = 0;
  uint64_t reserved[2] = {0, 0};
};
static_assert(sizeof(BatchHeader) == 64);

// One row inside a batch that somebody keeps alive. Cheap to copy.
class RowView {
 public:
  RowView() = default;
  RowView(const uint8_t* batch, uint32_t row) {
    const auto* h = reinterpret_cast<const BatchHeader*>(batch);
    const uint32_t words = (h->columns + 63) / 64;
    nulls_ =
        reinterpret_cast<const uint64_t*>(batch + h->rows_offset + uint64_t{row} * h->row_stride);
    absent_ = (h->flags & BatchHeader::kHasAbsent) != 0 ? nulls_ + words : nullptr;
    slots_ = nulls_ + (absent_ != nullptr ? 2 * words : words);
    heap_ = batch + h->heap_offset;
  }

  // The parts of a row that is being built; absent_words is 0 when it has no absent bits.
  RowView(const uint64_t* nulls, uint32_t absent_words, const uint64_t* slots, const uint8_t* heap)
      : nulls_(nulls),
        absent_(absent_words != 0 ? nulls + absent_words : nullptr),
        slots_(slots),
        heap_(heap) {}

  explicit operator bool() const { return nulls_ != nullptr; }
  bool is_null(uint32_t i) const { return (nulls_[i / 64] >> (i % 64) & 1) != 0; }
  bool is_absent(uint32_t i) const {
    return absent_ != nullptr && (absent_[i / 64] >> (i % 64) & 1) != 0;
  }
  bool has(uint32_t i) const { return !is_null(i) && !is_absent(i); }
  bool is_partial() const { return absent_ != nullptr; }
  int64_t int64(uint32_t i) const { return static_cast<int64_t>(slots_[i]); }
  double float64(uint32_t i) const {
    double d;
    std::memcpy(&d, &slots_[i], 8);
    return d;
  }
  std::string_view bytes(uint32_t i) const {
    return {reinterpret_cast<const char*>(heap_ + static_cast<uint32_t>(slots_[i])),
            static_cast<uint32_t>(slots_[i] >> 32)};
  }
  // NULL for null and for absent.
  ValueView value(uint32_t i, Type type) const {
    if (!has(i)) return {};
    if (is_int_slot(type)) return ValueView::of_int(type, int64(i));
    if (is_float_slot(type)) return ValueView::of_float(float64(i));
    return ValueView::of_bytes(type, bytes(i));
  }

 private:
  friend class BatchBuilder;
  const uint64_t* nulls_ = nullptr;
  const uint64_t* absent_ = nullptr;
  const uint64_t* slots_ = nullptr;
  const uint8_t* heap_ = nullptr;
};

// An immutable batch with a shared owner count, in one block of memory.
class Batch {
 public:
  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(this + 1); }
  uint8_t* mutable_bytes() { return reinterpret_cast<uint8_t*>(this + 1); }  // before it is shared
  uint64_t size() const { return size_; }
  const BatchHeader& header() const { return *reinterpret_cast<const BatchHeader*>(bytes()); }
  uint32_t rows() const { return header().rows; }
  RowView row(uint32_t i) const { return {bytes(), i}; }

 private:
  friend class BatchRef;
  explicit Batch(uint64_t size) : size_(size) {}
  mutable std::atomic<uint32_t> owners_{1};
  uint64_t size_;
};
static_assert(sizeof(Batch) % 8 == 0);

class BatchRef {
 public:
  BatchRef() = default;
  BatchRef(const BatchRef& o) : batch_(o.batch_) {
    if (batch_ != nullptr) batch_->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  BatchRef(BatchRef&& o) noexcept : batch_(std::exchange(o.batch_, nullptr)) {}
  BatchRef& operator=(BatchRef o) noexcept {
    std::swap(batch_, o.batch_);
    return *this;
  }
  ~BatchRef() {
    if (batch_ != nullptr && batch_->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy(batch_);
  }
  static BatchRef make(uint64_t size);  // uninitialised bytes
  static BatchRef copy(const uint8_t* bytes, uint64_t size);

  explicit operator bool() const { return batch_ != nullptr; }
  const Batch* operator->() const { return batch_; }
  const Batch* get() const { return batch_; }
  Batch* mutable_batch() { return batch_; }  // only its maker, before sharing

 private:
  static void destroy(Batch* batch);
  Batch* batch_ = nullptr;
};

// Writes rows into a batch. Reused: start() keeps the memory. Columns not set in a row are absent
// when `partial`, else NULL; a column may be set again. Errors: kRange when the heap would pass 4
// GiB.
class BatchBuilder {
 public:
  // The layout must live until the next start().
  void start(const Layout& layout, bool partial);
  void begin_row() {
    if (cells_.size() - end_ < stride_ / 8) grow_cells();
    uint64_t* const bits = cells_.data() + end_;
    std::fill_n(bits, stride_ / 8, 0);
    for (uint32_t i = 0; i < words_; ++i) bits[unset_ + i] = ~uint64_t{0};
    if (words_ != 0) bits[unset_ + words_ - 1] = last_word_;
    row_ = end_;
    slots_ = row_ + unset_ + words_;
    end_ += stride_ / 8;
    ++rows_;
  }
  void set_null(uint32_t column);
  void set_int64(uint32_t column, int64_t v) { set_slot(column, static_cast<uint64_t>(v)); }
  void set_float64(uint32_t column, double v) {
    uint64_t word;
    std::memcpy(&word, &v, 8);
    set_slot(column, word);
  }
  base::Status set_bytes(uint32_t column, std::string_view bytes) {
    if (heap_.size() - heap_end_ <= bytes.size()) THING_TRY(grow_heap(bytes.size() + 1));
    put_bytes(column, bytes);
    return {};
  }
  base::Status set(uint32_t column, const ValueView& v);
  // begin_row and a copy of every column; without a row when it fails. Absent columns are NULL when
  // not `partial`.
  base::Status append(const RowView& row, const Layout& layout);

  uint32_t rows() const { return rows_; }
  uint64_t packed_size() const;
  void write_to(uint8_t* out) const;  // packed_size() bytes
  BatchRef finish() const;
  // The last row, for reading back while building; valid until the next change.
  RowView last_row() const;

 private:
  void grow_cells();
  base::Status grow_heap(size_t bytes);
  void put_bytes(uint32_t column, std::string_view bytes) {
    char* const to = heap_.data() + heap_end_;
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to[bytes.size()] = '\0';
    set_slot(column, heap_end_ | uint64_t{bytes.size()} << 32);
    heap_end_ += bytes.size() + 1;
  }
  void set_slot(uint32_t column, uint64_t word) {
    const uint64_t mask = ~(uint64_t{1} << (column % 64));
    cells_[row_ + column / 64] &= mask;
    cells_[row_ + unset_ + column / 64] &= mask;
    cells_[slots_ + column] = word;
  }

  Layout const* layout_ = nullptr;
  uint32_t stride_ = 0;     // of a row, in bytes
  uint32_t words_ = 0;      // of null bits
  uint32_t unset_ = 0;      // where in a row the bits are that say "not set": 0, or the absent bits
  uint64_t last_word_ = 0;  // of the bits of a row of which nothing is set
  uint32_t rows_ = 0;
  size_t row_ = 0;    // where the last row starts in cells_
  size_t slots_ = 0;  // and its slots
  size_t end_ = 0;    // behind the last row
  size_t heap_end_ = 0;
  std::vector<uint64_t> cells_;  // null bits, absent bits and slots of every row, then room
  std::vector<char> heap_;       // then room
};

// One row as a batch of its own, in one allocation. Fields without a value are absent, and the
// batch is partial then. kRange when the row would pass 4 GiB.
base::Result<BatchRef> pack_row(const Layout& layout,
                                std::span<const std::optional<ValueView>> values);

// Some rows of a batch as one of their own, in one allocation. They may come more than once: kRange
// when their texts would pass 4 GiB.
base::Result<BatchRef> copy_rows(const Batch& from, std::span<const uint32_t> rows,
                                 const Layout& layout);

// Checks bytes from outside against the layout, misaligned or not: sizes, offsets, the NULs, that
// no two values share bytes to seem larger than they are, UTF-8, and the ranges of types (finite
// floats, years 0001 to 9999, bool 0 or 1, canonical decimals). The values of enums and the syntax
// of JSON are the caller's. kInvalid with the row and column of the first fault.
base::Status check_packed(std::span<const uint8_t> bytes, const Layout& layout);

}  // namespace thing::value
