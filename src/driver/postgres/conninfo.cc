// Where passwords stand in a conninfo:
//
//   postgresql://user:PASSWORD@host/name?password=PASSWORD&sslpassword=PASSWORD
//   host=... password='PASSWORD' sslpassword = PASSWORD
//
// Of one that libpq can not read nothing is shown: nobody knows where its password ends.
#include <algorithm>
#include <cctype>

#include <libpq-fe.h>

#include "driver/postgres/database.h"

namespace thing::driver::postgres {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::string_view kKey = "password";

size_t scheme_size(std::string_view conninfo) {
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (conninfo.starts_with(scheme)) return scheme.size();
  }
  return 0;
}

// A password may hold what should have been encoded: it goes up to the last '@'.
std::string mask_user_part(std::string_view url, size_t start) {
  const size_t at = url.rfind('@');
  const size_t colon = url.find(':', start);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at)
    return std::string(url);
  return std::string(url.substr(0, colon + 1)).append(kMask).append(url.substr(at));
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Behind the value that begins at `from`.
size_t end_of_value(std::string_view text, size_t from, bool is_url) {
  if (is_url) return std::min(text.find('&', from), text.size());
  const bool quoted = from < text.size() && text[from] == '\'';
  for (size_t i = quoted ? from + 1 : from; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (quoted ? text[i] == '\'' : is_space(text[i])) {
      return quoted ? i + 1 : i;
    }
  }
  return text.size();
}

// Every "password = value"; a quoted value may hold the word.
std::string mask_settings(std::string_view text, bool is_url) {
  std::string out;
  size_t done = 0;
  for (size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, done)) {
    size_t value = at + kKey.size();
    while (value < text.size() && is_space(text[value])) ++value;
    const bool is_setting = value < text.size() && text[value] == '=';
    if (is_setting) ++value;
    while (is_setting && value < text.size() && is_space(text[value])) ++value;
    out.append(text.substr(done, value - done));
    done = value;
    if (!is_setting) continue;
    done = end_of_value(text, value, is_url);
    out.append(kMask);
  }
  return out.append(text.substr(done));
}

bool is_readable(std::string_view conninfo) {
  PQconninfoOption* parsed = PQconninfoParse(std::string(conninfo).c_str(), nullptr);
  PQconninfoFree(parsed);
  return parsed != nullptr;
}

}  // namespace

std::string mask_password(std::string_view conninfo) {
  const size_t start = scheme_size(conninfo);
  if (!is_readable(conninfo)) return std::string(conninfo.substr(0, start)).append(kMask);
  if (start == 0) return mask_settings(conninfo, false);
  return mask_settings(mask_user_part(conninfo, start), true);
}

}  // namespace thing::driver::postgres
