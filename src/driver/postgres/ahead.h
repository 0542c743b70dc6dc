#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "driver/postgres/link.h"
#include "driver/postgres/sql_text.h"

namespace thing::driver::postgres {

// Statements that wait for the next one, to be sent in its pipeline: BEGIN, SAVEPOINT, RELEASE. To
// everybody else they have run. A transaction of which nothing was sent ends without a word.
class Ahead {
 public:
  explicit Ahead(const Link& link) : link_(link) {}

  void add(std::string_view sql) { texts_.emplace_back(sql); }
  bool is_empty() const { return texts_.empty(); }
  int commands() const { return static_cast<int>(texts_.size()); }
  // Whether a transaction begins with them.
  bool begins() const { return !texts_.empty() && link_.is_idle(); }

  // Before a statement is sent: a ROLLBACK needs nothing of what it would take back. Whether the
  // statement ends a transaction of which the server knows nothing, so that nothing is to be sent.
  bool settles(const SqlText& text);
  // Queues them; what the PQsend functions return.
  int queue();
  // After the pipeline: they have run, unless there is still no transaction; then they still wait.
  void sent(bool done);

 private:
  const Link& link_;
  std::vector<std::string> texts_;
  bool began_ = false;  // the pipeline that runs has a BEGIN of these
};

}  // namespace thing::driver::postgres
