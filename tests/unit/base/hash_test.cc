#include "base/hash.h"

#include <set>

#include <gtest/gtest.h>

namespace thing::base {
namespace {

// From the XXH3 reference implementation: caches on disk and in Redis depend on these.
TEST(Hash64, IsXxh3) {
  EXPECT_EQ(hash64("", 0), 0x2d06800538d394c2u);
  EXPECT_EQ(hash64(nullptr, 0), 0x2d06800538d394c2u);
}

TEST(Hash64, DependsOnTheSeed) { EXPECT_NE(hash64("users", 5, 1), hash64("users", 5, 2)); }

TEST(Hash128, IsXxh3) {
  const Hash128 empty = hash128("");
  EXPECT_EQ(empty.low, 0x6001c324468d497fu);
  EXPECT_EQ(empty.high, 0x99aa06d3014798d8u);
}

TEST(Hash128, DiffersInBothHalves) {
  const Hash128 a = hash128("users"), b = hash128("userz");
  EXPECT_NE(a.low, b.low);
  EXPECT_NE(a.high, b.high);
  EXPECT_EQ(a, hash128("users"));
}

TEST(Mix64, SpreadsNeighboursOverTheHighBits) {
  std::set<uint64_t> seen;
  for (uint64_t i = 0; i < 256; ++i) seen.insert(mix64(i) >> 56);
  EXPECT_GT(seen.size(), 140u);  // 162 of 256 are to be expected by chance
}

}  // namespace
}  // namespace thing::base
