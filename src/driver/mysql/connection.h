#pragma once
#include <string>

#include "driver/mysql/calls.h"
#include "driver/mysql/config.h"
#include "driver/mysql/errors.h"
#include "driver/mysql/sql_text.h"

namespace thing::driver::mysql {

class MysqlConnection final : public driver::Connection {
 public:
  static base::Result<std::unique_ptr<MysqlConnection>> open(const Options& options,
                                                             Control* control = nullptr);

  base::Result<std::unique_ptr<driver::Statement>> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  bool in_transaction() const override {
    return is_usable() && (mysql()->server_status & SERVER_STATUS_IN_TRANS) != 0;
  }
  std::string_view dialect() const override { return session_.is_mariadb ? "mariadb" : "mysql"; }
  int64_t last_insert_id() const override { return last_insert_id_; }
  int64_t id_step() const override { return session_.id_step; }
  int64_t changes() const override { return changes_; }
  int64_t total_changes() const override { return total_changes_; }
  void interrupt() override { waits_.interrupt(); }
  void set_control(Control* control) override { waits_.set_control(control); }
  void set_busy_timeout(int64_t ms) override { waits_.set_busy_timeout(ms); }
  bool is_usable() const override { return !broken_ && !waits_.is_shut(); }
  bool is_alive() override;
  base::Status ping() override;
  base::Result<MoreWrites> writes_more(std::string_view table) override;
  base::Result<bool> compares_bytes(std::string_view table, std::string_view column) override;
  std::string server_version() const override;

  // What the text says in the mode that the session is in.
  SqlText look_at(std::string_view sql) const;

  // For statements.
  bool is_inherited() const { return session_.handle.is_inherited(); }
  int64_t max_packet() const { return session_.max_packet; }
  Calls calls() { return {mysql(), waits_}; }
  // Before anything is sent: whether the connection may be used and the call is still wanted. A
  // rollback takes back what a call did that is over.
  base::Status begin(const SqlText& text);
  base::Result<StatementHandle> compile(std::string_view sql);
  // Why a call failed; looks after the connection, which may be lost.
  base::Error error(const Failure& failure, const SqlText& text);
  base::Error error(MYSQL_STMT* statement, const SqlText& text) {
    return error(failure_of(statement, mysql()), text);
  }
  bool is_over() const { return waits_.given_up() != base::Code::kOk; }
  base::Error over_error() const;
  // What the statement that just ran did.
  void count_changes(uint64_t affected, uint64_t insert_id);
  void count_rows(uint64_t rows);  // that INSERT ... RETURNING gave

 private:
  explicit MysqlConnection(const Options& options)
      : options_(options), waits_(options.busy_timeout_ms) {}
  MYSQL* mysql() const { return session_.handle.get(); }
  base::Status run_text(std::string_view sql, const SqlText& text);
  base::Status take_results(const SqlText& text);
  base::Status check_usable() const;
  base::Status send_lock_timeouts();
  base::Status settle_kill();
  void look_at_transaction();
  bool is_at_stake(const SqlText& text) const;
  base::Error lost_error(const Failure& failure, const SqlText& text) const;

  const Options options_;
  Waits waits_;
  Session session_;
  int64_t sent_lock_timeout_ = 0;
  int64_t last_insert_id_ = 0;
  int64_t changes_ = 0;
  int64_t total_changes_ = 0;
  bool was_in_transaction_ = false;  // before the statement that runs
  bool broken_ = false;
};

}  // namespace thing::driver::mysql
