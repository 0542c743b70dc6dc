#include <fmt/format.h>

#include "dialect/mysql/mysql.h"
#include "dialect/quoting.h"

namespace thing::dialect {

const Dialect& mysql() {
  static const Mysql instance(Mysql::Server::kMysql);
  return instance;
}

const Dialect& mariadb() {
  static const Mysql instance(Mysql::Server::kMariadb);
  return instance;
}

// MariaDB has no indexes over expressions, which is what makes decimals unique as numbers.
Features Mysql::features() const {
  return {.returning = is_mariadb(),
          .unique_decimals = !is_mariadb(),
          .returns_ids = is_mariadb(),
          .computed_column = true};
}

// The level holds for the next transaction alone.
std::vector<std::string> Mysql::begin(Isolation isolation, bool read_only) const {
  return {"SET TRANSACTION ISOLATION LEVEL " + std::string(isolation_name(isolation)),
          read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION"};
}

std::string Mysql::quote(std::string_view identifier) const { return doubled(identifier, '`'); }

// A lock of the session, as statements that change tables end transactions. Its name is one of the
// server's, of at most 64 characters, so that of the database is in it as a hash.
std::string_view Mysql::lock_schema() const {
  return "SELECT GET_LOCK(CONCAT('libthing.', SHA1(DATABASE())), @@lock_wait_timeout)";
}

std::string_view Mysql::unlock_schema() const {
  return "SELECT RELEASE_LOCK(CONCAT('libthing.', SHA1(DATABASE())))";
}

std::string Mysql::name_session(uint64_t name) const {
  return fmt::format("DO GET_LOCK('libthing.{:x}', 0)", name);
}

std::string Mysql::ask_session(uint64_t name) const {
  return fmt::format("SELECT IS_FREE_LOCK('libthing.{:x}')", name);
}

// MariaDB has no identity of a server; two of one host differ in where their files are.
std::string_view Mysql::ask_identity() const {
  return is_mariadb() ? "SELECT CONCAT(@@hostname, ':', @@port, ':', @@datadir, ':', DATABASE())"
                      : "SELECT CONCAT(@@server_uuid, ':', DATABASE())";
}

}  // namespace thing::dialect
