#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/model.h"
#include "session/session.h"

namespace thing::migrate {

// What the database lacks for the models, as statements in an order that runs. kSchema when a table
// that is there can not serve: names table, column, what was found and what was expected. Reads
// only.
base::Result<std::vector<std::string>> plan(session::Connection& connection,
                                            const std::vector<const schema::Model*>& models);

// The tables of the database (or those named) as an array of model documents that parse_models
// accepts.
base::Result<std::string> introspect(session::Connection& connection,
                                     const std::vector<std::string>& tables);

}  // namespace thing::migrate
