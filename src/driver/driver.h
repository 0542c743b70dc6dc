#pragma once
// What every database client looks like to the floors above. One folder per database implements it.
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::driver {

class Connection;

// Whether a running call is still wanted. Owned by the call context; cancel() may come from any
// thread.
class Control {
 public:
  static constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

  void set_deadline(int64_t monotonic_micros) {
    deadline_.store(monotonic_micros, std::memory_order_relaxed);
  }
  int64_t deadline() const { return deadline_.load(std::memory_order_relaxed); }
  void cancel();  // sets the flag and interrupts the connection in use
  void clear() { cancelled_.store(false, std::memory_order_relaxed); }
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // kCancelled or kTimeout when the call should end, kOk otherwise.
  base::Code state() const;
  base::Status check() const;  // the same as an error with a message

  void attach(Connection* connection);  // from now on cancel() interrupts it
  void detach();

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<int64_t> deadline_{kNoDeadline};
  std::mutex mutex_;
  Connection* connection_ = nullptr;
};

// A connection that serves the call of a control while this lives.
class Serving {
 public:
  Serving(Connection& connection, Control* control) : connection_(connection), control_(control) {
    if (control_ == nullptr) return;
    serve(control_);
    control_->attach(&connection_);
  }
  ~Serving() {
    if (control_ == nullptr) return;
    control_->detach();
    serve(nullptr);
  }
  Serving(const Serving&) = delete;

 private:
  void serve(Control* control);
  Connection& connection_;
  Control* const control_;
};

// Result column j goes to field fields[j] of the layout; fields not named are absent.
struct Projection {
  const value::Layout* layout = nullptr;
  std::vector<uint32_t> fields;
  bool partial = false;
};

// One prepared statement. [1]: used by one thread at a time, with its connection.
class Statement {
 public:
  virtual ~Statement() = default;
  // Values are bound in the database's form of their type; bytes must stay until reset() or the
  // next bind.
  virtual base::Status bind(int index /* from 0 */, const value::ValueView& v) = 0;
  // All values, of one type, as one array: for databases whose dialect has key arrays.
  virtual base::Status bind_array(int index, value::Type type,
                                  std::span<const value::ValueView> values);
  // Appends the next row; false at the end (then the statement is reset).
  virtual base::Result<bool> step(value::BatchBuilder& out, const Projection& projection) = 0;
  // Runs to the end; rows are dropped. Resets.
  virtual base::Status execute() = 0;
  // Takes back what step() left open and the bound values. Never fails.
  virtual void reset() = 0;

  virtual bool is_read_only() const = 0;
  virtual int parameter_count() const = 0;
  virtual int column_count() const = 0;
  virtual std::string_view column_name(int i) const = 0;
  // The next row with the types that the database gives, for raw SQL: appends one Value a column;
  // false at the end.
  virtual base::Result<bool> step_dynamic(std::vector<value::Value>& out) = 0;
};

// One of several statements that need nothing of each other's results.
struct Step {
  Statement* statement = nullptr;
  std::function<base::Status()> bind;  // what it runs with; before it runs
  std::function<base::Status()> read;  // runs step() to its end, or execute(); after it ran
};

// What may be written beside the rows of a write: by triggers and rules, with any of them; by the
// actions of foreign keys that refer to the table.
struct MoreWrites {
  bool always = false;
  bool by_updates = false;
  bool by_deletes = false;
  bool any() const { return always || by_updates || by_deletes; }
};

// One session with the database. [1]
class Connection {
 public:
  virtual ~Connection() = default;
  // kSyntax/kSchema/... on bad SQL; kInvalid when `sql` holds no or more than one statement.
  virtual base::Result<std::unique_ptr<Statement>> prepare(std::string_view sql) = 0;
  virtual base::Status execute(std::string_view sql) = 0;  // one or more statements without rows
  // Takes a statement that is as good as sure to succeed (BEGIN, SAVEPOINT, RELEASE), to send it
  // together with the next one, which then tells of its failure; in_transaction() counts it as run.
  // False: it was not taken, and has to be run.
  virtual base::Result<bool> send_ahead(std::string_view /*sql*/) { return false; }
  // Runs the steps in order, up to the first one that fails. A server may get all of them before it
  // is asked for the first result. Only in a transaction, which has to be taken back on failure.
  virtual base::Status run_steps(std::span<const Step> steps);
  virtual bool in_transaction() const = 0;
  // The database's name as dialects have it: what the server itself says it is.
  virtual std::string_view dialect() const = 0;
  // Of the last row of the last INSERT that made ids; those of one statement lie id_step() apart.
  virtual int64_t last_insert_id() const = 0;
  virtual int64_t id_step() const { return 1; }
  virtual int64_t changes() const = 0;  // rows written by the last statement itself
  virtual int64_t total_changes()
      const = 0;                 // by all statements, triggers and foreign key actions included
  virtual void interrupt() = 0;  // any thread
  // The call that statements run for from now on: looked at while they run and while they wait for
  // locks.
  virtual void set_control(Control* control) = 0;
  virtual void set_busy_timeout(int64_t ms) = 0;
  // False when the connection should be closed rather than used again.
  virtual bool is_usable() const = 0;
  // Whether the other side is still there, as far as a look at the socket tells; does not wait.
  virtual bool is_alive() { return is_usable(); }
  // One question and its answer, where there is a server.
  virtual base::Status ping() { return {}; }
  // From now on a statement that fails in a transaction takes back itself alone and leaves the
  // transaction open, for databases that otherwise end it (PostgreSQL). Off at first.
  virtual void guard_statements(bool /*on*/) {}
  // Whether a write to the table may write more than total_changes() tells.
  virtual base::Result<MoreWrites> writes_more(std::string_view /*table*/) { return MoreWrites(); }
  // Whether the column compares text by bytes; true for columns without text.
  virtual base::Result<bool> compares_bytes(std::string_view table, std::string_view column) = 0;
  virtual std::string server_version() const = 0;
};

// A value that differs after every commit by anybody.
struct ChangeMark {
  uint64_t word[4] = {0, 0, 0, 0};
  friend bool operator==(const ChangeMark&, const ChangeMark&) = default;
};

// Tells whether somebody committed, in any process. read() is [S].
class ChangeWatch {
 public:
  virtual ~ChangeWatch() = default;
  // The mark as of now: a commit that returned before this call is in it.
  virtual base::Result<ChangeMark> read() = 0;
  // Whether exactly one commit lies between two marks; false when that can not be told.
  virtual bool is_next(const ChangeMark& before, const ChangeMark& after) const = 0;
  // The mark's words in shared memory, for reading without a call; nullptr when there are none.
  // Valid with the watch.
  const volatile uint64_t* words = nullptr;
  // Frames of the write-ahead log; 0 when there is none, or all of it is written back so that it
  // can begin anew.
  virtual int64_t log_size() const { return 0; }

  // read() without the call where possible.
  bool is_still(const ChangeMark& mark) {
    if (words != nullptr) {
      return load(0) == mark.word[0] && load(1) == mark.word[1] && load(2) == mark.word[2] &&
             load(3) == mark.word[3];
    }
    auto now = read();
    return now && *now == mark;
  }

 protected:
  // What is read after it is not older than the word.
  uint64_t load(int i) const { return __atomic_load_n(words + i, __ATOMIC_ACQUIRE); }
};

}  // namespace thing::driver
