#include <fmt/format.h>

#include "dialect/postgres/postgres.h"

namespace thing::dialect {

using schema::Model;
using value::Type;

// A sum that leaves the type is an error of the server ("bigint out of range"). The parameter has a
// type of its own, so that a column of fewer bytes does not narrow it.
std::string Postgres::increment(const Model& model, uint32_t field, int number) const {
  const std::string column = this->column(model, field);
  const std::string by =
      fmt::format("{}::{}", placeholder(number), postgres_type(model.fields[field].type));
  if (static_cast<int>(field) == model.version) return column + " + " + by;
  return fmt::format("coalesce({}, 0) + {}", column, by);
}

// 1.0 = 1.00 for numeric, which are two keys.
std::string Postgres::key_equals(const Model& model, uint32_t field,
                                 const std::string& value) const {
  const std::string equal = SqlDialect::key_equals(model, field, value);
  if (model.fields[field].type != Type::kDecimal) return equal;
  return fmt::format("{} AND scale({}) = scale({})", equal, column(model, field), value);
}

// One plan for any number of keys. Of decimals, keys that differ in their scale come along.
std::string Postgres::select_keys(const Model& model, int keys) const {
  if (model.primary.size() > 1) return SqlDialect::select_keys(model, keys);
  const uint32_t field = model.primary[0];
  return fmt::format("{} = ANY({}::{}[])", column(model, field), placeholder(1),
                     postgres_type(model.fields[field].type));
}

std::string Postgres::upserted(const Model& model) const { return " RETURNING " + columns(model); }

}  // namespace thing::dialect
