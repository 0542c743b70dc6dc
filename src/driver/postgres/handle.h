#pragma once
#include <memory>
#include <utility>

#include <libpq-fe.h>

#include "base/process.h"

namespace thing::driver::postgres {

// A session of libpq, ended when it goes. A forked child leaves it alone: the end would be said on
// the parent's socket.
class Handle {
 public:
  Handle() = default;
  explicit Handle(PGconn* connection) : connection_(connection) {}
  Handle(Handle&& o) noexcept
      : connection_(std::exchange(o.connection_, nullptr)), process_(o.process_) {}
  Handle& operator=(Handle&& o) noexcept {
    std::swap(connection_, o.connection_);
    std::swap(process_, o.process_);
    return *this;
  }
  ~Handle() {
    if (connection_ != nullptr && !is_inherited()) PQfinish(connection_);
  }
  PGconn* get() const { return connection_; }
  bool is_inherited() const { return !process_.is_current(); }

 private:
  PGconn* connection_ = nullptr;
  base::Process process_ = base::Process::current();
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using CancelHandle = std::unique_ptr<PGcancel, FreeCancel>;

}  // namespace thing::driver::postgres
