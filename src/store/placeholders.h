#pragma once
#include <string>
#include <string_view>

namespace thing::store {

// Raw SQL for PostgreSQL: each `?` becomes `$1`, `$2`, ...; `??` becomes the operator `?`. Texts,
// quoted names and comments stay as they are.
std::string number_placeholders(std::string_view sql);

}  // namespace thing::store
