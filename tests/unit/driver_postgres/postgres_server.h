#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "driver/driver.h"
#include "driver/postgres/database.h"

namespace thing::test {

// Tests that need the server named by THING_TEST_POSTGRES.
class PostgresTest : public testing::Test {
 protected:
  void SetUp() override;
  static std::string url();
  static driver::postgres::Options options();
  static std::unique_ptr<driver::Connection> connect(const driver::postgres::Options& options);
  std::unique_ptr<driver::Connection> connect() { return connect(options()); }
};

void execute(driver::Connection& connection, std::string_view sql);
std::unique_ptr<driver::Statement> prepare(driver::Connection& connection, std::string_view sql);

// The rows as text: "1|'abc'|NULL|x'ff'".
std::vector<std::string> rows(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});
std::string row(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments = {});
// The error of a statement that must fail, when it is prepared, bound or run.
base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments = {});
base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});

value::Value integer(int64_t v);
value::Value text(std::string_view v);

}  // namespace thing::test
