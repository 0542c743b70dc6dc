#include <utility>

#include "session/session.h"

namespace thing::session {

Loan::Loan(Loan&& o) noexcept
    : session_(std::exchange(o.session_, nullptr)),
      connection_(std::exchange(o.connection_, nullptr)),
      slot_(o.slot_),
      control_(std::exchange(o.control_, nullptr)) {}

Loan& Loan::operator=(Loan&& o) noexcept {
  if (this == &o) return *this;
  if (session_ != nullptr) session_->give_back(*this);
  session_ = std::exchange(o.session_, nullptr);
  connection_ = std::exchange(o.connection_, nullptr);
  slot_ = o.slot_;
  control_ = std::exchange(o.control_, nullptr);
  return *this;
}

Loan::~Loan() {
  if (session_ != nullptr) session_->give_back(*this);
}

void Loan::serve(driver::Control* control) {
  if (connection_ == nullptr || control == control_) return;
  connection_->raw().set_control(control);
  if (control_ != nullptr) control_->detach();
  control_ = control;
  if (control != nullptr) control->attach(&connection_->raw());
}

}  // namespace thing::session
