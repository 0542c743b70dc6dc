#include "cache/redis/reader.h"

#include <string>

#include <gtest/gtest.h>

#include "cache/redis/errors.h"
#include "cache/redis/facts.h"
#include "cache/redis/sha1.h"
#include "redis_server.h"

namespace thing::cache::redis {
namespace {

using base::Code;
using test::printed;

// All replies that the bytes hold, "|" between; then "..." when there is the beginning of another,
// or the reason why there is none.
std::string read_all(ReplyReader& reader, std::string_view bytes) {
  std::string out;
  EXPECT_TRUE(reader.feed(bytes));
  for (;;) {
    ReplyData data;
    const auto there = reader.next(data);
    if (!there) return out + "!" + std::string(there.error().message());
    if (!*there) return out + (reader.is_between_replies() ? "" : "...");
    out += printed(Reply(data)) + "|";
  }
}

std::string read_all(std::string_view bytes, const ReplyLimits& limits = {}) {
  ReplyReader reader(limits);
  return read_all(reader, bytes);
}

bool is_refused(const std::string& result, std::string_view why) {
  return result.starts_with("!Redis sent what is no reply: ") && result.find(why) != result.npos;
}

TEST(ReplyReader, ReadsEachKind) {
  EXPECT_EQ(read_all("+OK\r\n:-42\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n-ERR x\r\n*0\r\n"),
            "OK|-42|a\r\n||(nil)|(nil)|error: ERR x|[]|");
}

TEST(ReplyReader, ReadsArraysInArrays) {
  EXPECT_EQ(read_all("*3\r\n*2\r\n:1\r\n*0\r\n$1\r\nx\r\n*1\r\n*1\r\n+y\r\n:7\r\n"),
            "[[1, []], x, [[y]]]|7|");
}

TEST(ReplyReader, FindsElementsOfArrays) {
  ReplyReader reader{ReplyLimits()};
  ASSERT_TRUE(reader.feed("*3\r\n*2\r\n:1\r\n:2\r\n$1\r\nx\r\n*1\r\n:3\r\n"));
  ReplyData data;
  ASSERT_TRUE(*reader.next(data));
  const Reply reply(data);
  EXPECT_EQ(reply.size(), 3U);
  EXPECT_EQ(reply.at(0).at(1).integer(), 2);
  EXPECT_EQ(reply.at(1).text(), "x");
  EXPECT_EQ(printed(reply.at(2)), "[3]");
}

TEST(ReplyReader, ReadsTheSameByteByByte) {
  const std::string bytes = "*2\r\n$4\r\na\r\nb\r\n*1\r\n:12\r\n-NO x\r\n$-1\r\n";
  ReplyReader reader{ReplyLimits()};
  std::string out;
  for (const char& byte : bytes) {
    std::string part = read_all(reader, {&byte, 1});
    if (part.ends_with("...")) part.resize(part.size() - 3);
    out += part;
  }
  EXPECT_EQ(out, "[a\r\nb, [12]]|error: NO x|(nil)|");
}

TEST(ReplyReader, WaitsForTheRest) {
  for (const char* bytes :
       {"$", "$3", "$3\r", "$3\r\nab", "$3\r\nabc\r", "*", "*2\r\n:1\r\n", "+O", ":1\r"})
    EXPECT_EQ(read_all(bytes), "...") << bytes;
}

TEST(ReplyReader, RefusesWhatIsNoReply) {
  for (const char* bytes :
       {"x", "\r\n", "HTTP/1.1 200 OK\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", "*x\r\n", ":\r\n",
        ":1x\r\n", ":99999999999999999999\r\n", "$99999999999999999999\r\n", "_\r\n", "%1\r\n"})
    EXPECT_TRUE(is_refused(read_all(bytes), "")) << bytes << " " << read_all(bytes);
}

TEST(ReplyReader, RefusesATextThatIsLongerThanItsLength) {
  EXPECT_TRUE(is_refused(read_all("$3\r\nabcdef\r\n"), "does not end where its length says"));
}

TEST(ReplyReader, RefusesALongTextBeforeItComes) {
  ReplyLimits limits;
  limits.bulk = 10;
  EXPECT_EQ(read_all("$10\r\n0123456789\r\n", limits), "0123456789|");
  EXPECT_TRUE(is_refused(read_all("$11\r\n", limits), "a text is too long"));
  EXPECT_TRUE(is_refused(read_all("$9223372036854775807\r\n"), "a text is too long"));
  EXPECT_TRUE(is_refused(read_all("*1\r\n$536870912\r\n"), "a text is too long"));
}

TEST(ReplyReader, RefusesALongReply) {
  ReplyLimits limits;
  limits.bytes = 60;
  EXPECT_EQ(read_all("*2\r\n$9\r\n012345678\r\n$9\r\n012345678\r\n", limits),
            "[012345678, 012345678]|");
  EXPECT_TRUE(
      is_refused(read_all("*2\r\n$9\r\n012345678\r\n$50\r\n", limits), "a reply is too long"));
  // Each reply has the limit for itself.
  EXPECT_EQ(read_all("$40\r\n" + std::string(40, 'x') + "\r\n$3\r\nabc\r\n", limits),
            std::string(40, 'x') + "|abc|");
}

TEST(ReplyReader, RefusesAnArrayOfTooMany) {
  EXPECT_EQ(read_all("*1048576\r\n"), "...");
  EXPECT_TRUE(is_refused(read_all("*1048577\r\n"), "too many elements"));
  EXPECT_TRUE(is_refused(read_all("*2147483647\r\n"), "too many elements"));
  EXPECT_TRUE(is_refused(read_all("*4294967297\r\n"), ""));
  EXPECT_TRUE(is_refused(read_all("*1\r\n*1048577\r\n"), "too many elements"));
}

TEST(ReplyReader, RefusesDeepNesting) {
  std::string deep;
  for (int i = 0; i < ReplyLimits::kNesting; ++i) deep += "*1\r\n";
  EXPECT_EQ(read_all(deep + ":1\r\n"), "[[[[[[[1]]]]]]]|");
  EXPECT_TRUE(is_refused(read_all(deep + "*1\r\n*1\r\n:1\r\n"), "nested"));
}

TEST(ReplyReader, RefusesAnEndlessLine) {
  EXPECT_TRUE(is_refused(read_all("+" + std::string(100'000, 'x')), "a line is too long"));
  EXPECT_TRUE(is_refused(read_all("$" + std::string(100'000, '1')), "a line is too long"));
  EXPECT_EQ(read_all("+" + std::string(60'000, 'x')), "...");
}

TEST(ReplyReader, ReadsNothingAfterAnError) {
  ReplyReader reader{ReplyLimits()};
  EXPECT_TRUE(is_refused(read_all(reader, "x"), ""));
  EXPECT_FALSE(reader.feed("+OK\r\n"));
  ReplyData data;
  EXPECT_FALSE(reader.next(data));
  EXPECT_FALSE(reader.is_between_replies());
}

TEST(RedisErrors, AreToldByTheirFirstWord) {
  const auto code = [](std::string_view text) { return error_of(text).code(); };
  EXPECT_EQ(code("OOM command not allowed when used memory > 'maxmemory'."), Code::kNoMemory);
  EXPECT_EQ(code("LOADING Redis is loading the dataset in memory"), Code::kConnection);
  EXPECT_EQ(code("MASTERDOWN Link with MASTER is down"), Code::kConnection);
  EXPECT_EQ(code("CLUSTERDOWN The cluster is down"), Code::kConnection);
  EXPECT_EQ(code("READONLY You can't write against a read only replica."), Code::kReadonly);
  EXPECT_EQ(code("BUSY Redis is busy running a script."), Code::kBusy);
  EXPECT_EQ(code("NOSCRIPT No matching script."), Code::kState);
  EXPECT_EQ(code("MOVED 3999 127.0.0.1:6381"), Code::kUnsupported);
  EXPECT_EQ(code("NOAUTH Authentication required."), Code::kAuth);
  EXPECT_EQ(code("WRONGPASS invalid username-password pair"), Code::kAuth);
  EXPECT_EQ(code("NOPERM this user has no permissions"), Code::kAuth);
  EXPECT_EQ(code("WRONGTYPE Operation against a key holding the wrong kind of value"), Code::kType);
  EXPECT_EQ(code("ERR unknown command"), Code::kInternal);
  EXPECT_EQ(code("OOMPH"), Code::kInternal);
  EXPECT_NE(error_of("OOM command not allowed").message().find("OOM command not allowed"),
            std::string_view::npos);
}

TEST(RedisErrors, TellWhenTheServerIsDown) {
  for (const char* word : {"LOADING", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "MISCONF", "BUSY"})
    EXPECT_TRUE(classify(std::string(word) + " x").is_down) << word;
  for (const char* word : {"OOM", "NOSCRIPT", "WRONGTYPE", "ERR", "NOAUTH", "MOVED"})
    EXPECT_FALSE(classify(std::string(word) + " x").is_down) << word;
}

TEST(RedisFacts, AreReadFromInfo) {
  Facts facts;
  read_info("# Server\r\nredis_version:7.2.4\r\nredis_mode:cluster\r\nrun_id:ab12\r\n", facts);
  read_info("# Memory\nmaxmemory:1048576\nmaxmemory_policy:allkeys-lru\nlast line", facts);
  read_info("role:slave\r\n", facts);
  EXPECT_TRUE(check_facts(facts));
  EXPECT_EQ(facts.run_id, "ab12");
  EXPECT_EQ(facts.maxmemory, 1048576U);
  EXPECT_TRUE(facts.is_cluster() && facts.is_replica() && facts.evicts_keys_without_ttl());
}

TEST(RedisFacts, RefuseAnOldServer) {
  Facts facts{"6.2.14", "ab", "noeviction", "master", "standalone"};
  const auto old = check_facts(facts);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code(), Code::kUnsupported);
  EXPECT_EQ(old.error().message(),
            "Redis: the server's version is '6.2.14', expected 7.0 or newer");
  facts.version = "10.0.0";
  EXPECT_TRUE(check_facts(facts));
  facts.version = "";
  EXPECT_FALSE(check_facts(facts));
}

TEST(Sha1, HasThePublishedDigests) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

}  // namespace
}  // namespace thing::cache::redis
