#pragma once
#include <string>

#include "query/criteria.h"

namespace thing::query {

// "update", "share" or {"for": "update", "wait": "nowait"}; errors begin with the path.
base::Result<Lock> lock_from_json(const schema::Model& model, const std::string& path,
                                  const text::JsonNode& node);

}  // namespace thing::query
