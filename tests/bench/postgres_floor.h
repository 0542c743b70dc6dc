#pragma once
#include <memory>
#include <string>

#include "server.h"

namespace bench {

// libpq: statements prepared once, arguments and results in binary form.
std::unique_ptr<ServerFloor> connect_postgres(const std::string& url, const std::string& table);

}  // namespace bench
