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

Function function_of(Number::Kind kind);  // whether there are rows is told by their count

// The type of a function's value for a field's; kNull when there is none. Sums of integers are
// decimals, so that they have room.
value::Type type_of(Function function, value::Type field);
// kInvalid: the function takes no field of the type.
base::Status check_function(const schema::Model& model, Function function, uint32_t field);

// Where a row of aggregates has what a function gives.
struct Answer {
  Function function = Function::kCount;
  value::Type field = value::Type::kNull;  // the type of the field
  uint32_t column = 0;                     // of the groups' model; of an average the sum
  uint32_t count = 0;                      // of an average: of the values
};

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
  // Groups by the keys of the rows that rows belong to, which are fields of the first part.
  void group_by(std::vector<WayPart> way, std::vector<uint32_t> key);
  // The number of the column in groups_model(), which is made when it is new. kInvalid: the
  // function takes no field of the type.
  base::Result<uint32_t> column(Aggregate aggregate);
  // The columns that a function needs, so that its value is exact: databases round averages each
  // in its way.
  base::Result<Answer> answer(Aggregate aggregate);
  // What a row of the answer has of it, NULL where there were no values; decimals without zeros at
  // their end, as databases differ in those. kRange: a sum of integers that no int holds.
  base::Result<value::Value> value_of(const Answer& answer, const value::RowView& row) const;

  const std::vector<uint32_t>& by() const { return by_; }
  const std::vector<Aggregate>& columns() const { return columns_; }
  const std::vector<WayPart>& way() const { return way_; }
  const std::vector<uint32_t>& way_key() const { return way_key_; }

  Criteria rows;    // which rows count; with take, skip or cursor a page of them
  Criteria groups;  // which groups come back, in which order

 private:
  std::vector<uint32_t> by_;
  void add_group(const schema::Field& of);

  std::vector<Aggregate> columns_;
  std::vector<WayPart> way_;
  std::vector<uint32_t> way_key_;
};

// Aggregates that can run.
struct AggregateQuery {
  Query rows;
  Query groups;
  std::vector<uint32_t> by;
  std::vector<Aggregate> columns;
};

}  // namespace thing::query
