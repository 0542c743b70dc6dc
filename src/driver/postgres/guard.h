#pragma once
#include <functional>
#include <string>

#include "driver/postgres/ahead.h"
#include "driver/postgres/link.h"
#include "driver/postgres/sql_text.h"

namespace thing::driver::postgres {

// Queues commands; what the PQsend functions return.
using Queue = std::function<int(PGconn*)>;

// Keeps a transaction open when a statement of it fails: the statement runs between SAVEPOINT and
// RELEASE, and its failure is followed by ROLLBACK TO. The first three take one round trip.
//
// The one failure that it can not take back is that of SAVEPOINT itself, as when the call is
// cancelled in that very moment.
class Guard {
 public:
  // `named`: the texts are parsed once for the session.
  Guard(Link& link, Ahead& ahead, bool named) : link_(link), ahead_(ahead), named_(named) {}

  void turn(bool on) { is_on_ = on; }
  bool covers(const SqlText& text) const;
  // After link.begin(). `queue` queues a statement as so many commands.
  base::Result<ResultHandle> run(int commands, const Queue& queue);
  // The same for a text of several statements, which can be no part of a pipeline.
  base::Result<ResultHandle> run_text(const Asking& asking, const std::string& sql);
  // The session may have lost what it had parsed.
  void forget() { parsed_ = false; }

 private:
  bool queue_parse();
  bool queue_edge(const std::string& name, const char* text);
  base::Status run_edge(const Asking& asking, const char* text);
  void undo();

  Link& link_;
  Ahead& ahead_;
  const bool named_;
  bool is_on_ = false;
  bool parsed_ = false;
  int last_number_ = 0;
  std::string open_, close_;  // names of the parsed texts
};

}  // namespace thing::driver::postgres
