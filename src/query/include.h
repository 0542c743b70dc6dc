#pragma once
// What comes along with the rows of a query: rows of relations, and numbers about them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model.h"

namespace thing::query {

class Criteria;

// A number about the rows of a relation.
struct Number {
  enum class Kind : uint8_t { kCount, kExists, kSum, kAvg, kMin, kMax } kind = Kind::kCount;
  std::string name;           // of the relation, or another that it was given
  int field = schema::kNone;  // of the relation's target; kNone: of its rows
  bool is_of_rows() const { return field == schema::kNone; }
  friend bool operator==(const Number&, const Number&) = default;
};
inline constexpr Number::Kind kNumberKinds[] = {Number::Kind::kCount, Number::Kind::kExists,
                                                Number::Kind::kSum,   Number::Kind::kAvg,
                                                Number::Kind::kMin,   Number::Kind::kMax};
std::string_view kind_name(Number::Kind kind);  // "_count", "_exists", "_sum", ...
std::optional<Number::Kind> find_number_kind(std::string_view name);

// Rows of a relation that come with the rows of a query; or, when there are any, numbers about
// them in their place.
struct Include {
  const schema::Link* link = nullptr;
  std::shared_ptr<const Criteria> criteria;  // of the target; nullptr: of several models
  bool pivot = false;                        // many_to_many: the pairs too
  std::vector<Number> numbers;
};

}  // namespace thing::query
