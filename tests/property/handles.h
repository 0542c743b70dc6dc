#pragma once
// Owners of thing.h's handles and one way to call. Free of test frameworks: programs of every kind
// stand on it.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "thing.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRIAL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TRIAL_SANITIZED 1
#endif
#endif

namespace trial {

#ifdef TRIAL_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// What is wrong: ends the test that threw it.
class Wrong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a call came back with.
struct Outcome {
  thing_status status = THING_OK;
  std::string message;

  bool ok() const { return status == THING_OK; }
  bool failed() const { return status < 0; }
  std::string text() const {
    return std::string(thing_status_name(status)) + (message.empty() ? "" : ": " + message);
  }
};

inline Outcome take_outcome(thing_status status, thing_error* error) {
  Outcome outcome{status, thing_error_message(error)};
  const thing_status code = thing_error_code(error);
  const bool has_error = error != nullptr;
  thing_error_free(error);
  if (status >= 0 && has_error) throw Wrong("an error object came with " + outcome.text());
  if (status < 0 && status != THING_E_NOMEM && (code != status || outcome.message.empty())) {
    throw Wrong("no fitting error object came with " + outcome.text());
  }
  return outcome;
}

// call(thing_save, db, ctx, obj): the call with its error parameter.
template <class Function, class... Args>
Outcome call(Function function, const Args&... args) {
  thing_error* error = nullptr;
  const thing_status status = function(args..., &error);
  return take_outcome(status, error);
}

// A call that has to succeed.
template <class Function, class... Args>
void must(const char* what, Function function, const Args&... args) {
  const Outcome outcome = call(function, args...);
  if (!outcome.ok()) throw Wrong(std::string(what) + " gave " + outcome.text());
}

template <class T, void (*Free)(T*)>
class Owned {
 public:
  Owned() = default;
  explicit Owned(T* raw) : raw_(raw) {}
  Owned(Owned&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Owned() { Free(raw_); }

  T** out() {
    reset();
    return &raw_;
  }
  void reset() { Free(std::exchange(raw_, nullptr)); }
  T* get() const { return raw_; }
  operator T*() const { return raw_; }

 private:
  T* raw_ = nullptr;
};

using Db = Owned<thing_db, thing_close>;
using Ctx = Owned<thing_ctx, thing_ctx_free>;
using Obj = Owned<thing_obj, thing_obj_free>;
using Criteria = Owned<thing_criteria, thing_criteria_free>;
using Rows = Owned<thing_rows, thing_rows_free>;
using Cursor = Owned<thing_cursor, thing_cursor_free>;
using Tx = Owned<thing_tx, thing_tx_free>;
using Buf = Owned<thing_buf, thing_buf_free>;

inline std::string text_of(const thing_buf* buf) {
  return {reinterpret_cast<const char*>(thing_buf_data(buf)),
          static_cast<size_t>(thing_buf_len(buf))};
}

inline int64_t length(std::string_view text) { return static_cast<int64_t>(text.size()); }

inline Db open(const std::string& config) {
  Db db;
  must("thing_open", thing_open, config.data(), length(config), db.out());
  return db;
}

inline const thing_model* model_of(thing_db* db, const char* name) {
  const thing_model* model = thing_model_find(db, name, -1);
  if (model == nullptr) throw Wrong(std::string("there is no model ") + name);
  return model;
}

inline int32_t field_of(const thing_model* model, const char* name) {
  const int32_t field = thing_model_field_index(model, name, -1);
  if (field < 0) throw Wrong(std::string("there is no field ") + name);
  return field;
}

}  // namespace trial
