#include <algorithm>
#include <string_view>

#include "base/random.h"
#include "session/session.h"

namespace thing::session {
namespace {

uint64_t next_plan_id() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

const dialect::Dialect& dialect_of(const driver::Connection& raw) {
  const dialect::Dialect* const found = dialect::find_dialect(raw.dialect());
  return found != nullptr ? *found : dialect::sqlite();
}

// The names of a user's savepoints have no space.
std::string step_text(const dialect::Dialect& dialect, Connection::Step step) {
  using Step = Connection::Step;
  constexpr std::string_view kPart = "thing part";
  switch (step) {
    case Step::kBeginWrite: return std::string(dialect.begins().write);
    case Step::kBeginDeferred: return std::string(dialect.begins().deferred);
    case Step::kBeginSnapshot: return std::string(dialect.begins().snapshot);
    case Step::kCommit: return "COMMIT";
    case Step::kRollback: return "ROLLBACK";
    case Step::kBeginPart: return "SAVEPOINT " + dialect.quote(kPart);
    case Step::kKeepPart: return "RELEASE SAVEPOINT " + dialect.quote(kPart);
    case Step::kUndoPart: return "ROLLBACK TO SAVEPOINT " + dialect.quote(kPart);
    case Step::kCount: break;
  }
  return "";
}

}  // namespace

Plan::Plan(std::string text) : id(next_plan_id()), sql(std::move(text)) {}

Connection::Connection(std::unique_ptr<driver::Connection> raw)
    : raw_(std::move(raw)), dialect_(dialect_of(*raw_)) {}

base::Status Connection::take_name() {
  const uint64_t name = std::max<uint64_t>(base::random64() >> 1, 1);
  THING_TRY(raw_->execute(dialect_.name_session(name)));
  name_ = name;
  return {};
}

base::Result<driver::Statement*> Connection::statement(const Plan& plan) {
  rest();
  current_ = statements_.find(plan.id);
  if (current_ == nullptr) {
    THING_ASSIGN(std::unique_ptr<driver::Statement> fresh, raw_->prepare(plan.sql));
    current_ = statements_.add(plan.id, std::move(fresh));
  }
  return current_;
}

base::Status Connection::prepare(Step step) {
  auto& statement = steps_[static_cast<size_t>(step)];
  if (statement != nullptr) return {};
  THING_ASSIGN(statement, raw_->prepare(step_text(dialect_, step)));
  return {};
}

base::Status Connection::run(Step step) {
  THING_TRY(prepare(step));
  return steps_[static_cast<size_t>(step)]->execute();
}

base::Status Connection::run_ahead(Step step) {
  THING_ASSIGN(const bool is_taken, raw_->send_ahead(step_text(dialect_, step)));
  return is_taken ? base::Status() : run(step);
}

base::Status Connection::begin_snapshot() {
  THING_TRY(run_ahead(Step::kBeginSnapshot));
  in_snapshot_ = true;
  return {};
}

base::Status Connection::end_snapshot() noexcept {
  rest();
  in_snapshot_ = false;
  base::Status done;
  try {
    done = run(Step::kCommit);
    if (done) return done;
  } catch (const std::bad_alloc&) {
    done = base::fail(base::Error());
  }
  rollback(*this);  // which comes to the same
  if (!raw_->in_transaction()) return {};
  return done;
}

}  // namespace thing::session
