// A place is made column by column: two digits that say whether the value is NULL, and for which
// end that sorts; then the value in 16 digits, its sign turned, all of it turned when the order
// descends.
#include "store/window.h"

#include <fmt/format.h>

namespace thing::store {

namespace {

constexpr const char* kNullFirst = "00";
constexpr const char* kValue = "01";
constexpr const char* kNullLast = "02";

// Numbers alone: a text sorts by the collation of its column, a time may be kept in another
// precision, and of what else there is two databases have two orders.
bool is_sorted_here(value::Type type) {
  return type == value::Type::kInt || type == value::Type::kDate;
}

}  // namespace

WindowOrder::WindowOrder(const schema::Model& model, const std::vector<query::Order>& order) {
  for (const query::Order& column : order) {
    if (!add(model, column)) break;
  }
}

bool WindowOrder::add(const schema::Model& model, const query::Order& column) {
  if (column.field >= model.columns() || !is_sorted_here(model.fields[column.field].type))
    return false;
  columns_.push_back(column);
  return true;
}

// A field that can not be NULL and has no value is one that the database makes, or one whose column
// is not as the model says.
WindowOrder::Place WindowOrder::place(const schema::Model& model, const value::RowView& row,
                                      bool has_key) const {
  Place place;
  for (const query::Order& column : columns_) {
    if (!has_key && static_cast<int>(column.field) == model.id) return place;
    if (row.has(column.field)) {
      uint64_t bits = static_cast<uint64_t>(row.int64(column.field)) ^ uint64_t { 1 } << 63;
      if (column.descending) bits = ~bits;
      place.text += fmt::format("{}{:016x}", kValue, bits);
    } else if (model.fields[column.field].nullable && !row.is_absent(column.field)) {
      place.text += column.nulls_first ? kNullFirst : kNullLast;
    } else {
      return place;
    }
  }
  place.is_whole = true;
  return place;
}

WindowOrder window_order(const query::Query& query) {
  const bool is_cut = query.take.value_or(0) > 0 && query.skip.value_or(0) == 0 &&
                      !query.keyset.has_value() && !query.distinct && query.distinct_on.empty() &&
                      query.select.empty();
  return is_cut ? WindowOrder(*query.model, query.order) : WindowOrder();
}

std::string window_end(const query::Query& query, const value::BatchRef& rows) {
  const uint32_t n = rows->rows();
  if (n == 0 || static_cast<int64_t>(n) < query.take.value_or(0)) return "";
  const WindowOrder::Place last = window_order(query).place(*query.model, rows->row(n - 1), true);
  return last.is_whole ? last.text : "";
}

}  // namespace thing::store
