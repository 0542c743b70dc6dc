#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "driver/driver.h"
#include "driver/mysql/database.h"

namespace thing::test {

// Tests on the server that THING_TEST_MYSQL names, in a database of their own. Failures of these
// steps fail the test.
class MysqlTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  const driver::mysql::Options& options() const { return options_; }
  std::unique_ptr<driver::Connection> connect();
  std::unique_ptr<driver::Connection> connect(const driver::mysql::Options& options);

 private:
  driver::mysql::Options options_;
};

void execute(driver::Connection& connection, std::string_view sql);
std::unique_ptr<driver::Statement> prepare(driver::Connection& connection, std::string_view sql);
// The rows as text: "1|'abc'|NULL|x'ff'".
std::vector<std::string> rows(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});
std::string one(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments = {});
// The error of a statement that must fail, when it is prepared or when it runs.
base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments = {});
base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments = {});
base::Status run(driver::Connection& connection, std::string_view sql,
                 const std::vector<value::Value>& arguments = {});

value::Value text(std::string bytes);
value::Value integer(int64_t v);

}  // namespace thing::test
