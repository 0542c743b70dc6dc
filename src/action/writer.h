#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "action/nested.h"
#include "action/run.h"
#include "relation/link.h"
#include "relation/touch.h"
#include "store/model_state.h"

namespace thing::action {

// Writes records with what their data says of relations, in a transaction that the run is of: those
// that a record refers to first, then itself, then those that refer to it. Where one fails, the
// caller takes all back.
class Writer {
 public:
  explicit Writer(const Run& run);

  base::Result<entity::Object*> create(const Record& record);
  // nullptr: the row is not there any more.
  base::Result<entity::Object*> update(const Record& record, value::BatchRef row);
  // When all is written: sets the updated times of rows that are touched, and reads the record as
  // it is then. kNotFound: it went with others.
  base::Result<store::Written> finish(const Record& record, entity::Object& object);

 private:
  // A relation of a record that is written.
  struct Side {
    const RelationWrite& write;
    entity::Object& owner;
    bool is_new;  // the owner; then nothing belongs to it yet
  };
  struct New {
    const Place* place;
    entity::Object* object;
  };
  // A row that goes when the record refers to it no more.
  struct Leaving {
    const Item* item;
    entity::Object* object;
  };
  using Records = std::vector<const Record*>;
  using Keys = std::vector<store::Key>;

  const schema::Model& target(const Side& side) const { return *side.write.link->target; }
  Run run_of(const schema::Model& model) const {
    return {run_.store, rows_, store::state_of(model), run_.around};
  }
  store::Call past_cache() const;

  // Objects.
  entity::Object& make(const schema::Model& model);
  entity::Object& load(const schema::Model& model, value::BatchRef row);
  base::Result<bool> refresh(entity::Object& object);
  void keep(entity::Object& object);
  void note_saved(entity::Object& object, bool was_new);
  base::Result<std::vector<entity::Object*>> create_all(const Place& place, const Records& records,
                                                        const Side* side);
  base::Status save_new(const Place& place, const std::vector<New>& records);
  base::Result<store::Written> save(const Place& place, entity::Object& object);
  base::Status remove(const Item& item, entity::Object& object);
  base::Status change(const Item& item, value::BatchRef row);

  // What a record refers to.
  base::Status write_references(const Record& record, entity::Object& object,
                                std::vector<Leaving>& leaving);
  base::Status write_reference(const Side& side, const Operation& operation,
                               std::vector<Leaving>& leaving);
  base::Status refer(const Side& side, const entity::Object* to);

  // What refers to it.
  base::Status write_rows(const Record& record, entity::Object& object, bool is_new);
  base::Status write_operation(const Side& side, const Operation& operation);
  base::Status update_rows(const Side& side, const Operation& operation);
  base::Status upsert_rows(const Side& side, const Operation& operation);
  base::Status delete_rows(const Side& side, const Operation& operation);
  base::Status create_rows(const Side& side, const Operation& operation, const Records& records);
  base::Status create_many(const Side& side, const Operation& operation);
  base::Status connect_or_create(const Side& side, const Operation& operation);
  base::Status disconnect(const Side& side, const Operation& operation);
  base::Status write_many(const Side& side, const Item& item);
  base::Status write_where(const Item& item, const query::Criteria& rows);
  base::Status link(const Side& side, const Operation& operation, relation::LinkMode mode,
                    std::optional<Keys> keys, bool are_made = false);

  // Which rows are meant.
  base::Result<Keys> keys_of(const Side& side, const Operation& operation, bool must);
  base::Status check_there(const Side& side, const Operation& operation, const Keys& keys);
  base::Result<value::BatchRef> find(const Side& side, const Item& item, bool locks);
  base::Result<value::BatchRef> must_find(const Side& side, const Item& item);
  // The same of a row that need not be there.
  base::Result<value::BatchRef> find_to_change(const Side& side, const Item& item);
  // many_to_many: whether the row belongs to the owner, and the keys of all rows that do.
  base::Result<bool> is_paired(const Side& side, const value::RowView& row);
  base::Result<std::vector<std::vector<value::Value>>> paired_keys(const Side& side);

  const Run run_;
  store::Call
      rows_;  // of rows of relations: those that are there, whatever is wanted of the record
  relation::Touches touches_;
  std::vector<store::Store::OwnedObject> objects_;  // all that took part
  // A row that a document writes several times has one object, by its key; else what one wrote were
  // a conflict to the next. It is read again when more was written than objects know of since.
  std::unordered_map<std::string, entity::Object*> by_row_;
  std::unordered_map<const entity::Object*, uint64_t> as_of_;  // of writes_
  uint64_t writes_ = 0;
};

}  // namespace thing::action
