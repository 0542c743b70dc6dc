#pragma once
#include <memory>
#include <vector>

#include "entity/object.h"
#include "store/call.h"
#include "store/transaction.h"

namespace thing::store {

// Objects as they were, to which they go back unless keep() is called. Going back takes no memory.
// Kept in a transaction of the call, they remember it.
class Backups {
 public:
  explicit Backups(const Call& call) : tx_(call.tx) {}
  ~Backups() {
    for (auto b = all_.rbegin(); b != all_.rend(); ++b) b->object->take_from(std::move(*b->copy));
  }
  void add(entity::Object& object) {
    auto copy = std::make_unique<entity::Object>(object.model());
    copy->copy_from(object);
    if (tx_ != nullptr) {
      copy->copy_attached_of(object);
      copy->make_room(tx_->trail());
    }
    all_.push_back({&object, std::move(copy)});
  }
  void keep() noexcept {
    // The first copy of an object is what it was before.
    for (auto b = all_.rbegin(); b != all_.rend(); ++b) {
      if (tx_ != nullptr) {
        tx_->remember(*b->object, std::move(*b->copy));
      } else {
        b->object->take_past_of(std::move(*b->copy));
      }
    }
    all_.clear();
  }

 private:
  struct Backup {
    entity::Object* object;
    std::unique_ptr<entity::Object> copy;
  };
  Transaction* const tx_;
  std::vector<Backup> all_;
};

}  // namespace thing::store
