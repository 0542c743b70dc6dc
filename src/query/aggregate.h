#pragma once
// Numbers about rows: counts, sums, averages, least and greatest values, of all rows or of groups.
#include <memory>
#include <string>
#include <vector>

#include "query/criteria.h"

namespace thing::query {

enum class Function : uint8_t { kCount, kSum, kAvg, kMin, kMax };
std::string_view function_name(Function function);  // "_count"

// One column of the answer.
struct Aggregate {
  Function function = Function::kCount;
  int field = schema::kNone;  // kNone: of rows, for kCount alone
  friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

// The type of a function's value for a field's; kNull when there is none. Sums of integers are
// decimals, so that they have room.
value::Type type_of(Function function, value::Type field);

// Aggregates under construction. Groups are rows of a model of their own: first the fields that
// make the groups, which are its primary key, then the aggregates; so conditions and orders of
// groups are those of any model.
class Aggregation {
  schema::Model groups_model_;

 public:
  explicit Aggregation(const schema::Model& model);
  Aggregation(const Aggregation&) = delete;

  const schema::Model& model() const { return rows.model(); }
  const schema::Model& groups_model() const { return groups_model_; }
  // The fields that make groups; before any column. kInvalid: a list, a document, or one twice.
  base::Status group_by(uint32_t field);
  // The number of the column in groups_model(), which is made when it is new. kInvalid: the
  // function takes no field of the type.
  base::Result<uint32_t> column(Aggregate aggregate);

  const std::vector<uint32_t>& by() const { return by_; }
  const std::vector<Aggregate>& columns() const { return columns_; }

  Criteria rows;    // which rows count; with take, skip or cursor a page of them
  Criteria groups;  // which groups come back, in which order

 private:
  std::vector<uint32_t> by_;
  std::vector<Aggregate> columns_;
};

// Aggregates that can run.
struct AggregateQuery {
  Query rows;
  Query groups;
  std::vector<uint32_t> by;
  std::vector<Aggregate> columns;
};

}  // namespace thing::query
