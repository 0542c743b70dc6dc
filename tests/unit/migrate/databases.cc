#include "databases.h"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#if THING_HAS_POSTGRES
#include "driver/postgres/database.h"
#endif
#if THING_HAS_MYSQL
#include "driver/mysql/database.h"
#endif

namespace thing::test {
namespace {

using Connected = std::unique_ptr<driver::Connection>;

Connected checked(base::Result<Connected> connection) {
  if (connection) return std::move(*connection);
  throw std::runtime_error(std::string(connection.error().message()));
}

void execute(driver::Connection& connection, const std::string& sql) {
  const base::Status status = connection.execute(sql);
  EXPECT_TRUE(status) << sql << ": " << (status ? "" : status.error().message());
}

Connected connect_sqlite(const std::string& /*database*/) {
  driver::sqlite::Options options;
  options.path = ":memory:";
  return checked(driver::sqlite::connect(options));
}

#if THING_HAS_POSTGRES
Connected connect_postgres(const std::string& schema) {
  driver::postgres::Options options;
  options.conninfo = std::getenv("THING_TEST_POSTGRES");
  Connected connection = checked(driver::postgres::connect(options));
  if (!schema.empty()) execute(*connection, "SET search_path = " + schema);
  return connection;
}
#endif

#if THING_HAS_MYSQL
Connected connect_mysql(const std::string& database) {
  auto options = driver::mysql::parse_url(std::getenv("THING_TEST_MYSQL"));
  if (!options) throw std::runtime_error("THING_TEST_MYSQL is no URL");
  if (!database.empty()) options->database = database;
  return checked(driver::mysql::connect(*options));
}
#endif

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

void EveryDatabase::SetUp() {
  if (is("sqlite")) connect_ = connect_sqlite;
#if THING_HAS_POSTGRES
  if (is("postgres")) {
    if (!is_set("THING_TEST_POSTGRES")) GTEST_SKIP() << "THING_TEST_POSTGRES names no server";
    connect_ = connect_postgres;
  }
#endif
#if THING_HAS_MYSQL
  if (is("mysql")) {
    if (!is_set("THING_TEST_MYSQL")) GTEST_SKIP() << "THING_TEST_MYSQL names no server";
    connect_ = connect_mysql;
  }
#endif
  if (!connect_) GTEST_SKIP() << "the driver is not built";
  db_ = make();
}

void EveryDatabase::TearDown() {
  db_.reset();
  for (const std::string& name : names_) {
    const std::string kind = is("postgres") ? "SCHEMA " : "DATABASE ";
    execute(*connect_(""), "DROP " + kind + name + (is("postgres") ? " CASCADE" : ""));
  }
}

const char* EveryDatabase::pick(const char* sqlite, const char* postgres, const char* mysql) const {
  return is("sqlite") ? sqlite : is("postgres") ? postgres : mysql;
}

std::unique_ptr<MigrateDatabase> EveryDatabase::make() {
  static int number = 0;
  const std::string name = fmt::format("thing_migrate_{}_{}", getpid(), ++number);
  if (!is("sqlite")) {
    execute(*connect_(""), (is("postgres") ? "CREATE SCHEMA " : "CREATE DATABASE ") + name);
    names_.push_back(name);
  }
  return std::make_unique<MigrateDatabase>(connect_(name));
}

std::unique_ptr<MigrateDatabase> EveryDatabase::join() {
  return std::make_unique<MigrateDatabase>(connect_(names_.back()));
}

}  // namespace thing::test
