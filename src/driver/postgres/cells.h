#pragma once
#include "driver/postgres/rows.h"

namespace thing::driver::postgres {

// Reads a value of the kind into a field of the type; nullptr when the one can not be the other.
Reader find_reader(Kind kind, value::Type type, bool checks_utf8);

// Says what is wrong with the column, never the value itself.
tl::unexpected<base::Error> misfit(const Cell& c, base::Code code, std::string_view found);

}  // namespace thing::driver::postgres
