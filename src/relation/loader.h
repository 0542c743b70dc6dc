#pragma once
#include <memory>
#include <string>
#include <vector>

#include "query/criteria.h"
#include "relation/owners.h"
#include "relation/rows.h"
#include "store/store.h"

namespace thing::relation {

// Loads rows of relations for all rows of a set together: a statement for each table on the way,
// whatever the number of rows (10,000 keys go into one), and none for what is cached.
//
// A step that leads to a primary key reads rows by key, as find_keys does; other steps are queries
// of the model that they lead to, cached as such.
class Loader {
 public:
  // Deleted rows belong to others only where the call asks for all rows.
  Loader(store::Store& store, const store::Call& call) : store_(store), call_(call) {
    call_.flags &= ~store::kOnlyDeleted;
  }
  // Adds what is included to the tree; all of it, or nothing.
  base::Status load(RowTree& tree, const std::vector<query::Include>& includes);
  // The same, but what is loaded already stays: only what is asked for within it is added.
  base::Status complete(RowTree& tree, const std::vector<query::Include>& includes);
  base::Result<Related> load_one(const RowTree& tree, const query::Include& include);

 private:
  // For each row of one set, rows of another, in the order in which they are wanted.
  struct Hop {
    store::RowSet set;
    std::vector<uint32_t> first;
    std::vector<uint32_t> rows;
  };

  base::Result<Hop> hop(const schema::Step& step, const value::BatchRef& from,
                        const std::vector<uint32_t>& rows, const query::Criteria& criteria,
                        bool ordered);
  base::Result<store::RowSet> hop_by_key(const schema::Step& step, const Owners& owners);
  base::Result<store::RowSet> hop_by_query(const schema::Step& step, const Owners& owners,
                                           const query::Criteria& criteria, bool ordered);
  base::Result<store::RowSet> query_part(const schema::Step& step, const Owners& owners,
                                         size_t begin, size_t end, const query::Criteria& criteria,
                                         bool ordered);
  base::Result<Related> load_steps(const RowTree& tree, const query::Include& include);
  // pages.cc: a page of each row's, where there are several steps.
  base::Result<Related> load_pages(const RowTree& tree, const query::Include& include);
  static Related none_of(const RowTree& tree, const schema::Link& link, bool missed);
  base::Result<Related> load_types(const RowTree& tree, const query::Include& include);

  store::Store& store_;
  store::Call call_;
};

}  // namespace thing::relation
