#pragma once
// What tests of every driver do with a connection. Failures of these steps fail the test.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "driver/driver.h"

namespace thing::test {

void execute(driver::Connection& connection, std::string_view sql);
// Without a statement the test ends there, as failed.
std::unique_ptr<driver::Statement> prepare(driver::Connection& connection, std::string_view sql);
// Prepares, binds and runs to the end.
base::Status run(driver::Connection& connection, std::string_view sql,
                 const std::vector<value::Value>& arguments = {});
// The rows as text: "1|'abc'|NULL|x'ff'|json'{}'|uuid'00..'|datetime 0".
std::vector<std::string> rows(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});
// The only row.
std::string one(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments = {});
// The error of a statement that must fail, when it is prepared, bound or run.
base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments = {});
base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});

value::Value integer(int64_t v);
value::Value text(std::string_view v);

inline int64_t now() { return base::system_clock().monotonic_micros(); }
inline void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Lets a connection serve a control while it lives.
class Serving {
 public:
  Serving(driver::Connection& connection, driver::Control& control)
      : connection_(connection), control_(control) {
    connection_.set_control(&control_);
    control_.attach(&connection_);
  }
  ~Serving() {
    control_.detach();
    connection_.set_control(nullptr);
  }
  Serving(const Serving&) = delete;

 private:
  driver::Connection& connection_;
  driver::Control& control_;
};

}  // namespace thing::test
