#pragma once
#include <string_view>

namespace thing::dialect {

// A random UUID in lower case, as SQLite makes one. Introspection knows the text again.
extern const std::string_view kUuidExpression;

}  // namespace thing::dialect
