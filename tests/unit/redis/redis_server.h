#pragma once
// What the tests of the Redis client speak to: the server that THING_TEST_REDIS names, servers of a
// test's own, and a fake one that sends what it is told.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "cache/redis/link.h"

namespace thing::test {

using cache::redis::Config;
using cache::redis::Link;
using cache::redis::Patience;
using cache::redis::Reply;

int64_t now();  // microseconds
void sleep_ms(int64_t ms);
Patience within_ms(int64_t ms);

// The monotonic time is what the test says.
class ManualClock final : public base::Clock {
 public:
  int64_t now_micros() const override { return time_; }
  int64_t monotonic_micros() const override { return time_; }
  void pass_ms(int64_t ms) { time_ += ms * 1000; }

 private:
  std::atomic<int64_t> time_{1'000'000'000};
};

// Without a connection the test ends there, as failed.
std::unique_ptr<Link> connect(const Config& config);
// The reply of one command as text: "OK", "3", "(nil)", "[a, [b]]", "error: ..."; the words are
// parted by spaces.
std::string ask(Link& link, const std::string& words);
std::string printed(const Reply& reply);

// Tests that need the server named by THING_TEST_REDIS; database 15 is theirs.
class RedisTest : public testing::Test {
 protected:
  void SetUp() override;
  static Config config();
  static std::unique_ptr<Link> connect() { return test::connect(config()); }
};

// A server that a test owns, to end it and to bring it back.
class OwnServer {
 public:
  explicit OwnServer(const std::string& options = "", const std::string& password = "");
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;

  Config config() const;
  int port() const { return config().port; }
  void kill() const { run("kill"); }
  void restart() const { run("restart"); }

 private:
  std::string run(const std::string& words, const std::string& before = "") const;
  std::string folder_;
  std::string url_;
};

// Listens on 127.0.0.1 and has each connection, one after the other, served by a function of the
// test.
class FakeServer {
 public:
  class Talk {
   public:
    explicit Talk(int socket) : socket_(socket) {}
    // The next command, its words; none at the end of the stream.
    std::vector<std::string> hear();
    void say(std::string_view bytes);
    void say_bytewise(std::string_view bytes);
    // Hears what a new link asks first, and answers as a server of that run.
    void greet(const std::string& run_id = "run1", const std::string& version = "7.0.15");

   private:
    bool fill();
    int socket_;
    std::string heard_;
  };
  using Serve = std::function<void(Talk&)>;

  explicit FakeServer(Serve serve);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  Config config() const;
  int accepted() const { return accepted_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

 private:
  void run();
  Serve serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<bool> ends_{false};
  std::mutex mutex_;
  int socket_ = -1;  // of the connection that is served
  std::thread thread_;
};

}  // namespace thing::test
