#pragma once
// The border of the library: nothing is thrown past it, and failures become a status and a
// thing_error.
#include <new>
#include <utility>

#include "base/result.h"
#include "thing.h"

namespace thing::capi {

using base::Code;
using base::fail;

// What a call comes to: a status >= 0, or an error.
using Outcome = base::Result<thing_status>;

// Makes the caller's error; returns its status.
thing_status give_error(base::Error&& error, thing_error** err) noexcept;
// The error that takes no memory. thing_error_free lets it be.
thing_error* no_memory_error() noexcept;
// What the exception in flight means.
thing_status give_exception(thing_error** err) noexcept;

inline Outcome outcome_of(Outcome&& outcome) { return std::move(outcome); }
inline Outcome outcome_of(base::Status&& status) {
  if (!status) return fail(std::move(status.error()));
  return THING_OK;
}

// Runs `body`, which returns a base::Status or an Outcome.
template <class Body>
thing_status guard(thing_error** err, Body&& body) noexcept {
  try {
    Outcome outcome = outcome_of(body());
    if (outcome) return *outcome;
    return give_error(std::move(outcome.error()), err);
  } catch (...) {
    return give_exception(err);
  }
}

// For calls without a status: the value, or nothing.
template <class T, class Body>
T value_or(T otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}

}  // namespace thing::capi
