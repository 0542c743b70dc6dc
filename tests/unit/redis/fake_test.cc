// A link and a server that sends what no server should.
#include "cache/redis/link.h"
#include "redis_server.h"

namespace thing::test {
namespace {

using base::Code;
using cache::redis::Ending;
using Talk = FakeServer::Talk;

struct Told {
  Code code;
  std::string text;
  Ending ending;
};

// What GET tells when the server answers it with `bytes` and then hangs up or, with `stays`, waits.
Told answer_of(const std::string& bytes, bool stays = false) {
  FakeServer server([&](Talk& talk) {
    talk.greet();
    talk.hear();
    talk.say(bytes);
    if (stays) talk.hear();
  });
  const auto link = connect(server.config());
  const auto reply = link->call({"GET", "a"}, within_ms(stays ? 60 : 5'000));
  const Code code = reply ? Code::kOk : reply.error().code();
  return {code, reply ? printed(*reply) : std::string(reply.error().message()), link->ending()};
}

TEST(RedisFake, AnswersAsTheReplyOfTheCommand) {
  const Told told = answer_of("$1\r\nx\r\n");
  EXPECT_EQ(told.code, Code::kOk);
  EXPECT_EQ(told.text, "x");
  EXPECT_EQ(told.ending, Ending::kNone);
}

TEST(RedisFake, ThatCutsAReplyIsALostConnection) {
  for (const char* bytes : {"", "$", "$5\r\nab", "*2\r\n:1\r\n", "+OK", "$5\r\nabcde\r"}) {
    const Told told = answer_of(bytes);
    EXPECT_EQ(told.code, Code::kConnection) << bytes;
    EXPECT_EQ(told.ending, Ending::kFailed) << bytes;
  }
}

TEST(RedisFake, ThatSendsNoReplyEndsTheLink) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("$3\r\nabcde\r\n"),
        std::string("$99999999999999\r\n"), std::string("*2147483647\r\n"),
        std::string("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"),
        std::string(":one\r\n"), std::string("\0\0\0\0", 4)}) {
    const Told told = answer_of(bytes, true);
    EXPECT_EQ(told.code, Code::kConnection) << bytes << told.text;
    EXPECT_EQ(told.ending, Ending::kFailed) << bytes;
  }
}

TEST(RedisFake, ThatStopsWithinAReplyIsLate) {
  for (const char* bytes : {"", "$5\r\nab", "*1000000\r\n:1\r\n", "+O"}) {
    const Told told = answer_of(bytes, true);
    EXPECT_EQ(told.code, Code::kTimeout) << bytes;
    EXPECT_EQ(told.ending, Ending::kDropped) << bytes;
  }
}

TEST(RedisFake, MaySendByteByByte) {
  FakeServer server([](Talk& talk) {
    talk.greet();
    talk.hear();
    talk.say_bytewise("*3\r\n$4\r\na\r\nb\r\n:-12\r\n*2\r\n+OK\r\n$-1\r\n");
    talk.hear();
  });
  const auto link = connect(server.config());
  const auto reply = link->call({"GET", "a"}, within_ms(5'000));
  ASSERT_TRUE(reply);
  EXPECT_EQ(printed(*reply), "[a\r\nb, -12, [OK, (nil)]]");
  EXPECT_TRUE(link->is_quiet());
}

TEST(RedisFake, ThatAnswersTwiceIsNotBelieved) {
  const Told told = answer_of("+ONE\r\n+TWO\r\n", true);
  EXPECT_EQ(told.code, Code::kConnection);
  EXPECT_EQ(told.ending, Ending::kFailed);
}

TEST(RedisFake, ThatSpeaksUnaskedIsNotHeard) {
  FakeServer server([](Talk& talk) {
    talk.greet();
    talk.hear();
    talk.say("+ONE\r\n");
    sleep_ms(20);
    talk.say("+UNASKED\r\n");
    talk.hear();
  });
  const auto link = connect(server.config());
  EXPECT_EQ(ask(*link, "GET a"), "ONE");
  while (link->is_quiet()) sleep_ms(1);
  const auto reply = link->call({"GET", "b"}, within_ms(5'000));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code(), Code::kConnection);
  EXPECT_EQ(link->ending(), Ending::kFailed);
}

// The reply that came too late is never taken for that of the next command.
TEST(RedisFake, ThatAnswersLateIsNotHeardAgain) {
  FakeServer server([](Talk& talk) {
    talk.greet();
    for (int i = 0; !talk.hear().empty(); ++i) {
      if (i == 0) sleep_ms(60);
      talk.say("$4\r\nrow" + std::to_string(i + 1) + "\r\n");
    }
  });
  const auto link = connect(server.config());
  ASSERT_FALSE(link->call({"GET", "row1"}, within_ms(20)));
  sleep_ms(80);
  const auto reply = link->call({"GET", "row2"}, within_ms(5'000));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code(), Code::kConnection);
}

TEST(RedisFake, ThatHangsUpAfterAnErrorHasItHeard) {
  FakeServer server([](Talk& talk) { talk.say("-ERR max number of clients reached\r\n"); });
  const auto link = cache::redis::Link::connect(server.config(), within_ms(5'000));
  ASSERT_FALSE(link);
  EXPECT_NE(link.error().message().find("max number of clients"), std::string_view::npos);
}

TEST(RedisFake, ThatIsOldIsRefused) {
  FakeServer server([](Talk& talk) {
    talk.greet("run1", "6.0.16");
    talk.hear();
  });
  const auto link = cache::redis::Link::connect(server.config(), within_ms(5'000));
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code(), Code::kUnsupported);
  EXPECT_NE(link.error().message().find("'6.0.16', expected 7.0"), std::string_view::npos);
}

TEST(RedisFake, ThatLoadsIsDown) {
  FakeServer server([](Talk& talk) {
    talk.hear();
    talk.say("-LOADING Redis is loading the dataset in memory\r\n");
    talk.hear();
  });
  const auto link = cache::redis::Link::connect(server.config(), within_ms(5'000));
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code(), Code::kConnection);
  EXPECT_TRUE(link.error().detail()->retryable);
}

TEST(RedisFake, ThatNeverGreetsIsLate) {
  FakeServer server([](Talk& talk) {
    for (int i = 0; i < 4; ++i) talk.hear();
  });
  Config config = server.config();
  config.connect_timeout_ms = 30;
  const int64_t start = now();
  const auto link = cache::redis::Link::connect(config, within_ms(5'000));
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code(), Code::kTimeout);
  EXPECT_GE(now() - start, 30'000);
  EXPECT_LT(now() - start, 4'000'000);
}

TEST(RedisFake, ThatReadsNothingIsLateToo) {
  std::atomic<bool> is_over{false};
  FakeServer server([&](Talk& talk) {
    talk.greet();
    while (!is_over) sleep_ms(1);
  });
  const auto link = connect(server.config());
  const std::string large(32 << 20, 'x');
  const auto reply = link->call({"SET", "a", large}, within_ms(50));
  is_over = true;
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code(), Code::kTimeout);
}

TEST(RedisFake, ForgetsAScriptOnlyOnce) {
  static const cache::redis::Script script("return 1");
  FakeServer server([](Talk& talk) {
    talk.greet();
    for (auto words = talk.hear(); !words.empty(); words = talk.hear())
      talk.say("-NOSCRIPT No matching script.\r\n");
  });
  const auto link = connect(server.config());
  for (int i = 0; i < 2; ++i) {
    const auto reply = link->call(script, {}, {}, within_ms(5'000));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code(), Code::kState);
  }
  EXPECT_TRUE(link->is_open());
}

}  // namespace
}  // namespace thing::test
