#include <gtest/gtest.h>

#include "driver/mysql/database.h"

namespace thing::test {
namespace {

using base::Code;
using driver::mysql::mask_password;
using driver::mysql::Options;
using driver::mysql::parse_url;
using driver::mysql::Tls;

std::string read(std::string_view url) {
  auto o = parse_url(url);
  if (!o) return std::string(o.error().message());
  return fmt::format("{} {} {} {} {} {}", o->user, o->password, o->host, o->port, o->database,
                     o->socket);
}

struct Case {
  std::string_view url;
  std::string_view parts;
};

constexpr Case kCases[] = {
    {"mysql://u:p@h:3307/d", "u p h 3307 d "},
    {"mariadb://u:p@h:3307/d", "u p h 3307 d "},
    {"mysql://h", "  h 3306  "},
    {"mysql://h/", "  h 3306  "},
    {"mysql://u@h/d", "u  h 3306 d "},
    {"mysql:///d", "  localhost 3306 d "},
    {"mysql://u:@h", "u  h 3306  "},
    {"mysql://u:p:q@h", "u p:q h 3306  "},
    {"mysql://u:a@b@h", "u a@b h 3306  "},
    {"mysql://u%40x:p%2f%3a%25@h/d%20e", "u@x p/:% h 3306 d e "},
    {"mysql://u:p@[::1]:3307/d", "u p ::1 3307 d "},
    {"mysql://[fe80::1%25eth0]/d", "  fe80::1%eth0 3306 d "},
    {"mysql://u@localhost/d?socket=/run/my.sock", "u  localhost 3306 d /run/my.sock"},
    {"mysql://u@/d?socket=%2Frun%2Fa%26b", "u  localhost 3306 d /run/a&b"},
};

TEST(MysqlUrl, IsReadInItsParts) {
  for (const Case& c : kCases) EXPECT_EQ(read(c.url), c.parts) << c.url;
}

struct Refusal {
  std::string_view url;
  Code code;
  std::string_view says;
};

constexpr Refusal kRefusals[] = {
    {"", Code::kSyntax, "does not start with 'mysql://'"},
    {"postgres://h", Code::kSyntax, "does not start with 'mysql://'"},
    {"mysql:h", Code::kSyntax, "does not start with 'mysql://'"},
    {"mysql://h:0", Code::kInvalid, "the port of the URL is not a number from 1 to 65535"},
    {"mysql://h:65536", Code::kInvalid, "the port"},
    {"mysql://h:3306x", Code::kInvalid, "the port"},
    {"mysql://h:", Code::kInvalid, "the port"},
    {"mysql://[::1", Code::kSyntax, "without its ']'"},
    {"mysql://[::1]x", Code::kSyntax, "something else than ':'"},
    {"mysql://u%4:p@h", Code::kSyntax, "the user of the URL has a '%' without two hex digits"},
    {"mysql://u:%zz@h", Code::kSyntax, "the password of the URL has a '%'"},
    {"mysql://h/%00", Code::kInvalid, "the database of the URL holds a NUL"},
    {"mysql://h/d?sockett=/x", Code::kInvalid, "unknown key 'sockett'"},
    {"mysql://h/d?tls=perhaps", Code::kInvalid, "tls in the URL is not one of"},
    {"mysql://h/d?busy_timeout_ms=-1", Code::kInvalid, "the busy_timeout_ms of the URL"},
    {"mysql://h/d?connect_timeout_ms=1s", Code::kInvalid, "the connect_timeout_ms of the URL"},
    {"mysql://u:secret/word@h/d", Code::kSyntax, "behind the host"},
    {"mysql://u:12?secret@h/d", Code::kSyntax, "behind the host"},
    {"mysql://u:12#secret@h/d", Code::kSyntax, "behind the host"},
    {"mysql://h/d#x", Code::kSyntax, "has a '#'"},
};

TEST(MysqlUrl, SaysWhatIsWrongWithoutThePassword) {
  for (const Refusal& r : kRefusals) {
    auto o = parse_url(r.url);
    ASSERT_FALSE(o) << r.url;
    EXPECT_EQ(o.error().code(), r.code) << r.url;
    EXPECT_NE(o.error().message().find(r.says), std::string_view::npos)
        << r.url << ": " << o.error().message();
    EXPECT_EQ(o.error().message().find("secret"), std::string_view::npos) << r.url;
  }
}

TEST(MysqlUrl, HoldsTheOptionsOfTlsAndTime) {
  auto o = parse_url(
      "mysql://h/d?tls=verify&tls_ca=/a&tls_cert=/b&tls_key=/c&connect_timeout_ms=1500&"
      "busy_timeout_ms=0&read_timeout_ms=7");
  ASSERT_TRUE(o);
  EXPECT_EQ(o->tls, Tls::kVerify);
  EXPECT_EQ(o->tls_ca + o->tls_cert + o->tls_key, "/a/b/c");
  EXPECT_EQ(o->connect_timeout_ms, 1500);
  EXPECT_EQ(o->busy_timeout_ms, 0);
  EXPECT_EQ(o->read_timeout_ms, 7);
  EXPECT_EQ(parse_url("mysql://h")->tls, Tls::kPreferred);
  EXPECT_EQ(parse_url("mysql://h?tls=required")->tls, Tls::kRequired);
  EXPECT_EQ(parse_url("mysql://h?tls=disabled")->tls, Tls::kDisabled);
}

TEST(MysqlUrl, IsShownWithoutThePassword) {
  EXPECT_EQ(mask_password("mysql://u:secret@h:3306/d"), "mysql://u:***@h:3306/d");
  EXPECT_EQ(mask_password("mysql://u:se@cr:et/x@h/d"), "mysql://u:***@h/d");
  EXPECT_EQ(mask_password("mysql://u@h/d"), "mysql://u@h/d");
  EXPECT_EQ(mask_password("mysql://h:3306/d"), "mysql://h:3306/d");
  EXPECT_EQ(mask_password("u:secret@h"), "u:***@h");
}

}  // namespace
}  // namespace thing::test
