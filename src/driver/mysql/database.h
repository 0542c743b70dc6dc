#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "driver/driver.h"

// MySQL and MariaDB. What differs from other databases:
// - changes() of an UPDATE counts the rows that the condition matched, changed or not. INSERT ...
// ON
//   DUPLICATE KEY UPDATE counts 1 for a row that it inserted, 2 for one that it updated, and 1 for
//   one that has these values already. REPLACE counts 1, and 1 for every row that it took away.
// - total_changes() is the sum of changes(): the server does not tell what triggers and foreign key
//   actions wrote.
// - last_insert_id() is computed: the server tells the id of the first row of a statement. It holds
//   for INSERT with VALUES where no row was left out as a duplicate. After INSERT ... RETURNING it
//   stays as it was.
// - The isolation of transactions is the server's default (REPEATABLE READ).
// - Locks are waited for in whole seconds, rounded up; 0 on MySQL means one second.
// - The server rounds fractions that a column has no digits for, without an error: seconds in
//   DATETIME(0), the third digit in DECIMAL(9,2), 1.5 in INT. All else that does not fit fails.
namespace thing::driver::mysql {

enum class Tls : uint8_t {
  kDisabled,
  kPreferred,  // when the server has it; its certificate is not looked at
  kRequired,   // the same, but never without
  kVerify,     // required, with a certificate that is valid for the host
};

struct Options {
  std::string host = "localhost";  // by TCP, unless there is a socket
  int port = 3306;
  std::string socket;  // path of a Unix socket
  std::string user;
  std::string password;
  std::string database;
  Tls tls = Tls::kPreferred;
  std::string tls_ca;  // paths of PEM files
  std::string tls_cert;
  std::string tls_key;
  int64_t connect_timeout_ms = 10'000;  // looking up the name of the host is not counted
  int64_t read_timeout_ms = 30'000;  // only for a client library that can not wait for two things
  int64_t busy_timeout_ms = 5000;
};

// mysql://user:password@host:port/database?key=value&... (or mariadb://), all parts
// percent-encoded, an IPv6 address in brackets. Keys: socket, tls (disabled, preferred, required,
// verify), tls_ca, tls_cert, tls_key, connect_timeout_ms, read_timeout_ms, busy_timeout_ms. kSyntax
// for text that is no such URL, kInvalid for unknown keys and values; no message holds the
// password.
base::Result<Options> parse_url(std::string_view url);
// The URL with "***" for the password, for messages; whatever text it is.
std::string mask_password(std::string_view url);

// Gives up, too, when the call of the control is over; afterwards the control is not kept.
base::Result<std::unique_ptr<Connection>> connect(const Options& options,
                                                  Control* control = nullptr);
std::string library_version();

}  // namespace thing::driver::mysql
