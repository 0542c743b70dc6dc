#include "session_file.h"

namespace thing::test {

SessionFile::SessionFile(bool wal) : file_(wal) {
  execute(*file_.connect(), "CREATE TABLE t(n INTEGER NOT NULL); INSERT INTO t VALUES(0)");
  options_.connect = [this](driver::Control*) { return driver::sqlite::connect(file_.options()); };
  options_.watch = [this] { return driver::sqlite::watch(file_.options()); };
}

session::Session& SessionFile::open() {
  auto session = session::Session::open(options_);
  if (!session) ADD_FAILURE() << session.error().message();
  session_ = std::move(*session);
  return *session_;
}

session::Loan read(session::Session& session, bool snapshot) {
  auto loan = session.read(nullptr, snapshot);
  if (!loan) ADD_FAILURE() << loan.error().message();
  return loan ? std::move(*loan) : session::Loan();
}

session::Loan write(session::Session& session) {
  auto loan = session.write(nullptr);
  if (!loan) ADD_FAILURE() << loan.error().message();
  return loan ? std::move(*loan) : session::Loan();
}

base::Code code_of_read(session::Session& session, driver::Control* control) {
  auto loan = session.read(control);
  return loan ? base::Code::kOk : loan.error().code();
}

base::Code code_of_write(session::Session& session, driver::Control* control) {
  auto loan = session.write(control);
  return loan ? base::Code::kOk : loan.error().code();
}

int64_t number(session::Connection& connection, const session::Plan& plan) {
  auto statement = connection.statement(plan);
  if (!statement) {
    ADD_FAILURE() << plan.sql << ": " << statement.error().message();
    return -1;
  }
  std::vector<value::Value> row;
  auto more = (*statement)->step_dynamic(row);
  (*statement)->reset();
  if (!more || !*more) {
    ADD_FAILURE() << plan.sql << ": " << (more ? "no row" : more.error().message());
    return -1;
  }
  return row[0].view().integer;
}

int64_t read_n(session::Connection& connection) {
  static const session::Plan plan("SELECT n FROM t");
  return number(connection, plan);
}

}  // namespace thing::test
