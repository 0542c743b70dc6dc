#pragma once
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

// The control of one call on a connection that is held for longer.
class Attached {
 public:
  Attached() = default;
  Attached(driver::Control* control, session::Connection& connection) {
    attach(control, connection);
  }
  ~Attached() {
    if (control_ == nullptr) return;
    control_->detach();
    connection_->raw().set_control(nullptr);
  }
  Attached(const Attached&) = delete;
  void attach(driver::Control* control, session::Connection& connection) {
    if (control == nullptr) return;
    control_ = control;
    connection_ = &connection;
    connection.raw().set_control(control);
    control->attach(&connection.raw());
  }

 private:
  driver::Control* control_ = nullptr;
  session::Connection* connection_ = nullptr;
};

// The connection that a read runs on: the transaction's, or one on loan.
class Reading {
 public:
  Reading(Store& store, const Call& call) : store_(store), call_(call) {}
  // With `snapshot` several statements see one state.
  // `careful`: the connection is looked at first, as the read is not repeated when it is lost.
  base::Status open(bool snapshot = false, bool careful = false);
  session::Connection& connection() { return *connection_; }
  void close() { loan_ = session::Loan(); }

 private:
  Store& store_;
  const Call& call_;
  session::Loan loan_;
  session::Connection* connection_ = nullptr;
  Attached attached_;
};

inline base::Status Reading::open(bool snapshot, bool careful) {
  if (call_.tx != nullptr) {
    THING_TRY(call_.tx->check());
    connection_ = &call_.tx->connection();
    attached_.attach(call_.control, *connection_);
    return {};
  }
  auto loan = store_.session().read(call_.control, snapshot, careful);
  if (!loan) return base::fail(std::move(loan.error()));
  loan_ = std::move(*loan);
  connection_ = &*loan_;
  return {};
}

// Runs a read, and once more when the connection to a server turned out to be lost: it is safe to
// repeat, and the pool has another connection by then.
template <class Body>
auto read_twice(const Store& store, const Call& call, Body body) {
  auto done = body();
  const bool again = !done && store.is_server() && call.tx == nullptr &&
                     done.error().code() == base::Code::kConnection;
  if (!again) return done;
  return body();
}

// Whether a query of this scope sees the row.
bool is_visible(const schema::Model& model, const value::RowView& row, query::Scope scope);

}  // namespace thing::store
