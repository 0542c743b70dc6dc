#include "cache/memory/object_table.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cache_test {
namespace {

using thing::cache::ObjectKey;
using thing::cache::ObjectTable;
using thing::cache::Stamp;
using thing::cache::Stat;
using thing::cache::Stats;

constexpr uint64_t kMegabyte = 1 << 20;

class Objects : public testing::Test {
 protected:
  bool put(const ObjectKey& key, const std::string& row, Stamp stamp) {
    return table_.put(key, reinterpret_cast<const uint8_t*>(row.data()), row.size(), stamp);
  }
  // The row; "absent" when it is known not to be there, "miss" when nothing is known.
  std::string get(const ObjectKey& key, Stamp floor = 1) const {
    ObjectTable::Found found;
    if (!table_.find(key, floor, found)) return "miss";
    if (found.bytes == 0) return "absent";
    std::vector<uint64_t> words((found.bytes + 7) / 8);
    if (!table_.copy(found, words.data())) return "torn";
    return std::string(reinterpret_cast<const char*>(words.data()), found.bytes);
  }

  Stats stats_;
  ObjectTable table_{4 * kMegabyte, stats_};
};

TEST_F(Objects, AreFoundByModelAndKey) {
  ASSERT_TRUE(put(ObjectKey::of(1, 7), "seven", 1));
  EXPECT_EQ(get(ObjectKey::of(1, 7)), "seven");
  EXPECT_EQ(get(ObjectKey::of(2, 7)), "miss");
  EXPECT_EQ(get(ObjectKey::of(1, 8)), "miss");
}

TEST_F(Objects, WithEqualHashesAreToldApart) {
  ObjectKey one = ObjectKey::of(1, 1), two = ObjectKey::of(1, 2), other = ObjectKey::of(2, 1);
  ObjectKey a = ObjectKey::of(1, "aa"), b = ObjectKey::of(1, "bb"),
            longer = ObjectKey::of(1, "aab");
  ObjectKey* const all[] = {&one, &two, &other, &a, &b, &longer};
  for (ObjectKey* key : all) key->hash = 42;
  const std::string rows[] = {"one", "two", "other", "a", "b", "longer"};
  for (size_t i = 0; i < std::size(all); ++i) ASSERT_TRUE(put(*all[i], rows[i], 1));
  for (size_t i = 0; i < std::size(all); ++i) EXPECT_EQ(get(*all[i]), rows[i]);
  table_.invalidate(two, 2);
  EXPECT_EQ(get(two), "miss");
  EXPECT_EQ(get(one), "one");
  ObjectKey unknown = ObjectKey::of(1, "cc");
  unknown.hash = 42;
  EXPECT_EQ(get(unknown), "miss");
}

TEST_F(Objects, MoreThanABucketHoldsWithOneHashPushOutOnlyEachOther) {
  for (int64_t id = 0; id < 100; ++id) {
    ObjectKey key = ObjectKey::of(1, id);
    key.hash = 42;
    put(key, "row " + std::to_string(id), 1);
  }
  for (int64_t id = 0; id < 100; ++id) {
    ObjectKey key = ObjectKey::of(1, id);
    key.hash = 42;
    const std::string found = get(key);
    EXPECT_TRUE(found == "miss" || found == "row " + std::to_string(id)) << found;
  }
}

TEST_F(Objects, BelowTheFloorCountAsUnknown) {
  ASSERT_TRUE(put(ObjectKey::of(1, 7), "old", 3));
  EXPECT_EQ(get(ObjectKey::of(1, 7), 3), "old");
  EXPECT_EQ(get(ObjectKey::of(1, 7), 4), "miss");
}

TEST_F(Objects, ReadBeforeAWriteAreRefusedAfterIt) {
  const ObjectKey key = ObjectKey::of(1, 7);
  table_.invalidate(key, 5);
  EXPECT_FALSE(put(key, "read before", 4));
  EXPECT_EQ(get(key), "miss");
  EXPECT_TRUE(put(key, "read after", 5));
  EXPECT_EQ(get(key), "read after");
}

TEST_F(Objects, KnownToBeAbsentAreNoMiss) {
  const ObjectKey key = ObjectKey::of(1, 7);
  ASSERT_TRUE(table_.put(key, nullptr, 0, 1));
  EXPECT_EQ(get(key), "absent");
  ASSERT_TRUE(put(key, "here", 1));
  EXPECT_EQ(get(key), "here");
}

TEST_F(Objects, TooLargeAreNotKept) {
  EXPECT_FALSE(put(ObjectKey::of(1, 7), std::string(ObjectTable::kMaxRow + 1, 'x'), 1));
  EXPECT_FALSE(put(ObjectKey::of(1, std::string(ObjectTable::kMaxKey + 1, 'k')), "row", 1));
  EXPECT_EQ(table_.entries(), 0U);
}

TEST_F(Objects, StayWithinTheirBytes) {
  for (int64_t id = 0; id < 20'000; ++id) put(ObjectKey::of(1, id), std::string(1000, 'x'), 1);
  EXPECT_LE(table_.bytes(), 4 * kMegabyte);
  EXPECT_GT(table_.entries(), 1000U);
  EXPECT_GT(stats_.get(Stat::kEviction), 0);
  table_.set_max_bytes(kMegabyte);
  EXPECT_LE(table_.bytes(), kMegabyte);
  table_.clear();
  EXPECT_EQ(table_.entries(), 0U);
}

TEST_F(Objects, OfAllSizesShareTheMemory) {
  for (const size_t size : {10U, 60'000U, 500U, 5'000U}) {
    for (int64_t id = 0; id < 300; ++id) put(ObjectKey::of(1, id), std::string(size, 'x'), 1);
    EXPECT_EQ(get(ObjectKey::of(1, 299)).size(), size);
    EXPECT_LE(table_.bytes(), 4 * kMegabyte);
  }
}

// A row is its own number, over and over: half of one row and half of another would show.
TEST_F(Objects, AreNeverReadHalfWritten) {
  std::atomic<bool> stop{false};
  std::atomic<int64_t> wrong{0}, hits{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      for (uint64_t i = 0; !stop.load(); ++i) {
        const std::string row = get(ObjectKey::of(1, static_cast<int64_t>(i % 50)));
        if (row == "miss" || row == "torn" || row == "absent") continue;
        hits.fetch_add(1);
        if (std::any_of(row.begin(), row.end(), [&](char c) { return c != row[0]; }))
          wrong.fetch_add(1);
      }
    });
  }
  for (uint64_t round = 0; round < 40'000 || hits.load() < 1000; ++round) {
    const ObjectKey key = ObjectKey::of(1, static_cast<int64_t>(round * 7 % 50));
    if (round % 11 == 0) table_.invalidate(key, round / 11 + 2);
    put(key, std::string(8 + round % 900, static_cast<char>('a' + round % 26)), round / 11 + 2);
  }
  stop.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace cache_test
