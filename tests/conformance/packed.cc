#include "packed.h"

namespace conformance {
namespace {

constexpr uint32_t kMagic = 0x31474854;

template <class T>
void append(std::string& out, T v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

}  // namespace

PackWriter::PackWriter(int64_t model_hash, uint32_t columns, bool has_absent)
    : model_hash_(model_hash), columns_(columns), has_absent_(has_absent) {}

PackWriter& PackWriter::row() {
  rows_.emplace_back(columns_);
  return *this;
}

PackWriter& PackWriter::integer(uint32_t column, int64_t v) {
  cell(column) = {Cell::kNumber, static_cast<uint64_t>(v), {}};
  return *this;
}

PackWriter& PackWriter::real(uint32_t column, double v) {
  uint64_t slot = 0;
  std::memcpy(&slot, &v, sizeof slot);
  cell(column) = {Cell::kNumber, slot, {}};
  return *this;
}

PackWriter& PackWriter::bytes(uint32_t column, std::string_view v) {
  cell(column) = {Cell::kBytes, 0, std::string(v)};
  return *this;
}

PackWriter& PackWriter::null(uint32_t column) {
  cell(column) = {Cell::kNull, 0, {}};
  return *this;
}

std::string PackWriter::finish() const {
  const uint64_t words = (columns_ + 63) / 64;
  const auto stride = static_cast<uint32_t>(8 * ((has_absent_ ? 2 : 1) * words + columns_));
  std::string cells, heap;
  for (const auto& row : rows_) {
    std::vector<uint64_t> nulls(words), absent(words), slots;
    for (uint32_t i = 0; i < columns_; ++i) {
      const Cell& c = row[i];
      const uint64_t bit = uint64_t{1} << (i % 64);
      if (c.kind == Cell::kUnset && has_absent_)
        absent[i / 64] |= bit;
      else if (c.kind == Cell::kUnset || c.kind == Cell::kNull)
        nulls[i / 64] |= bit;
      uint64_t slot = c.slot;
      if (c.kind == Cell::kBytes) {
        slot = heap.size() | uint64_t{c.bytes.size()} << 32;
        heap += c.bytes + '\0';
      }
      slots.push_back(slot);
    }
    for (const uint64_t w : nulls) append(cells, w);
    if (has_absent_) {
      for (const uint64_t w : absent) append(cells, w);
    }
    for (const uint64_t s : slots) append(cells, s);
  }

  std::string out;
  append<uint32_t>(out, kMagic);
  append<uint16_t>(out, 1);
  append<uint16_t>(out, has_absent_ ? 1 : 0);
  append<uint32_t>(out, static_cast<uint32_t>(rows_.size()));
  append<uint32_t>(out, columns_);
  append<uint32_t>(out, stride);
  append<uint32_t>(out, 64);
  append<uint64_t>(out, 64 + cells.size());
  append<uint64_t>(out, heap.size());
  append<int64_t>(out, model_hash_);
  append<uint64_t>(out, 0);
  append<uint64_t>(out, 0);
  return out + cells + heap;
}

PackReader::PackReader(std::string batch) : batch_(std::move(batch)) {}
PackReader::PackReader(const uint8_t* bytes, int64_t len)
    : batch_(reinterpret_cast<const char*>(bytes), static_cast<size_t>(len)) {}

bool PackReader::is_valid() const {
  return batch_.size() >= 64 && number<uint32_t>(0) == kMagic && number<uint16_t>(4) == 1 &&
         number<uint32_t>(20) == 64 &&
         number<uint64_t>(24) + number<uint64_t>(32) <= batch_.size() &&
         number<uint32_t>(16) == 8 * ((has_absent() ? 2 : 1) * words() + columns());
}

std::string PackReader::bytes(uint32_t row, uint32_t column) const {
  const uint64_t at = number<uint64_t>(24) + number<uint32_t>(slot(row, column));
  const uint64_t len = number<uint32_t>(slot(row, column) + 4);
  if (at + len >= batch_.size() || batch_[at + len] != '\0') return "<OUTSIDE THE HEAP>";
  return batch_.substr(at, len);
}

}  // namespace conformance
