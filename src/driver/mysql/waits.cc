#include "driver/mysql/waits.h"

#include <limits>

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

namespace thing::driver::mysql {
namespace {

using base::Code;

// From the moment a call is over: until when the server can be asked to end the statement, and
// until when it has to have answered. Together they keep a call within 100 ms of its end.
constexpr int64_t kAskFor = 60'000;
constexpr int64_t kAnswerWithin = 85'000;

int64_t now() { return base::system_clock().monotonic_micros(); }

#if THING_MYSQL_NONBLOCKING
short poll_events(int events) {
  short out = 0;
  if ((events & MYSQL_WAIT_READ) != 0) out |= POLLIN;
  if ((events & MYSQL_WAIT_WRITE) != 0) out |= POLLOUT;
  if ((events & MYSQL_WAIT_EXCEPT) != 0) out |= POLLPRI;
  return out;
}

// Errors and the end of the stream are found by reading or writing.
int library_events(short found, int wanted) {
  int out = 0;
  if ((found & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0) out |= MYSQL_WAIT_READ;
  if ((found & (POLLOUT | POLLHUP | POLLERR | POLLNVAL)) != 0) out |= MYSQL_WAIT_WRITE;
  if ((found & POLLPRI) != 0) out |= MYSQL_WAIT_EXCEPT;
  return out & wanted;
}

// Rounded up to whole milliseconds, so that it does not end just before the moment.
int poll_timeout(int64_t end) {
  if (end == Control::kNoDeadline) return -1;
  const int64_t left = (std::max(end - now(), int64_t{0}) + 999) / 1000;
  return static_cast<int>(std::min(left, int64_t{std::numeric_limits<int>::max()}));
}
#endif

}  // namespace

Waits::~Waits() {
  if (wake_ >= 0) close(wake_);
}

base::Status Waits::open() {
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ >= 0) return {};
  return base::fail(Code::kConnection, "there is no descriptor left for a connection (errno {})",
                    errno);
}

// The flag comes first: what wakes up looks at it.
void Waits::interrupt() {
  interrupted_.store(true);
#if THING_MYSQL_NONBLOCKING
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof(one));
#else
  const int socket = socket_.load();
  if (socket < 0) return;
  shut_.store(true);
  shutdown(socket, SHUT_RDWR);
#endif
}

void Waits::forget_interrupt() {
  uint64_t count;
  [[maybe_unused]] const auto got = read(wake_, &count, sizeof(count));
}

base::Status Waits::begin(int64_t own_limit_micros, int64_t bound_micros) {
  given_up_ = Code::kOk;
  keep_session();
  bound_ = bound_micros == Control::kNoDeadline ? bound_micros : now() + bound_micros;
  limit_ = own_limit_micros == kByControl ? kByControl : now() + own_limit_micros;
  if (interrupted_.exchange(false)) forget_interrupt();
  if (limit_ != kByControl || control_ == nullptr) return {};
  return control_->check();
}

Code Waits::over() const {
  if (limit_ != kByControl) return now() < limit_ ? Code::kOk : Code::kTimeout;
  const Code state = control_ == nullptr ? Code::kOk : control_->state();
  if (state != Code::kOk) return state;
  if (interrupted_.load()) return Code::kCancelled;
  return bound_ == Control::kNoDeadline || now() < bound_ ? Code::kOk : Code::kConnection;
}

int64_t Waits::end() const {
  if (given_up_ != Code::kOk) return answer_until_;
  if (limit_ != kByControl) return limit_;
  return control_ == nullptr ? bound_ : std::min(bound_, control_->deadline());
}

void Waits::shut(MYSQL* mysql) {
  shut_.store(true);
  if (const int socket = socket_of(mysql); socket >= 0) shutdown(socket, SHUT_RDWR);
}

// Whether the server said that it ends the statement.
bool Waits::ask_for_end(int64_t moment) {
  const bool is_by_caller = limit_ == kByControl && given_up_ != Code::kConnection;
  if (is_by_caller && kill_ != nullptr) drop_ = kill_(moment + kAskFor);
  return drop_ != nullptr;
}

// The next state of giving up, when it is time for it; false when the socket is shut.
bool Waits::give_up(MYSQL* mysql) {
  if (given_up_ == Code::kOk) {
    given_up_ = over();
    if (given_up_ == Code::kOk) return true;
    const int64_t moment = now();
    answer_until_ = moment + kAnswerWithin;
    kill_open_ = ask_for_end(moment);
    if (kill_open_) return true;
  } else if (now() < answer_until_) {
    return true;
  }
  if (drop_ != nullptr) drop_();
  keep_session();
  shut(mysql);
  return false;
}

#if THING_MYSQL_NONBLOCKING
int Waits::await(MYSQL* mysql, int events) {
  for (;;) {
    // A shut socket answers at once: the library comes to its end by itself.
    if (is_shut() || !give_up(mysql)) return events | MYSQL_WAIT_TIMEOUT;
    int64_t until = end();
    const int64_t library_end = (events & MYSQL_WAIT_TIMEOUT) == 0
                                    ? Control::kNoDeadline
                                    : now() + int64_t{mysql_get_timeout_value_ms(mysql)} * 1000;
    until = std::min(until, library_end);
    pollfd wanted[2] = {{socket_of(mysql), poll_events(events), 0}, {wake_, POLLIN, 0}};
    const bool listens = given_up_ == Code::kOk;
    if (poll(wanted, listens ? 2 : 1, poll_timeout(until)) < 0) continue;
    if (const int found = library_events(wanted[0].revents, events); found != 0) return found;
    if (listens && wanted[1].revents != 0) forget_interrupt();
    if (now() >= library_end) return MYSQL_WAIT_TIMEOUT;
  }
}
#else
int Waits::await(MYSQL* mysql, int events) {
  socket_.store(socket_of(mysql));
  return events;
}
#endif

}  // namespace thing::driver::mysql
