#include "cache/redis/config.h"

#include <gtest/gtest.h>

namespace thing::cache::redis {
namespace {

using base::Code;

Config parsed(std::string_view url) {
  auto config = parse_url(url);
  EXPECT_TRUE(config) << url << ": " << (config ? "" : config.error().message());
  return config ? *config : Config();
}

Code code_of(std::string_view url) {
  const auto config = parse_url(url);
  return config ? Code::kOk : config.error().code();
}

TEST(RedisUrl, NamesHostPortAndDatabase) {
  const Config c = parsed("redis://cache.example:6380/3");
  EXPECT_EQ(c.host, "cache.example");
  EXPECT_EQ(c.port, 6380);
  EXPECT_EQ(c.db, 3);
}

TEST(RedisUrl, HasDefaults) {
  for (const char* url : {"redis://", "redis:///", "redis:///0"}) {
    const Config c = parsed(url);
    EXPECT_EQ(c.host, "127.0.0.1");
    EXPECT_EQ(c.port, 6379);
    EXPECT_EQ(c.db, 0);
    EXPECT_EQ(c.timeout_ms, 50);
  }
}

TEST(RedisUrl, DecodesUserAndPassword) {
  const Config c = parsed("redis://me:p%40s%2Fs%3A@host");
  EXPECT_EQ(c.user, "me");
  EXPECT_EQ(c.password, "p@s/s:");
  EXPECT_EQ(parsed("redis://:secret@host").user, "");
  EXPECT_EQ(parsed("redis://:secret@host").password, "secret");
  EXPECT_EQ(parsed("redis://host?user=u&password=p%3F").password, "p?");
}

TEST(RedisUrl, TakesIpv6InBrackets) {
  const Config c = parsed("redis://[::1]:7000/1");
  EXPECT_EQ(c.host, "::1");
  EXPECT_EQ(c.port, 7000);
  EXPECT_EQ(parsed("redis://:p@[fe80::2]").host, "fe80::2");
  EXPECT_EQ(code_of("redis://::1:7000/1"), Code::kSyntax);
  EXPECT_EQ(code_of("redis://[::1/1"), Code::kSyntax);
  EXPECT_EQ(code_of("redis://[::1]x/1"), Code::kSyntax);
}

TEST(RedisUrl, NamesAUnixSocket) {
  const Config c = parsed("redis+unix:///run/redis%20a.sock?db=2&prefix=app");
  EXPECT_EQ(c.path, "/run/redis a.sock");
  EXPECT_EQ(c.db, 2);
  EXPECT_EQ(c.prefix, "app");
  EXPECT_EQ(parsed("redis+unix://:pw@/run/r").password, "pw");
  EXPECT_EQ(code_of("redis+unix://host/run/r"), Code::kSyntax);
  EXPECT_EQ(code_of("redis+unix://"), Code::kInvalid);
  EXPECT_EQ(code_of("redis+unix:///" + std::string(200, 'x')), Code::kInvalid);
}

TEST(RedisUrl, ReadsKeys) {
  const Config c = parsed(
      "redis://h/1?timeout_ms=70&connect_timeout_ms=900&wait_ms=5&idle_ms=1000&links=3&prefix=a:b");
  EXPECT_EQ(c.timeout_ms, 70);
  EXPECT_EQ(c.connect_timeout_ms, 900);
  EXPECT_EQ(c.wait_ms, 5);
  EXPECT_EQ(c.idle_ms, 1000);
  EXPECT_EQ(c.links, 3);
  EXPECT_EQ(c.prefix, "a:b");
}

TEST(RedisUrl, RefusesWhatIsWrong) {
  EXPECT_EQ(code_of("postgresql://h"), Code::kSyntax);
  EXPECT_EQ(code_of("redis://h/x"), Code::kInvalid);
  EXPECT_EQ(code_of("redis://h/-1"), Code::kRange);
  EXPECT_EQ(code_of("redis://h/99999999999999999999"), Code::kRange);
  EXPECT_EQ(code_of("redis://h:0"), Code::kRange);
  EXPECT_EQ(code_of("redis://h:65536"), Code::kRange);
  EXPECT_EQ(code_of("redis://h?links=0"), Code::kRange);
  EXPECT_EQ(code_of("redis://h?colour=red"), Code::kInvalid);
  EXPECT_EQ(code_of("redis://h?links"), Code::kSyntax);
  EXPECT_EQ(code_of("redis://h%2"), Code::kSyntax);
  EXPECT_EQ(code_of("redis://user@h"), Code::kInvalid);
  EXPECT_EQ(code_of("redis://h?prefix={x}"), Code::kInvalid);
  EXPECT_EQ(code_of("redis://h?prefix="), Code::kInvalid);
  EXPECT_EQ(code_of(std::string("redis://h\0x", 11)), Code::kInvalid);
  EXPECT_EQ(code_of("redis://h%00x"), Code::kInvalid);
}

TEST(RedisUrl, SaysThatThereIsNoTls) { EXPECT_EQ(code_of("rediss://h"), Code::kUnsupported); }

TEST(RedisUrl, IsShownWithoutThePassword) {
  EXPECT_EQ(parsed("redis://me:hush@host:1/2").shown(), "redis://me:***@host:1/2");
  EXPECT_EQ(parsed("redis://host?password=hush").shown(), "redis://:***@host:6379/0");
  EXPECT_EQ(parsed("redis://[::1]").shown(), "redis://[::1]:6379/0");
  EXPECT_EQ(parsed("redis+unix://:hush@/run/r?db=4").shown(), "redis+unix://:***@/run/r?db=4");
}

TEST(RedisUrl, QuotesNothingThatMayBeThePassword) {
  for (const char* url :
       {"redis://me:hu/sh@host", "redis://me:hu%sh@host", "redis://h/hush", "redis://h?hush",
        "redis://h?hush=1", "redis://:hush?x@h:99999", "redis+unix://hush/x", "hush://x"}) {
    const auto config = parse_url(url);
    ASSERT_FALSE(config) << url;
    EXPECT_EQ(config.error().message().find("hush"), std::string_view::npos) << url;
  }
}

}  // namespace
}  // namespace thing::cache::redis
