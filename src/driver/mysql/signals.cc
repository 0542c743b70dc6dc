#include "driver/mysql/signals.h"

#include <ctime>
#include <mutex>

namespace thing::driver::mysql {
namespace {

sigset_t only_pipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

bool is_pipe_pending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

bool initialize() {
  struct sigaction before;
  const bool is_known = sigaction(SIGPIPE, nullptr, &before) == 0;
  const bool done = mysql_library_init(0, nullptr, nullptr) == 0;
  if (is_known) sigaction(SIGPIPE, &before, nullptr);
  return done;
}

}  // namespace

// The library's first call is not safe in two threads.
bool initialize_library() {
  static const bool ready = initialize();
  return ready;
}

bool may_raise(MYSQL* mysql) {
#ifdef MARIADB_PACKAGE_VERSION
  return mysql_get_ssl_cipher(mysql) != nullptr;
#else
  return true;
#endif
}

bool is_pipe_fatal() {
  struct sigaction now;
  return sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

// One that waits already is not ours to take.
void PipeGuard::block() {
  const sigset_t pipe = only_pipe();
  pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  was_pending_ = sigismember(&before_, SIGPIPE) == 1 && is_pipe_pending();
}

void PipeGuard::unblock() {
  const sigset_t pipe = only_pipe();
  const timespec at_once{};
  if (!was_pending_) (void)sigtimedwait(&pipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace thing::driver::mysql
