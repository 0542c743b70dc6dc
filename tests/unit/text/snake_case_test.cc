#include <gtest/gtest.h>

#include "text/names.h"

namespace thing::text {
namespace {

TEST(SnakeCase, DividesNamesIntoWords) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", ""},
      {"user", "user"},
      {"User", "user"},
      {"firstName", "first_name"},
      {"OrderItem", "order_item"},
      {"HTTPRequestLog", "http_request_log"},
      {"userID", "user_id"},
      {"ID", "id"},
      {"parseURL", "parse_url"},
      {"OAuth2Token", "o_auth2_token"},
      {"Base64Text", "base64_text"},
      {"sha256", "sha256"},
      {"first_name", "first_name"},
      {"First_Name", "first_name"},
      {"already_snake_case", "already_snake_case"},
      {"_private", "_private"},
      {"userIDs", "user_ids"},
      {"URLs", "urls"},
      {"IsABTest", "is_ab_test"},
      {"x", "x"},
      {"XAxis", "x_axis"},
      {"aB", "a_b"},
      {"A1B2", "a1_b2"},
      {"v2API", "v2_api"}};
  for (const auto& [name, expected] : kCases) EXPECT_EQ(snake_case(name), expected) << name;
}

TEST(SnakeCase, ChangesNothingASecondTime) {
  for (const char* name : {"HTTPRequestLog", "OAuth2Token", "userIDs", "A1B2", "__x__"})
    EXPECT_EQ(snake_case(snake_case(name)), snake_case(name));
}

}  // namespace
}  // namespace thing::text
