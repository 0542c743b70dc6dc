#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"
#include "dialect/quoting.h"

namespace thing::dialect {
namespace {

// Whether "10.11.6-MariaDB" is this version or a later one.
bool is_from(std::string_view version, int major, int minor) {
  int found[2] = {0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& part : found) {
    at = std::from_chars(at, end, part).ptr;
    if (at != end) ++at;
  }
  return found[0] != major ? found[0] > major : found[1] >= minor;
}

}  // namespace

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

// MariaDB knows MySQL's FOR SHARE by its older name alone.
std::string_view Mysql::row_lock(query::Lock lock) const {
  if (lock.is_none()) return "";
  constexpr std::string_view kUpdate[] = {" FOR UPDATE", " FOR UPDATE NOWAIT",
                                          " FOR UPDATE SKIP LOCKED"};
  constexpr std::string_view kShare[] = {" FOR SHARE", " FOR SHARE NOWAIT",
                                         " FOR SHARE SKIP LOCKED"};
  constexpr std::string_view kInShareMode[] = {" LOCK IN SHARE MODE", " LOCK IN SHARE MODE NOWAIT",
                                               " LOCK IN SHARE MODE SKIP LOCKED"};
  const auto wait = static_cast<size_t>(lock.wait);
  if (lock.kind == query::Lock::Kind::kUpdate) return kUpdate[wait];
  return is_mariadb() ? kInShareMode[wait] : kShare[wait];
}

base::Status Mysql::check_lock(query::Lock lock, std::string_view server_version) const {
  if (lock.wait != query::Lock::Wait::kSkipLocked || !is_mariadb()) return {};
  if (is_from(server_version, 10, 6)) return {};
  return base::fail(base::Code::kUnsupported,
                    "lock: found MariaDB {}, expected 10.6 or later for 'skip_locked'",
                    server_version);
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
  return fmt::format("SET @thing_managed = GET_LOCK('libthing.{:x}', 0)", name);
}

std::string Mysql::ask_session(uint64_t name) const {
  return fmt::format("SELECT IS_FREE_LOCK('libthing.{:x}')", name);
}

std::string_view Mysql::ask_changing_columns() const {
  return "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
         "table_name = ? AND (extra LIKE '%on update%' OR extra LIKE '%GENERATED%')";
}

// MariaDB has no identity of a server; two of one host differ in where their files are.
std::string_view Mysql::ask_identity() const {
  return is_mariadb() ? "SELECT CONCAT(@@hostname, ':', @@port, ':', @@datadir, ':', DATABASE())"
                      : "SELECT CONCAT(@@server_uuid, ':', DATABASE())";
}

}  // namespace thing::dialect
