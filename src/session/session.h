#pragma once
// Connections lent to calls: many readers, one writer, statements prepared once per connection.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "dialect/dialect.h"
#include "driver/driver.h"
#include "base/process.h"
#include "session/statement_cache.h"

namespace thing::session {

// One SQL text; statements are kept per connection under its id, which is unique in the process.
struct Plan {
  explicit Plan(std::string text);
  const uint64_t id;
  const std::string sql;
};

// A connection with its prepared statements. [1]
class Connection {
 public:
  explicit Connection(std::unique_ptr<driver::Connection> raw);
  // The statement of the plan, reset and unbound; prepared at the first use. At most kMaxStatements
  // are kept, the least recently used go first. Valid until the next call of statement().
  base::Result<driver::Statement*> statement(const Plan& plan);
  driver::Connection& raw() { return *raw_; }
  const dialect::Dialect& dialect() const { return dialect_; }
  value::BatchBuilder& scratch() { return scratch_; }  // for the rows of the running statement

  static constexpr size_t kMaxStatements = StatementCache::kMost;

  // For the session and its transactions.
  enum class Step : uint8_t {
    kBeginWrite,
    kBeginDeferred,
    kBeginSnapshot,
    kCommit,
    kRollback,
    kBeginPart,
    kKeepPart,
    kUndoPart,
    kCount
  };
  base::Status run(Step step);
  // The same, but it may go to the server together with the next statement.
  base::Status run_ahead(Step step);
  base::Status prepare(Step step);  // so that run() needs no memory but for its error
  void rest() {                     // nothing runs any more
    if (current_ != nullptr) current_->reset();
    current_ = nullptr;
  }
  // A read transaction that the caller did not ask for by begin(): a lease, or that of a loan with
  // a snapshot.
  base::Status begin_snapshot();
  // On failure the read transaction is still open, but is no snapshot any more.
  base::Status end_snapshot() noexcept;
  bool in_snapshot() const { return in_snapshot_; }
  // Whether a statement that fails in a transaction must leave it open by itself: while users run
  // theirs. What the library takes back as a whole, a part, needs no guard.
  void guard(bool on) {
    if (on == guarded_) return;
    guarded_ = on;
    raw_->guard_statements(on);
  }
  bool is_guarded() const { return guarded_; }
  // What others ask the database about to know whether this session is over; 0: it has no name.
  uint64_t name() const { return name_; }
  base::Status take_name();
  // Its session is not as others expect it: it is closed when it comes back.
  void give_up() { given_up_ = true; }
  bool is_given_up() const { return given_up_; }

 private:
  std::unique_ptr<driver::Connection> raw_;  // goes last: statements belong to it
  const dialect::Dialect& dialect_;
  value::BatchBuilder scratch_;
  StatementCache statements_;
  std::unique_ptr<driver::Statement> steps_[static_cast<size_t>(Step::kCount)];
  driver::Statement* current_ = nullptr;  // given out by statement()
  uint64_t name_ = 0;
  bool in_snapshot_ = false;
  bool guarded_ = false;
  bool given_up_ = false;
  bool part_guarded_ = false;  // guarded_ outside the part that is open

  friend base::Status begin_part(Connection& connection);
  friend base::Status keep_part(Connection& connection);
  friend bool undo_part(Connection& connection) noexcept;
};

struct Options {
  int readers = 8;
  // A server: any of the `readers` connections reads and writes; there is no watch, and no lease.
  bool is_server = false;
  int least = 0;        // of a server's connections that stay when they are idle; opened one by one
  int64_t idle_ms = 0;  // a server's connection that was not used for so long is closed; 0: never
  int64_t lifetime_ms = 0;  // one that is so old is replaced, up to a tenth earlier; 0: never
  bool lease = true;
  int64_t busy_timeout_ms = 5000;
  bool single_connection = false;  // readers and writer are one: a database in memory
  bool read_only = false;          // no writer: write() is kReadonly
  bool named = false;              // of a server: connections take names
  // How connections and the watch are made; called lazily, readers one by one as they are needed,
  // for a call that may end before (nullptr: none).
  std::function<base::Result<std::unique_ptr<driver::Connection>>(driver::Control*)> connect;
  std::function<base::Result<std::unique_ptr<driver::ChangeWatch>>()> watch;
};

struct Stats {
  int open = 0;  // connections
  int in_use = 0;
  int waiters = 0;     // threads that wait for a connection
  int64_t waits = 0;   // times that one had to, ...
  int64_t waited = 0;  // ... and for how long, in microseconds
  int64_t opened = 0;  // connections since the start
  int64_t closed = 0;  // of them, for age, idleness or because they were lost
  int64_t leases = 0;  // snapshots taken
  int64_t leased_reads = 0;
};

class Session;
class Pool;
class Lane;

// A connection on loan; gives it back when it goes. Detaches the control. Does nothing in a forked
// child.
class Loan {
 public:
  Loan() = default;
  Loan(Loan&& o) noexcept;
  Loan& operator=(Loan&& o) noexcept;
  ~Loan();
  Connection* operator->() const { return connection_; }
  Connection& operator*() const { return *connection_; }
  explicit operator bool() const { return connection_ != nullptr; }
  // The call that the loan serves from now on, nullptr for none. For loans that outlive the call
  // that took them.
  void serve(driver::Control* control);
  void detach_control() { serve(nullptr); }

