#pragma once
#include <string>
#include <string_view>

#include "cache/memory/object_table.h"
#include "store/store.h"

namespace thing::store {

// The canonical bytes of a key that is not one integer: equal keys have equal bytes.
void append_key_bytes(std::string& out, const value::ValueView& v);
std::string key_bytes(const Key& key);
std::string row_key_bytes(const schema::Model& model, const value::RowView& row);

// The key of a row; every key field must be there.
Key row_key(const schema::Model& model, const value::RowView& row);
// The key that a loaded object was loaded with (or a new object's present one): kInvalid when a key
// field is unset or NULL.
base::Result<Key> original_key(const entity::Object& object);

// The key in the cache; `bytes` must outlive it.
inline cache::ObjectKey object_key(const ModelState& model, const Key& key,
                                   const std::string& bytes) {
  return key.is_integer ? cache::ObjectKey::of(model.number, key.integer)
                        : cache::ObjectKey::of(model.number, bytes);
}

std::string print_key(const ModelState& model,
                      const Key& key);  // for messages: "User 7"; values of other keys are left out
// kConflict: the row was written since it was loaded. Of a model that has a version.
base::Error other_version(const ModelState& model, const Key& key);

// Databases may fold ASCII letters in names of tables: equal but for case counts as the same.
bool is_same_table(const schema::Model& a, const schema::Model& b);

}  // namespace thing::store
