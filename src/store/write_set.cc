#include "store/write_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace thing::store {

void WriteSet::add_bulk(ModelState* model) {
  if (std::find(bulk_.begin(), bulk_.end(), model) == bulk_.end()) bulk_.push_back(model);
}

void WriteSet::add_table(std::string name) {
  if (std::find(tables_.begin(), tables_.end(), name) == tables_.end())
    tables_.push_back(std::move(name));
}

void WriteSet::merge(WriteSet&& other) {
  rows_.insert(rows_.end(), std::make_move_iterator(other.rows_.begin()),
               std::make_move_iterator(other.rows_.end()));
  for (ModelState* model : other.bulk_) add_bulk(model);
  for (std::string& name : other.tables_) add_table(std::move(name));
  hooked_.insert(hooked_.end(), other.hooked_.begin(), other.hooked_.end());
  everything_ = everything_ || other.everything_;
  schema_ = schema_ || other.schema_;
  other = WriteSet();
}

}  // namespace thing::store
