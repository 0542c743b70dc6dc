#pragma once
// Documents made from documents, and whether two say the same.
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::text {

// Whether both are JSON that says the same: members in any order, numbers by their value, exactly.
bool is_same_json(std::string_view a, std::string_view b);

// Paths are those of RFC 6901: "" the whole, "/a/0" element 0 of member "a", "-" behind the last
// element, "~0" a '~' and "~1" a '/'.
//
// Puts a value in place of the one there, or adds it; objects on the way are made. kInvalid: the
// path leads through a scalar, or to an element beyond the next.
base::Result<std::string> set_json(std::string_view document, std::string_view path,
                                   std::string_view value);
// Takes a member or an element away. What is not there may be missing already.
base::Result<std::string> remove_json(std::string_view document, std::string_view path);
// Lays a patch over it as RFC 7396 has it: objects are merged, null removes, all else replaces.
base::Result<std::string> merge_json(std::string_view document, std::string_view patch);

}  // namespace thing::text
