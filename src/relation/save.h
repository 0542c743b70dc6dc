#pragma once
// Objects that are saved together with those they refer to and those that refer to them.
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "entity/object.h"
#include "schema/relation.h"
#include "store/store.h"

namespace thing::relation {

// An object with others that were put into relations of it.
struct SaveNode {
  entity::Object* object = nullptr;
  std::vector<std::pair<const schema::Link*, SaveNode*>> parents;   // by belongs_to
  std::vector<std::pair<const schema::Link*, SaveNode*>> children;  // by the others
  std::vector<std::pair<const schema::Link*, SaveNode*>> owners;    // whose child it is
  enum class State : uint8_t { kUnsaved, kUnderWay, kSaved } state = State::kUnsaved;
};

// Copies the key of `to` into the fields by which `object` refers to it; nullptr: NULL. False when
// `to` has no key yet.
base::Result<bool> refer(entity::Object& object, const schema::Link& link,
                         const entity::Object* to);

// Copies the key of the owner into the fields by which a child of it refers.
base::Status claim(entity::Object& child, const entity::Object& owner, const schema::Step& step);

// Parents first, then the object, then children, each when it is new or changed; one transaction.
// On any failure, and kNotFound, all objects and the database are as before.
base::Result<store::Written> save_graph(store::Store& store, const store::Call& call,
                                        std::span<SaveNode* const> roots);

}  // namespace thing::relation
