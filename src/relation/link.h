#pragma once
// Which rows belong to an object, changed in the database.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "entity/object.h"
#include "schema/relation.h"
#include "store/store.h"

namespace thing::relation {

class Touches;

enum class LinkMode : uint8_t { kAdd, kRemove, kSet, kToggle };

struct LinkChange {
  LinkMode mode = LinkMode::kAdd;
  // Of rows of the target; nullopt, to remove: all that belong to the object.
  std::optional<std::vector<store::Key>> keys;
  std::string_view pivot;      // many_to_many: other fields of the pairs as a JSON object
  bool are_made = false;       // the rows, just now: they are there, whatever a scope hides
  Touches* touches = nullptr;  // is told of the rows and pairs that are written
};

struct Linked {
  int64_t added = 0;
  int64_t removed = 0;
};

// Makes rows belong to the object, or no longer: of many_to_many by pairs that are inserted and
// deleted, of has_many and has_one by the key that the rows refer with, which becomes NULL. Pairs
// that stay keep what they hold, unless `pivot` is given, which goes into those that are named. Of
// a has_one the row that it shows leaves. All or nothing; hooks and rules hold. Pairs go for good,
// also those of a model with soft delete; one that was deleted softly makes room for another.
// kNotFound: a row that is named, not to be removed, is not there. kState: the object has no key
// yet. kUnsupported: belongs_to, and relations through others.
base::Result<store::Written> change_links(store::Store& store, const store::Call& call,
                                          const entity::Object& object, const schema::Link& link,
                                          const LinkChange& change, Linked& out);

// Adds the conditions of rows that the step leads to from the object. False: it has no key for
// them, so there are none. kState: it was not selected.
base::Result<bool> add_owner(query::Criteria& criteria, const entity::Object& object,
                             const schema::Step& step);
// Adds the condition that these fields have the values of one of the keys, of which there are at
// most so many. NULL is no key.
size_t most_keys(const std::vector<uint32_t>& fields);
base::Status add_keys(query::Criteria& criteria, const std::vector<uint32_t>& fields,
                      std::span<const std::vector<value::Value>> keys);
// The rows that refer to the object, which has a key: its children, or the pairs of a many_to_many.
base::Result<query::Criteria> referring(const entity::Object& object, const schema::Link& link);

}  // namespace thing::relation
