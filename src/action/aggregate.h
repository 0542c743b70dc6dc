#pragma once
#include <memory>

#include "action/run.h"
#include "query/aggregate.h"

namespace thing::action {

// Aggregates that were asked for, and how the answer is written.
struct Summary {
  explicit Summary(const schema::Model& model) : aggregation(model) {}

  // A number beside its name: "views": 7.
  struct Member {
    std::string name;  // "_all" for rows
    query::Answer answer;
  };
  // "_sum": {...}, or "_count": 7.
  struct Part {
    std::string name;
    bool is_plain = false;  // its one member stands for itself
    std::vector<Member> members;
  };

  query::Aggregation aggregation;
  std::vector<Part> parts;
};

// "by", of which the groups are made.
base::Status read_by(const text::JsonNode& node, Summary& summary);
// A part of the answer, "_count", "_sum", "_avg", "_min" or "_max".
base::Status read_part(query::Function function, const text::JsonNode& node, const Place& place,
                       Summary& summary);
// Which groups come back, and in which order.
base::Status read_having(const text::Json& json, const text::JsonNode& node, Summary& summary);
base::Status read_group_order(const text::JsonNode& node, Summary& summary);

std::optional<query::Function> function_of(std::string_view name);

// One row of the answer as an object. kRange: a sum of integers that no int holds.
base::Status print_group(const Summary& summary, const value::RowView& row, entity::Output& out);
base::Status print_members(const Summary::Part& part, const value::RowView& row,
                           const Summary& summary, entity::Output& out);

}  // namespace thing::action
