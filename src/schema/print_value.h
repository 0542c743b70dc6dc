#pragma once
#include "value/json.h"

namespace thing::schema {

using value::print_value;

}  // namespace thing::schema
