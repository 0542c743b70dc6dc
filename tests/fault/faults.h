#pragma once
// Makes the n-th call of a kind fail: an allocation, a function of SQLite, or an operation on a
// file. The program that holds these functions takes malloc() and SQLite's functions over from the
// C library and from SQLite, and forwards to them.
//
// Faults strike only the thread that armed them, and only while it is inside a Strike.
#include <cstdint>
#include <string>

namespace trial {

enum class Source { kMemory, kSqlite, kFiles };

struct Fault {
  Source source = Source::kMemory;
  int code = 0;  // kSqlite and kFiles: what the call returns, a primary result code of SQLite
  bool persistent = false;  // all calls from the n-th on, instead of the n-th alone
  int64_t at = 0;           // n, from 1 on; 0 never strikes
};

std::string describe(const Fault& fault);

// Arms a fault while it lives.
class Strike {
 public:
  explicit Strike(const Fault& fault) noexcept;
  ~Strike();
  Strike(const Strike&) = delete;
  Strike& operator=(const Strike&) = delete;
  // Ends it; true when a call was made to fail. What failed is in last_failed().
  bool end() noexcept;
};

// The name of the call that failed last, "" when none.
const char* last_failed();

// Blocks that were allocated inside some Strike and not freed since.
int64_t live_blocks();
void forget_live_blocks();
// Sizes and numbers of the first few, for a message.
std::string describe_live_blocks();

// To be called first in main(): finds the functions to forward to, and puts the failing file system
// before the real one.
void take_over();

// ---- for the functions that take over

// Counts a call that could fail; true when it has to.
bool strikes(Source source, const char* call) noexcept;
bool is_armed() noexcept;
// The code that a failing call returns.
int strike_code() noexcept;
void take_over_sqlite();
void take_over_files();

}  // namespace trial
