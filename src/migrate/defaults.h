#pragma once
#include <string>
#include <string_view>

#include "dialect/catalogue.h"
#include "value/value.h"

namespace thing::migrate {

// The default of a column, given as SQL, as model documents say it: a literal of the type where it
// is one, now or uuid where it says so, else {"sql": ...}.
std::string default_json(const dialect::Catalogue& catalogue, value::Type type, bool nullable,
                         std::string_view sql);
// A value as documents write it.
std::string value_json(const value::ValueView& v);

}  // namespace thing::migrate
