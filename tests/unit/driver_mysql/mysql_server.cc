#include "mysql_server.h"

#include <stdexcept>

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

namespace thing::test {

void MysqlTest::SetUp() {
  const char* url = getenv("THING_TEST_MYSQL");
  if (url == nullptr || *url == '\0') GTEST_SKIP() << "THING_TEST_MYSQL is not set";
  auto parsed = driver::mysql::parse_url(url);
  ASSERT_TRUE(parsed) << parsed.error().message();
  options_ = *parsed;
  static int number = 0;
  const auto first = connect();
  options_.database = fmt::format("thing_unit_{}_{}", getpid(), ++number);
  execute(*first, "CREATE DATABASE " + options_.database +
                      " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
}

void MysqlTest::TearDown() {
  if (!options_.database.starts_with("thing_unit_")) return;
  execute(*connect(), "DROP DATABASE " + options_.database);
}

std::unique_ptr<driver::Connection> MysqlTest::connect() { return connect(options_); }

std::unique_ptr<driver::Connection> MysqlTest::connect(const driver::mysql::Options& options) {
  auto connection = driver::mysql::connect(options);
  if (connection) return std::move(*connection);
  throw std::runtime_error("no connection: " + std::string(connection.error().message()));
}

}  // namespace thing::test
