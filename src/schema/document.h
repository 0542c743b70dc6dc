#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/model.h"

namespace thing::schema {

// Reads one model document or an array of them (docs/reference/models.md). Everything is checked
// but the "where" of indexes, which needs the criteria floor. kModel: "User: fields.email.type:
// found 'txt', expected one of bool, int, ..."; kSyntax when it is not JSON.
base::Result<std::vector<std::unique_ptr<Model>>> parse_models(std::string_view document);

// The whole definition, every default written out; parse_models reads it back to the same model.
std::string print_model(const Model& model);

}  // namespace thing::schema
