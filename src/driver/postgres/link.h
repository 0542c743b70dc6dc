#pragma once
#include <limits>
#include <string>
#include <vector>

#include "driver/postgres/cancel.h"
#include "driver/postgres/handle.h"
#include "driver/postgres/waits.h"

namespace thing::driver::postgres {

// How one statement is run.
struct Asking {
  bool listens = true;    // to the control
  bool at_stake = false;  // a lost answer leaves open whether it took effect
  bool is_commit = false;
  int64_t until = Control::kNoDeadline;  // of the monotonic clock
};

// How long a rollback may take, which does not listen.
inline constexpr int64_t kRollbackMicros = 5'000'000;

// Which commands of a pipeline are the statement's own. Of those around them only errors count.
struct Own {
  int first = 0;
  int count = std::numeric_limits<int>::max();
};

// A session's conversation: what libpq has queued is sent, and all answers are gathered, without
// ever blocking in libpq. When the call is over before the answer is there, the server is asked
// to stop; when it does not answer that soon, the link is dead.
class Link {
 public:
  explicit Link(Waits& waits) : waits_(waits) {}
  // Once. The link stays where it is from then on.
  void open(Handle handle);

  PGconn* get() const { return handle_.get(); }
  bool is_inherited() const { return handle_.is_inherited(); }
  bool is_usable() const;
  // Whether the server is still there, as far as what has come by itself tells; does not wait.
  bool is_alive();
  void give_up() { usable_ = false; }
  bool is_idle() const { return PQtransactionStatus(get()) == PQTRANS_IDLE; }

  // Before anything is queued.
  base::Status begin(const Asking& asking);
  // The last result that is no error. `queued`: what the PQsend function returned.
  base::Result<ResultHandle> finish(int queued);
  // The same in pipeline mode, which ends with it. What failed has written nothing.
  base::Result<ResultHandle> finish_pipeline(int queued, Own own = {});
  // The same for commands whose results are all wanted; count() is left to the caller. `all` has
  // room for them.
  base::Status finish_steps(int queued, Own own, std::vector<ResultHandle>& all);
  // Takes the rows that a command wrote to those of the session.
  void count(const PGresult* result);
  // How many commands of the last pipeline the server ran without an error, from the first on.
  int ended_commands() const { return command_; }

  int64_t changes() const { return changes_; }
  int64_t total_changes() const { return total_changes_; }

 private:
  base::Status gather(bool in_pipeline);
  base::Status await();
  base::Status take(ResultHandle result);
  base::Status give_up_waiting();
  void ask_to_stop();
  base::Result<ResultHandle> settle();
  base::Error failure();
  static void take_notice(void* link, const PGresult* notice);

  Waits& waits_;
  Handle handle_;
  bool usable_ = true;
  bool dead_ = false;  // nothing more can be said on it
  int64_t changes_ = 0;
  int64_t total_changes_ = 0;

  // Of the statement that runs.
  Asking asking_;
  Own own_;
  int command_ = 0;  // of the pipeline, whose results are awaited
  Cancellation cancellation_;
  base::Code over_ = base::Code::kOk;
  ResultHandle good_;
  ResultHandle bad_;
  std::vector<ResultHandle>* all_ = nullptr;  // of several, those before good_
};

}  // namespace thing::driver::postgres
