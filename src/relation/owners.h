#pragma once
// The keys by which rows belong to others.
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/criteria.h"
#include "schema/relation.h"
#include "value/row.h"

namespace thing::relation {

inline constexpr uint32_t kNobody = UINT32_MAX;
// Keys of one statement; as many parameters as SQLite may take.
inline constexpr size_t kMostKeys = 30'000;

// Numbers for keys, in the order in which they are met. Keys are the same when their bytes are.
class KeyNumbers {
 public:
  uint32_t add(const std::vector<value::ValueView>& key);
  uint32_t find(const std::vector<value::ValueView>& key) const;  // kNobody: there is none
  size_t count() const { return count_; }

 private:
  size_t count_ = 0;
  std::unordered_map<int64_t, uint32_t> integers_;
  std::unordered_map<std::string, uint32_t> others_;
};

// kState: a field by which rows of a relation are found was not selected.
base::Error not_selected(const schema::Model& model, uint32_t field);

// The different keys of some rows.
struct Owners {
  // Of rows that a step begins at. kState: a field of the key was not selected.
  static base::Result<Owners> of(const schema::Step& step, const value::BatchRef& from,
                                 const std::vector<uint32_t>& rows);

  std::vector<uint32_t> of_row;          // the number of each row's key; kNobody: it has none
  std::vector<value::ValueView> values;  // key by key
  size_t columns = 0;
  KeyNumbers numbers;

  size_t count() const { return numbers.count(); }
  size_t most_at_once() const;  // of a statement
  const value::ValueView& value(size_t key, size_t column) const {
    return values[key * columns + column];
  }
  // By number, the key that each of other rows has in these fields.
  std::vector<uint32_t> find(const schema::Model& model, const std::vector<uint32_t>& fields,
                             const value::BatchRef& rows) const;
  // That rows have one of the keys from `begin` to `end` in these fields.
  base::Status add_keys(query::Criteria& criteria, const std::vector<uint32_t>& fields,
                        size_t begin, size_t end) const;
};

// The rows that belong to each owner, as lists for each row.
void distribute(const std::vector<uint32_t>& of_row, const std::vector<uint32_t>& owner_of,
                size_t owners, std::vector<uint32_t>& first, std::vector<uint32_t>& rows);

// That a row is meant by the step, where rows of several models are told apart by a field.
base::Status add_fixed(query::Criteria& criteria, const schema::Step& step);
// The rows between of a link of several steps, on the way from the keys from `begin` to `end`.
base::Result<std::vector<query::WayPart>> way_of(const schema::Link& link, const Owners& owners,
                                                 size_t begin, size_t end);

}  // namespace thing::relation
