#pragma once
#include <memory>

#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

class Running;

// A query that is read batch by batch from its own statement; holds a connection (or uses its
// transaction's) until it ends. [1]
class Cursor {
 public:
  ~Cursor();
  Cursor(const Cursor&) = delete;
  // At most `batch` rows; an empty result means the end. kClosed when the transaction it was opened
  // in is over.
  base::Result<RowSet> next(const Call& call);
  // Gives the connection back; next() then gives nothing.
  void close();
  ModelState& model() const { return *model_; }

 private:
  friend class Store;
  Cursor(Store& store, ModelState& model, int64_t batch);
  base::Status prepare(const Call& call);
  Store& store_;
  ModelState* model_;
  const Call call_;            // what the log says of it
  session::Loan loan_;         // empty inside a transaction
  Transaction* tx_ = nullptr;  // capi keeps it alive
  query::Query query_;         // owns what is bound
  std::string sql_;
  std::unique_ptr<driver::Statement> statement_;
  std::unique_ptr<Running> running_;
  driver::Projection projection_;
  int64_t batch_;
  bool done_ = false;
};

}  // namespace thing::store
