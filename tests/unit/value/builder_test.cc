#include <gtest/gtest.h>

#include "random.h"
#include "rows.h"
#include "value/row.h"

namespace thing::value {
namespace {

const Layout kUser = {77, {Type::kInt, Type::kText, Type::kFloat, Type::kBytes}};

TEST(BatchBuilder, MakesARowOfNullsAtFirst) {
  BatchBuilder builder;
  builder.start(kUser, false);
  builder.begin_row();
  for (uint32_t i = 0; i < kUser.columns(); ++i) {
    EXPECT_TRUE(builder.last_row().is_null(i));
    EXPECT_FALSE(builder.last_row().is_absent(i));
  }
}

TEST(BatchBuilder, MakesARowOfAbsentColumnsWhenPartial) {
  BatchBuilder builder;
  builder.start(kUser, true);
  builder.begin_row();
  builder.set_null(2);
  const RowView row = builder.last_row();
  EXPECT_TRUE(row.is_partial());
  EXPECT_TRUE(row.is_absent(0));
  EXPECT_FALSE(row.is_null(0));
  EXPECT_TRUE(row.is_null(2));
  EXPECT_FALSE(row.is_absent(2));
}

TEST(BatchBuilder, GivesBackWhatWasSet) {
  BatchBuilder builder;
  builder.start(kUser, false);
  builder.begin_row();
  builder.set_int64(0, INT64_MIN);
  ASSERT_TRUE(builder.set_bytes(1, "Ada").has_value());
  builder.set_float64(2, 0.1);
  ASSERT_TRUE(builder.set_bytes(3, std::string_view("\0\xff", 2)).has_value());
  const BatchRef batch = builder.finish();
  const RowView row = batch->row(0);
  EXPECT_EQ(row.int64(0), INT64_MIN);
  EXPECT_EQ(row.bytes(1), "Ada");
  EXPECT_EQ(row.bytes(1).data()[3], '\0');
  EXPECT_EQ(row.float64(2), 0.1);
  EXPECT_EQ(row.bytes(3), std::string_view("\0\xff", 2));
}

TEST(BatchBuilder, LetsTheLastSetOfAColumnWin) {
  BatchBuilder builder;
  builder.start(kUser, true);
  builder.begin_row();
  ASSERT_TRUE(builder.set_bytes(1, "first").has_value());
  ASSERT_TRUE(builder.set_bytes(1, "second").has_value());
  builder.set_int64(0, 1);
  builder.set_null(0);
  const BatchRef batch = builder.finish();
  EXPECT_EQ(batch->row(0).bytes(1), "second");
  EXPECT_TRUE(batch->row(0).is_null(0));
  EXPECT_TRUE(check_packed({batch->bytes(), batch->size()}, kUser).has_value());
}

TEST(BatchBuilder, IsReusedByStart) {
  BatchBuilder builder;
  for (int round = 0; round < 3; ++round) {
    builder.start(kUser, round == 1);
    EXPECT_EQ(builder.rows(), 0u);
    builder.begin_row();
    builder.set_int64(0, round);
    ASSERT_TRUE(builder.set_bytes(1, "text").has_value());
    const BatchRef batch = builder.finish();
    EXPECT_EQ(batch->rows(), 1u);
    EXPECT_EQ(batch->row(0).int64(0), round);
    EXPECT_EQ(batch->row(0).bytes(1), "text");
  }
}

TEST(BatchBuilder, MakesABatchWithoutRows) {
  BatchBuilder builder;
  builder.start(kUser, false);
  const BatchRef batch = builder.finish();
  EXPECT_EQ(batch->size(), sizeof(BatchHeader));
  EXPECT_EQ(batch->rows(), 0u);
  EXPECT_TRUE(check_packed({batch->bytes(), batch->size()}, kUser).has_value());
}

TEST(BatchBuilder, WritesTheBytesOfTheReference) {
  BatchBuilder builder;
  const Layout layout = {0x1122334455667788, {Type::kInt, Type::kText}};
  builder.start(layout, false);
  builder.begin_row();
  builder.set_int64(0, 5);
  ASSERT_TRUE(builder.set_bytes(1, "Ada").has_value());
  std::string bytes(builder.packed_size(), '?');
  builder.write_to(reinterpret_cast<uint8_t*>(bytes.data()));
  std::string expected(
      "THG1\x01\0\0\0\x01\0\0\0\x02\0\0\0\x18\0\0\0\x40\0\0\0\x58\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0",
      40);
  expected += std::string("\x88\x77\x66\x55\x44\x33\x22\x11", 8) + std::string(16, '\0');
  expected += std::string(8, '\0') + std::string("\x05\0\0\0\0\0\0\0", 8) +
              std::string("\0\0\0\0\x03\0\0\0", 8);
  expected += std::string("Ada\0", 4) + std::string(4, '\0');
  EXPECT_EQ(bytes, expected);
}

TEST(BatchBuilder, PassesItsOwnCheckForAnyRows) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 500; ++i) {
    const test::Rows rows(random);
    const BatchRef batch = rows.packed();
    const auto checked = check_packed({batch->bytes(), batch->size()}, rows.layout);
    ASSERT_TRUE(checked.has_value()) << checked.error().message();
    ASSERT_EQ(batch->size() % 8, 0u);
    ASSERT_TRUE(rows.are_in(batch));
  }
}

