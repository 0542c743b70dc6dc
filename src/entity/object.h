#pragma once
// One record: the row as loaded, shared and never changed, and the changes laid over it.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "entity/trail.h"
#include "schema/model.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::entity {

// Values by field, sorted; few.
class FieldValues {
 public:
  const value::Value* find(uint32_t field) const;
  void set(uint32_t field, value::Value v);
  void erase(uint32_t field);
  void clear() { items_.clear(); }
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<uint32_t, value::Value>> items_;
};

// What a save wrote: these fields, from one row to the other.
struct Saved {
  std::vector<uint32_t> fields;  // in order
  value::BatchRef before;        // empty when the row was new
  value::BatchRef after;
};

class Object;

// An object that is saved with the one that it was put into a relation of.
struct Attached {
  const schema::Link* link = nullptr;
  std::shared_ptr<Object> object;
};

class Object {
 public:
  explicit Object(const schema::Model& model) : model_(&model) {}  // new, all unset
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const schema::Model& model() const { return *model_; }
  bool is_new() const { return !is_.row; }
  bool is_deleted() const { return is_.deleted; }
  bool is_from_cache() const { return is_.from_cache; }
  bool is_partial() const { return is_.row && is_.row.is_partial(); }
  bool is_dirty() const { return !is_.changes.empty(); }
  bool is_dirty(uint32_t field) const { return is_.changes.find(field) != nullptr; }

  // The row as loaded or last saved.
  const value::RowView& row() const { return is_.row; }
  // Who keeps the row's bytes alive; empty when the object's maker does.
  const value::BatchRef& owner() const { return is_.owner; }
  const FieldValues& changes() const { return is_.changes; }
  const Saved& saved() const { return is_.saved; }  // by the last save

  // The present value; nullopt when unset (missing), NULL value for NULL. Views live until the next
  // change.
  std::optional<value::ValueView> get(uint32_t field) const {
    if (!is_.changes.empty()) {
      if (const value::Value* v = is_.changes.find(field); v != nullptr) return v->view();
    }
    return original(field);
  }
  // The value as loaded; nullopt when new or not loaded.
  std::optional<value::ValueView> original(uint32_t field) const {
    if (!is_.row || is_.row.is_absent(field)) return std::nullopt;
    return is_.row.value(field, model_->fields[field].type);
  }

  // kState: some of the fields have no value; the error names them all, and whether they were not
  // selected, or are unset in a new object.
  base::Status require(std::span<const uint32_t> fields) const;
  base::Status require_whole() const;  // every field of the model
  // The same of an object that was loaded; a new one is without what it does not hold.
  base::Status check_selected(std::span<const uint32_t> fields) const {
    return is_partial() ? require(fields) : base::Status();
  }

  // Lays a change over the row; a value equal to the original takes the change back. The value is
  // of the field's type or NULL (field_value.h, value::from_* made it); enum values are checked
  // here (kCheck).
  base::Status set(uint32_t field, value::Value v);
  base::Status set_all(std::vector<std::pair<uint32_t, value::Value>> values);  // all or none
  void revert(uint32_t field) { is_.changes.erase(field); }
  void revert_all() { is_.changes.clear(); }

  // Takes a row as the original; changes stay. `owner` keeps the bytes alive; empty when the
  // object's maker does (bytes behind the object).
  void attach(value::RowView row, value::BatchRef owner, bool from_cache) {
    is_.row = row;
    is_.owner = std::move(owner);
    is_.from_cache = from_cache;
    is_.deleted = false;
  }
  // What a successful save leaves: `row` is the new original, `saved` what it wrote, no changes.
  void accept(value::BatchRef row, Saved saved) noexcept;
  void mark_deleted() { is_.deleted = true; }
  // Takes the present values as the original ones.
  base::Status sync();

  // The present values as a packed batch of one row; partial when fields are unset.
  base::Result<value::BatchRef> pack() const;
  // The row as loaded or last saved as a batch of one; shared when it is alone in its owner, else
  // copied; empty when new.
  value::BatchRef share_row() const;
  // The same row, changes and past: for clones, and to go back to.
  void copy_from(const Object& other);
  // Becomes a new object that has nothing but the key of `other`: as loaded, or of a new one as
  // set. kInvalid: it has none. kState: it was not selected.
  base::Status copy_key_of(const Object& other);
  void take_from(
      Object&& other) noexcept;  // the same without a copy; other's row must have an owner

  // What is saved with it.
  std::span<const Attached> attached() const {
    return attached_ == nullptr ? std::span<const Attached>() : *attached_;
  }
  void attach_to(const schema::Link& link, std::shared_ptr<Object> object);
  void detach(const schema::Relation& relation) noexcept;
  void detach(const schema::Link& link, const Object& object) noexcept;
  void copy_attached_of(const Object& other);

  // What it was before writes of a transaction that may still be taken back. Before such a write it
  // makes room, and after it remembers what it was: as it still is, before accept(), or what
  // `before` is, a copy of then with room of its own.
  void make_room(const Trail& trail);
  void remember(const std::shared_ptr<const Trail>& trail, uint64_t write) noexcept;
  void remember(Object&& before, const std::shared_ptr<const Trail>& trail,
                uint64_t write) noexcept;
  bool has_past() const { return past_ != nullptr; }
  void take_past_of(Object&& other) noexcept { past_ = std::move(other.past_); }
  void forget_past() noexcept { past_.reset(); }
  // Goes back to what it was before the first write that was taken back: its row is the original
  // one again, and all that was set since is changed. Not while anybody uses a view of it.
  void settle();

 private:
  base::Status check(uint32_t field, const value::ValueView& v) const;
  void lay(const value::RowView& row, FieldValues& changes, uint32_t field, value::Value&& v) const;

  struct State {
    value::RowView row;
    value::BatchRef owner;
    FieldValues changes;
    Saved saved;
    bool deleted = false;
    bool from_cache = false;
  };
  struct Earlier {
    State state;
    std::vector<Attached> attached;
    std::shared_ptr<const Trail> trail;
    uint64_t write = 0;
  };
  using Past = std::vector<Earlier>;
  State copy_of(const State& state) const;
  void overlay(const value::RowView& row, FieldValues& changes, const FieldValues& more) const;
  void merge_past(const Trail& trail);
  void go_back(size_t to);

  const schema::Model* model_;
  State is_;
  std::unique_ptr<std::vector<Attached>> attached_;  // mostly none
  std::unique_ptr<Past> past_;                       // the same
};

}  // namespace thing::entity
