#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "entity/prepare.h"
#include "value/row.h"

namespace thing::store {

// Whether an INSERT of these columns leaves values to the database that this library does not know.
inline bool leaves_values_to_database(const schema::Model& model,
                                      const entity::Prepared& prepared) {
  size_t at = 0;
  for (uint32_t f = 0; f < model.columns(); ++f) {
    if (at < prepared.fields.size() && prepared.fields[at] == f) {
      ++at;
    } else if (static_cast<int>(f) != model.id) {
      return true;
    }
  }
  return false;
}

inline bool has_field(const std::vector<uint32_t>& fields, int field) {
  return field >= 0 &&
         std::find(fields.begin(), fields.end(), static_cast<uint32_t>(field)) != fields.end();
}

// Fills an integer into a row that nobody else has yet.
inline void patch_integer(value::BatchRef& batch, uint32_t field, int64_t v) {
  value::Batch* const b = batch.mutable_batch();
  const value::BatchHeader& h = b->header();
  const uint64_t words =
      uint64_t{(h.columns + 63) / 64} * ((h.flags & value::BatchHeader::kHasAbsent) != 0 ? 2 : 1);
  std::memcpy(b->mutable_bytes() + h.rows_offset + (words + field) * 8, &v, sizeof v);
}

// kNotNull when a part of the key is neither given nor made by the database.
base::Status check_key(const schema::Model& model, const std::vector<uint32_t>& columns);

}  // namespace thing::store
