#include "store/config.h"

#include <algorithm>
#include <charconv>

#include "base/percent.h"
#include "base/utf8.h"
#include "store/backend.h"
#include "text/json.h"

namespace thing::store {
namespace {

using base::Code;
using base::fail;
using base::quoted;

base::Result<bool> parse_bool(std::string_view key, std::string_view value) {
  if (value == "true" || value == "1" || value == "on") return true;
  if (value == "false" || value == "0" || value == "off") return false;
  return fail(Code::kInvalid, "{}: found {}, expected true or false", key, quoted(value));
}

// A whole number, with KiB, MiB or GiB when `sized`.
base::Result<int64_t> parse_number(std::string_view key, std::string_view value, int64_t low,
                                   int64_t high, bool sized) {
  int64_t n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  const std::string_view unit(end, static_cast<size_t>(value.data() + value.size() - end));
  int shift = 0;
  if (sized && unit == "KiB") shift = 10;
  if (sized && unit == "MiB") shift = 20;
  if (sized && unit == "GiB") shift = 30;
  if (error == std::errc::invalid_argument || (shift == 0 && !unit.empty())) {
    return fail(Code::kInvalid, "{}: found {}, expected a whole number{}", key, quoted(value),
                sized ? " or a size as '16MiB'" : "");
  }
  if (error != std::errc() || n < (low >> shift) || n > (high >> shift)) {
    return fail(Code::kRange, "{}: found {}, expected {} to {}", key, quoted(value), low, high);
  }
  return n << shift;
}

base::Result<std::string> parse_choice(std::string_view key, std::string_view value,
                                       std::initializer_list<std::string_view> choices) {
  std::string expected;
  for (std::string_view choice : choices) {
    if (choice == value) return std::string(value);
    expected += (expected.empty() ? "'" : ", '") + std::string(choice) + "'";
  }
  return fail(Code::kInvalid, "{}: found {}, expected one of {}", key, quoted(value), expected);
}

base::Result<std::string> decoded(std::string_view text) {
  std::optional<std::string> out = base::percent_decoded(text);
  if (out.has_value()) return std::move(*out);
  // It may hold a password.
  return fail(Code::kSyntax, "URL: found a '%' without two hexadecimal digits");
}

// Keys of libthing that only one kind of database has.
constexpr std::string_view kSqliteKeys[] = {"journal", "synchronous", "foreign_keys", "lease"};
constexpr std::string_view kServerKeys[] = {
    "connections_min", "connection_idle_ms", "connection_lifetime_ms", "connect_timeout_ms",
    "redis",           "cache_space",        "cache_ttl_ms",           "cache_absent_ttl_ms",
    "cache_copies",    "cache_copies_ms",    "cache_policy",           "cache_wait_ms",
    "cache_poll_ms"};
constexpr std::string_view kPostgresKeys[] = {"prepared"};
constexpr std::string_view kSharedKeys[] = {"cache",       "cache_bytes", "busy_timeout_ms",
                                            "connections", "mode",        "lazy_loads"};

template <size_t kSize>
bool is_one_of(std::string_view key, const std::string_view (&keys)[kSize]) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

bool is_own_key(std::string_view key) {
  return is_one_of(key, kSharedKeys) || is_one_of(key, kSqliteKeys) ||
         is_one_of(key, kServerKeys) || is_one_of(key, kPostgresKeys);
}

bool has_key(Backend backend, std::string_view key) {
  if (is_one_of(key, kSqliteKeys)) return backend == Backend::kSqlite;
  if (is_one_of(key, kServerKeys)) return backend != Backend::kSqlite;
  if (is_one_of(key, kPostgresKeys)) return backend == Backend::kPostgres;
  return is_one_of(key, kSharedKeys);
}

std::string keys_of(Backend backend) {
  std::string names;
  const auto add = [&names, backend](const auto& keys) {
    for (std::string_view key : keys) {
      if (has_key(backend, key)) names += (names.empty() ? "'" : ", '") + std::string(key) + "'";
    }
  };
  add(kSharedKeys);
  add(kSqliteKeys);
  add(kServerKeys);
  add(kPostgresKeys);
  return names;
}

Copies copies_of(std::string_view name) {
  if (name == "validate") return Copies::kValidate;
  if (name == "lease") return Copies::kLease;
  if (name == "track") return Copies::kTrack;
  return name == "ttl" ? Copies::kTtl : Copies::kOff;
}

base::Status set_path(Config& config, std::string_view path) {
  if (path.starts_with("//")) path.remove_prefix(2);  // sqlite:///absolute, sqlite://relative
  THING_ASSIGN(config.path, decoded(path));
  if (config.path.empty())
    return fail(Code::kSyntax, "URL: found no path, expected 'sqlite:PATH' or 'sqlite::memory:'");
  if (config.path.find('\0') != config.path.npos)
    return fail(Code::kInvalid, "URL: the path holds a NUL");
  return {};
}

// What the URL says behind '?': keys of libthing are taken, the rest is for the driver of a server.
base::Status set_query(Config& config, std::string_view rest) {
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const size_t equals = item.find('=');
    if (equals == item.npos && config.is_server())  // it may be a part of a password
      return fail(Code::kSyntax,
                  "URL: found a part of the query without '=', expected 'key=value'");
    if (equals == item.npos)
      return fail(Code::kSyntax, "URL: found {}, expected 'key=value'", quoted(item));
    const std::string_view key = item.substr(0, equals);
    if (config.is_server() && !is_own_key(key)) {
      config.server += config.server.find('?') == config.server.npos ? '?' : '&';
      config.server += item;
      continue;
    }
    THING_ASSIGN(const std::string value, decoded(item.substr(equals + 1)));
    THING_TRY(set_config(config, key, value));
  }
  return {};
}

// Where the query may begin: behind user and password, which may hold a question mark. As in libpq,
// there is a user when '@' comes before '/'.
size_t find_host(std::string_view url) {
  const size_t slashes = url.find("://");
  if (slashes == url.npos) return 0;
  const size_t end = url.find_first_of("@/", slashes + 3);
  return end != url.npos && url[end] == '@' ? end : 0;
}

base::Status set_url(Config& config, std::string_view url) {
  const size_t colon = url.find(':');
  if (colon == url.npos) {
    return fail(Code::kSyntax,
                "URL: found no scheme, expected 'sqlite:PATH' or 'postgresql://...'");
  }
  THING_ASSIGN(config.backend, find_backend(url.substr(0, colon)));
  const size_t query = std::min(url.find('?', find_host(url)), url.size());
  const std::string_view rest = url.substr(std::min(query + 1, url.size()));
  if (!config.is_server()) {
    config.url = std::string(url);
    THING_TRY(set_path(config, url.substr(colon + 1, query - colon - 1)));
    return set_query(config, rest);
  }
  if (!url.substr(colon).starts_with("://"))
    return fail(Code::kSyntax, "URL: found {} without '//', expected '{}://HOST/DATABASE'",
                quoted(url.substr(0, colon + 1)), url.substr(0, colon));
  if (url.find('\0') != url.npos) return fail(Code::kInvalid, "URL: found a NUL");
  // Nobody tells of what others write: with the cache on, this handle must be the only writer.
  config.cache = false;
  config.mode = "rw";
  config.server = std::string(url.substr(0, query));
  THING_TRY(set_query(config, rest));
  config.url = mask_password(config.backend, config.server);
  return check_server(config);
}

base::Result<Config> parse_json(std::string_view text) {
  THING_ASSIGN(const text::Json json, text::Json::parse(text));
  Config config;
  if (!json.root().is(text::JsonKind::kObject))
    return fail(Code::kSyntax, "configuration: expected a URL or a JSON object");
  const text::JsonNode* url = json.root().find("url");
  if (url == nullptr || !url->is(text::JsonKind::kString))
    return fail(Code::kInvalid, "configuration: expected a text 'url'");
  THING_TRY(set_url(config, url->text));
  for (const text::JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    if (n == url) continue;
    if (n->is(text::JsonKind::kArray) || n->is(text::JsonKind::kObject) ||
        n->is(text::JsonKind::kNull)) {
      return fail(Code::kType, "{}: found {}, expected a text, number or boolean", quoted(n->key),
                  text::kind_name(n->kind));
    }
    THING_TRY(
        set_config(config, n->key, n->is(text::JsonKind::kString) ? n->text : json.source(*n)));
  }
  return config;
}

}  // namespace

