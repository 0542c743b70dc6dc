// A link and a real server.
#include "cache/redis/link.h"

#include <array>

#include "redis_server.h"

namespace thing::test {
namespace {

using base::Code;
using cache::redis::Ending;
using cache::redis::Script;

Code code_of(const base::Result<Reply>& result) {
  return result ? Code::kOk : result.error().code();
}
Code connect_code(const Config& config) {
  const auto link = Link::connect(config, within_ms(5'000));
  return link ? Code::kOk : link.error().code();
}

class RedisLink : public RedisTest {
 protected:
  void SetUp() override {
    RedisTest::SetUp();
    if (!IsSkipped()) link = connect();
  }
  std::string call(const Script& script, Link::Words keys = {}, Link::Words arguments = {}) {
    const auto reply = link->call(script, keys, arguments, within_ms(5'000));
    return reply ? printed(*reply) : "failure: " + std::string(reply.error().message());
  }
  std::string read() {
    const auto reply = link->read(within_ms(5'000));
    return reply ? printed(*reply) : "failure: " + std::string(reply.error().message());
  }
  std::unique_ptr<Link> link;
};

TEST_F(RedisLink, HasRepliesOfEachKind) {
  EXPECT_EQ(ask(*link, "SET a 5"), "OK");
  EXPECT_EQ(ask(*link, "GET a"), "5");
  EXPECT_EQ(ask(*link, "INCR a"), "6");
  EXPECT_EQ(ask(*link, "GET none"), "(nil)");
  EXPECT_EQ(ask(*link, "MGET a none a"), "[6, (nil), 6]");
  EXPECT_EQ(ask(*link, "KEYS none*"), "[]");
  EXPECT_EQ(ask(*link, "LPUSH a x").substr(0, 16), "error: WRONGTYPE");
  EXPECT_TRUE(link->is_quiet());
}

TEST_F(RedisLink, TellsErrorRepliesAsErrors) {
  ASSERT_EQ(ask(*link, "SET a 5"), "OK");
  EXPECT_EQ(code_of(link->call({"LPUSH", "a", "x"}, within_ms(5'000))), Code::kType);
  EXPECT_EQ(code_of(link->call({"NO_SUCH_COMMAND"}, within_ms(5'000))), Code::kInternal);
  EXPECT_TRUE(link->is_quiet());
}

TEST_F(RedisLink, KeepsBytesAsTheyAre) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& text :
       {std::string("a\r\nb"), std::string("\0", 1), std::string("{x}{"), std::string(), all,
        std::string("$3\r\nabc\r\n"), std::string("%s%n%b")}) {
    ASSERT_TRUE(link->call({"SET", text, text}, within_ms(5'000)));
    const auto reply = link->call({"GET", text}, within_ms(5'000));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->text(), text);
  }
}

TEST_F(RedisLink, TakesALargeValue) {
  const std::string large(5'000'000, 'x');
  ASSERT_TRUE(link->call({"SET", "large", large}, within_ms(5'000)));
  const auto reply = link->call({"GET", "large"}, within_ms(5'000));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text(), large);
}

TEST_F(RedisLink, HasRepliesInTheOrderOfCommands) {
  for (int i = 0; i < 10'000; ++i) link->append({"ECHO", std::to_string(i)});
  EXPECT_EQ(link->pending(), 10'000U);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(read(), std::to_string(i));
  EXPECT_EQ(link->pending(), 0U);
  EXPECT_EQ(code_of(link->read(within_ms(5'000))), Code::kState);
}

// Both sides would wait for ever if nothing was read while there is more to send.
TEST_F(RedisLink, SendsAndReceivesMoreThanTheNetworkHolds) {
  const std::string large(1'000'000, 'y');
  for (int i = 0; i < 40; ++i) link->append({"ECHO", large});
  for (int i = 0; i < 40; ++i) ASSERT_EQ(read(), large);
}

TEST_F(RedisLink, CallsWhileAPipelineIsUnderWayAreRefused) {
  link->append({"PING"});
  EXPECT_EQ(code_of(link->call({"PING"}, within_ms(5'000))), Code::kState);
  EXPECT_EQ(read(), "PONG");
}

TEST_F(RedisLink, GoesOnAfterAnErrorInAPipeline) {
  link->append({"SET", "a", "1"});
  link->append({"LPUSH", "a", "x"});
  link->append({"GET", "a"});
  EXPECT_EQ(read(), "OK");
  EXPECT_EQ(read().substr(0, 16), "error: WRONGTYPE");
  EXPECT_EQ(read(), "1");
}

TEST_F(RedisLink, KnowsTheServer) {
  const auto& facts = link->facts();
  EXPECT_GE(std::stoi(facts.version), 7);
  EXPECT_EQ(facts.run_id.size(), 40U);
  EXPECT_EQ(facts.role, "master");
  EXPECT_FALSE(facts.is_cluster() || facts.is_replica());
}

TEST_F(RedisLink, SelectsTheDatabase) {
  ASSERT_EQ(ask(*link, "SET here 1"), "OK");
  Config other = config();
  other.db = 14;
  EXPECT_EQ(ask(*test::connect(other), "EXISTS here"), "0");
  other.db = 4'000;
  EXPECT_EQ(connect_code(other), Code::kInternal);
}

TEST_F(RedisLink, GoesOverAUnixSocket) {
  const char* url = std::getenv("THING_TEST_REDIS_SOCKET");
  if (url == nullptr) GTEST_SKIP() << "THING_TEST_REDIS_SOCKET names no server";
  const auto config = cache::redis::parse_url(url);
  ASSERT_TRUE(config);
  EXPECT_EQ(ask(*test::connect(*config), "PING"), "PONG");
}

const Script& echo_script() {
  static const Script script("return {KEYS[1], ARGV[1], ARGV[2]}");
  return script;
}
const std::array<std::string_view, 1> kKey = {"k"};
const std::array<std::string_view, 2> kArguments = {"x\r\ny", "z"};

TEST_F(RedisLink, RunsScriptsByTheirNames) {
  EXPECT_EQ(call(echo_script(), kKey, kArguments), "[k, x\r\ny, z]");
  EXPECT_EQ(ask(*link, "SCRIPT EXISTS " + echo_script().sha()), "[1]");
  const uint64_t before = link->counts().bytes_sent;
  EXPECT_EQ(call(echo_script(), kKey, kArguments), "[k, x\r\ny, z]");
  EXPECT_LT(link->counts().bytes_sent - before, 140U);
}

TEST_F(RedisLink, RunsAScriptThatTheServerForgot) {
  ASSERT_EQ(call(echo_script(), kKey, kArguments), "[k, x\r\ny, z]");
  ASSERT_EQ(ask(*link, "SCRIPT FLUSH"), "OK");
  EXPECT_EQ(call(echo_script(), kKey, kArguments), "[k, x\r\ny, z]");
  EXPECT_EQ(ask(*link, "SCRIPT EXISTS " + echo_script().sha()), "[1]");
  EXPECT_TRUE(link->is_quiet());
}

TEST_F(RedisLink, RunsForgottenScriptsWithinAPipelineAndKeepsTheOrder) {
  static const Script add("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  const std::array<std::string_view, 1> one = {"1"};
  ASSERT_EQ(call(add, kKey, one), "1");
  ASSERT_EQ(call(echo_script(), kKey, kArguments), "[k, x\r\ny, z]");
  link->append({"SCRIPT", "FLUSH"});
  link->append(add, kKey, one);
  link->append({"ECHO", "between"});
  link->append(echo_script(), kKey, kArguments);
  link->append(add, kKey, one);
  link->append({"ECHO", "last"});
  EXPECT_EQ(read(), "OK");
  EXPECT_EQ(read(), "2");
  EXPECT_EQ(read(), "between");
  EXPECT_EQ(read(), "[k, x\r\ny, z]");
  EXPECT_EQ(read(), "3");
  EXPECT_EQ(read(), "last");
  EXPECT_TRUE(link->is_quiet());
}

TEST_F(RedisLink, TellsErrorsOfScripts) {
  static const Script wrong("return redis.error_reply('WRONGTYPE of mine')");
  static const Script broken("this is no Lua");
  EXPECT_EQ(call(wrong), "failure: Redis: 'WRONGTYPE of mine'");
  EXPECT_EQ(call(broken).substr(0, 15), "failure: Redis:");
  EXPECT_EQ(call(broken).substr(0, 15), "failure: Redis:");
  EXPECT_EQ(ask(*link, "PING"), "PONG");
}

TEST_F(RedisLink, EndsAtTheDeadlineForEver) {
  const int64_t end = now() + 40'000;
  link->append({"BLPOP", "none", "5"});
  EXPECT_EQ(code_of(link->read({end, nullptr})), Code::kTimeout);
  EXPECT_GE(now(), end);
  EXPECT_FALSE(link->is_open());
  EXPECT_EQ(link->ending(), Ending::kDropped);
  EXPECT_EQ(code_of(link->call({"PING"}, within_ms(5'000))), Code::kConnection);
}

TEST_F(RedisLink, EndsAtItsOwnTimeout) {
  Config config = RedisTest::config();
  config.timeout_ms = 30;
  link = test::connect(config);
  EXPECT_EQ(code_of(link->call({"BLPOP", "none", "5"}, within_ms(5'000))), Code::kTimeout);
  EXPECT_EQ(link->ending(), Ending::kTimedOut);
}

TEST_F(RedisLink, EndsWhenTheCallIsCancelled) {
  std::atomic<bool> cancelled{false};
  std::thread other([&] {
    sleep_ms(30);
    cancelled = true;
    link->wake();
  });
  const auto reply = link->call({"BLPOP", "none", "5"}, {now() + 5'000'000, &cancelled});
  other.join();
  EXPECT_EQ(code_of(reply), Code::kCancelled);
  EXPECT_EQ(link->ending(), Ending::kDropped);
}

TEST_F(RedisLink, NoticesACancelThatNobodyWokeItFor) {
  std::atomic<bool> cancelled{false};
  std::thread other([&] {
    sleep_ms(10);
    cancelled = true;
  });
  const auto reply = link->call({"BLPOP", "none", "5"}, {now() + 5'000'000, &cancelled});
  other.join();
  EXPECT_EQ(code_of(reply), Code::kCancelled);
}

TEST_F(RedisLink, GoesOnAfterAWakeWithoutACancel) {
  link->wake();
  EXPECT_EQ(ask(*link, "PING"), "PONG");
}

TEST_F(RedisLink, IsClosedByClientKill) {
  const std::string id = ask(*link, "CLIENT ID");
  EXPECT_EQ(ask(*connect(), "CLIENT KILL ID " + id), "1");
  EXPECT_FALSE(link->is_quiet());
  EXPECT_EQ(code_of(link->call({"PING"}, within_ms(5'000))), Code::kConnection);
  EXPECT_EQ(link->ending(), Ending::kFailed);
  EXPECT_EQ(ask(*connect(), "PING"), "PONG");
}

TEST(RedisLinks, FailWhereNobodyListens) {
  Config config;
  config.port = 1;
  EXPECT_EQ(connect_code(config), Code::kConnection);
  config.path = "/nowhere/socket";
  EXPECT_EQ(connect_code(config), Code::kConnection);
  config.path.clear();
  config.host = "no-such-host.invalid";
  EXPECT_EQ(connect_code(config), Code::kConnection);
}

TEST(RedisLinks, NeedThePassword) {
  const OwnServer server("", "se:cret");
  Config config = server.config();
  EXPECT_EQ(config.password, "se:cret");
  EXPECT_EQ(ask(*connect(config), "PING"), "PONG");
  ASSERT_EQ(ask(*connect(config), "ACL SETUSER reader on >word ~* +@all"), "OK");
  config.user = "reader";
  config.password = "word";
  EXPECT_EQ(ask(*connect(config), "ACL WHOAMI"), "reader");
  config.password = "hush-hush";
  const auto refused = Link::connect(config, within_ms(5'000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kAuth);
  EXPECT_EQ(refused.error().message().find("hush"), std::string_view::npos);
  EXPECT_EQ(refused.error().detail()->context.find("hush"), std::string::npos);
  config.user = config.password = "";
  EXPECT_EQ(connect_code(config), Code::kAuth);
}

TEST(RedisLinks, MeetAnotherRunAfterARestart) {
  const OwnServer server;
  const auto link = connect(server.config());
  ASSERT_EQ(ask(*link, "SET a 1"), "OK");
  server.kill();
  EXPECT_EQ(code_of(link->call({"GET", "a"}, within_ms(5'000))), Code::kConnection);
  server.restart();
  const auto again = connect(server.config());
  EXPECT_NE(again->facts().run_id, link->facts().run_id);
  EXPECT_EQ(ask(*again, "GET a"), "(nil)");
}

TEST(RedisLinks, RunScriptsThatMayAtTheMemoryLimit) {
  const OwnServer server("maxmemory-policy noeviction");
  const auto link = connect(server.config());
  EXPECT_EQ(link->facts().policy, "noeviction");
  ASSERT_EQ(ask(*link, "SET mark 1"), "OK");
  ASSERT_EQ(ask(*link, "CONFIG SET maxmemory 1"), "OK");
  static const Script plain("return redis.call('SET', KEYS[1], 'x')");
  static const Script allowed("#!lua flags=allow-oom\nreturn redis.call('SET', KEYS[1], 'x')");
  const std::array<std::string_view, 1> keys = {"mark"};
  EXPECT_EQ(code_of(link->call(plain, keys, {}, within_ms(5'000))), Code::kNoMemory);
  EXPECT_EQ(code_of(link->call({"SET", "b", "1"}, within_ms(5'000))), Code::kNoMemory);
  EXPECT_EQ(code_of(link->call(allowed, keys, {}, within_ms(5'000))), Code::kOk);
  EXPECT_EQ(code_of(link->call(allowed, keys, {}, within_ms(5'000))), Code::kOk);
  EXPECT_FALSE(link->met_down());
  EXPECT_EQ(connect(server.config())->facts().maxmemory, 1U);
}

TEST(RedisLinks, KnowAReplicaAndAPolicyThatEvictsAll) {
  const OwnServer primary;
  const OwnServer replica("maxmemory-policy allkeys-lru");
  ASSERT_EQ(
      ask(*connect(replica.config()), "REPLICAOF 127.0.0.1 " + std::to_string(primary.port())),
      "OK");
  const auto link = connect(replica.config());
  EXPECT_TRUE(link->facts().is_replica());
  EXPECT_TRUE(link->facts().evicts_keys_without_ttl());
  EXPECT_EQ(code_of(link->call({"SET", "a", "1"}, within_ms(5'000))), Code::kReadonly);
  EXPECT_TRUE(link->met_down());
  EXPECT_FALSE(connect(primary.config())->facts().is_replica());
}

}  // namespace
}  // namespace thing::test
