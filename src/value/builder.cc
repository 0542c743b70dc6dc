#include "value/row.h"

// While rows come in, cells_ holds null bits, absent bits and slots of every row, heap_ the bytes behind them.
namespace thing::value {
namespace {

constexpr uint64_t kMaxHeap = UINT32_MAX;

uint64_t rounded(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace

void BatchBuilder::start(const Layout& layout, bool partial) {
  layout_ = &layout;
  partial_ = partial;
  rows_ = 0;
  stride_ = ((partial ? 2 : 1) * layout.words() + layout.columns()) * 8;
  cells_.clear();
  heap_.clear();
}

// A fresh row: all columns NULL, or all absent.
void BatchBuilder::begin_row() {
  const uint32_t columns = layout_->columns();
  const uint32_t words = layout_->words();
  row_ = cells_.size();
  cells_.resize(row_ + stride_ / 8, 0);
  uint64_t* const bits = cells_.data() + row_ + (partial_ ? words : 0);
  for (uint32_t i = 0; i < words; ++i) bits[i] = ~uint64_t{0};
  if (columns % 64 != 0) bits[words - 1] = (uint64_t{1} << (columns % 64)) - 1;
  slots_ = row_ + (partial_ ? 2 : 1) * words;
  ++rows_;
}

void BatchBuilder::set_null(uint32_t column) {
  const uint32_t words = layout_->words();
  cells_[row_ + column / 64] |= uint64_t{1} << (column % 64);
  if (partial_) cells_[row_ + words + column / 64] &= ~(uint64_t{1} << (column % 64));
  cells_[slots_ + column] = 0;
}

base::Status BatchBuilder::set_bytes(uint32_t column, std::string_view bytes) {
  const uint64_t at = heap_.size();
  if (at + bytes.size() + 1 > kMaxHeap) {
    return base::fail(base::Code::kRange, "the batch holds {} bytes of text, expected at most 4 GiB", at + bytes.size());
  }
  heap_.append(bytes);
  heap_.push_back('\0');
  set_slot(column, at | uint64_t{bytes.size()} << 32);
  return {};
}

base::Status BatchBuilder::set(uint32_t column, const ValueView& v) {
  if (v.is_null()) {
    set_null(column);
  } else if (is_heap_slot(v.type)) {
    return set_bytes(column, v.bytes);
  } else if (is_float_slot(v.type)) {
    set_float64(column, v.real);
  } else {
    set_int64(column, v.integer);
  }
  return {};
}

base::Status BatchBuilder::append(const RowView& row, const Layout& layout) {
  begin_row();
  for (uint32_t i = 0; i < layout.columns(); ++i) {
    if (row.is_absent(i)) continue;
    THING_TRY(set(i, row.value(i, layout.types[i])));
  }
  return {};
}

uint64_t BatchBuilder::packed_size() const { return rounded(sizeof(BatchHeader) + cells_.size() * 8 + heap_.size()); }

void BatchBuilder::write_to(uint8_t* out) const {
  BatchHeader h;
  h.flags = partial_ ? BatchHeader::kHasAbsent : 0;
  h.rows = rows_;
  h.columns = layout_->columns();
  h.row_stride = stride_;
  h.heap_offset = sizeof h + cells_.size() * 8;
  h.heap_length = heap_.size();
  h.model_hash = layout_->hash;
  std::memcpy(out, &h, sizeof h);
  if (!cells_.empty()) std::memcpy(out + sizeof h, cells_.data(), cells_.size() * 8);
  std::memcpy(out + h.heap_offset, heap_.data(), heap_.size());
  const uint64_t end = h.heap_offset + h.heap_length;
  std::memset(out + end, 0, rounded(end) - end);
}

BatchRef BatchBuilder::finish() const {
  BatchRef batch = BatchRef::make(packed_size());
  write_to(batch.mutable_batch()->mutable_bytes());
  return batch;
}

RowView BatchBuilder::last_row() const {
  return RowView(cells_.data() + row_, partial_ ? layout_->words() : 0, cells_.data() + slots_,
                 reinterpret_cast<const uint8_t*>(heap_.data()));
}

}  // namespace thing::value
