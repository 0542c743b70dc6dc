#pragma once
// Actions: a model, the name of what is to be done with its records, and a document that says the
// rest; the answer is JSON. They are the store's calls in another dress, with its hooks, its cache
// and its transactions.
#include <string_view>

#include "action/document.h"
#include "entity/output.h"
#include "query/aggregate.h"
#include "relation/rows.h"
#include "store/plans.h"
#include "store/store.h"

namespace thing::action {

// What actions need of the floor above: how records of a model are printed.
struct Surroundings {
  relation::PrinterOf printer = nullptr;
};

// Whether an action of that name writes records.
bool is_write(std::string_view action);

enum class Ended : uint8_t {
  kDone,
  kNotFound,  // no such record, where there has to be one
  kUncached,  // kCacheOnly met a miss
};

struct Find;  // a reading action that was read and resolved

// The actions of one database. [S]
class Actions {
 public:
  Actions(store::Store& store, const Surroundings& around) : store_(store), around_(around) {}

  base::Result<Ended> run(const store::Call& call, std::string_view model, std::string_view action,
                          std::string_view arguments, entity::Output& out);
  // Aggregates of the rows of a criteria: {"_count": true, ...}, with "by" of groups.
  base::Result<Ended> aggregate(const store::Call& call, store::ModelState& model,
                                const query::Criteria& rows, std::string_view document,
                                entity::Output& out);

 private:
  store::Store& store_;
  const Surroundings around_;
  store::TextCache<Find, 4096> finds_;  // by their documents
};

}  // namespace thing::action
