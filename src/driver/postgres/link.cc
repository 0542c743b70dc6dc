#include "driver/postgres/link.h"

#include <charconv>
#include <cstring>
#include <string_view>

#include <poll.h>

#include "base/clock.h"
#include "driver/postgres/errors.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

// How long the server has to answer that it stopped.
constexpr int64_t kStopMicros = 80'000;

int64_t now() { return base::system_clock().monotonic_micros(); }

bool is_error(ExecStatusType status) {
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE ||
         status == PGRES_NONFATAL_ERROR;
}

bool is_copy(ExecStatusType status) {
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

bool writes_rows(std::string_view tag) {
  for (const std::string_view word : {"INSERT ", "UPDATE ", "DELETE ", "MERGE ", "COPY "}) {
    if (tag.starts_with(word)) return true;
  }
  return false;
}

}  // namespace

bool Link::is_usable() const {
  return usable_ && !dead_ && !is_inherited() && PQstatus(get()) == CONNECTION_OK;
}

base::Status Link::begin(const Asking& asking) {
  if (is_inherited())
    return base::fail(Code::kClosed, "the connection belongs to the parent of this process");
  if (dead_ || PQstatus(get()) != CONNECTION_OK)
    return base::fail(make_error("08003", "the connection is lost"));
  waits_.begin();
  if (asking.listens) THING_TRY(waits_.check());
  asking_ = asking;
  over_ = Code::kOk;
  cancellation_ = {};
  good_.reset();
  bad_.reset();
  return {};
}

base::Result<ResultHandle> Link::finish(int queued) {
  if (queued != 1) asking_.at_stake = false;  // nothing was said
  if (queued == 1) THING_TRY(gather(false));
  return settle();
}

base::Result<ResultHandle> Link::finish_pipeline(int queued) {
  if (queued == 1) THING_TRY(gather(true));
  if (PQexitPipelineMode(get()) != 1) dead_ = true;
  return settle();
}

// An error may follow a result: what a statement left to its end, such as a deferred constraint.
base::Status Link::gather(bool in_pipeline) {
  for (int nothing = 0; nothing <= (in_pipeline ? 1 : 0);) {
    THING_TRY(await());
    ResultHandle result(PQgetResult(get()));
    if (result == nullptr) {
      ++nothing;
      continue;
    }
    nothing = 0;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return {};
    THING_TRY(take(std::move(result)));
  }
  return {};
}

// Until PQgetResult() does not block.
base::Status Link::await() {
  while (PQisBusy(get()) != 0) {
    const int unsent = PQflush(get());
    const auto events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    switch (waits_.wait(PQsocket(get()), events, asking_.until, asking_.listens)) {
      case Waits::Woke::kReady: break;
      case Waits::Woke::kOver: ask_to_stop(); continue;
      case Waits::Woke::kLate: return give_up_waiting();
    }
    if (PQconsumeInput(get()) == 1) continue;
    if (PQstatus(get()) != CONNECTION_OK) return {};  // the next result says why
    dead_ = true;
    return base::fail(base::Error());
  }
  return {};
}

void Link::ask_to_stop() {
  over_ = waits_.state();
  cancellation_.start(get());
  asking_.listens = false;
  asking_.until = now() + kStopMicros;
}

base::Status Link::give_up_waiting() {
  dead_ = true;
  cancellation_ = {};
  const bool was_asked = over_ != Code::kOk;
  const std::string_view what =
      over_ == Code::kCancelled ? "the call was cancelled, and the server did not answer"
      : was_asked               ? "the deadline of the call passed, and the server did not answer"
                                : "the server did not answer in time";
  if (asking_.at_stake || !was_asked) return base::fail(lost_error(what, asking_.at_stake));
  return base::fail(base::Error(over_, std::string(what)).sqlstate("57014"));
}

base::Status Link::take(ResultHandle result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (is_copy(status)) {
    dead_ = true;  // in the middle of a protocol of its own
    return base::fail(Code::kUnsupported, "PostgreSQL's COPY from or to the client is not taken");
  }
  if (status == PGRES_PIPELINE_ABORTED) return {};
  if (is_error(status)) {
    if (bad_ == nullptr) bad_ = std::move(result);
    return {};
  }
  count(result.get());
  good_ = std::move(result);
  return {};
}

void Link::count(const PGresult* result) {
  auto* answer = const_cast<PGresult*>(result);  // libpq only reads it
  if (!writes_rows(PQcmdStatus(answer))) return;
  const char* text = PQcmdTuples(answer);
  int64_t rows = 0;
  std::from_chars(text, text + std::strlen(text), rows);
  changes_ = rows;
  total_changes_ += rows;
}

// A request to stop that comes after its statement would hit the next one.
base::Result<ResultHandle> Link::settle() {
  if (cancellation_.is_started()) {
    if (!cancellation_.wait(asking_.until)) usable_ = false;
    cancellation_ = {};
  }
  if (bad_ != nullptr || good_ == nullptr) return base::fail(failure());
  // What the server makes of COMMIT when a statement of the transaction had failed.
  if (asking_.is_commit && std::string_view(PQcmdStatus(good_.get())) == "ROLLBACK")
    return base::fail(base::Error(Code::kState,
                                  "postgres: the transaction was rolled back, as a "
                                  "statement of it had failed")
                          .sqlstate("25P02"));
  return std::move(good_);
}

base::Error Link::failure() {
  const char* state = bad_ != nullptr ? PQresultErrorField(bad_.get(), PG_DIAG_SQLSTATE) : nullptr;
  if (state == nullptr) {
    const std::string_view message =
        bad_ != nullptr ? PQresultErrorMessage(bad_.get()) : PQerrorMessage(get());
    if (message.find("out of memory") != std::string_view::npos) return {};
    // libpq refused to send it.
    if (PQstatus(get()) == CONNECTION_OK)
      return {Code::kInternal, "postgres: " + one_line(message)};
    return lost_error(message, asking_.at_stake);
  }
  if (is_fatal(state) || PQstatus(get()) != CONNECTION_OK) dead_ = true;
  const bool may_be_done = asking_.is_commit || good_ != nullptr;
  if (dead_ && asking_.at_stake && may_be_done)
    return lost_error(PQresultErrorField(bad_.get(), PG_DIAG_MESSAGE_PRIMARY), true);
  return make_error(bad_.get(), over_);
}

}  // namespace thing::driver::postgres
