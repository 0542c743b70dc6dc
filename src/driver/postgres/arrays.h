#pragma once
#include <span>
#include <string>

#include "driver/postgres/rows.h"
#include "driver/postgres/types.h"
#include "value/value.h"

namespace thing::driver::postgres {

// The binary form of an array of one dimension; as encode(), for each element.
base::Result<std::string> encode_array(const PgType& element, value::Type type,
                                       std::span<const value::ValueView> values);
// The same of a list's canonical text.
base::Result<std::string> encode_list(const PgType& element, const value::ValueView& list);

// Reads an array whose elements column.element reads into a list.
base::Status read_list(const Cell& cell);

}  // namespace thing::driver::postgres
