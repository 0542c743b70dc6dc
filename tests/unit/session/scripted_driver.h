#pragma once
#include <string>
#include <vector>

#include "driver/driver.h"

namespace thing::test {

// What the scripted driver was asked to do, and what it shall answer.
struct Script {
  std::vector<std::string> prepared;
  std::vector<std::string> executed;  // by statements and by connections
  std::vector<std::string> failing;   // SQL that fails when it runs
  int connections = 0;
  int opened = 0;
  int looks = 0;
  int pings = 0;
  bool is_alive = true;
  int statements = 0;  // alive
  bool in_transaction = false;
  bool is_usable = true;
};

class ScriptedStatement final : public driver::Statement {
 public:
  ScriptedStatement(Script& script, std::string_view sql) : script_(script), sql_(sql) {
    ++script_.statements;
  }
  ~ScriptedStatement() override { --script_.statements; }
  base::Status bind(int, const value::ValueView&) override { return {}; }
  base::Result<bool> step(value::BatchBuilder&, const driver::Projection&) override {
    return false;
  }
  base::Status execute() override;
  void reset() override { ++resets; }
  bool is_read_only() const override { return true; }
  int parameter_count() const override { return 0; }
  int column_count() const override { return 0; }
  std::string_view column_name(int) const override { return ""; }
  base::Result<bool> step_dynamic(std::vector<value::Value>&) override { return false; }

  int resets = 0;

 private:
  Script& script_;
  const std::string sql_;
};

class ScriptedConnection final : public driver::Connection {
 public:
  explicit ScriptedConnection(Script& script) : script_(script) {
    ++script_.connections;
    ++script_.opened;
  }
  ~ScriptedConnection() override { --script_.connections; }
  base::Result<std::unique_ptr<driver::Statement>> prepare(std::string_view sql) override;
  base::Status execute(std::string_view sql) override;
  bool in_transaction() const override { return script_.in_transaction; }
  std::string_view dialect() const override { return "scripted"; }
  int64_t last_insert_id() const override { return 0; }
  int64_t changes() const override { return 0; }
  int64_t total_changes() const override { return 0; }
  void interrupt() override {}
  void set_control(driver::Control*) override {}
  void set_busy_timeout(int64_t) override {}
  bool is_usable() const override { return script_.is_usable; }
  bool is_alive() override {
    ++script_.looks;
    return script_.is_alive;
  }
  base::Status ping() override {
    ++script_.pings;
    return {};
  }
  void guard_statements(bool on) override {
    script_.executed.emplace_back(on ? "guard" : "no guard");
  }
  base::Result<bool> compares_bytes(std::string_view, std::string_view) override { return true; }
  std::string server_version() const override { return "0"; }

 private:
  Script& script_;
};

inline base::Status run(Script& script, const std::string& sql) {
  script.executed.push_back(sql);
  for (const std::string& f : script.failing) {
    if (f == sql) return base::fail(base::Code::kConnection, "scripted");
  }
  if (sql.starts_with("BEGIN")) script.in_transaction = true;
  if (sql == "COMMIT" || sql == "ROLLBACK") script.in_transaction = false;
  return {};
}

inline base::Status ScriptedStatement::execute() { return run(script_, sql_); }

inline base::Result<std::unique_ptr<driver::Statement>> ScriptedConnection::prepare(
    std::string_view sql) {
  script_.prepared.emplace_back(sql);
  if (sql == "bad") return base::fail(base::Code::kSyntax, "scripted");
  return std::make_unique<ScriptedStatement>(script_, sql);
}

inline base::Status ScriptedConnection::execute(std::string_view sql) {
  base::Status done = run(script_, std::string(sql));
  if (!done && sql == "ROLLBACK") script_.is_usable = false;
  return done;
}

}  // namespace thing::test
