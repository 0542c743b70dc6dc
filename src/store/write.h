#pragma once
#include "store/reading.h"
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

struct FoundBy;

// What is written in a transaction may be taken back with it, so the object remembers what it was.
// It makes room for that before it is prepared and after its hooks, which may look at it.
inline void make_room(const Call& call, entity::Object& object) {
  if (call.tx != nullptr) object.make_room(call.tx->trail());
}
inline void accept(const Call& call, entity::Object& object, value::BatchRef row,
                   entity::Saved saved) noexcept {
  if (call.tx != nullptr) call.tx->remember(object);
  object.accept(std::move(row), std::move(saved));
}

// Parts of the write path that batches use too. Each leaves object and database as before when it
// fails.
base::Result<Written> save_object(Store& store, const Call& call, ModelState& model,
                                  entity::Object& object);
base::Status insert_object(Store& store, const Call& call, ModelState& model,
                           entity::Object& object);
base::Result<Written> update_object(Store& store, const Call& call, ModelState& model,
                                    entity::Object& object);

// With their hooks, and nothing that goes with the row. `before`, which may be nullptr, gets the
// row as it was. `by`, which may be nullptr: what found the row, in whatever version it is now;
// kNotFound where that finds it no more.
base::Result<Written> remove_one(Store& store, const Call& call, ModelState& model,
                                 entity::Object& object, Mode mode, const FoundBy* by = nullptr);
base::Result<Written> restore_one(Store& store, const Call& call, ModelState& model,
                                  entity::Object& object, value::BatchRef* before,
                                  const FoundBy* by = nullptr);
// Softly by its key, which a query gave; without hooks, and nothing that goes with the row.
base::Result<Written> mark_deleted(Store& store, const Call& call, ModelState& model,
                                   const Key& key);

// A row that an object will own.
class RefSink final : public RowSink {
 public:
  uint8_t* place(uint64_t bytes) override {
    batch_ = value::BatchRef::make((bytes + 7) / 8 * 8);
    return batch_.mutable_batch()->mutable_bytes();
  }
  value::BatchRef take() { return std::move(batch_); }

 private:
  value::BatchRef batch_;
};

}  // namespace thing::store
