#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>

#include "driver/driver.h"
#include "driver/mysql/client.h"

namespace thing::driver::mysql {

// How long a connection waits for the server, and how it gives up. A call whose time is over goes
// through three states: the server is asked, on another connection, to end the statement; its
// answer is waited for a moment; then the socket is shut, and the connection is lost. A request
// that came before the statement began ended nothing, so the server is asked to end the session
// first, which holds for what has not begun as well.
class Waits {
 public:
  // What a call may wait for: the control, or a time of its own.
  static constexpr int64_t kByControl = -1;

  explicit Waits(int64_t busy_timeout_ms) { set_busy_timeout(busy_timeout_ms); }
  ~Waits();
  Waits(const Waits&) = delete;

  base::Status open();
  // What asks the server to end the session, by the connection that asked it to end the statement.
  using Drop = std::function<void()>;
  // What asks the server to end the statement, until a moment; nothing comes of it when it was not.
  void set_kill(std::function<Drop(int64_t end)> kill) { kill_ = std::move(kill); }
  void set_control(Control* control) {
    control_ = control;
    if (control == nullptr) keep_session();
  }
  const Control* control() const { return control_; }
  void set_busy_timeout(int64_t ms) {
    busy_timeout_ms_ = std::clamp(ms, int64_t{0}, kLongestTimeout);
  }
  int64_t busy_timeout_seconds() const { return (busy_timeout_ms_ + 999) / 1000; }

  // Whether calls have to see to it that a lost connection does not end the process.
  void guard_pipe(bool on) { guards_pipe_ = on; }
  bool guards_pipe() const { return guards_pipe_; }
  // Whether TLS is spoken on a socket that does not wait.
  void speak_tls(bool on) { is_by_tls_ = on; }
  bool is_by_tls() const { return is_by_tls_; }

  void interrupt();  // any thread
  // Before a call: forgets old interrupts. Fails when the call is over already. One by the control
  // may have a bound besides; behind it the connection is given up (kConnection).
  base::Status begin(int64_t own_limit_micros = kByControl,
                     int64_t bound_micros = Control::kNoDeadline);
  // Why the call was given up; kOk when it was not.
  base::Code given_up() const { return given_up_; }
  // Waits until the socket is ready for one of the library's events, or the end of the call is;
  // what the library is to be told.
  int await(MYSQL* mysql, int events);

  // Whether the server was asked to end a statement and it is not known that it took notice.
  bool is_kill_open() const { return kill_open_; }
  void close_kill() { kill_open_ = false; }
  bool is_shut() const { return shut_; }
  void shut(MYSQL* mysql);

 private:
  static constexpr int64_t kLongestTimeout = 1'000'000'000;

  base::Code over() const;
  int64_t end() const;
  bool give_up(MYSQL* mysql);
  bool ask_for_end(int64_t moment);
  // Closes the connection by which the server would be asked.
  void keep_session() {
    if (drop_ != nullptr) drop_ = nullptr;
  }
  void forget_interrupt();

  Control* control_ = nullptr;
  int64_t busy_timeout_ms_ = 0;
  std::function<Drop(int64_t end)> kill_;
  Drop drop_;      // while a call comes to its end
  int wake_ = -1;  // an eventfd that interrupt() writes to
  std::atomic<bool> interrupted_{false};
  int64_t limit_ = kByControl;
  int64_t bound_ = Control::kNoDeadline;
  int64_t answer_until_ = 0;  // once given up
  base::Code given_up_ = base::Code::kOk;
  bool kill_open_ = false;
  bool guards_pipe_ = false;
  bool is_by_tls_ = false;
  std::atomic<bool> shut_{false};
  std::atomic<int> socket_{-1};  // for interrupt() where nothing can be waited for beside it
};

}  // namespace thing::driver::mysql
