#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "entity/object.h"
#include "value/row.h"

namespace thing::store {

struct ModelState;

// What a transaction (or a single write) changed, for the cache and for hooks after its end.
class WriteSet {
 public:
  // A row by key, with its images when lists depend on them.
  struct Row {
    ModelState* model = nullptr;
    int64_t id = 0;       // when the model has an int key
    std::string key;      // canonical bytes else
    bool has_key = true;  // false: the database makes it, and has not told yet
    value::BatchRef before, after;
    // `after` is what the database has and not what was sent, and the row was locked since.
    bool is_stored = false;
    bool has_images = false;  // false: lists of the model are touched in an unknown way ...
    bool no_list = false;     // ... or not at all: no field that any list depended on was changed
    std::vector<uint32_t> fields;  // the changed ones, sorted or not; empty: all
  };
  struct Hooked {
    int32_t event_mask = 0;
    entity::Object* object = nullptr;  // a copy made by capi
    ModelState* model = nullptr;
  };

  void add(Row row) { rows_.push_back(std::move(row)); }
  void add_bulk(ModelState* model);  // every row of the model may have changed
  void add_everything() { everything_ = true; }
  void add_table(std::string name);             // one that has no model here
  void add_schema_change() { schema_ = true; }  // triggers, foreign keys may come with it
  // Of the row added last: what was not known before the statement ran.
  void set_last_id(int64_t id) {
    rows_.back().id = id;
    rows_.back().has_key = true;
  }
  void set_after(size_t row, value::BatchRef after) { rows_[row].after = std::move(after); }
  void set_last_after(value::BatchRef after) { rows_.back().after = std::move(after); }
  void set_last_stored(value::BatchRef after) {
    set_last_after(std::move(after));
    rows_.back().is_stored = true;
  }
  // Something of it was taken back, and nobody knows which rows are as they were noted.
  void doubt_rows() {
    for (Row& row : rows_) row.is_stored = false;
  }
  void add_hooked(Hooked h) { hooked_.push_back(h); }
  void merge(WriteSet&& other);

  bool empty() const {
    return rows_.empty() && bulk_.empty() && tables_.empty() && !everything_ && !schema_;
  }
  const std::vector<std::string>& tables() const { return tables_; }
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<ModelState*>& bulk() const { return bulk_; }
  bool is_everything() const { return everything_; }
  bool changes_schema() const { return schema_; }
  std::vector<Hooked>& hooked() { return hooked_; }

 private:
  std::vector<Row> rows_;
  std::vector<ModelState*> bulk_;
  std::vector<std::string> tables_;
  std::vector<Hooked> hooked_;
  bool everything_ = false;
  bool schema_ = false;
};

}  // namespace thing::store
