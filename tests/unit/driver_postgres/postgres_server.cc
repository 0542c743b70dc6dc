#include "postgres_server.h"

#include <cstdlib>
#include <stdexcept>

namespace thing::test {

void PostgresTest::SetUp() {
  if (url().empty()) GTEST_SKIP() << "THING_TEST_POSTGRES names no server";
}

std::string PostgresTest::url() {
  const char* url = std::getenv("THING_TEST_POSTGRES");
  return url != nullptr ? url : "";
}

driver::postgres::Options PostgresTest::options() {
  driver::postgres::Options options;
  options.conninfo = url();
  options.connect_timeout_ms = 60'000;
  return options;
}

std::unique_ptr<driver::Connection> PostgresTest::connect(
    const driver::postgres::Options& options) {
  auto connection = driver::postgres::connect(options);
  if (connection) return std::move(*connection);
  throw std::runtime_error("no connection: " + std::string(connection.error().message()));
}

}  // namespace thing::test