TEST(BatchBuilder, AppendsRowsOfOtherBatchesUnchanged) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 200; ++i) {
    const test::Rows rows(random);
    const BatchRef batch = rows.packed();
    BatchBuilder builder;
    builder.start(rows.layout, rows.partial);
    for (uint32_t r = 0; r < batch->rows(); ++r)
      ASSERT_TRUE(builder.append(batch->row(r), rows.layout).has_value());
    const BatchRef copy = builder.finish();
    ASSERT_EQ(copy->size(), batch->size());
    ASSERT_EQ(std::memcmp(copy->bytes(), batch->bytes(), batch->size()), 0);
  }
}

TEST(BatchBuilder, AppendsAbsentColumnsAsNullWhenNotPartial) {
  BatchBuilder partial, whole;
  partial.start(kUser, true);
  partial.begin_row();
  partial.set_int64(0, 9);
  whole.start(kUser, false);
  ASSERT_TRUE(whole.append(partial.last_row(), kUser).has_value());
  EXPECT_EQ(whole.last_row().int64(0), 9);
  EXPECT_TRUE(whole.last_row().is_null(1));
  EXPECT_FALSE(whole.last_row().is_absent(1));
}

TEST(BatchBuilder, AppendsNullColumnsAsNullWhenPartial) {
  BatchBuilder whole, partial;
  whole.start(kUser, false);
  whole.begin_row();
  whole.set_int64(0, 9);
  partial.start(kUser, true);
  ASSERT_TRUE(partial.append(whole.last_row(), kUser).has_value());
  EXPECT_EQ(partial.last_row().int64(0), 9);
  EXPECT_TRUE(partial.last_row().is_null(1));
  EXPECT_FALSE(partial.last_row().is_absent(1));
}

TEST(RowView, GivesNullForAbsentColumns) {
  BatchBuilder builder;
  builder.start(kUser, true);
  builder.begin_row();
  ASSERT_TRUE(builder.set(1, ValueView::of_bytes(Type::kText, "x")).has_value());
  EXPECT_TRUE(builder.last_row().value(0, Type::kInt).is_null());
  EXPECT_EQ(builder.last_row().value(1, Type::kText).bytes, "x");
}

TEST(BatchRef, SharesOneBatch) {
  const BatchRef first = BatchRef::make(100);
  BatchRef second = first;
  EXPECT_EQ(first.get(), second.get());
  const BatchRef third = std::move(second);
  EXPECT_FALSE(second);  // NOLINT: a moved-from reference is empty
  EXPECT_EQ(third->size(), 100u);
}

TEST(BatchRef, AlignsItsBytes) {
  const std::string bytes(101, 'x');
  const BatchRef batch = BatchRef::copy(reinterpret_cast<const uint8_t*>(bytes.data() + 1), 100);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(batch->bytes()) % 8, 0u);
  EXPECT_EQ(std::memcmp(batch->bytes(), bytes.data() + 1, 100), 0);
}

TEST(CopyRows, GivesTheBytesOfABatchOfThem) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int round = 0; round < 300; ++round) {
    const test::Rows rows(random);
    const BatchRef batch = rows.packed();
    std::vector<uint32_t> chosen;
    for (int64_t i = random.between(0, 6); i > 0 && batch->rows() > 0; --i)
      chosen.push_back(static_cast<uint32_t>(random.between(0, batch->rows() - 1)));
    BatchBuilder builder;
    builder.start(rows.layout, rows.partial);
    for (const uint32_t r : chosen)
      ASSERT_TRUE(builder.append(batch->row(r), rows.layout).has_value());
    const BatchRef expected = builder.finish();
    const auto copied = copy_rows(*batch.get(), chosen, rows.layout);
    ASSERT_TRUE(copied.has_value());
    ASSERT_EQ((*copied)->size(), expected->size());
    EXPECT_EQ(std::memcmp((*copied)->bytes(), expected->bytes(), expected->size()), 0);
  }
}

}  // namespace
}  // namespace thing::value
