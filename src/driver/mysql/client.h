#pragma once
// The client library: MariaDB's Connector/C, or MySQL's own where that is what is installed. Only
// MariaDB's can be driven without blocking together with prepared statements; MySQL's has that for
// plain text alone. Without it a call ends when the server answers, at the read timeout of the
// connection, or when interrupt() shuts the socket.
#include <type_traits>

#include <mysql.h>

#if defined(MARIADB_PACKAGE_VERSION) && !defined(THING_MYSQL_BLOCKING)
#define THING_MYSQL_NONBLOCKING 1
#else
#define THING_MYSQL_NONBLOCKING 0
#endif

namespace thing::driver::mysql {

// my_bool in MariaDB's library, bool in MySQL's.
using Flag = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

inline int socket_of(MYSQL* mysql) {
#ifdef MARIADB_PACKAGE_VERSION
  return mysql_get_socket(mysql);
#else
  return mysql->net.fd;
#endif
}

// Errors of the client library that have a meaning here; mysql/errmsg.h has them all.
namespace client_error {
inline constexpr unsigned kSocketConnect = 2002;
inline constexpr unsigned kHostConnect = 2003;
inline constexpr unsigned kUnknownHost = 2005;
inline constexpr unsigned kGoneAway = 2006;
inline constexpr unsigned kOutOfMemory = 2008;
inline constexpr unsigned kHandshake = 2012;
inline constexpr unsigned kLost = 2013;
inline constexpr unsigned kOutOfSync = 2014;
inline constexpr unsigned kPacketTooLarge = 2020;
inline constexpr unsigned kTls = 2026;
inline constexpr unsigned kMalformedPacket = 2027;
inline constexpr unsigned kLostExtended = 2055;
inline constexpr unsigned kStatementClosed = 2056;
inline constexpr unsigned kNewMetadata = 2057;
}  // namespace client_error

}  // namespace thing::driver::mysql
