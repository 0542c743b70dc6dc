#include "base/clock.h"
#include "driver/driver.h"

namespace thing::driver {

void Control::cancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  // Under the mutex: after detach() returned no interrupt can reach the connection any more.
  std::lock_guard lock(mutex_);
  if (connection_ != nullptr) connection_->interrupt();
}

base::Code Control::state() const {
  if (is_cancelled()) return base::Code::kCancelled;
  const int64_t end = deadline();
  if (end == kNoDeadline || base::system_clock().monotonic_micros() < end) return base::Code::kOk;
  return base::Code::kTimeout;
}

base::Status Control::check() const {
  switch (state()) {
    case base::Code::kCancelled:
      return base::fail(base::Code::kCancelled, "the call was cancelled");
    case base::Code::kTimeout:
      return base::fail(base::Code::kTimeout, "the deadline of the call passed");
    default: return {};
  }
}

void Control::attach(Connection* connection) {
  std::lock_guard lock(mutex_);
  connection_ = connection;
}

void Control::detach() { attach(nullptr); }

base::Status Statement::bind_array(int, value::Type, std::span<const value::ValueView>) {
  return base::fail(base::Code::kUnsupported, "this database has no arrays as parameters");
}

base::Status Connection::run_steps(std::span<const Step> steps) {
  for (const Step& step : steps) {
    THING_TRY(step.bind());
    THING_TRY(step.read());
  }
  return {};
}

void Serving::serve(Control* control) { connection_.set_control(control); }

}  // namespace thing::driver
