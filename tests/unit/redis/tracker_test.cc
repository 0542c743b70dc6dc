#include "cache/tracker.h"

#include <condition_variable>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "redis_server.h"

namespace thing::test {
namespace {

using cache::redis::Tracker;
using Talk = FakeServer::Talk;

// What a tracker tells.
class Ear {
 public:
  cache::shared::Hearing::Told told() {
    cache::shared::Hearing::Told out;
    out.changed = [this](std::string_view key) { add([&] { changed_.insert(std::string(key)); }); };
    out.lost = [this](std::string_view space) {
      add([&] {
        ++lost_;
        space_ = space;
      });
    };
    out.heard = [this](int64_t until) { add([&] { until_ = until; }); };
    return out;
  }
  template <class What>
  bool comes(What what) {
    std::unique_lock<std::recursive_mutex> lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds(20), [&] { return what(*this); });
  }
  bool is_heard() const {
    const std::lock_guard lock(mutex_);
    return until_ > base::boot_micros();
  }
  bool is_changed(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return changed_.count(key) != 0;
  }
  std::string space() const {
    const std::lock_guard lock(mutex_);
    return space_;
  }
  int lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  template <class Change>
  void add(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    came_.notify_all();
  }

  mutable std::recursive_mutex mutex_;
  std::condition_variable_any came_;
  std::set<std::string> changed_;
  std::string space_;
  int lost_ = 0;
  int64_t until_ = 0;
};

class RedisTracker : public RedisTest {
 protected:
  // The key as it is named in Redis.
  std::string full(const std::string& key) const { return ear.space() + key; }
  bool is_up() {
    return ear.comes([](const Ear& e) { return !e.space().empty() && e.is_heard(); });
  }
  Ear ear;
};

TEST_F(RedisTracker, HearsOfKeysOfItsSpace) {
  const Config settings = config();
  const Tracker tracker(settings, "track", 1000, ear.told());
  ASSERT_TRUE(is_up());
  const auto link = test::connect(settings);
  ask(*link, "SET " + full("{a}:one") + " 1");
  EXPECT_TRUE(ear.comes([](const Ear& e) { return e.is_changed("{a}:one"); }));
  ask(*link, "SET elsewhere:{a}:two 1");
  ask(*link, "SET " + full("{a}:three") + " 1 PX 20");
  EXPECT_TRUE(ear.comes([](const Ear& e) { return e.is_changed("{a}:three"); }));
  EXPECT_FALSE(ear.is_changed("{a}:two"));
}

TEST_F(RedisTracker, KnowsNothingAfterEverythingWent) {
  OwnServer own;
  const Config settings = own.config();
  const Tracker tracker(settings, "track", 1000, ear.told());
  ASSERT_TRUE(is_up());
  const int lost = ear.lost();
  ask(*test::connect(settings), "FLUSHALL");
  EXPECT_TRUE(ear.comes([lost](const Ear& e) { return e.lost() > lost; }));
  EXPECT_FALSE(ear.space().empty()) << "it goes on hearing";
}

TEST_F(RedisTracker, BeginsAnewWhenItsLinkIsCut) {
  const Config settings = config();
  const Tracker tracker(settings, "track", 1000, ear.told());
  ASSERT_TRUE(is_up());
  const int lost = ear.lost();
  ask(*test::connect(settings), "CLIENT KILL TYPE pubsub");
  EXPECT_TRUE(ear.comes([lost](const Ear& e) { return e.lost() > lost && !e.space().empty(); }));
  ASSERT_TRUE(is_up());
  ask(*test::connect(settings), "SET " + full("{a}:after") + " 1");
  EXPECT_TRUE(ear.comes([](const Ear& e) { return e.is_changed("{a}:after"); }));
}

// A server that answers nothing any more may have told of changes that never came.
TEST_F(RedisTracker, CountsOnNothingWhileNothingIsHeard) {
  std::atomic<bool> is_dumb{false};
  FakeServer server([&](Talk& talk) {
    talk.greet("run1");
    for (auto words = talk.hear(); !words.empty(); words = talk.hear()) {
      if (words[0] == "CLIENT") talk.say(words[1] == "ID" ? ":7\r\n" : "+OK\r\n");
      if (words[0] == "SUBSCRIBE") talk.say("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
      if (words[0] == "PING" && !is_dumb) talk.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    }
  });
  const Tracker tracker(server.config(), "track", 300, ear.told());
  ASSERT_TRUE(is_up());
  const int lost = ear.lost();
  is_dumb = true;
  EXPECT_TRUE(ear.comes([lost](const Ear& e) { return e.lost() > lost; }));
  EXPECT_TRUE(ear.comes([](const Ear& e) { return !e.is_heard(); }));
}

TEST_F(RedisTracker, EndsWhileNobodyIsThere) {
  Config nowhere;
  nowhere.port = 1;
  { const Tracker tracker(nowhere, "track", 1000, ear.told()); }
  EXPECT_TRUE(ear.space().empty());
}

}  // namespace
}  // namespace thing::test
