#pragma once
#include <vector>

#include "query/criteria.h"
#include "value/row.h"

namespace thing::query {

// What is known of the columns' comparison in the database, by field. An inexact text field (a
// collation that is not binary) makes comparisons of it kMaybe.
struct Exactness {
  std::vector<bool> exact_text;  // empty: all exact
  bool is_exact(uint32_t field) const { return exact_text.empty() || exact_text[field]; }
};

enum class Membership : uint8_t { kNo, kYes, kMaybe };

// Whether `row` is one of the query's rows, paging aside: SQL's three-valued logic, and kMaybe
// where this library can not be sure to decide as the database does (absent columns, json
// comparison, inexact text, insensitive text beyond ASCII).
Membership matches(const Node& where, const std::vector<value::Value>& params,
                   const schema::Model& model, const value::RowView& row,
                   const Exactness& exactness);

// The fields that decide over membership, and over order: bit i of word i/64 is field i.
std::vector<uint64_t> fields_of(const Node& where, uint32_t columns);
std::vector<uint64_t> fields_of(const std::vector<Order>& order, uint32_t columns);

}  // namespace thing::query
