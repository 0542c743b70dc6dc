#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "query/criteria.h"
#include "value/row.h"

namespace thing::store {

// The first columns of an order, as far as it is known here how the database sorts their values:
// places are texts that sort by bytes as the rows do. Rows that are alike in these columns have one
// place, whatever follows.
class WindowOrder {
 public:
  WindowOrder() = default;
  WindowOrder(const schema::Model& model, const std::vector<query::Order>& order);

  const std::vector<query::Order>& columns() const { return columns_; }
  bool empty() const { return columns_.empty(); }
  // For names of templates: false when the model has no such column, or its order is not known.
  bool add(const schema::Model& model, const query::Order& column);

  struct Place {
    std::string text;       // hexadecimal digits
    bool is_whole = false;  // false: the row's own place is there or behind
  };
  // `has_key`: false when the database makes the key.
  Place place(const schema::Model& model, const value::RowView& row, bool has_key) const;

 private:
  std::vector<query::Order> columns_;
};

// The columns of the order that a list is cut in; empty when it is not, or nothing can be made of
// where it is.
WindowOrder window_order(const query::Query& query);
// The place of the last row of a list that is full; "" when there may be nothing behind it.
std::string window_end(const query::Query& query, const value::BatchRef& rows);

}  // namespace thing::store
