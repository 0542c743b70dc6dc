#include "store/placeholders.h"

#include <algorithm>

namespace thing::store {
namespace {

bool is_name_part(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' ||
         u >= 0x80;
}

// To the end of a text or a quoted name; a doubled quote begins the next one.
size_t skip_quoted(std::string_view sql, size_t at, bool has_escapes) {
  const char quote = sql[at++];
  while (at < sql.size() && sql[at] != quote) at += has_escapes && sql[at] == '\\' ? 2 : 1;
  return std::min(at + 1, sql.size());
}

// Comments nest.
size_t skip_comment(std::string_view sql, size_t at) {
  int depth = 0;
  do {
    const bool opens = sql.substr(at, 2) == "/*", closes = sql.substr(at, 2) == "*/";
    depth += opens ? 1 : closes ? -1 : 0;
    at += opens || closes ? 2 : 1;
  } while (depth > 0 && at < sql.size());
  return std::min(at, sql.size());
}

// $tag$ ... $tag$; 0 when there is none.
size_t skip_dollar_quoted(std::string_view sql, size_t at) {
  size_t end = at + 1;
  while (end < sql.size() && is_name_part(sql[end])) ++end;
  const bool is_parameter = end > at + 1 && sql[at + 1] >= '0' && sql[at + 1] <= '9';
  if (end >= sql.size() || sql[end] != '$' || is_parameter) return 0;
  const std::string_view tag = sql.substr(at, end + 1 - at);
  const size_t closing = sql.find(tag, end + 1);
  return closing == std::string_view::npos ? sql.size() : closing + tag.size();
}

// To the end of the word that begins at `at`, or of what is quoted or a comment there; `at` itself
// for any other character.
size_t skip_inert(std::string_view sql, size_t at) {
  const char c = sql[at];
  const std::string_view two = sql.substr(at, 2);
  if (two == "E'" || two == "e'") return skip_quoted(sql, at + 1, true);
  if (c == '\'' || c == '"') return skip_quoted(sql, at, false);
  if (two == "--") return std::min(sql.find_first_of("\r\n", at), sql.size());
  if (two == "/*") return skip_comment(sql, at);
  if (c == '$') return std::max(skip_dollar_quoted(sql, at), at);
  size_t end = at;
  while (end < sql.size() && (is_name_part(sql[end]) || (end > at && sql[end] == '$'))) ++end;
  return end;
}

}  // namespace

std::string number_placeholders(std::string_view sql) {
  std::string out;
  int count = 0;
  for (size_t at = 0; at < sql.size();) {
    const size_t end = skip_inert(sql, at);
    if (end > at) {
      out.append(sql, at, end - at);
      at = end;
    } else if (sql[at] == '?' && sql.substr(at, 2) != "??") {
      out += '$' + std::to_string(++count);
      ++at;
    } else {
      out += sql[at];
      at += sql[at] == '?' ? 2 : 1;
    }
  }
  return out;
}

}  // namespace thing::store
