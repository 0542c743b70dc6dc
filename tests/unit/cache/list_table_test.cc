#include "cache/memory/list_table.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace cache_test {
namespace {

using thing::base::Hash128;
using thing::cache::Effect;
using thing::cache::Images;
using thing::cache::Keys;
using thing::cache::List;
using thing::cache::ListTable;
using thing::cache::ModelLists;
using thing::cache::Stats;

// Of a query that any row may matter to.
class AnyRow final : public thing::cache::Watch {
 public:
  Effect effect(const Images&) const override { return Effect::kDrop; }
  Hash128 group() const override { return {}; }
  uint64_t bucket() const override { return 0; }
  std::optional<uint64_t> bucket_of(const thing::value::RowView&) const override { return 0; }
  const std::vector<uint64_t>& fields() const override { return fields_; }

 private:
  const std::vector<uint64_t> fields_{1};
};

class Lists : public testing::Test {
 protected:
  static List keys(std::vector<int64_t> integers) {
    auto out = std::make_shared<Keys>();
    out->count = integers.size();
    out->integers = std::move(integers);
    return {std::move(out), {}};
  }
  std::vector<int64_t> found(const Hash128& hash, const std::string& query) {
    const auto list = lists_.find_list(hash, query, 1);
    return list.has_value() ? list->keys->integers : std::vector<int64_t>{-1};
  }

  const std::shared_ptr<const AnyRow> watch_ = std::make_shared<AnyRow>();
  Stats stats_;
  ListTable table_{1 << 20};
  ModelLists lists_{table_, stats_};
};

TEST_F(Lists, OfEqualHashesAreToldApart) {
  const Hash128 hash{7, 7};
  lists_.put_list(hash, "one", watch_, keys({1}), 1);
  EXPECT_EQ(found(hash, "two"), std::vector<int64_t>{-1}) << "no hit for another query";
  lists_.put_list(hash, "two", watch_, keys({2, 3}), 1);
  EXPECT_EQ(found(hash, "one"), std::vector<int64_t>{1});
  EXPECT_EQ(found(hash, "two"), (std::vector<int64_t>{2, 3}));
}

TEST_F(Lists, AndCountsOfEqualHashesAreToldApart) {
  const Hash128 hash{7, 7};
  lists_.put_count(hash, "one", watch_, 10, 1);
  EXPECT_FALSE(lists_.find_count(hash, "two", 1).has_value());
  EXPECT_FALSE(lists_.find_list(hash, "one", 1).has_value());
  lists_.put_count(hash, "two", watch_, 20, 1);
  lists_.put_list(hash, "one", watch_, keys({1}), 1);
  EXPECT_EQ(lists_.find_count(hash, "one", 1), 10);
  EXPECT_EQ(lists_.find_count(hash, "two", 1), 20);
  EXPECT_EQ(found(hash, "one"), std::vector<int64_t>{1});
}

}  // namespace
}  // namespace cache_test
