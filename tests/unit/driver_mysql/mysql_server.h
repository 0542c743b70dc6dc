#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "../driver_steps.h"
#include "driver/mysql/database.h"

namespace thing::test {

// Tests on the server that THING_TEST_MYSQL names, in a database of their own. Failures of these
// steps fail the test.
class MysqlTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  const driver::mysql::Options& options() const { return options_; }
  // Without a connection the test ends there, as failed.
  std::unique_ptr<driver::Connection> connect();
  std::unique_ptr<driver::Connection> connect(const driver::mysql::Options& options);

 private:
  driver::mysql::Options options_;
};

}  // namespace thing::test
