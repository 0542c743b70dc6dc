#include "faults.h"

#include <sqlite3.h>

namespace trial {
namespace {

// Plain data of the program's own image: reaching it allocates nothing.
struct State {
  Fault fault;
  int64_t calls = 0;
  bool armed = false;
  bool struck = false;
};
thread_local State state;
thread_local const char* failed_call = "";

}  // namespace

std::string describe(const Fault& fault) {
  std::string what = "the allocation";
  if (fault.source == Source::kSqlite)
    what = std::string("the SQLite call (") + sqlite3_errstr(fault.code) + ")";
  if (fault.source == Source::kFiles)
    what = std::string("the file operation (") + sqlite3_errstr(fault.code) + ")";
  return what + " number " + std::to_string(fault.at) +
         (fault.persistent ? " and all after it" : "");
}

Strike::Strike(const Fault& fault) noexcept { state = {fault, 0, true, false}; }

Strike::~Strike() { end(); }

bool Strike::end() noexcept {
  state.armed = false;
  return state.struck;
}

const char* last_failed() { return failed_call; }

bool is_armed() noexcept { return state.armed; }

int strike_code() noexcept { return state.fault.code; }

bool strikes(Source source, const char* call) noexcept {
  if (!state.armed || state.fault.source != source) return false;
  state.calls++;
  const int64_t at = state.fault.at;
  const bool yes = at > 0 && (state.fault.persistent ? state.calls >= at : state.calls == at);
  if (yes && !state.struck) failed_call = call;
  state.struck = state.struck || yes;
  return yes;
}

void take_over() {
  take_over_sqlite();
  take_over_files();
}

}  // namespace trial
