#pragma once
#include <utility>

#include <fmt/core.h>
#include <tl/expected.hpp>

#include "base/error.h"

// Failures are values: Result<T> holds a T or an Error. The one exception that may pass through the
// floors is std::bad_alloc; capi turns it into kNoMemory, so every function keeps its promises by
// RAII.
namespace thing::base {

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// fail(Code::kRange, "take is {}, expected 0 or more", n)
template <class... Args>
tl::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}
inline tl::unexpected<Error> fail(Error&& error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace thing::base

#define THING_CONCAT_(a, b) a##b
#define THING_CONCAT(a, b) THING_CONCAT_(a, b)
// Returns the error of a Status or Result from the enclosing function.
#define THING_TRY(expression)                                                                 \
  do {                                                                                        \
    if (auto try_ = (expression); !try_) return ::thing::base::fail(std::move(try_.error())); \
  } while (false)
// THING_ASSIGN(auto row, load(id)): declares row from the value, or returns the error.
#define THING_ASSIGN(target, expression) \
  THING_ASSIGN_(THING_CONCAT(result_, __LINE__), target, expression)
#define THING_ASSIGN_(result, target, expression)                     \
  auto result = (expression);                                         \
  if (!result) return ::thing::base::fail(std::move(result.error())); \
  target = std::move(*result)