base::Status set_config(Config& config, std::string_view key, std::string_view value) {
  if (!has_key(config.backend, key))
    return fail(Code::kInvalid, "configuration: found key {}, expected one of {}", quoted(key),
                keys_of(config.backend));
  constexpr int64_t kDay = 86'400'000;
  if (key == "cache") {
    if (value == "redis" && !config.is_server())
      return fail(
          Code::kInvalid,
          "cache: found 'redis', expected 'memory' or 'off': the file of SQLite tells every "
          "change by itself, so the memory cache is right in all processes");
    THING_ASSIGN(const std::string choice,
                 config.is_server() ? parse_choice(key, value, {"memory", "redis", "off"})
                                    : parse_choice(key, value, {"memory", "off"}));
    config.cache = choice != "off";
    config.shared = choice == "redis";
  } else if (key == "redis") {
    THING_ASSIGN(config.redis_shown, show_redis(value));
    config.redis = std::string(value);
  } else if (key == "cache_space") {
    config.cache_space = std::string(value);
  } else if (key == "cache_ttl_ms") {
    THING_ASSIGN(config.cache_ttl_ms, parse_number(key, value, 1, 30 * kDay, false));
  } else if (key == "cache_policy") {
    THING_ASSIGN(const std::string choice,
                 parse_choice(key, value, {"strict", "available", "loose"}));
    config.cache_policy = choice == "strict"  ? CachePolicy::kStrict
                          : choice == "loose" ? CachePolicy::kLoose
                                              : CachePolicy::kAvailable;
  } else if (key == "cache_wait_ms") {
    THING_ASSIGN(config.cache_wait_ms, parse_number(key, value, 0, 60'000, false));
  } else if (key == "cache_poll_ms") {
    THING_ASSIGN(config.cache_poll_ms, parse_number(key, value, 10, 60'000, false));
  } else if (key == "cache_absent_ttl_ms") {
    THING_ASSIGN(config.cache_absent_ttl_ms, parse_number(key, value, 1, 30 * kDay, false));
  } else if (key == "cache_copies") {
    THING_ASSIGN(config.copies_name,
                 parse_choice(key, value, {"off", "validate", "lease", "track", "ttl"}));
    config.copies = copies_of(config.copies_name);
  } else if (key == "cache_copies_ms") {
    THING_ASSIGN(config.copies_ms, parse_number(key, value, 1, kDay, false));
  } else if (key == "cache_bytes") {
    THING_ASSIGN(config.cache_bytes, parse_number(key, value, 0, int64_t{1} << 40, true));
  } else if (key == "busy_timeout_ms") {
    THING_ASSIGN(config.busy_timeout_ms, parse_number(key, value, 0, kDay, false));
  } else if (key == "connections") {
    THING_ASSIGN(config.connections,
                 parse_number(key, value, 1, config.is_server() ? 1000 : 64, false));
  } else if (key == "connections_min") {
    THING_ASSIGN(config.connections_min, parse_number(key, value, 0, 1000, false));
  } else if (key == "connection_idle_ms") {
    THING_ASSIGN(config.connection_idle_ms, parse_number(key, value, 0, 30 * kDay, false));
  } else if (key == "connection_lifetime_ms") {
    THING_ASSIGN(config.connection_lifetime_ms, parse_number(key, value, 0, 30 * kDay, false));
  } else if (key == "connect_timeout_ms") {
    THING_ASSIGN(config.connect_timeout_ms, parse_number(key, value, 1, kDay, false));
  } else if (key == "prepared") {
    THING_ASSIGN(config.prepared, parse_bool(key, value));
  } else if (key == "mode") {
    if (config.is_server()) {
      THING_ASSIGN(config.mode, parse_choice(key, value, {"rw", "ro"}));
    } else {
      THING_ASSIGN(config.mode, parse_choice(key, value, {"rwc", "rw", "ro"}));
    }
  } else if (key == "lazy_loads") {
    THING_ASSIGN(config.lazy_loads, parse_choice(key, value, {"allow", "log", "refuse"}));
  } else if (key == "journal") {
    THING_ASSIGN(config.journal, parse_choice(key, value, {"wal", "keep"}));
  } else if (key == "synchronous") {
    THING_ASSIGN(config.synchronous, parse_choice(key, value, {"normal", "full", "off"}));
  } else if (key == "foreign_keys") {
    THING_ASSIGN(config.foreign_keys, parse_bool(key, value));
  } else {
    THING_ASSIGN(config.lease, parse_bool(key, value));
  }
  return {};
}

std::string_view policy_name(CachePolicy policy) {
  switch (policy) {
    case CachePolicy::kStrict: return "strict";
    case CachePolicy::kAvailable: return "available";
    case CachePolicy::kLoose: return "loose";
  }
  return "";
}

int64_t Config::copies_for_ms() const {
  if (copies_ms != 0 || !shared) return copies_ms;
  return copies == Copies::kLease ? 2 : 1000;
}

base::Result<Config> parse_config(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == text.npos)
    return fail(Code::kSyntax, "configuration: found nothing, expected a URL or a JSON object");
  Config config;
  if (text[start] == '{') {
    THING_ASSIGN(config, parse_json(text));
  } else {
    THING_TRY(set_url(config, text));
  }
  THING_TRY(check_cache(config));
  return config;
}

}  // namespace thing::store
