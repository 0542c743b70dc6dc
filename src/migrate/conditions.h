#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dialect/catalogue.h"
#include "migrate/tokens.h"
#include "value/type.h"

namespace thing::migrate {

struct NamedColumn {
  std::string column;  // as the database compares it
  std::string field;
  value::Type type = value::Type::kNull;
};

// The condition of a partial index as the "where" of criteria: columns compared with literals (=,
// <>, <, <=, >, >=, IN or = ANY, BETWEEN, IS NULL) or, for bool, alone; joined by AND, OR and NOT.
// nullopt when it says anything else.
std::optional<std::string> criteria_of(const dialect::Catalogue& catalogue,
                                       const std::vector<Token>& condition,
                                       const std::vector<NamedColumn>& columns);

}  // namespace thing::migrate
