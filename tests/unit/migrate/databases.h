#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "migrate_database.h"

namespace thing::test {

// Tests on every database: SQLite in memory, and the servers that THING_TEST_POSTGRES and
// THING_TEST_MYSQL name; without one its tests are skipped. The parameter is "sqlite", "postgres"
// or "mysql", which is MariaDB as well.
class EveryDatabase : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;
  void TearDown() override;

  bool is(std::string_view name) const { return GetParam() == name; }
  // Another text for each database.
  const char* pick(const char* sqlite, const char* postgres, const char* mysql) const;
  // An empty database, which goes when the test ends.
  std::unique_ptr<MigrateDatabase> make();
  // Another connection to the database that was made last; not in memory.
  std::unique_ptr<MigrateDatabase> join();
  std::unique_ptr<MigrateDatabase> db_;  // made for the test

 private:
  std::function<std::unique_ptr<driver::Connection>(const std::string& database)> connect_;
  std::vector<std::string> names_;
};

#define FOR_EVERY_DATABASE(Suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(On, Suite, testing::Values("sqlite", "postgres", "mysql"), \
                           [](const testing::TestParamInfo<std::string>& p) { return p.param; })

}  // namespace thing::test
