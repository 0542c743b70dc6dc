#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::driver::postgres {

// The wire form of a canonical decimal.
std::string encode_numeric(std::string_view decimal);
// The canonical decimal of the wire form, with its scale. kRange for what is no finite number or
// has more digits than a decimal may have; kInternal for bytes of another form.
base::Result<std::string> decode_numeric(std::string_view wire);

}  // namespace thing::driver::postgres
