#pragma once
#include <signal.h>

#include "driver/mysql/client.h"

namespace thing::driver::mysql {

// What the client library does to the signals of a process, and what is done about it. When it is
// initialised it has SIGPIPE ignored, for the whole process. MariaDB's writes raise none on a plain
// socket; but OpenSSL's do, and all of MySQL's.

// The library's first call, once; SIGPIPE is afterwards what it was before.
bool initialize_library();

// Whether writes to the session may raise SIGPIPE.
bool may_raise(MYSQL* mysql);
// Whether SIGPIPE ends the process.
bool is_pipe_fatal();

// While it lives, and is on, a SIGPIPE of this thread does nothing. It costs three system calls.
class PipeGuard {
 public:
  explicit PipeGuard(bool is_on) : is_on_(is_on) {
    if (is_on_) block();
  }
  ~PipeGuard() {
    if (is_on_) unblock();
  }
  PipeGuard(const PipeGuard&) = delete;

 private:
  void block();
  void unblock();

  const bool is_on_;
  bool was_pending_ = false;
  sigset_t before_;
};

}  // namespace thing::driver::mysql
