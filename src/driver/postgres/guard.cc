#include "driver/postgres/guard.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "driver/postgres/errors.h"

namespace thing::driver::postgres {
namespace {

constexpr const char* kOpen = "SAVEPOINT \"thing guard\"";
constexpr const char* kClose = "RELEASE SAVEPOINT \"thing guard\"";
constexpr const char* kUndo =
    "ROLLBACK TO SAVEPOINT \"thing guard\"; RELEASE SAVEPOINT \"thing guard\"";

}  // namespace

bool Guard::covers(const SqlText& text) const {
  if (!is_on_ || text.is_control) return false;
  return ahead_.begins() || PQtransactionStatus(link_.get()) == PQTRANS_INTRANS;
}

// Under new names: those before may still be there.
bool Guard::queue_parse() {
  ++last_number_;
  open_ = fmt::format("thing_open_{}", last_number_);
  close_ = fmt::format("thing_close_{}", last_number_);
  return PQsendPrepare(link_.get(), open_.c_str(), kOpen, 0, nullptr) == 1 &&
         PQsendPrepare(link_.get(), close_.c_str(), kClose, 0, nullptr) == 1;
}

bool Guard::queue_edge(const std::string& name, const char* text) {
  PGconn* c = link_.get();
  return (named_ ? PQsendQueryPrepared(c, name.c_str(), 0, nullptr, nullptr, nullptr, 0)
                 : PQsendQueryParams(c, text, 0, nullptr, nullptr, nullptr, nullptr, 0)) == 1;
}

base::Result<ResultHandle> Guard::run(int commands, const Queue& queue) {
  PGconn* c = link_.get();
  const int ahead = ahead_.commands();
  const bool parses = named_ && !parsed_;
  const int before = ahead + (parses ? 3 : 1);
  const bool queued = PQenterPipelineMode(c) == 1 && ahead_.queue() == 1 &&
                      (!parses || queue_parse()) && queue_edge(open_, kOpen) && queue(c) == 1 &&
                      queue_edge(close_, kClose) && PQpipelineSync(c) == 1;
  base::Result<ResultHandle> done = link_.finish_pipeline(queued ? 1 : 0, {before, commands});
  const int ended = link_.ended_commands();
  ahead_.sent(done.has_value());
  if (parses) parsed_ = ended >= ahead + 2;
  if (done) return done;
  const bool is_own = ended >= before && ended < before + commands;
  if (!is_own && is_lost_statement(done.error())) parsed_ = false;
  if (ended >= before) undo();
  return done;
}

base::Status Guard::run_edge(const Asking& asking, const char* text) {
  THING_TRY(link_.begin(asking));
  THING_TRY(link_.finish(PQsendQuery(link_.get(), text)));
  return {};
}

base::Result<ResultHandle> Guard::run_text(const Asking& asking, const std::string& sql) {
  THING_TRY(run_edge(asking, kOpen));
  base::Result<ResultHandle> done = base::fail(base::Error());
  base::Status step = link_.begin(asking);
  if (step) {
    done = link_.finish(PQsendQuery(link_.get(), sql.c_str()));
    if (done) step = run_edge(asking, kClose);
  }
  if (done && step) return done;
  undo();
  return step ? std::move(done) : base::fail(std::move(step.error()));
}

// It runs to its end even when the call is over: what the call did can still be taken back.
void Guard::undo() {
  const PGTransactionStatusType status = PQtransactionStatus(link_.get());
  if (!link_.is_usable() || (status != PQTRANS_INERROR && status != PQTRANS_INTRANS)) return;
  const Asking asking{.listens = false,
                      .until = base::system_clock().monotonic_micros() + kRollbackMicros};
  if (!run_edge(asking, kUndo)) link_.give_up();
}

}  // namespace thing::driver::postgres
