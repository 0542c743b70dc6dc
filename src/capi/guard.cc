#include "capi/guard.h"

#include <algorithm>
#include <string>

#include "capi/handles.h"

namespace thing::capi {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

// The error with a message of one line.
base::Error on_one_line(base::Error&& error) {
  const auto* d = error.detail();
  if (d == nullptr || std::none_of(d->message.begin(), d->message.end(), is_control))
    return std::move(error);
  std::string message = d->message;
  std::replace_if(message.begin(), message.end(), is_control, ' ');
  return base::Error(d->code, std::move(message))
      .model(d->model)
      .table(d->table)
      .column(d->column)
      .field(d->field)
      .constraint(d->constraint)
      .sqlstate(d->sqlstate)
      .native(d->native)
      .retryable(d->retryable)
      .context(d->context);
}

}  // namespace

// Without memory for the error it is the one that takes none: code and status stay the same.
thing_status give_error(base::Error&& error, thing_error** err) noexcept {
  const auto status = static_cast<thing_status>(error.code());
  if (err == nullptr) return status;
  try {
    *err = error.detail() == nullptr ? no_memory_error()
                                     : new thing_error{on_one_line(std::move(error))};
    return status;
  } catch (...) {
    *err = no_memory_error();
    return THING_E_NOMEM;
  }
}

// In memory that no destructor runs for.
thing_error* no_memory_error() noexcept {
  alignas(thing_error) static unsigned char memory[sizeof(thing_error)];
  static thing_error* const error = new (memory) thing_error;
  return error;
}

thing_status give_exception(thing_error** err) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return give_error(base::Error(), err);
  } catch (const std::exception& e) {
    return guard(err, [&e]() -> Outcome {
      return fail(Code::kInternal, "found exception '{}', expected none", e.what());
    });
  } catch (...) {
    return guard(err, []() -> Outcome {
      return fail(Code::kInternal, "found an exception, expected none");
    });
  }
}

}  // namespace thing::capi
