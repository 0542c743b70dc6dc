#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "../driver_steps.h"
#include "driver/postgres/database.h"

namespace thing::test {

// Tests that need the server named by THING_TEST_POSTGRES.
class PostgresTest : public testing::Test {
 protected:
  void SetUp() override;
  static std::string url();
  static driver::postgres::Options options();
  // Without a connection the test ends there, as failed.
  static std::unique_ptr<driver::Connection> connect(const driver::postgres::Options& options);
  std::unique_ptr<driver::Connection> connect() { return connect(options()); }
};

}  // namespace thing::test
