#pragma once
#include <string>
#include <string_view>

namespace thing::text {

// "HTTPRequestLog" is "http_request_log", "OAuth2Token" is "o_auth2_token".
std::string snake_case(std::string_view name);
// English, lower case: "order_item" is "order_items", "person" is "people".
std::string plural(std::string_view noun);
std::string base64(std::string_view bytes);
// False when it is not base64 (standard alphabet, padding optional).
bool parse_base64(std::string_view text, std::string& out);

}  // namespace thing::text
