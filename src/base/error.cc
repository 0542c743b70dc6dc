#include "base/error.h"

#include <utility>

namespace thing::base {

Error::Error(Code code, std::string message) : detail_(std::make_unique<Detail>()) {
  detail_->code = code;
  detail_->message = std::move(message);
}

std::string_view Error::message() const {
  return detail_ ? std::string_view(detail_->message) : "out of memory";
}

// An error without detail (out of memory) stays as it is: there is nothing to write to.
Error&& Error::model(std::string_view name) && {
  if (detail_) detail_->model = name;
  return std::move(*this);
}
Error&& Error::field(std::string_view name) && {
  if (detail_) detail_->field = name;
  return std::move(*this);
}
Error&& Error::table(std::string_view name) && {
  if (detail_) detail_->table = name;
  return std::move(*this);
}
Error&& Error::column(std::string_view name) && {
  if (detail_) detail_->field = detail_->column = name;
  return std::move(*this);
}
Error&& Error::constraint(std::string_view name) && {
  if (detail_) detail_->constraint = name;
  return std::move(*this);
}
Error&& Error::sqlstate(std::string_view state) && {
  if (detail_) detail_->sqlstate = state;
  return std::move(*this);
}
Error&& Error::native(int64_t code) && {
  if (detail_) detail_->native = code;
  return std::move(*this);
}
Error&& Error::retryable(bool yes) && {
  if (detail_) detail_->retryable = yes;
  return std::move(*this);
}

Error&& Error::context(std::string_view what) && {
  if (!detail_) return std::move(*this);
  detail_->context =
      detail_->context.empty() ? std::string(what) : std::string(what) + ": " + detail_->context;
  return std::move(*this);
}

}  // namespace thing::base
