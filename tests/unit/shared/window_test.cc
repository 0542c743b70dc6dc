// Lists that are cut at a place of their order: commits that write behind the place let them stand.
// Each test is an order of steps in which a cache without one of the rules would give an old
// answer, or drops what it could keep.
#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "cache/shared/shared_cache.h"
#include "cache/wires.h"

namespace window_test {
namespace {

using namespace thing::cache::shared;
using std::string;
using thing::cache::redis::Wires;

class Window : public testing::Test {
 protected:
  Window() {
    const char* const url = std::getenv("THING_TEST_REDIS");
    if (url == nullptr) return;
    auto config = thing::cache::redis::parse_url(url);
    config->timeout_ms = 5000;  // the machine may be busy
    config->connect_timeout_ms = 5000;
    wires_ = std::make_unique<Wires>(std::move(*config), std::to_string(thing::base::random64()));
    cache_ = std::make_unique<SharedCache>(*wires_, SharedCache::Options{});
    depends_.is_window = true;
  }
  void SetUp() override {
    if (wires_ == nullptr) GTEST_SKIP() << "THING_TEST_REDIS names no server";
  }

  Under acquired() {
    Under under{&depends_, {}, {}};
    met_.clear();
    is_acquired_ = cache_->acquire(table_, under, met_);
    return under;
  }
  bool put(const Under& under, const string& list, const string& end) {
    return cache_->put_entry(table_, list, "identity", under, list + " until " + end, end);
  }
  bool fill(const string& list, const string& end) {
    const Under under = acquired();
    return is_acquired_ && put(under, list, end);
  }
  bool is_kept(const string& list) {
    Under under{&depends_, {}, {}};
    return cache_->find_entry(table_, list, "identity", under).has_value();
  }
  // A commit that writes from this place of the order on; "": anywhere.
  Token mark(const string& place) {
    Cells c = cells();
    c.places = {place};
    const Token token = cache_->next_token(7);
    bool sent = false;
    EXPECT_TRUE(cache_->mark(token, {&c, 1}, sent));
    return token;
  }
  void clear(const Token& token) {
    const Cells c = cells();
    EXPECT_TRUE(cache_->clear(token, {&c, 1}));
  }
  void write(const string& place) { clear(mark(place)); }

  void redis(const Words& command) {
    auto wire = wires_->take(false);
    ASSERT_TRUE(wire);
    (*wire)->ask(command);
    EXPECT_TRUE((*wire)->answer());
  }
  int64_t milliseconds_to_live() {
    auto wire = wires_->take(false);
    (*wire)->ask({"PTTL", key()});
    return (*wire)->answer()->integer;
  }
  string key() {
    auto wire = wires_->take(false);
    return string((*wire)->space()) + table_.tag + depends_.buckets[0];
  }
  Cells cells() const {
    Cells c;
    c.table = &table_;
    c.names = depends_.buckets;
    return c;
  }