 private:
  friend class Session;
  Session* session_ = nullptr;
  Connection* connection_ = nullptr;
  int slot_ = -1;
  driver::Control* control_ = nullptr;
};

// The connections of one database. [S] After fork() the child gets kClosed and touches none of
// them: SQLite forbids it.
class Session {
 public:
  // Opens the writer (or one reader when read-only) and the watch.
  static base::Result<std::unique_ptr<Session>> open(Options options);
  ~Session();  // close()

  // A connection to read with. Without a transaction it sees every commit that returned before this
  // call. With `snapshot` it holds one read transaction from here on, so that several statements
  // see one state (ended on return, or kept as a lease). Waits for a free one until the control
  // ends or the busy timeout passes: kBusy. kClosed after close().
  // `careful`: the connection to a server is looked at first.
  base::Result<Loan> read(driver::Control* control, bool snapshot = false, bool careful = false);
  // The one connection to write with (of a server: one of them), not in a transaction. Waits as
  // read() does.
  base::Result<Loan> write(driver::Control* control);
  // Lives as long as the session, past close(); nullptr for a server.
  driver::ChangeWatch* watch();
  const dialect::Dialect& dialect() const;
  std::string server_version() const;

  // Ends snapshots that idle readers keep, so that the log can be taken back. The write path calls
  // it after commits.
  void end_idle_leases();
  void set_lease(bool on);
  void set_busy_timeout(int64_t ms);
  // Waits for loans to come back, then ends the connections. Later calls are kClosed. Idempotent.
  void close();
  bool is_closed() const { return closed_.load(std::memory_order_acquire) || is_child(); }
  Stats stats() const;

 private:
  friend class Loan;
  Session();
  base::Status borrow(Lane& lane, driver::Control* control, bool to_write, Loan& loan);
  base::Status borrow_reader(driver::Control* control, bool snapshot, bool careful, Loan& loan);
  base::Status borrow_writer(driver::Control* control, Loan& loan);
  void give_back(Loan& loan);
  bool is_child() const { return !process_.is_current(); }

  const base::Process process_;
  std::atomic<bool> closed_{false};
  std::mutex closing_;
  std::unique_ptr<Pool> pool_;
};

// A transaction or savepoint on a loaned connection.
// SQLITE_BUSY is waited for within the busy timeout.
enum class Begin : uint8_t { kImmediate, kDeferred };
base::Status begin(Connection& connection, Begin mode);
// Of an isolation that is not kDefault.
base::Status begin(Connection& connection, dialect::Isolation isolation, bool read_only);
base::Status commit(Connection& connection);  // on failure the transaction is still open, unless
                                              // raw().in_transaction() is false
// Rolls back; when even that fails the connection is not usable any more (raw().is_usable() is
// false). Never throws.
void rollback(Connection& connection) noexcept;
// A part of a transaction that can be taken back alone: a savepoint of the library's own. Parts do
// not nest. undo_part() is true when the transaction is as before begin_part().
base::Status begin_part(Connection& connection);
base::Status keep_part(Connection& connection);
bool undo_part(Connection& connection) noexcept;
base::Status savepoint(Connection& connection, std::string_view name);  // name is quoted here
base::Status release(Connection& connection, std::string_view name);
base::Status rollback_to(Connection& connection, std::string_view name);

}  // namespace thing::session
