#pragma once
// Numbers about the rows of relations: a statement for each relation, and condition, for all rows
// together.
#include <optional>
#include <string_view>
#include <vector>

#include "entity/output.h"
#include "entity/selection.h"
#include "query/criteria.h"
#include "relation/rows.h"
#include "store/store.h"

namespace thing::relation {

// Always asked of the database. nullopt: kCacheOnly met a miss.
base::Result<std::optional<Numbers>> load_numbers(store::Store& store, const store::Call& call,
                                                  const RowTree& tree,
                                                  const query::Include& include);
// The same of one row that has no key.
Numbers numbers_of_none(const query::Include& include);
bool has_number(const std::vector<Numbers>& numbers, const query::Number& number);
// Those of some of the rows.
Numbers take_numbers(const Numbers& numbers, std::span<const uint32_t> rows);

// Numbers of one row.
struct NumberOfRow {
  const query::Number* number = nullptr;
  const schema::Link* link = nullptr;
  const value::Value* value = nullptr;
};
using NumberList = std::vector<NumberOfRow>;
NumberList numbers_of(std::span<const Numbers> numbers, uint32_t row);

// "_count": {"posts": 3}, ... as members that begin with a comma.
void print_numbers(entity::Output& out, const NumberList& numbers);
// What is chosen of one kind: {"posts": 3}; false, and nothing printed, when there is none.
bool print_numbers(entity::Output& out, const NumberList& numbers, query::Number::Kind kind,
                   const entity::Selection* selection);
// By its path, "_count.posts" or "_sum.orders.total"; nullptr: there is none.
const NumberOfRow* find_number(const NumberList& numbers, std::string_view path);

}  // namespace thing::relation
