#pragma once
#include <memory>
#include <vector>

#include "cache/memory/list_table.h"
#include "query/criteria.h"
#include "query/match.h"

namespace thing::store {

// What a cached list or count depends on: the query's condition, and for lists its order and the
// fields it holds.
class QueryWatch final : public cache::Watch {
 public:
  QueryWatch(const query::Query& query, const query::Exactness& exactness, cache::Kind kind);
  cache::Effect effect(const cache::Images& images) const override;
  base::Hash128 group() const override { return group_; }
  uint64_t bucket() const override { return bucket_; }
  std::optional<uint64_t> bucket_of(const value::RowView& row) const override;
  const std::vector<uint64_t>& fields() const override { return fields_; }
  // The fields that every member has these values in.
  struct Equal {
    uint32_t field = 0;
    std::string value;  // canonical bytes
  };
  const std::vector<Equal>& equal() const { return equal_; }
  // The fields that every member has one of a few values in. No more values than that, of one field
  // and of several together, have buckets of their own.
  static constexpr size_t kMostAmong = 16;
  struct Among {
    uint32_t field = 0;
    std::vector<std::string> values;  // canonical bytes
  };
  const std::vector<Among>& among() const { return among_; }

 private:
  void add_equality(const query::Node& node);
  bool is_order_kept(const cache::Images& images) const;

  const schema::Model& model_;
  const query::Node where_;
  const std::vector<value::Value> params_;
  const query::Exactness exactness_;
  bool drops_on_any_change_ = false;  // the result holds values, not only keys
  std::vector<uint32_t> order_fields_;
  std::vector<Equal> equal_;
  std::vector<Among> among_;
  std::vector<uint64_t> fields_;
  base::Hash128 group_;
  uint64_t bucket_ = 0;
};

}  // namespace thing::store
