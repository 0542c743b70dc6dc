#include "cache/redis/config.h"

#include <algorithm>
#include <charconv>

#include <sys/un.h>

#include "base/percent.h"

namespace thing::cache::redis {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view kTcp = "redis://";
constexpr std::string_view kTls = "rediss://";
constexpr std::string_view kUnix = "redis+unix://";
constexpr int64_t kDay = 86'400'000;
constexpr size_t kLongestPrefix = 64;

base::Result<std::string> decode(std::string_view text, std::string_view part) {
  std::optional<std::string> out = base::percent_decoded(text);
  if (!out.has_value())
    return fail(Code::kSyntax, "Redis URL: '{}' has a '%' without two hexadecimal digits", part);
  if (out->find('\0') != std::string::npos && part != "password")
    return fail(Code::kInvalid, "Redis URL: '{}' holds a NUL", part);
  return std::move(*out);
}

template <class Number>
base::Status read_number(std::string_view text, std::string_view key, int64_t low, int64_t high,
                         Number& out) {
  int64_t n = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  if (error == std::errc::invalid_argument || stop != end)
    return fail(Code::kInvalid, "Redis URL: '{}' is not a whole number", key);
  if (error != std::errc() || n < low || n > high)
    return fail(Code::kRange, "Redis URL: '{}' is out of range, expected {} to {}", key, low, high);
  out = static_cast<Number>(n);
  return {};
}

// Keys of one table share a hash tag in braces, which the prefix must not begin or end.
base::Status read_prefix(std::string prefix, Config& config) {
  const bool fits = !prefix.empty() && prefix.size() <= kLongestPrefix &&
                    std::all_of(prefix.begin(), prefix.end(),
                                [](char c) { return c > ' ' && c < 127 && c != '{' && c != '}'; });
  if (!fits)
    return fail(Code::kInvalid,
                "Redis URL: 'prefix' is not 1 to {} printable characters without braces",
                kLongestPrefix);
  config.prefix = std::move(prefix);
  return {};
}

base::Status set_key(std::string_view key, std::string value, Config& config) {
  if (key == "db") return read_number(value, key, 0, INT32_MAX, config.db);
  if (key == "timeout_ms") return read_number(value, key, 1, kDay, config.timeout_ms);
  if (key == "connect_timeout_ms")
    return read_number(value, key, 1, kDay, config.connect_timeout_ms);
  if (key == "wait_ms") return read_number(value, key, 0, kDay, config.wait_ms);
  if (key == "idle_ms") return read_number(value, key, 0, 30 * kDay, config.idle_ms);
  if (key == "links") return read_number(value, key, 1, 256, config.links);
  if (key == "prefix") return read_prefix(std::move(value), config);
  if (key == "user") {
    config.user = std::move(value);
  } else if (key == "password") {
    config.password = std::move(value);
  } else {
    return fail(Code::kInvalid,
                "Redis URL: unknown key, expected 'db', 'user', 'password', 'prefix', "
                "'timeout_ms', 'connect_timeout_ms', 'wait_ms', 'idle_ms' or 'links'");
  }
  return {};
}

base::Status read_query(std::string_view rest, Config& config) {
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const size_t equals = item.find('=');
    if (equals == item.npos)
      return fail(Code::kSyntax, "Redis URL: a part of the query has no '=', expected 'key=value'");
    const std::string_view key = item.substr(0, equals);
    THING_ASSIGN(std::string value,
                 decode(item.substr(equals + 1), key == "password" ? key : "query"));
    THING_TRY(set_key(key, std::move(value), config));
  }
  return {};
}

base::Status read_user(std::string_view text, Config& config) {
  const size_t colon = text.find(':');
  THING_ASSIGN(config.user, decode(text.substr(0, colon), "user"));
  if (colon == text.npos) return {};
  THING_ASSIGN(config.password, decode(text.substr(colon + 1), "password"));
  return {};
}

base::Status read_host(std::string_view text, Config& config) {
  std::string_view host = text.substr(0, text.rfind(':')), port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos)
      return fail(Code::kSyntax, "Redis URL: the address has a '[' without its ']'");
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (text.find(':') != text.npos) {
    port = text.substr(text.rfind(':'));
  }
  if (host.find(':') != host.npos && !text.starts_with('['))
    return fail(Code::kSyntax, "Redis URL: an IPv6 address stands in brackets");
  if (!host.empty()) {
    THING_ASSIGN(config.host, decode(host, "host"));
  }
  if (port.empty()) return {};
  if (port.front() != ':')
    return fail(Code::kSyntax, "Redis URL: the host is followed by something else than ':'");
  return read_number(port.substr(1), "port", 1, 65'535, config.port);
}

base::Status read_path(std::string_view path, bool is_unix, Config& config) {
  if (!is_unix)
    return path.size() <= 1 ? base::Status() : set_key("db", std::string(path.substr(1)), config);
  THING_ASSIGN(config.path, decode(path, "path"));
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (config.path.size() < 2 || config.path.size() > kLongest)
    return fail(Code::kInvalid, "Redis URL: the path of the socket has {} bytes, expected 2 to {}",
                config.path.size(), kLongest);
  return {};
}

// As in the URLs of databases there is a user when '@' comes before '/'.
base::Status read_all(std::string_view rest, bool is_unix, Config& config) {
  const size_t end = rest.find_first_of("@/");
  if (end != rest.npos && rest[end] == '@') {
    THING_TRY(read_user(rest.substr(0, end), config));
    rest.remove_prefix(end + 1);
  }
  const std::string_view before_query = rest.substr(0, rest.find('?'));
  const size_t slash = std::min(before_query.find('/'), before_query.size());
  const std::string_view host = before_query.substr(0, slash);
  if (is_unix && !host.empty())
    return fail(Code::kSyntax,
                "Redis URL: a Unix socket has no host, expected 'redis+unix:///PATH'");
  if (!is_unix) THING_TRY(read_host(host, config));
  THING_TRY(read_path(before_query.substr(slash), is_unix, config));
  if (before_query.size() < rest.size())
    THING_TRY(read_query(rest.substr(before_query.size() + 1), config));
  if (!config.user.empty() && config.password.empty())
    return fail(Code::kInvalid, "Redis URL: found a user without a password");
  return {};
}

}  // namespace

bool is_redis_url(std::string_view text) {
  return text.starts_with(kTcp) || text.starts_with(kTls) || text.starts_with(kUnix);
}

base::Result<Config> parse_url(std::string_view url) {
  if (url.starts_with(kTls))
    return fail(Code::kUnsupported,
                "Redis URL: 'rediss' needs TLS, which this build's hiredis does not have");
  if (!is_redis_url(url))
    return fail(Code::kSyntax,
                "Redis URL: expected 'redis://HOST:PORT/DB' or 'redis+unix:///PATH'");
  if (url.find('\0') != url.npos) return fail(Code::kInvalid, "Redis URL: found a NUL");
  const bool is_unix = url.starts_with(kUnix);
  Config config;
  THING_TRY(read_all(url.substr(is_unix ? kUnix.size() : kTcp.size()), is_unix, config));
  return config;
}

std::string Config::shown() const {
  std::string out(path.empty() ? kTcp : kUnix);
  if (!user.empty() || !password.empty()) out += user + ":***@";
  if (!path.empty()) return out + path + (db == 0 ? "" : fmt::format("?db={}", db));
  out += host.find(':') == host.npos ? host : "[" + host + "]";
  return out + fmt::format(":{}/{}", port, db);
}

}  // namespace thing::cache::redis
