#include "driver/postgres/limit.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/clock.h"
#include "driver/driver.h"
#include "driver/postgres/errors.h"

namespace thing::driver::postgres {
namespace {

// The client ends the call first: the server has this long in addition, up to a whole second.
constexpr int64_t kMarginMs = 1000;
constexpr int64_t kStepMs = 1000;
// A setting of the transaction stays while it is no longer than this above what is needed, or a
// quarter of what is left.
constexpr int64_t kSlackMs = 2000;

constexpr int64_t kNone = 0;
constexpr int64_t kUnknown = -1;
constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();
constexpr int64_t kLongest = std::numeric_limits<int32_t>::max();  // that the server takes

// A function, as SET LOCAL warns outside of a transaction block.
constexpr const char* kSet = "SELECT pg_catalog.set_config('statement_timeout', $1, true)";

int64_t left_until(int64_t deadline) {
  if (deadline == Control::kNoDeadline) return kNoEnd;
  return std::max((deadline - base::system_clock().monotonic_micros()) / 1000, int64_t{0});
}

}  // namespace

// What ends a transaction, divides it or must be the first of it takes no time and no setting.
// Outside of a transaction block there are statements that can be no part of a pipeline.
bool Limit::applies(const SqlText& text) const {
  if (text.is_empty || text.is_control || is_users_) return false;
  return !is_alone_ || text.is_query;
}

// In ms; kNone: what the session has by itself.
int64_t Limit::wanted(int64_t left_ms) const {
  if (left_ms > kLongest - kMarginMs - kStepMs) return kNone;
  const int64_t ms = (left_ms + kMarginMs + kStepMs - 1) / kStepMs * kStepMs;
  return own_ms_ > 0 && own_ms_ <= ms ? kNone : ms;
}

// Whether what holds now will do.
bool Limit::fits(int64_t left_ms) const {
  const int64_t ms = wanted(left_ms);
  if (ms == kNone || set_ms_ == kNone || set_ms_ == kUnknown) return ms == set_ms_;
  const int64_t least = left_ms + kMarginMs;
  return set_ms_ >= least && set_ms_ - least <= std::max(kSlackMs, left_ms / 4);
}

int Limit::plan(const SqlText& text, int64_t deadline) {
  commands_ = 0;
  is_alone_ = link_.is_idle() && !ahead_.begins();
  if (link_.is_idle()) {
    set_ms_ = kNone;
    is_touched_ = is_users_ = false;
  }
  if (!applies(text) || PQtransactionStatus(link_.get()) == PQTRANS_INERROR) return 0;
  const int64_t left_ms = left_until(deadline);
  if (fits(left_ms)) return 0;
  next_ms_ = wanted(left_ms);
  commands_ = is_alone_ && named_ && !is_parsed_ ? 2 : 1;
  return commands_;
}

std::string Limit::setting() const {
  if (next_ms_ == kNone) return "SET LOCAL statement_timeout TO DEFAULT";
  return fmt::format("SET LOCAL statement_timeout TO {}", next_ms_);
}

std::string Limit::prefix() const { return commands_ == 0 ? std::string() : setting() + "; "; }

// In a transaction it is a command that takes no snapshot: that of a repeatable read belongs to the
// statement, which may be a LOCK.
int Limit::queue() {
  if (commands_ == 0) return 1;
  PGconn* c = link_.get();
  if (!is_alone_)
    return PQsendQueryParams(c, setting().c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0);
  const std::string text = std::to_string(next_ms_);
  const char* values[] = {text.c_str()};
  if (!named_) return PQsendQueryParams(c, kSet, 1, nullptr, values, nullptr, nullptr, 0);
  if (!is_parsed_) {
    name_ = fmt::format("thing_limit_{}", ++last_number_);
    if (PQsendPrepare(c, name_.c_str(), kSet, 0, nullptr) != 1) return 0;
  }
  return PQsendQueryPrepared(c, name_.c_str(), 1, values, nullptr, nullptr, 0);
}

bool Limit::settle(const SqlText& text, const base::Error* error, int ended) {
  is_users_ = is_users_ || text.names_limit;
  if (is_alone_) return settle_alone(error, ended);
  is_touched_ = is_touched_ || commands_ > 0;
  if (commands_ > 0) set_ms_ = error == nullptr ? next_ms_ : kUnknown;
  const bool divides = text.is_rollback || text.has_commit || text.is_several;
  if (is_touched_ && divides) set_ms_ = kUnknown;
  return false;
}

bool Limit::settle_alone(const base::Error* error, int ended) {
  if (commands_ == 2) is_parsed_ = ended >= 1;
  if (error == nullptr || ended >= commands_ || !is_lost_statement(*error)) return false;
  is_parsed_ = false;
  return true;
}

}  // namespace thing::driver::postgres
