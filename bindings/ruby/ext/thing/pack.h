// A batch of packed rows, docs/reference/pack.md. The reader trusts nothing: where a part is not what it has to be, it
// says so before anything of it is used.
#ifndef THING_RUBY_PACK_H
#define THING_RUBY_PACK_H
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace thing_ruby {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packed rows are read where they lie");

// A place in a batch that need not be aligned, as Ruby's strings are not.
template <class T> T read(const uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

struct Packed {
  const uint8_t* rows = nullptr;
  const uint8_t* heap = nullptr;
  uint64_t heap_length = 0;
  uint32_t count = 0;
  uint32_t columns = 0;
  uint32_t stride = 0;
  uint32_t words = 0; // of bits that say what is NULL
  bool absents = false;

  // nullptr, or what is wrong.
  const char* open(const uint8_t* bytes, uint64_t length, uint32_t wanted_columns, uint64_t wanted_hash) {
    if (bytes == nullptr || length < kHeader) return "packed rows: cut off";
    if (read<uint32_t>(bytes) != 0x31474854 || read<uint16_t>(bytes + 4) != 1) return "packed rows: of an unknown format";
    const uint16_t flags = read<uint16_t>(bytes + 6);
    if (flags > 1 || read<uint64_t>(bytes + 48) != 0 || read<uint64_t>(bytes + 56) != 0) return "packed rows: with unknown flags";
    absents = flags == 1;
    count = read<uint32_t>(bytes + 8);
    columns = read<uint32_t>(bytes + 12);
    stride = read<uint32_t>(bytes + 16);
    const uint32_t first = read<uint32_t>(bytes + 20);
    const uint64_t heap_offset = read<uint64_t>(bytes + 24);
    heap_length = read<uint64_t>(bytes + 32);
    if (columns != wanted_columns || read<uint64_t>(bytes + 40) != wanted_hash) return "packed rows: of another model";
    words = (columns + 63) / 64;
    const uint64_t needed = 8ull * (words * (absents ? 2 : 1) + columns);
    if (stride != needed || first != kHeader) return "packed rows: of a wrong size";
    const uint64_t end = kHeader + static_cast<uint64_t>(stride) * count;
    if (end > length || heap_offset < end || heap_offset % 8 != 0 || heap_offset > length || heap_length > length - heap_offset ||
        heap_length > UINT32_MAX) {
      return "packed rows: cut off";
    }
    rows = bytes + first;
    heap = bytes + heap_offset;
    return nullptr;
  }

  const uint8_t* row(uint64_t i) const { return rows + i * stride; }
  bool null(const uint8_t* row, uint32_t column) const { return bit(row, column); }
  bool absent(const uint8_t* row, uint32_t column) const { return absents && bit(row + 8ull * words, column); }
  const uint8_t* slot(const uint8_t* row, uint32_t column) const { return row + 8ull * (words * (absents ? 2 : 1) + column); }

  // Bytes in the heap; false where they do not lie in it with the NUL behind them.
  bool bytes(const uint8_t* slot, std::string_view& out) const {
    const uint64_t offset = read<uint32_t>(slot);
    const uint64_t length = read<uint32_t>(slot + 4);
    if (offset + length >= heap_length || heap[offset + length] != 0) return false;
    out = {reinterpret_cast<const char*>(heap + offset), length};
    return true;
  }

 private:
  static constexpr uint64_t kHeader = 64;
  static bool bit(const uint8_t* bits, uint32_t column) { return (bits[column / 8] >> (column % 8) & 1) != 0; }
};

} // namespace thing_ruby
#endif
