#include "store/insert.h"

#include "store/prepared.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

const driver::Projection& id_projection() {
  static const value::Layout layout{0, {value::Type::kInt}};
  static const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  return projection;
}

}  // namespace

base::Error not_stored(const schema::Model& model) {
  return base::Error(Code::kConflict,
                     fmt::format("the {} was not stored: the database took the statement and left "
                                 "the row out, as a trigger or a rule of the table can make it",
                                 model.name))
      .model(model.name)
      .table(model.table);
}

InsertStatement::InsertStatement(Store& store, ModelState& model, const entity::Prepared& like,
                                 size_t rows, bool wants_rows)
    : model_(model),
      rows_(rows),
      makes_id_(like.made >= 0),
      leaves_values_(leaves_values_to_database(model.model, like)),
      returns_rows_(
          store.dialect().features().returns_ids &&
          (leaves_values_ || (wants_rows && store.dialect().features().returns_updated))) {
  if (store.dialect().features().returns_ids) {
    if (returns_rows_) {
      returning_ = model.whole.fields;
    } else if (makes_id_) {
      returning_.push_back(static_cast<uint32_t>(model.model.id));
    }
  }
  plan_ = model.writes.insert(store.dialect(), like.fields, static_cast<int>(rows), returning_);
}

base::Status InsertStatement::run(Running& running, session::Connection& connection) {
  if (!returning_.empty()) return read_rows(running);
  THING_TRY(running.execute());
  if (connection.raw().changes() != static_cast<int64_t>(rows_))
    return fail(not_stored(model_.model));
  last_id_ = connection.raw().last_insert_id();
  id_step_ = connection.raw().id_step();
  return {};
}

base::Status InsertStatement::read_rows(Running& running) {
  const driver::Projection& projection = returns_rows_ ? model_.whole : id_projection();
  value::BatchBuilder rows;
  rows.start(*projection.layout, false);
  THING_TRY(running.step_all(rows, projection));
  returned_ = rows.finish();
  if (returned_->rows() == rows_) return {};
  return fail(not_stored(model_.model));
}

base::Result<value::BatchRef> InsertStatement::row(size_t i, value::BatchRef row) const {
  if (returns_rows_) {
    value::BatchBuilder one;
    one.start(model_.model.layout, false);
    THING_TRY(one.append(returned_->row(static_cast<uint32_t>(i)), model_.model.layout));
    return one.finish();
  }
  if (!makes_id_) return row;
  const auto behind = static_cast<int64_t>(rows_ - 1 - i);
  const int64_t id = returning_.empty() ? last_id_ - behind * id_step_
                                        : returned_->row(static_cast<uint32_t>(i)).int64(0);
  patch_integer(row, static_cast<uint32_t>(model_.model.id), id);
  return row;
}

}  // namespace thing::store
