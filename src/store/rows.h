#pragma once
// What reads are asked for, and what they give.
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "query/criteria.h"
#include "schema/model.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::store {

struct ModelState;

// A key of a model: one integer, or values in key order.
struct Key {
  bool is_integer = false;
  bool is_known = true;  // false: the database makes it
  int64_t integer = 0;
  std::vector<value::Value> values;  // empty when is_integer
};

// Where a single row goes. place() may be called more than once; the last place counts.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual uint8_t* place(uint64_t bytes) = 0;  // 8-aligned, room for bytes rounded up to 8
};
enum class Found : uint8_t { kNo, kCache, kDatabase, kUncached /* kCacheOnly met a miss */ };

// A result set. For raw SQL `raw` is the model made for its columns.
struct RowSet {
  ModelState* model = nullptr;
  std::shared_ptr<const schema::Model> raw;
  value::BatchRef rows;
  bool from_cache = false;
  bool missed = false;  // kCacheOnly met a miss: nothing was read
  // For the token of the next page; empty order: there are no pages.
  std::vector<query::Order> order;
  std::optional<int64_t> take;
};

}  // namespace thing::store
