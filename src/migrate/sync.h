#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "migrate/catalogue.h"
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

// The foreign keys of a table, in the order in which SQLite has them declared, else by name.
base::Result<std::vector<ForeignKey>> foreign_keys(session::Connection& connection,
                                                   std::string_view table);

// Around planning and executing: no other process of this library changes tables meanwhile. Inside
// the transaction that both run in, and first in it, as on PostgreSQL one that looked around before
// may not see what was made while it waited. kBusy when others take longer than the busy timeout.
base::Status lock_schema(session::Connection& connection);
// On MySQL and MariaDB the lock outlives the transaction, as creating a table ends it. Elsewhere
// the end of the transaction is that of the lock, and this does nothing.
base::Status unlock_schema(session::Connection& connection);

}  // namespace thing::migrate
