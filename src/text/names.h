#pragma once
#include <string>
#include <string_view>

namespace thing::text {

std::string snake_case(std::string_view name);  // "HTTPRequestLog" -> "http_request_log", "OAuth2Token" -> "o_auth2_token"
std::string plural(std::string_view noun);      // English, lower case: "order_item" -> "order_items", "person" -> "people"
std::string base64(std::string_view bytes);
// False when it is not base64 (standard alphabet, padding optional).
bool parse_base64(std::string_view text, std::string& out);

}  // namespace thing::text
