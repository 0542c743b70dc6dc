#pragma once
#include <span>
#include <string>
#include <vector>

#include "driver/postgres/ahead.h"
#include "driver/postgres/database.h"
#include "driver/postgres/guard.h"
#include "driver/postgres/limit.h"
#include "driver/postgres/link.h"
#include "driver/postgres/sql_text.h"
#include "driver/postgres/types.h"
#include "driver/postgres/waits.h"

namespace thing::driver::postgres {

class PgConnection final : public driver::Connection {
 public:
  static base::Result<std::unique_ptr<PgConnection>> open(const Options& options,
                                                          Control* control = nullptr);

  base::Result<std::unique_ptr<driver::Statement>> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  base::Result<bool> send_ahead(std::string_view sql) override;
  base::Status run_steps(std::span<const Step> steps) override;
  bool in_transaction() const override;
  std::string_view dialect() const override { return "postgres"; }
  int64_t last_insert_id() const override { return 0; }  // INSERT gives them back itself
  int64_t changes() const override { return link_.changes(); }
  int64_t total_changes() const override { return link_.total_changes(); }
  void interrupt() override { waits_.interrupt(); }
  void set_control(Control* control) override { waits_.set_control(control); }
  void set_busy_timeout(int64_t ms) override { busy_timeout_ms_ = ms; }
  bool is_usable() const override { return link_.is_usable(); }
  bool is_alive() override { return link_.is_alive(); }
  base::Status ping() override;
  void guard_statements(bool on) override { guard_.turn(on); }
  base::Result<MoreWrites> writes_more(std::string_view table) override;
  base::Result<bool> compares_bytes(std::string_view table, std::string_view column) override;
  std::string server_version() const override;

  // For statements.
  const Types& types() const { return types_; }
  bool uses_prepared() const { return prepared_; }
  bool checks_utf8() const { return checks_utf8_; }
  // Runs what `queue` queues as so many commands, guarded where that is wanted.
  base::Result<ResultHandle> ask(const SqlText& text, const Queue& queue, int commands = 1);
  // Whether statements can run now: a transaction that a failure ended takes none.
  bool takes_statements() const { return PQtransactionStatus(link_.get()) != PQTRANS_INERROR; }
  std::string next_name();
  // Parses the statement under this name, and gives the types of its parameters and columns.
  base::Result<ResultHandle> describe(const std::string& name, const std::string& sql);
  // Looks up the types that are not known yet.
  base::Status learn_types(std::span<const Oid> oids);
  // The statement of this name is not needed any more; never fails.
  void forget(std::string name) noexcept;

 private:
  explicit PgConnection(const Options& options)
      : link_(waits_),
        ahead_(link_),
        guard_(link_, ahead_, options.prepared),
        limit_(link_, ahead_, options.prepared),
        prepared_(options.prepared),
        ping_ms_(options.connect_timeout_ms),
        busy_timeout_ms_(options.busy_timeout_ms),
        applied_timeout_ms_(options.busy_timeout_ms) {}
  Asking asking_of(const SqlText& text) const;
  base::Status begin(const Asking& asking);
  base::Result<ResultHandle> ask_once(const SqlText& text, const Queue& queue, int commands,
                                      int before);
  void forget_parsed();
  base::Result<ResultHandle> run_several(const SqlText& text, const std::string& sql);
  base::Result<ResultHandle> run_text(const SqlText& text, const std::string& sql);
  base::Result<ResultHandle> query(const char* sql, std::span<const std::string> values);
  base::Status apply_busy_timeout();
  base::Status flush_ahead();
  base::Status run_pipeline(std::span<const Step> steps);
  void drop_forgotten();

  Waits waits_;
  Link link_;
  Ahead ahead_;
  Guard guard_;
  Limit limit_;
  Types types_;
  bool prepared_;
  int64_t ping_ms_;
  bool checks_utf8_ = false;
  int64_t busy_timeout_ms_;
  int64_t applied_timeout_ms_;
  uint64_t last_name_ = 0;
  std::vector<std::string> forgotten_;  // names that the server still keeps
};

}  // namespace thing::driver::postgres
