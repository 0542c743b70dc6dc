#include "schema/model.h"

#include <algorithm>

namespace thing::schema {

bool Field::is_enum_value(std::string_view text) const {
  return std::find(enum_values.begin(), enum_values.end(), text) != enum_values.end();
}

int Model::find(std::string_view field) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return static_cast<int>(i);
  }
  return kNone;
}

int Model::find_scope(std::string_view scope) const {
  for (size_t i = 0; i < scopes.size(); ++i) {
    if (scopes[i].name == scope) return static_cast<int>(i);
  }
  return kNone;
}

const Relation* Model::find_relation(std::string_view relation) const {
  for (const auto& r : relations) {
    if (r->name == relation) return r.get();
  }
  return nullptr;
}

// THING_FIELD_* of thing.h.
int32_t field_flags(const Model& model, uint32_t field) {
  const Field& f = model.fields[field];
  const auto is = [field](int task) { return task >= 0 && static_cast<uint32_t>(task) == field; };
  int32_t flags = 0;
  if (f.primary) flags |= 1;
  if (f.nullable) flags |= 2;
  if (f.unique) flags |= 4;
  if (f.initial.kind == DefaultKind::kAutoincrement) flags |= 8;
  if (f.initial.kind != DefaultKind::kAbsent) flags |= 16;
  if (f.hidden) flags |= 32;
  if (is(model.created)) flags |= 64;
  if (is(model.updated)) flags |= 128;
  if (is(model.deleted)) flags |= 256;
  if (is(model.version)) flags |= 512;
  if (f.is_list()) flags |= 1024;
  return flags;
}

}  // namespace thing::schema
