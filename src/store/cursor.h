#pragma once
#include <memory>

#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

// A query that is read batch by batch from its own statement; holds a connection (or uses its transaction's) until it goes. [1]
class Cursor {
 public:
  // At most `batch` rows; an empty result means the end. kClosed when the transaction it was opened in is over.
  base::Result<RowSet> next(const Call& call);
  ModelState& model() const { return *model_; }

 private:
  friend class Store;
  Cursor() = default;
  ModelState* model_ = nullptr;
  session::Loan loan_;             // empty inside a transaction
  Transaction* tx_ = nullptr;      // capi keeps it alive
  query::Query query_;             // owns what is bound
  std::unique_ptr<driver::Statement> statement_;
  driver::Projection projection_;
  int64_t batch_ = 0;
  bool done_ = false;
};

}  // namespace thing::store
