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
  return {.returning = is_mariadb(), .unique_decimals = !is_mariadb(), .returns_ids = is_mariadb()};
}

// The level holds for the next transaction alone.
std::vector<std::string> Mysql::begin(Isolation isolation, bool read_only) const {
  return {"SET TRANSACTION ISOLATION LEVEL " + std::string(isolation_name(isolation)),
          read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION"};
}

std::string Mysql::quote(std::string_view identifier) const { return doubled(identifier, '`'); }

}  // namespace thing::dialect
