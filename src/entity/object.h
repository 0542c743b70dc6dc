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

class Object {
 public:
  explicit Object(const schema::Model& model) : model_(&model) {}  // new, all unset
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  const schema::Model& model() const { return *model_; }
  bool is_new() const { return !row_; }
  bool is_deleted() const { return deleted_; }
  bool is_from_cache() const { return from_cache_; }
  bool is_partial() const { return row_ && row_.is_partial(); }
  bool is_dirty() const { return !changes_.empty(); }
  bool is_dirty(uint32_t field) const { return changes_.find(field) != nullptr; }

  // The row as loaded or last saved.
  const value::RowView& row() const { return row_; }
  // Who keeps the row's bytes alive; empty when the object's maker does.
  const value::BatchRef& owner() const { return owner_; }
  const FieldValues& changes() const { return changes_; }
  const Saved& saved() const { return saved_; }  // by the last save

  // The present value; nullopt when unset (missing), NULL value for NULL. Views live until the next
  // change.
  std::optional<value::ValueView> get(uint32_t field) const {
    if (!changes_.empty()) {
      if (const value::Value* v = changes_.find(field); v != nullptr) return v->view();
    }
    return original(field);
  }
  // The value as loaded; nullopt when new or not loaded.
  std::optional<value::ValueView> original(uint32_t field) const {
    if (!row_ || row_.is_absent(field)) return std::nullopt;
    return row_.value(field, model_->fields[field].type);
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
  void revert(uint32_t field) { changes_.erase(field); }
  void revert_all() { changes_.clear(); }

  // Takes a row as the original; changes stay. `owner` keeps the bytes alive; empty when the
  // object's maker does (bytes behind the object).
  void attach(value::RowView row, value::BatchRef owner, bool from_cache) {
    row_ = row;
    owner_ = std::move(owner);
    from_cache_ = from_cache;
    deleted_ = false;
  }
  // What a successful save leaves: `row` is the new original, `saved` what it wrote, no changes.
  void accept(value::BatchRef row, Saved saved) noexcept;
  void mark_deleted() { deleted_ = true; }
  // Takes the present values as the original ones.
  base::Status sync();

  // The present values as a packed batch of one row; partial when fields are unset.
  base::Result<value::BatchRef> pack() const;
  // The row as loaded or last saved as a batch of one; shared when it is alone in its owner, else
  // copied; empty when new.
  value::BatchRef share_row() const;
  void copy_from(const Object& other);  // the same row and changes: for clones, and to go back to
  // Becomes a new object that has nothing but the key of `other`: as loaded, or of a new one as
  // set. kInvalid: it has none. kState: it was not selected.
  base::Status copy_key_of(const Object& other);
  void take_from(
      Object&& other) noexcept;  // the same without a copy; other's row must have an owner

 private:
  base::Status check(uint32_t field, const value::ValueView& v) const;
  void lay(FieldValues& changes, uint32_t field, value::Value&& v) const;

  const schema::Model* model_;
  value::RowView row_;
  value::BatchRef owner_;
  FieldValues changes_;
  Saved saved_;
  bool deleted_ = false;
  bool from_cache_ = false;
};

}  // namespace thing::entity
