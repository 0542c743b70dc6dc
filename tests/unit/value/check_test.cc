#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "random.h"
#include "rows.h"
#include "value/row.h"

namespace thing::value {
namespace {

using Bytes = std::vector<uint8_t>;

const Layout kLayout = {
    0xabcdef,
    {Type::kInt, Type::kText, Type::kBool, Type::kDecimal, Type::kFloat, Type::kUuid, Type::kDate}};
constexpr size_t kStride = (1 + 7) * 8;
enum Column : uint32_t { kInt, kText, kBool, kDecimal, kFloat, kUuid, kDate };

Bytes packed(bool partial = false) {
  BatchBuilder builder;
  builder.start(kLayout, partial);
  for (int row = 0; row < 2; ++row) {
    builder.begin_row();
    builder.set_int64(kInt, row);
    (void)builder.set_bytes(kText, "name");
    builder.set_int64(kBool, 1);
    (void)builder.set_bytes(kDecimal, "1.50");
    builder.set_float64(kFloat, 0.5);
    (void)builder.set_bytes(kUuid, "0123456789abcdef");
    builder.set_null(kDate);
  }
  Bytes bytes(builder.packed_size());
  builder.write_to(bytes.data());
  return bytes;
}

template <class T>
void put(Bytes& bytes, size_t at, T v) {
  std::memcpy(bytes.data() + at, &v, sizeof v);
}

size_t slot(uint32_t row, uint32_t column) { return 64 + row * kStride + 8 + column * 8; }

std::string fault(const Bytes& bytes) {
  const auto checked = check_packed(bytes, kLayout);
  if (checked.has_value()) return "none";
  EXPECT_EQ(checked.error().code(), base::Code::kInvalid);
  return std::string(checked.error().message());
}

TEST(CheckPacked, AcceptsWhatTheBuilderWrote) {
  EXPECT_EQ(fault(packed()), "none");
  EXPECT_EQ(fault(packed(true)), "none");
}

TEST(CheckPacked, ReadsMisalignedBytes) {
  const Bytes bytes = packed();
  for (size_t shift = 1; shift < 8; ++shift) {
    Bytes moved(shift);
    moved.insert(moved.end(), bytes.begin(), bytes.end());
    EXPECT_TRUE(check_packed(std::span(moved).subspan(shift), kLayout).has_value()) << shift;
  }
}

TEST(CheckPacked, RefusesEveryTruncation) {
  const Bytes bytes = packed();
  const size_t used = 64 + 2 * kStride + 2 * (5 + 5 + 17);
  for (size_t size = 0; size < used; ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(fault(cut), "none") << size;
  }
}

TEST(CheckPacked, RefusesBytesBehindTheHeap) {
  Bytes bytes = packed();
  bytes.resize(bytes.size() + 8);
  EXPECT_EQ(fault(bytes), "packed batch: found 10 bytes behind the heap, expected fewer than 8");
}

TEST(CheckPacked, RefusesAHeaderThatDoesNotFit) {
  const struct {
    size_t at;
    uint64_t value;
    size_t size;
    const char* what;
  } kCases[] = {{0, 0x32474854, 4, "magic"},       {4, 2, 2, "version"},
                {6, 2, 2, "unknown flags"},        {6, 0x8001, 2, "unknown flags"},
                {6, 1, 2, "row stride"},           {8, 3, 4, "heap offset"},
                {8, 0xffffffff, 4, "heap offset"}, {12, 6, 4, "columns"},
                {12, 0xffffffff, 4, "columns"},    {16, 72, 4, "row stride"},
                {16, 0, 4, "row stride"},          {20, 72, 4, "rows offset"},
                {24, 200, 8, "heap offset"},       {24, ~uint64_t{7}, 8, "heap offset"},
                {32, 1000, 8, "bytes of heap"},    {32, ~uint64_t{0}, 8, "bytes of heap"},
                {40, 1, 8, "model hash"},          {48, 1, 8, "reserved bits"},
                {56, 1, 8, "reserved bits"}};
  for (const auto& c : kCases) {
    Bytes bytes = packed();
    std::memcpy(bytes.data() + c.at, &c.value, c.size);
    EXPECT_NE(fault(bytes).find(c.what), std::string::npos)
        << "at " << c.at << ": " << fault(bytes);
  }
}

TEST(CheckPacked, NamesTheRowAndTheColumn) {
  Bytes bytes = packed();
  put<uint64_t>(bytes, slot(1, kBool), 2);
  EXPECT_EQ(fault(bytes), "packed batch: row 1, column 2: found 2 for a bool, expected 0 to 1");
}

TEST(CheckPacked, RefusesBitsBehindTheLastColumn) {
  Bytes bytes = packed();
  bytes[64 + 7] = 0x80;
  EXPECT_NE(fault(bytes).find("bit behind the last column"), std::string::npos);
}

TEST(CheckPacked, RefusesAValueInANullColumn) {
  Bytes bytes = packed();
  put<uint64_t>(bytes, slot(0, kDate), 5);
  EXPECT_EQ(fault(bytes),
            "packed batch: row 0, column 6: found 0x5 in a null column, expected zero");
}

TEST(CheckPacked, RefusesAColumnThatIsNullAndAbsent) {
  Bytes bytes = packed(true);
  bytes[64 + 8] |= 1 << kDate;
  EXPECT_NE(fault(bytes).find("null and absent"), std::string::npos);
}

TEST(CheckPacked, RefusesPlacesOutsideTheHeap) {
  constexpr uint64_t kHeap = 2 * (5 + 5 + 17);
  const std::pair<uint64_t, uint64_t> kCases[] = {{kHeap, 0},      {kHeap - 4, 4},
                                                  {0, kHeap},      {0xffffffff, 0},
                                                  {0, 0xffffffff}, {0xffffffff, 0xffffffff}};
  for (const auto& [offset, length] : kCases) {
    Bytes bytes = packed();
    put<uint64_t>(bytes, slot(0, kText), offset | length << 32);
    EXPECT_NE(fault(bytes).find("column 1: found"), std::string::npos) << offset << " " << length;
  }
}

TEST(CheckPacked, WantsANulBehindEachValue) {
  Bytes bytes = packed();
  put<uint64_t>(bytes, slot(0, kText), uint64_t{3} << 32);
  EXPECT_NE(fault(bytes).find("no NUL"), std::string::npos);
}

TEST(CheckPacked, RefusesBytesThatManyValuesShare) {
  const Layout texts = {1, {Type::kText, Type::kText}};
  BatchBuilder builder;
  builder.start(texts, false);
  builder.begin_row();
  ASSERT_TRUE(builder.set_bytes(0, "a long text").has_value());
  ASSERT_TRUE(builder.set_bytes(1, "").has_value());
  Bytes bytes(builder.packed_size());
  builder.write_to(bytes.data());
  std::memcpy(bytes.data() + 64 + 16, bytes.data() + 64 + 8, 8);
  EXPECT_NE(std::string(check_packed(bytes, texts).error().message()).find("another value"),
            std::string::npos);
}

TEST(CheckPacked, RefusesValuesOutsideTheirType) {
  const struct {
    Column column;
    std::function<void(Bytes&)> spoil;
  } kCases[] = {
      {kBool, [](Bytes& b) { put<int64_t>(b, slot(0, kBool), -1); }},
      {kFloat, [](Bytes& b) { put<double>(b, slot(0, kFloat), std::nan("")); }},
      {kFloat, [](Bytes& b) { put<double>(b, slot(0, kFloat), -HUGE_VAL); }},
      {kText, [](Bytes& b) { b[64 + 2 * kStride] = 0xff; }},
      {kDecimal,
       [](Bytes& b) {
         b[64 + 2 * kStride + 5] = '0';
         b[64 + 2 * kStride + 6] = '1';
       }},
      {kDecimal, [](Bytes& b) { b[64 + 2 * kStride + 5] = 'x'; }},
      {kUuid,
       [](Bytes& b) {
         b[slot(0, kUuid) + 4] = 15;
         b[64 + 2 * kStride + 25] = 0;
       }},
      {kDate,
       [](Bytes& b) {
         b[64] = 0;
         put<int64_t>(b, slot(0, kDate), base::kMaxDate + 1);
       }},
  };
  for (const auto& c : kCases) {
    Bytes bytes = packed();
    c.spoil(bytes);
    EXPECT_EQ(fault(bytes).find(fmt::format("packed batch: row 0, column {}: found",
                                            static_cast<uint32_t>(c.column))),
              0u)
        << fault(bytes);
  }
}

TEST(CheckPacked, RefusesRowsWithoutColumns) {
  const Layout none = {5, {}};
  BatchBuilder builder;
  builder.start(none, false);
  Bytes bytes(builder.packed_size());
  builder.write_to(bytes.data());
  EXPECT_TRUE(check_packed(bytes, none).has_value());
  put<uint32_t>(bytes, 8, 0xffffffff);
  EXPECT_FALSE(check_packed(bytes, none).has_value());
}

// Reads all that a reader would.
uint64_t read_all(const Bytes& bytes, const Layout& layout) {
  const BatchRef batch = BatchRef::copy(bytes.data(), bytes.size());
  uint64_t sum = 0;
  for (uint32_t r = 0; r < batch->rows(); ++r) {
    for (uint32_t i = 0; i < layout.columns(); ++i) {
      const ValueView v = batch->row(r).value(i, layout.types[i]);
      for (const char c : v.bytes) sum += static_cast<unsigned char>(c);
      if (is_heap_slot(v.type)) sum += static_cast<unsigned char>(v.bytes.data()[v.bytes.size()]);
    }
  }
  return sum;
}

void mutate(test::Random& random, Bytes& bytes) {
  constexpr uint64_t kOdd[] = {
      0,           1, 7, 8, 15, 16, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
      ~uint64_t{0}};
  for (int64_t n = random.between(1, 4); n > 0 && !bytes.empty(); --n) {
    const auto last = static_cast<int64_t>(bytes.size()) - 1;
    const auto at =
        static_cast<size_t>(random.chance(50) ? random.between(0, std::min<int64_t>(last, 120))
                                              : random.between(0, last));
    switch (random.between(0, 3)) {
      case 0: bytes[at] = static_cast<uint8_t>(random.word()); break;
      case 1: bytes[at] ^= static_cast<uint8_t>(1 << random.between(0, 7)); break;
      case 2:
        std::memcpy(bytes.data() + at, &kOdd[random.between(0, 12)],
                    std::min<size_t>(static_cast<size_t>(random.between(1, 8)), bytes.size() - at));
        break;
      default: bytes.resize(at); break;
    }
  }
}

TEST(CheckPacked, LetsNothingThroughThatCanNotBeRead) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 5'000; ++i) {
    const test::Rows rows(random);
    const BatchRef batch = rows.packed();
    for (int k = 0; k < 10; ++k) {
      Bytes bytes(batch->bytes(), batch->bytes() + batch->size());
      mutate(random, bytes);
      if (check_packed(bytes, rows.layout).has_value()) read_all(bytes, rows.layout);
    }
  }
}

TEST(CheckPacked, RefusesRandomBytes) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 5'000; ++i) {
    Bytes bytes(static_cast<size_t>(random.between(0, 300)));
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.word());
    ASSERT_FALSE(check_packed(bytes, kLayout).has_value());
  }
}

}  // namespace
}  // namespace thing::value
