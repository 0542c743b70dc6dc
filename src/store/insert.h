#pragma once
#include <memory>
#include <vector>

#include "entity/prepare.h"
#include "store/running.h"
#include "store/store.h"

namespace thing::store {

// A statement ran without an error, and a row that it should have written is not there.
base::Error not_stored(const schema::Model& model);

// One INSERT of rows with the same fields, and how it tells what the database made of them: by
// RETURNING where ids come back so, by the connection's last id, or by reading them again.
class InsertStatement {
 public:
  // `wants_rows`: as the database has them, where that costs no statement more.
  InsertStatement(Store& store, ModelState& model, const entity::Prepared& like, size_t rows,
                  bool wants_rows = false);

  // Whether the database makes values beside the id.
  bool leaves_values() const { return leaves_values_; }
  // row() is what the database has.
  bool returns_rows() const { return returns_rows_; }
  // The database gives values that only another SELECT tells.
  bool needs_reading() const { return leaves_values_ && returning_.empty(); }
  const session::Plan& plan() const { return *plan_; }
  // Runs what was bound.
  base::Status run(Running& running, session::Connection& connection);
  // The row as it is now; `row` is what was sent, which takes an id that was made.
  base::Result<value::BatchRef> row(size_t i, value::BatchRef row) const;

 private:
  base::Status read_rows(Running& running);

  ModelState& model_;
  const size_t rows_;
  const bool makes_id_;
  const bool leaves_values_;
  const bool returns_rows_;
  std::vector<uint32_t> returning_;
  std::shared_ptr<const session::Plan> plan_;
  value::BatchRef returned_;
  int64_t last_id_ = 0;
  int64_t id_step_ = 1;
};

}  // namespace thing::store
