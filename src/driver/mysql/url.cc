// A URL may hold the password anywhere when it is not encoded as it should be, so no message quotes
// more of it than the name of a key.
#include <algorithm>
#include <charconv>
#include <limits>

#include "base/percent.h"
#include "driver/mysql/database.h"

namespace thing::driver::mysql {
namespace {

using base::Code;

base::Result<std::string> decode(std::string_view text, std::string_view part) {
  std::optional<std::string> out = base::percent_decoded(text);
  if (!out.has_value())
    return base::fail(Code::kSyntax, "the {} of the URL has a '%' without two hex digits", part);
  if (out->find('\0') != std::string::npos)
    return base::fail(Code::kInvalid, "the {} of the URL holds a NUL", part);
  return std::move(*out);
}

base::Result<int64_t> parse_number(std::string_view text, int64_t least, int64_t most,
                                   std::string_view part) {
  int64_t v = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), v);
  if (end.ec == std::errc() && end.ptr == text.data() + text.size() && v >= least && v <= most)
    return v;
  return base::fail(Code::kInvalid, "the {} of the URL is not a number from {} to {}", part, least,
                    most);
}

// What stands before the first of `ends`; `rest` begins with that one.
std::string_view take_until(std::string_view& rest, std::string_view ends) {
  const std::string_view part = rest.substr(0, rest.find_first_of(ends));
  rest.remove_prefix(part.size());
  return part;
}

base::Status read_user(std::string_view text, Options& options) {
  const size_t colon = text.find(':');
  THING_ASSIGN(options.user, decode(text.substr(0, colon), "user"));
  if (colon == std::string_view::npos) return {};
  THING_ASSIGN(options.password, decode(text.substr(colon + 1), "password"));
  return {};
}

base::Status read_port(std::string_view text, Options& options) {
  if (text.empty()) return {};
  if (text.front() != ':')
    return base::fail(Code::kSyntax, "the host of the URL is followed by something else than ':'");
  THING_ASSIGN(const int64_t port, parse_number(text.substr(1), 1, 65'535, "port"));
  options.port = static_cast<int>(port);
  return {};
}

base::Status read_host(std::string_view text, Options& options) {
  std::string_view host;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos)
      return base::fail(Code::kSyntax, "the address in the URL has a '[' without its ']'");
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    host = take_until(text, ":");
  }
  if (host.empty()) return read_port(text, options);
  THING_ASSIGN(options.host, decode(host, "host"));
  return read_port(text, options);
}

base::Status read_authority(std::string_view text, Options& options) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return read_host(text, options);
  THING_TRY(read_user(text.substr(0, at), options));
  return read_host(text.substr(at + 1), options);
}

base::Status read_tls(const std::string& value, Options& options) {
  constexpr std::string_view kNames[] = {"disabled", "preferred", "required", "verify"};
  const auto* found = std::find(std::begin(kNames), std::end(kNames), value);
  if (found == std::end(kNames)) {
    return base::fail(Code::kInvalid,
                      "tls in the URL is not one of 'disabled', 'preferred', 'required', 'verify'");
  }
  options.tls = static_cast<Tls>(found - std::begin(kNames));
  return {};
}

struct TextKey {
  std::string_view name;
  std::string Options::*member;
};
constexpr TextKey kTextKeys[] = {{"socket", &Options::socket},
                                 {"tls_ca", &Options::tls_ca},
                                 {"tls_cert", &Options::tls_cert},
                                 {"tls_key", &Options::tls_key}};

struct TimeKey {
  std::string_view name;
  int64_t Options::*member;
};
constexpr TimeKey kTimeKeys[] = {{"connect_timeout_ms", &Options::connect_timeout_ms},
                                 {"read_timeout_ms", &Options::read_timeout_ms},
                                 {"busy_timeout_ms", &Options::busy_timeout_ms}};

base::Status read_pair(std::string_view pair, Options& options) {
  THING_ASSIGN(const std::string key, decode(take_until(pair, "="), "query"));
  if (!pair.empty()) pair.remove_prefix(1);
  THING_ASSIGN(std::string value, decode(pair, "query"));
  if (key == "tls") return read_tls(value, options);
  for (const TextKey& k : kTextKeys) {
    if (k.name != key) continue;
    options.*k.member = std::move(value);
    return {};
  }
  for (const TimeKey& k : kTimeKeys) {
    if (k.name != key) continue;
    THING_ASSIGN(options.*k.member,
                 parse_number(value, 0, std::numeric_limits<int32_t>::max(), key));
    return {};
  }
  return base::fail(Code::kInvalid, "the URL has an unknown key '{}'", key);
}

base::Status read_query(std::string_view query, Options& options) {
  while (!query.empty()) {
    const std::string_view pair = take_until(query, "&");
    if (!query.empty()) query.remove_prefix(1);
    if (!pair.empty()) THING_TRY(read_pair(pair, options));
  }
  return {};
}

}  // namespace

base::Result<Options> parse_url(std::string_view url) {
  Options options;
  const size_t colon = url.find("://");
  const std::string_view scheme = url.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "mysql" && scheme != "mariadb"))
    return base::fail(Code::kSyntax, "the URL does not start with 'mysql://' or 'mariadb://'");
  std::string_view rest = url.substr(colon + 3);
  const std::string_view authority = take_until(rest, "/?#");
  if (rest.find('@') != std::string_view::npos) {
    return base::fail(Code::kSyntax,
                      "the URL has an '@' behind the host; in a name or password it is '%40', and "
                      "'/' is '%2F'");
  }
  if (rest.find('#') != std::string_view::npos)
    return base::fail(Code::kSyntax, "the URL has a '#'; in a name or password it is '%23'");
  THING_TRY(read_authority(authority, options));
  std::string_view path = take_until(rest, "?");
  if (!path.empty()) path.remove_prefix(1);
  THING_ASSIGN(options.database, decode(path, "database"));
  if (!rest.empty()) THING_TRY(read_query(rest.substr(1), options));
  return options;
}

std::string mask_password(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const size_t colon = url.find(':', start);
  const size_t at = url.rfind('@');  // the last one: a password may hold any but for that
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon)
    return std::string(url);
  return std::string(url.substr(0, colon + 1)) + "***" + std::string(url.substr(at));
}

}  // namespace thing::driver::mysql
