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

// Whether the socket can be read, without waiting.
bool is_readable(PGconn* connection) {
  pollfd wanted{PQsocket(connection), POLLIN, 0};
  return poll(&wanted, 1, 0) > 0;
}

bool writes_rows(std::string_view tag) {
  for (const std::string_view word : {"INSERT ", "UPDATE ", "DELETE ", "MERGE ", "COPY "}) {
    if (tag.starts_with(word)) return true;
  }
  return false;
}

}  // namespace

void Link::open(Handle handle) {
  handle_ = std::move(handle);
  PQsetNoticeReceiver(get(), take_notice, this);
}

// What the server says between two statements: most is of no interest, but it also tells there
// that it ends the session.
void Link::take_notice(void* link, const PGresult* notice) {
  const std::string_view severity = field_of(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == "FATAL" || severity == "PANIC") static_cast<Link*>(link)->dead_ = true;
}

// A socket with nothing to read is that of a living server. What comes by itself is taken: libpq
// finds the end of the stream behind it, and behind what TLS had kept back. Some turns are enough,
// and a server that goes on talking lives.
bool Link::is_alive() {
  constexpr int kTurns = 8;
  if (!is_usable()) return false;
  for (int turn = 0; turn < kTurns && is_readable(get()); ++turn) {
    if (PQconsumeInput(get()) != 1) dead_ = true;
    if (!dead_) (void)PQisBusy(get());  // which looks at what came
    if (!is_usable()) return false;
  }
  return true;
}

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
  own_ = {};
  command_ = 0;
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

base::Result<ResultHandle> Link::finish_pipeline(int queued, Own own) {
  own_ = own;
  const int64_t before = total_changes_;
  if (queued == 1) THING_TRY(gather(true));
  if (PQexitPipelineMode(get()) != 1) dead_ = true;
  base::Result<ResultHandle> done = settle();
  if (!done) total_changes_ = before;
  return done;
}

base::Status Link::finish_steps(int queued, Own own, std::vector<ResultHandle>& all) {
  all_ = &all;
  base::Result<ResultHandle> last = finish_pipeline(queued, own);
  all_ = nullptr;
  if (!last) return base::fail(std::move(last.error()));
  all.push_back(std::move(*last));
  return {};
}

// An error may follow a result: what a statement left to its end, such as a deferred constraint.
base::Status Link::gather(bool in_pipeline) {
  for (int nothing = 0; nothing <= (in_pipeline ? 1 : 0);) {
    THING_TRY(await());
    ResultHandle result(PQgetResult(get()));
    if (result == nullptr) {
      ++nothing;
      if (in_pipeline && bad_ == nullptr) ++command_;
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
    if (PQsocket(get()) < 0) return {};  // libpq has closed it; the next result says why
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
  if (command_ < own_.first || command_ - own_.first >= own_.count) return {};
  if (all_ == nullptr) {
    count(result.get());
  } else if (good_ != nullptr) {
    all_->push_back(std::move(good_));
  }
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
  const std::string_view state =
      bad_ != nullptr ? field_of(bad_.get(), PG_DIAG_SQLSTATE) : std::string_view();
  if (state.empty()) {
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
    return lost_error(field_of(bad_.get(), PG_DIAG_MESSAGE_PRIMARY), true);
  // The server's own limit may be told before anybody looked at the clock.
  const Code why = over_ == Code::kOk && asking_.listens ? waits_.state() : over_;
  return make_error(bad_.get(), why);
}

}  // namespace thing::driver::postgres
