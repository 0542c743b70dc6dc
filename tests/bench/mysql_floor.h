#pragma once
#include <memory>
#include <string>

#include "server.h"

namespace bench {

// The client library's prepared statements, bound once. The URL is
// mysql://USER:PASSWORD@HOST:PORT/DATABASE, with ?socket=PATH to go by a Unix socket; nothing in it
// is percent-encoded.
std::unique_ptr<ServerFloor> connect_mysql(const std::string& url, const std::string& table);

}  // namespace bench
