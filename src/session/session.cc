#include "session/session.h"

#include <new>

#include "base/clock.h"
#include "base/thread_slot.h"
#include "session/pool.h"

namespace thing::session {
namespace {

using base::Code;

// Pools that a forked child inherited. Their threads are gone and their connections belong to the
// parent, so they can not be destroyed; from here they are still reachable.
void abandon(std::unique_ptr<Pool> pool) {
  struct Abandoned {
    std::unique_ptr<Pool> pool;
    Abandoned* next;
  };
  static std::atomic<Abandoned*> all{nullptr};
  auto* here = new (std::nothrow) Abandoned{nullptr, all.load()};
  if (here == nullptr) {
    (void)pool.release();
    return;
  }
  here->pool = std::move(pool);
  while (!all.compare_exchange_weak(here->next, here)) {
  }
}

}  // namespace

Session::Session() : process_(base::Process::current()) {}

base::Result<std::unique_ptr<Session>> Session::open(Options options) {
  std::unique_ptr<Session> session(new Session);
  session->pool_ = std::make_unique<Pool>(std::move(options));
  THING_TRY(session->pool_->open());
  return session;
}

Session::~Session() {
  close();
  if (!process_.is_current()) abandon(std::move(pool_));
}

// `loan` takes a slot of the lane; on failure it gives it back by going.
base::Status Session::borrow(Lane& lane, driver::Control* control, bool to_write, Loan& loan) {
  if (is_closed()) return base::fail(Code::kClosed, "the database is closed");
  const uint32_t preferred = base::thread_slot();
  int slot = lane.try_take(preferred);
  if (slot < 0) {
    THING_ASSIGN(slot, lane.take(preferred, control, pool_->busy_timeout_ms()));
  }
  loan.session_ = this;
  loan.slot_ = lane.first() + slot;
  Slot& s = pool_->slot(loan.slot_);
  if (!pool_->is_ready(s)) THING_TRY(pool_->make_ready(s, to_write, control));
  loan.connection_ = s.connection.get();
  return {};
}

base::Status Session::borrow_reader(driver::Control* control, bool snapshot, bool careful,
                                    Loan& loan) {
  THING_TRY(borrow(pool_->readers(), control, careful, loan));
  Slot& s = pool_->slot(loan.slot_);
  if (pool_->is_server()) {
    if (control != nullptr) loan.serve(control);
    return snapshot ? loan->begin_snapshot() : base::Status();
  }
  if (!pool_->leases().serves(s)) THING_TRY(pool_->leases().renew(s));
  if (snapshot && !loan->in_snapshot()) THING_TRY(loan->begin_snapshot());
  if (control != nullptr) loan.serve(control);
  return {};
}

base::Status Session::borrow_writer(driver::Control* control, Loan& loan) {
  if (pool_->is_read_only()) {
    return base::fail(
        base::Error(Code::kReadonly, "the database is opened to be read").sqlstate("25006"));
  }
  THING_TRY(borrow(pool_->writer(), control, true, loan));
  // The write will end them anyway; now they do not keep its checkpoint from taking the whole log
  // back.
  if (!pool_->is_server()) pool_->leases().end_idle();
  if (control != nullptr) loan.serve(control);
  return {};
}

base::Result<Loan> Session::read(driver::Control* control, bool snapshot, bool careful) {
  base::Result<Loan> loan;
  if (base::Status done = borrow_reader(control, snapshot, careful, *loan); !done)
    loan = base::fail(std::move(done.error()));
  return loan;
}

base::Result<Loan> Session::write(driver::Control* control) {
  base::Result<Loan> loan;
  if (base::Status done = borrow_writer(control, *loan); !done)
    loan = base::fail(std::move(done.error()));
  return loan;
}

void Session::give_back(Loan& loan) {
  if (is_child()) return;
  if (loan.connection_ != nullptr) {
    if (loan.control_ != nullptr) loan.serve(nullptr);
    Slot& slot = pool_->slot(loan.slot_);
    if (!pool_->is_settled(slot)) pool_->settle(slot);
    if (pool_->is_server() && slot.connection != nullptr) {
      slot.connection->guard(false);
      slot.used = base::system_clock().monotonic_micros();
    }
  }
  pool_->give(loan.slot_);
  loan.session_ = nullptr;
}

driver::ChangeWatch* Session::watch() { return pool_->watch(); }
const dialect::Dialect& Session::dialect() const { return pool_->dialect(); }
std::string Session::server_version() const { return pool_->server_version(); }

void Session::end_idle_leases() {
  if (!is_closed() && !pool_->is_server()) pool_->leases().end_idle();
}

void Session::set_lease(bool on) {
  if (is_closed() || pool_->is_server() || pool_->has_one_connection()) return;
  pool_->leases().set_on(on);
  if (!on) pool_->leases().end_idle();
}

void Session::set_busy_timeout(int64_t ms) {
  if (!is_closed()) pool_->set_busy_timeout(ms);
}

void Session::close() {
  if (is_child()) return;
  std::lock_guard lock(closing_);
  if (!closed_.exchange(true) && pool_ != nullptr) pool_->close();
}

Stats Session::stats() const { return is_child() ? Stats() : pool_->stats(); }

}  // namespace thing::session
