#pragma once
// The updated times of rows that others refer to by relations with "touch".
#include <functional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "entity/object.h"
#include "schema/relation.h"
#include "store/store.h"

namespace thing::relation {

// Whether a write of rows of the model sets the updated time of others.
bool touches_others(const schema::Model& model);

// kState: fields of the object that say whom it touches were not selected.
base::Status check_owners(const store::Call& call, const entity::Object& object);

// Gathers the owners of rows that are written, and touches each once when all are.
class Touches {
 public:
  using Objects = std::span<entity::Object* const>;
  // Makes the object be as its row is. False: the row is gone.
  using Refresh = std::function<base::Result<bool>(entity::Object&)>;

  Touches(store::Store& store, const store::Call& call) : store_(store), call_(call) {}

  // The rows that the object refers to, and those that it referred to as it was loaded or before it
  // was saved.
  void add(const entity::Object& object) { add(object, 0); }
  // Sets the times; those rows do the same for others. `known`: objects of such rows, which are to
  // be as the rows are.
  base::Status run(Objects known, const Refresh& refresh = {});

 private:
  struct Owner {
    const schema::Step* step;
    std::vector<value::Value> key;
    int depth;
  };
  void add(const entity::Object& object, int depth);
  void add_owners(const entity::Object& object, const schema::Step& step, int depth);
  entity::Object* find(Objects known, const Owner& owner);
  base::Result<bool> read(const Owner& owner, entity::Object& object) const;
  base::Status touch(const Owner& owner, Objects known, const Refresh& refresh);
  base::Status set_time(entity::Object& row) const;
  store::Call quiet() const;

  store::Store& store_;
  const store::Call& call_;
  std::vector<Owner> owners_;
  std::set<std::string> seen_;     // owners, by the fields that they are referred by
  std::set<std::string> touched_;  // rows, by their keys
  std::set<std::string> indexed_;  // models and fields by which there are known objects in
  std::unordered_map<std::string, entity::Object*> by_key_;
};

// Touches the owners of one object that was written.
base::Status touch(store::Store& store, const store::Call& call, const entity::Object& object);

}  // namespace thing::relation
