#pragma once
#include <memory>
#include <vector>

#include "entity/object.h"

namespace thing::store {

// Objects as they were, to which they go back unless keep() is called. Going back takes no memory.
class Backups {
 public:
  ~Backups() {
    for (auto b = all_.rbegin(); b != all_.rend(); ++b) b->object->take_from(std::move(*b->copy));
  }
  void add(entity::Object& object) {
    auto copy = std::make_unique<entity::Object>(object.model());
    copy->copy_from(object);
    all_.push_back({&object, std::move(copy)});
  }
  void keep() { all_.clear(); }

 private:
  struct Backup {
    entity::Object* object;
    std::unique_ptr<entity::Object> copy;
  };
  std::vector<Backup> all_;
};

}  // namespace thing::store
