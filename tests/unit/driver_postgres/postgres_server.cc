#include "postgres_server.h"

#include <cstdlib>

namespace thing::test {
void PostgresTest::SetUp() {
  if (std::getenv("THING_TEST_POSTGRES") == nullptr)
    GTEST_SKIP() << "THING_TEST_POSTGRES names no server";
}

std::string PostgresTest::url() { return std::getenv("THING_TEST_POSTGRES"); }

driver::postgres::Options PostgresTest::options() {
  driver::postgres::Options options;
  options.conninfo = url();
  options.connect_timeout_ms = 60'000;
  return options;
}

std::unique_ptr<driver::Connection> PostgresTest::connect(
    const driver::postgres::Options& options) {
  auto connection = driver::postgres::connect(options);
  if (!connection) ADD_FAILURE() << connection.error().message();
  return connection ? std::move(*connection) : nullptr;
}

}  // namespace thing::test
