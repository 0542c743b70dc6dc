#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cache/shared/wire.h"
#include "session/session.h"
#include "store/config.h"

// Which drivers this build has, and how they are opened: nothing else in the store names one.
namespace thing::store {

// The backend of a URL's scheme: kUnsupported, naming it, for one that this build does not have.
base::Result<Backend> find_backend(std::string_view scheme);
bool has_backend(Backend backend);
// The URL of a server without its password.
std::string mask_password(Backend backend, std::string_view url);
session::Options session_options(const Config& config);
bool has_redis();
// A Redis URL without its password: kUnsupported when this build has no client for it.
base::Result<std::string> show_redis(std::string_view url);
base::Result<std::unique_ptr<cache::shared::Wires>> open_redis(const Config& config,
                                                               std::string_view space,
                                                               cache::shared::Greet greet);
// Hears of what changes in the cache of this space.
base::Result<std::unique_ptr<cache::shared::Hearing>> hear_redis(const Config& config,
                                                                 std::string_view space,
                                                                 cache::shared::Hearing::Told told);
// Checks what only the driver can read of the configuration.
base::Status check_server(const Config& config);
// Checks what is said of the cache, when all is read.
base::Status check_cache(const Config& config);

}  // namespace thing::store
