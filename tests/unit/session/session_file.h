#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../driver/sqlite_file.h"
#include "session/session.h"

namespace thing::test {

// A session on a file of its own with one table t(n) that holds 0.
class SessionFile {
 public:
  explicit SessionFile(bool wal = true);
  // What the session will be opened with.
  session::Options& options() { return options_; }
  SqliteFile& file() { return file_; }
  session::Session& open();
  session::Session& session() { return *session_; }
  void end() { session_.reset(); }
  session::Session* forget() { return session_.release(); }

 private:
  SqliteFile file_;
  session::Options options_;
  std::unique_ptr<session::Session> session_;
};

// Loans that must be there.
session::Loan read(session::Session& session, bool snapshot = false);
session::Loan write(session::Session& session);
base::Code code_of_read(session::Session& session, driver::Control* control = nullptr);
base::Code code_of_write(session::Session& session, driver::Control* control = nullptr);
// The number that the statement gives.
int64_t number(session::Connection& connection, const session::Plan& plan);
int64_t read_n(session::Connection& connection);  // SELECT n FROM t

}  // namespace thing::test
