#include <algorithm>

#include "value/row.h"

namespace thing::value {
namespace {

constexpr uint64_t kMaxHeap = UINT32_MAX;
constexpr size_t kKeptBytes = size_t{4} << 20;  // what a builder may hold on to for the next batch

uint64_t rounded(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

template <class Room>
void trim(Room& room) {
  if (room.size() * sizeof(room[0]) > kKeptBytes) Room().swap(room);
}

}  // namespace

void BatchBuilder::start(const Layout& layout, bool partial) {
  layout_ = &layout;
  words_ = layout.words();
  unset_ = partial ? words_ : 0;
  stride_ = (unset_ + words_ + layout.columns()) * 8;
  last_word_ = ~uint64_t{0} >> (64 * words_ - layout.columns());
  rows_ = 0;
  row_ = slots_ = end_ = heap_end_ = 0;
  trim(cells_);
  trim(heap_);
}

void BatchBuilder::grow_cells() { cells_.resize(std::max(2 * end_, end_ + stride_ / 8)); }

base::Status BatchBuilder::grow_heap(size_t bytes) {
  if (bytes > kMaxHeap - heap_end_) {
    return base::fail(base::Code::kRange,
                      "found {} bytes of text in one batch, expected at most 4 GiB",
                      heap_end_ + bytes);
  }
  heap_.resize(std::min<size_t>(std::max(2 * heap_end_, heap_end_ + bytes + 64), kMaxHeap));
  return {};
}

void BatchBuilder::set_null(uint32_t column) {
  set_slot(column, 0);
  cells_[row_ + column / 64] |= uint64_t{1} << (column % 64);
}

base::Status BatchBuilder::set(uint32_t column, const ValueView& v) {
  if (is_heap_slot(v.type)) return set_bytes(column, v.bytes);
  if (v.is_null()) {
    set_null(column);
  } else if (is_float_slot(v.type)) {
    set_float64(column, v.real);
  } else {
    set_int64(column, v.integer);
  }
  return {};
}

base::Status BatchBuilder::append(const RowView& row, const Layout& layout) {
  const auto is_in_heap = [&](uint32_t i) { return is_heap_slot(layout.types[i]) && row.has(i); };
  size_t bytes = 0;
  for (uint32_t i = 0; i < layout.columns(); ++i) {
    if (is_in_heap(i)) bytes += row.bytes(i).size() + 1;
  }
  if (heap_.size() - heap_end_ < bytes) THING_TRY(grow_heap(bytes));
  begin_row();
  uint64_t* const nulls = cells_.data() + row_;
  uint64_t* const slots = cells_.data() + slots_;
  for (uint32_t i = 0; i < words_; ++i) {
    const uint64_t absent = row.absent_ != nullptr ? row.absent_[i] : 0;
    nulls[i] = row.nulls_[i] | (unset_ == 0 ? absent : 0);
    if (unset_ != 0) nulls[unset_ + i] = absent;
  }
  if (layout.columns() != 0) std::memcpy(slots, row.slots_, size_t{layout.columns()} * 8);
  for (uint32_t i = 0; i < layout.columns(); ++i) {
    if (is_in_heap(i)) put_bytes(i, row.bytes(i));
  }
  return {};
}

uint64_t BatchBuilder::packed_size() const {
  return rounded(sizeof(BatchHeader) + end_ * 8 + heap_end_);
}

void BatchBuilder::write_to(uint8_t* out) const {
  BatchHeader h;
  h.flags = unset_ != 0 ? BatchHeader::kHasAbsent : 0;
  h.rows = rows_;
  h.columns = layout_->columns();
  h.row_stride = stride_;
  h.heap_offset = sizeof h + end_ * 8;
  h.heap_length = heap_end_;
  h.model_hash = layout_->hash;
  std::memcpy(out, &h, sizeof h);
  if (end_ != 0) std::memcpy(out + sizeof h, cells_.data(), end_ * 8);
  if (heap_end_ != 0) std::memcpy(out + h.heap_offset, heap_.data(), heap_end_);
  const uint64_t end = h.heap_offset + h.heap_length;
  std::memset(out + end, 0, rounded(end) - end);
}

BatchRef BatchBuilder::finish() const {
  BatchRef batch = BatchRef::make(packed_size());
  write_to(batch.mutable_batch()->mutable_bytes());
  return batch;
}

base::Result<BatchRef> pack_row(const Layout& layout,
                                std::span<const std::optional<ValueView>> values) {
  uint64_t heap = 0;
  bool partial = false;
  for (const auto& v : values) {
    partial = partial || !v.has_value();
    if (v.has_value() && is_heap_slot(v->type)) heap += v->bytes.size() + 1;
  }
  if (heap > kMaxHeap) {
    return base::fail(base::Code::kRange,
                      "found {} bytes of text in one row, expected at most 4 GiB", heap);
  }
  const uint32_t words = layout.words();
  const uint32_t bits = partial ? 2 * words : words;
  BatchHeader h;
  h.flags = partial ? BatchHeader::kHasAbsent : 0;
  h.rows = 1;
  h.columns = layout.columns();
  h.row_stride = (bits + layout.columns()) * 8;
  h.heap_offset = sizeof h + h.row_stride;
  h.heap_length = heap;
  h.model_hash = layout.hash;
  BatchRef batch = BatchRef::make(rounded(h.heap_offset + heap));
  uint8_t* const out = batch.mutable_batch()->mutable_bytes();
  std::memcpy(out, &h, sizeof h);
  auto* const cells = reinterpret_cast<uint64_t*>(out + sizeof h);
  std::fill_n(cells, bits + layout.columns(), 0);
  auto* const text = reinterpret_cast<char*>(out + h.heap_offset);
  std::memset(text + heap, 0, batch->size() - h.heap_offset - heap);
  uint64_t end = 0;
  for (uint32_t i = 0; i < layout.columns(); ++i) {
    const auto& v = values[i];
    uint64_t& slot = cells[bits + i];
    if (!v.has_value()) {
      cells[words + i / 64] |= uint64_t{1} << (i % 64);
    } else if (v->is_null()) {
      cells[i / 64] |= uint64_t{1} << (i % 64);
    } else if (is_heap_slot(v->type)) {
      if (!v->bytes.empty()) std::memcpy(text + end, v->bytes.data(), v->bytes.size());
      text[end + v->bytes.size()] = '\0';
      slot = end | uint64_t{v->bytes.size()} << 32;
      end += v->bytes.size() + 1;
    } else {
      std::memcpy(&slot, &v->integer, 8);
    }
  }
  return batch;
}

base::Result<BatchRef> copy_rows(const Batch& from, std::span<const uint32_t> rows,
                                 const Layout& layout) {
  std::vector<uint32_t> texts;  // columns
  for (uint32_t i = 0; i < layout.columns(); ++i) {
    if (is_heap_slot(layout.types[i])) texts.push_back(i);
  }
  uint64_t heap = 0;
  for (const uint32_t r : rows) {
    const RowView row = from.row(r);
    for (const uint32_t i : texts) {
      if (row.has(i)) heap += row.bytes(i).size() + 1;
    }
  }
  if (heap > kMaxHeap)
    return base::fail(base::Code::kRange,
                      "found {} bytes of text in one batch, expected at most 4 GiB", heap);
  BatchHeader h = from.header();
  const uint8_t* const first = from.bytes() + h.rows_offset;
  h.rows = static_cast<uint32_t>(rows.size());
  h.rows_offset = sizeof h;
  h.heap_offset = sizeof h + uint64_t{h.rows} * h.row_stride;
  h.heap_length = heap;
  BatchRef batch = BatchRef::make(rounded(h.heap_offset + heap));
  uint8_t* const out = batch.mutable_batch()->mutable_bytes();
  std::memcpy(out, &h, sizeof h);
  uint8_t* cells = out + sizeof h;
  const size_t slots = h.row_stride / 8 - layout.columns();
  auto* const text = reinterpret_cast<char*>(out + h.heap_offset);
  uint64_t end = 0;
  for (const uint32_t r : rows) {
    std::memcpy(cells, first + uint64_t{r} * h.row_stride, h.row_stride);
    const RowView row = from.row(r);
    for (const uint32_t i : texts) {
      if (!row.has(i)) continue;
      const std::string_view bytes = row.bytes(i);
      std::memcpy(text + end, bytes.data(), bytes.size() + 1);  // the NUL too
      reinterpret_cast<uint64_t*>(cells)[slots + i] = end | uint64_t{bytes.size()} << 32;
      end += bytes.size() + 1;
    }
    cells += h.row_stride;
  }
  std::memset(text + end, 0, batch->size() - h.heap_offset - end);
  return batch;
}

RowView BatchBuilder::last_row() const {
  return RowView(cells_.data() + row_, unset_, cells_.data() + slots_,
                 reinterpret_cast<const uint8_t*>(heap_.data()));
}

}  // namespace thing::value
