#pragma once
// Packed batches as docs/reference/pack.md describes them, written and read without the library.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

// Builds a batch. Columns that a row does not set are NULL, or absent when the batch has absent
// bits.
class PackWriter {
 public:
  PackWriter(int64_t model_hash, uint32_t columns, bool has_absent = false);
  PackWriter& row();
  PackWriter& integer(uint32_t column, int64_t v);
  PackWriter& real(uint32_t column, double v);
  PackWriter& bytes(uint32_t column, std::string_view v);
  PackWriter& null(uint32_t column);
  std::string finish() const;

 private:
  struct Cell {
    enum { kUnset, kNull, kNumber, kBytes } kind = kUnset;
    uint64_t slot = 0;
    std::string bytes;
  };
  Cell& cell(uint32_t column) { return rows_.back().at(column); }

  int64_t model_hash_;
  uint32_t columns_;
  bool has_absent_;
  std::vector<std::vector<Cell>> rows_;
};

// Reads a batch that is taken to be well-formed; what can be checked cheaply is.
class PackReader {
 public:
  explicit PackReader(std::string batch);
  PackReader(const uint8_t* bytes, int64_t len);
  bool is_valid() const;
  uint32_t rows() const { return number<uint32_t>(8); }
  uint32_t columns() const { return number<uint32_t>(12); }
  int64_t model_hash() const { return number<int64_t>(40); }
  bool has_absent() const { return (number<uint16_t>(6) & 1) != 0; }
  bool is_null(uint32_t row, uint32_t column) const { return bit(row, column, 0); }
  bool is_absent(uint32_t row, uint32_t column) const {
    return has_absent() && bit(row, column, words());
  }
  int64_t integer(uint32_t row, uint32_t column) const {
    return number<int64_t>(slot(row, column));
  }
  double real(uint32_t row, uint32_t column) const { return number<double>(slot(row, column)); }
  std::string bytes(uint32_t row, uint32_t column) const;

 private:
  template <class T>
  T number(uint64_t at) const {
    T v{};
    if (at + sizeof v <= batch_.size()) std::memcpy(&v, batch_.data() + at, sizeof v);
    return v;
  }
  uint64_t words() const { return (columns() + 63) / 64; }
  uint64_t start(uint32_t row) const {
    return number<uint32_t>(20) + uint64_t{row} * number<uint32_t>(16);
  }
  uint64_t slot(uint32_t row, uint32_t column) const {
    return start(row) + 8 * ((has_absent() ? 2 : 1) * words() + column);
  }
  bool bit(uint32_t row, uint32_t column, uint64_t first_word) const {
    return (number<uint64_t>(start(row) + 8 * (first_word + column / 64)) >> (column % 64) & 1) !=
           0;
  }

  std::string batch_;
};

}  // namespace conformance