  std::unique_ptr<Wires> wires_;
  std::unique_ptr<SharedCache> cache_;
  const Table table_{"Users", "id int"};
  const Template shape_{string(16, 't'), "text"};
  Depends depends_{&shape_, {SharedCache::bucket_cell(shape_, 5)}};
  std::vector<Met> met_;
  bool is_acquired_ = false;
};

TEST_F(Window, StandsWhileRowsBehindItChange) {
  ASSERT_TRUE(fill("top", "0150"));
  const Token token = mark("0151");
  EXPECT_TRUE(is_kept("top")) << "while the commit is under way";
  clear(token);
  EXPECT_TRUE(is_kept("top"));
  for (int i = 0; i < 3; ++i) write("01ff");
  EXPECT_TRUE(is_kept("top"));
}

TEST_F(Window, EndsWhenARowAtItsEndOrBeforeChanges) {
  for (const char* place : {"0150", "014f", "01", "00", ""}) {
    ASSERT_TRUE(fill("top", "0150"));
    write(place);
    EXPECT_FALSE(is_kept("top")) << place;
  }
}

// The place of a row whose last columns are not known is where they begin.
TEST_F(Window, EndsWhenARowMayBeAtItsEnd) {
  ASSERT_TRUE(fill("top", "01500150"));
  write("0150");
  EXPECT_FALSE(is_kept("top"));
  ASSERT_TRUE(fill("top", "01500150"));
  write("0151");
  EXPECT_TRUE(is_kept("top"));
}

TEST_F(Window, ThatIsNotFullEndsWithEveryRow) {
  ASSERT_TRUE(fill("top", ""));
  EXPECT_TRUE(is_kept("top"));
  write("ff");
  EXPECT_FALSE(is_kept("top"));
}

TEST_F(Window, TheLongestOfABucketCounts) {
  ASSERT_TRUE(fill("long", "0180"));
  ASSERT_TRUE(fill("short", "0120"));
  write("0150");
  EXPECT_FALSE(is_kept("long"));
  EXPECT_FALSE(is_kept("short"));
  ASSERT_TRUE(fill("short", "0120"));
  ASSERT_TRUE(fill("long", "0180"));
  write("0150");
  EXPECT_FALSE(is_kept("long"));
  ASSERT_TRUE(fill("short", "0120"));
  ASSERT_TRUE(fill("whole", ""));
  write("ff");
  EXPECT_FALSE(is_kept("short"));
}

TEST_F(Window, ThatWasNeverFilledHoldsNoCommit) {
  const Under before = acquired();
  write("ff");
  EXPECT_FALSE(put(before, "top", "0150") && is_kept("top"));
}

// What was read before a commit behind the end of other lists may be changed by it: it reaches
// further than they.
TEST_F(Window, IsNotKeptWhenACommitCameBetween) {
  ASSERT_TRUE(fill("short", "0120"));
  const Under reader = acquired();
  ASSERT_TRUE(is_acquired_);
  write("0150");
  EXPECT_FALSE(put(reader, "long", "0180"));
  EXPECT_FALSE(is_kept("long"));
  EXPECT_TRUE(is_kept("short"));
  EXPECT_TRUE(fill("long", "0180")) << "what is read now is";
}

TEST_F(Window, IsNotKeptWhileACommitIsUnderWay) {
  ASSERT_TRUE(fill("short", "0120"));
  const Under reader = acquired();
  const Token token = mark("0150");
  EXPECT_FALSE(put(reader, "long", "0180"));
  acquired();
  EXPECT_FALSE(is_acquired_);
  ASSERT_EQ(met_.size(), 1U) << "who is in the way is told";
  EXPECT_EQ(met_[0].token, token);
  EXPECT_EQ(met_[0].cell, depends_.buckets[0]);
  clear(token);
  EXPECT_TRUE(fill("long", "0180"));
}

TEST_F(Window, CommitThatDiedIsTakenOff) {
  ASSERT_TRUE(fill("short", "0120"));
  const Token dead = mark("0150"), alive = mark("0150");
  cache_->resolve(table_, {depends_.buckets[0], dead});
  acquired();
  ASSERT_EQ(met_.size(), 1U);
  EXPECT_EQ(met_[0].token, alive);
  clear(alive);
  EXPECT_TRUE(is_kept("short"));
  EXPECT_TRUE(fill("long", "0180"));
}

// The mark of another replaces the stamp, and with it what the stamp holds; that goes on.
TEST_F(Window, CommitsUnderWayOutliveTheStamp) {
  ASSERT_TRUE(fill("short", "0120"));
  const Token behind = mark("0150");
  write("0110");
  acquired();
  EXPECT_FALSE(is_acquired_) << "the first is still under way";
  clear(behind);
  EXPECT_TRUE(fill("long", "0180"));
}

TEST_F(Window, StampThatHoldsACommitHasNoTimeToLive) {
  ASSERT_TRUE(fill("short", "0120"));
  EXPECT_GT(milliseconds_to_live(), 0);
  const Token one = mark("0150"), two = mark("0150");
  EXPECT_EQ(milliseconds_to_live(), -1);
  clear(one);
  EXPECT_EQ(milliseconds_to_live(), -1);
  clear(two);
  EXPECT_GT(milliseconds_to_live(), 0);
}

TEST_F(Window, CommitWhoseStampWasLostDropsWhatCameInItsPlace) {
  ASSERT_TRUE(fill("short", "0120"));
  const Token token = mark("0150");
  redis({"DEL", key()});
  ASSERT_TRUE(fill("long", "0180"));
  const Token other = mark("0190");
  clear(token);
  EXPECT_FALSE(is_kept("long"));
  acquired();
  EXPECT_FALSE(is_acquired_) << "the other is still under way";
  clear(other);
  EXPECT_TRUE(fill("long", "0180"));
}

TEST_F(Window, HoldsNoMoreCommitsThanItCanCount) {
  ASSERT_TRUE(fill("top", "0120"));
  std::vector<Token> tokens;
  for (int i = 0; i < 120; ++i) tokens.push_back(mark("0150"));
  EXPECT_FALSE(is_kept("top"));
  for (const Token& token : tokens) clear(token);
  EXPECT_TRUE(fill("top", "0120"));
}

// Another use of the bucket depends on every row.
TEST_F(Window, GivesWayToListsThatAreNotCut) {
  ASSERT_TRUE(fill("top", "0120"));
  depends_.is_window = false;
  ASSERT_TRUE(fill("all", ""));
  depends_.is_window = true;
  EXPECT_TRUE(is_kept("top"));
  ASSERT_TRUE(fill("more", "0130"));
  write("ff");
  EXPECT_FALSE(is_kept("all"));
  EXPECT_FALSE(is_kept("top"));
  EXPECT_FALSE(is_kept("more"));
}

}  // namespace
}  // namespace window_test
