// Each test is an order of steps in which a cache without one of the protocol's rules would give an
// old answer.
#include "cache/shared/shared_cache.h"

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "cache/wires.h"

namespace shared_test {
namespace {

using namespace thing::cache::shared;
using std::string;
using thing::cache::redis::Wires;

const string kFingerprint = "FFFFFFFF";

class Shared : public testing::Test {
 protected:
  Shared() {
    const char* const url = std::getenv("THING_TEST_REDIS");
    if (url == nullptr) return;
    auto config = thing::cache::redis::parse_url(url);
    config->timeout_ms = 5000;  // the machine may be busy
    config->connect_timeout_ms = 5000;
    wires_ = std::make_unique<Wires>(std::move(*config), std::to_string(thing::base::random64()));
    cache_ = std::make_unique<SharedCache>(*wires_, SharedCache::Options{});
  }
  void SetUp() override {
    if (wires_ == nullptr) GTEST_SKIP() << "THING_TEST_REDIS names no server";
  }

  // ---- rows

  Look find(const string& cell, const string& fingerprint = kFingerprint) {
    return cache_->find(table_, {&cell, 1}, fingerprint);
  }
  Look lease(const string& cell) {
    Look look = find(cell);
    cache_->lease(table_, {&cell, 1}, kFingerprint, look);
    return look;
  }
  bool fill(const Look& look, const string& cell, std::optional<std::string_view> row) {
    return cache_->fill(table_, look, {&cell, 1}, kFingerprint, {&row, 1});
  }
  // The row; "absent", "miss".
  string get(const string& cell, const string& fingerprint = kFingerprint) {
    const Look look = find(cell, fingerprint);
    return look.rows[0].seen == Seen::kRow      ? look.rows[0].row
           : look.rows[0].seen == Seen::kAbsent ? "absent"
                                                : "miss";
  }
  bool put(const string& cell, std::string_view row) { return fill(lease(cell), cell, row); }

  // ---- commits

  Cells cells(std::vector<string> names, const Registry* registry = nullptr) {
    Cells c;
    c.table = &table_;
    c.names = std::move(names);
    c.registry = registry;
    return c;
  }
  Token mark(Cells& c) {
    const Token token = cache_->next_token(7);
    bool sent = false;
    EXPECT_TRUE(cache_->mark(token, {&c, 1}, sent));
    EXPECT_TRUE(sent);
    return token;
  }
  Token mark(std::vector<string> names) {
    Cells c = cells(std::move(names));
    return mark(c);
  }
  void clear(const Token& token, std::vector<string> names) {
    const Cells c = cells(std::move(names));
    EXPECT_TRUE(cache_->clear(token, {&c, 1}));
  }

  // ---- lists

  bool acquire(Under& under) {
    met_.clear();
    return cache_->acquire(table_, under, met_);
  }
  bool put_list(const Depends& depends, std::string_view result) {
    Under under{&depends, {}};
    return acquire(under) && cache_->put_entry(table_, "hash", "identity", under, result);
  }
  string list(const Depends& depends) {
    Under under{&depends, {}};
    return cache_->find_entry(table_, "hash", "identity", under).value_or("miss");
  }
  // The registry as a writer learns it.
  Registry registry() {
    Registry none;
    Cells c = cells({"o:none"}, &none);
    const Token token = mark(c);
    if (c.outcome == Cells::Outcome::kNews) return c.news;
    clear(token, {"o:none"});
    return none;
  }

  // ---- Redis itself

  void redis(const Words& command) {
    auto wire = wires_->take(false);
    ASSERT_TRUE(wire);
    (*wire)->ask(command);
    EXPECT_TRUE((*wire)->answer());
  }
  string key(const string& cell) {
    auto wire = wires_->take(false);
    return string((*wire)->space()) + table_.tag + cell;
  }

  std::unique_ptr<Wires> wires_;
  std::unique_ptr<SharedCache> cache_;
  const Table table_{"Users", "id int"};
  const Template shape_{string(16, 't'), "text"};
  const Depends depends_{&shape_, {SharedCache::bucket_cell(shape_, 5)}};
  std::vector<Met> met_;
};

TEST_F(Shared, RowThatWasReadUnderALeaseIsFound) {
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_TRUE(put("o:1", "row"));
  EXPECT_EQ(get("o:1"), "row");
  EXPECT_EQ(get("o:2"), "miss");
}

// ---- what a commit leaves in the cells of its rows

TEST_F(Shared, RowOfACommitThatWasAloneIsFound) {
  ASSERT_TRUE(put("o:1", "old"));
  Cells c = cells({"o:1", "o:2"});
  const Token token = mark(c);
  EXPECT_EQ(get("o:1"), "miss");
  c.values = {row_value(c.stamp, kFingerprint, "NNNNNNNN", "new"), ""};
  ASSERT_TRUE(cache_->clear(token, {&c, 1}));
  EXPECT_EQ(get("o:1"), "new");
  EXPECT_EQ(get("o:2"), "miss");
}

// Alone when it is taken off is not enough: the row is older than that of who left before.
TEST_F(Shared, RowOfACommitThatWasNotAloneIsNotPut) {
  ASSERT_TRUE(put("o:1", "old"));
  Cells first = cells({"o:1"}), second = cells({"o:1"});
  const Token one = mark(first);
  const Token two = mark(second);
  second.values = {row_value(second.stamp, kFingerprint, "NNNNNNNN", "two")};
  ASSERT_TRUE(cache_->clear(two, {&second, 1}));
  EXPECT_EQ(get("o:1"), "miss");
  first.values = {row_value(first.stamp, kFingerprint, "NNNNNNNN", "one")};
  ASSERT_TRUE(cache_->clear(one, {&first, 1}));
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased) << "no mark is left";
}

TEST_F(Shared, RowOfACommitWhoseMarkWasLostIsNotPut) {
  ASSERT_TRUE(put("o:1", "old"));
  Cells lost = cells({"o:1"}), other = cells({"o:1"});
  const Token token = mark(lost);
  redis({"DEL", key("o:1")});
  lost.values = {row_value(lost.stamp, kFingerprint, "NNNNNNNN", "lost")};
  ASSERT_TRUE(cache_->clear(token, {&lost, 1}));
  EXPECT_EQ(get("o:1"), "miss");
  const Token again = mark(lost);
  redis({"DEL", key("o:1")});
  const Token third = mark(other);
  ASSERT_TRUE(cache_->clear(again, {&lost, 1}));
  other.values = {row_value(other.stamp, kFingerprint, "NNNNNNNN", "other")};
  ASSERT_TRUE(cache_->clear(third, {&other, 1}));
  EXPECT_EQ(get("o:1"), "miss") << "two commits were under way, whatever their marks say";
}

TEST_F(Shared, RowOfACommitDoesNotOutliveAMarkOfTheTable) {
  ASSERT_TRUE(put("o:1", "old"));
  Cells c = cells({"o:1"});
  const Token token = mark(c);
  const Token bulk = mark({SharedCache::kTableCell});
  clear(bulk, {SharedCache::kTableCell});
  ASSERT_EQ(lease("o:2").rows[0].seen, Seen::kLeased);  // the table has a stamp again
  c.values = {row_value(c.stamp, kFingerprint, "NNNNNNNN", "new")};
  ASSERT_TRUE(cache_->clear(token, {&c, 1}));
  EXPECT_EQ(get("o:1"), "miss");
}

TEST_F(Shared, CommitFindsNoStampOfAMarkedTable) {
  ASSERT_TRUE(put("o:1", "old"));
  Cells c = cells({"o:1"});
  clear(mark(c), {"o:1"});
  EXPECT_EQ(c.stamp.size(), kNonce);
  const Token bulk = mark({SharedCache::kTableCell});
  clear(mark(c), {"o:1"});
  EXPECT_EQ(c.stamp, "");
  clear(bulk, {SharedCache::kTableCell});
}

TEST_F(Shared, RowOfAnotherLayoutIsNothing) {
  ASSERT_TRUE(put("o:1", "row"));
  EXPECT_EQ(get("o:1", "GGGGGGGG"), "miss");
}

TEST_F(Shared, LeaseIsHeldByOne) {
  const Look first = lease("o:1"), second = lease("o:1");
  EXPECT_EQ(first.rows[0].seen, Seen::kLeased);
  EXPECT_EQ(second.rows[0].seen, Seen::kNothing);
  EXPECT_TRUE(second.is_awaited);
}

TEST_F(Shared, LeaseCanBeGivenBack) {
  EXPECT_FALSE(fill(lease("o:1"), "o:1", std::nullopt));
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased);
}

TEST_F(Shared, LeaseOfAnAbsentRowIsGivenBackWhileRowsCome) {
  const Token token = mark({SharedCache::kInsertsCell});
  const Look look = lease("o:1");
  ASSERT_FALSE(look.met.empty());
  EXPECT_EQ(look.met[0].token, token);
  EXPECT_EQ(look.met[0].cell, SharedCache::kInsertsCell);
  EXPECT_FALSE(fill(look, "o:1", ""));
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased);
}

TEST_F(Shared, OneCellAskedForTwiceIsLeasedToBoth) {
  const string twice[] = {"o:1", "o:1"};
  Look look = cache_->find(table_, twice, kFingerprint);
  cache_->lease(table_, twice, kFingerprint, look);
  EXPECT_EQ(look.rows[0].seen, Seen::kLeased);
  EXPECT_EQ(look.rows[1].seen, Seen::kLeased);
  EXPECT_FALSE(look.is_awaited);
}

TEST_F(Shared, LeasesStayWhenOthersAreAskedForAgain) {
  const string cells[] = {"o:1", "o:2"};
  const Look other = lease("o:2");
  Look look = cache_->find(table_, cells, kFingerprint);
  cache_->lease(table_, cells, kFingerprint, look);
  EXPECT_TRUE(look.is_awaited);
  ASSERT_TRUE(fill(other, "o:2", "two"));
  cache_->lease(table_, cells, kFingerprint, look);
  EXPECT_EQ(look.rows[1].row, "two");
  ASSERT_EQ(look.rows[0].seen, Seen::kLeased);
  EXPECT_TRUE(fill(look, "o:1", "one"));
  EXPECT_EQ(get("o:1"), "one");
}

TEST_F(Shared, RowThatWasReadBeforeACommitIsNotKept) {
  const Look look = lease("o:1");
  const Token token = mark({"o:1"});
  clear(token, {"o:1"});
  EXPECT_FALSE(fill(look, "o:1", "old"));
  EXPECT_EQ(get("o:1"), "miss");
}

TEST_F(Shared, RowIsNotFilledByALeaseThatAnotherTookOver) {
  const Look evicted = lease("o:1");
  redis({"DEL", key("o:1")});
  const Look present = lease("o:1");
  EXPECT_FALSE(fill(evicted, "o:1", "old"));
  EXPECT_TRUE(fill(present, "o:1", "new"));
  EXPECT_EQ(get("o:1"), "new");
}

TEST_F(Shared, MarkHidesTheRowUntilItIsCleared) {
  ASSERT_TRUE(put("o:1", "old"));
  const Token token = mark({"o:1"});
  EXPECT_EQ(get("o:1"), "miss");
  const Look look = lease("o:1");
  EXPECT_EQ(look.rows[0].seen, Seen::kNothing);
  ASSERT_FALSE(look.met.empty());
  EXPECT_EQ(look.met[0].token, token);
  clear(token, {"o:1"});
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_TRUE(put("o:1", "new"));
}

TEST_F(Shared, MarkOfTwoCommitsStaysUntilBothAreOver) {
  const Token first = mark({"o:1"}), second = mark({"o:1"});
  clear(first, {"o:1"});
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kNothing);
  clear(second, {"o:1"});
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased);
}

TEST_F(Shared, WhatWasFilledWhileItsMarkWasLostIsDropped) {
  const Token token = mark({"o:1"});
  redis({"DEL", key("o:1")});
  ASSERT_TRUE(put("o:1", "old"));
  clear(token, {"o:1"});
  EXPECT_EQ(get("o:1"), "miss");
}

TEST_F(Shared, MarkOfAnotherStaysWhenOnesOwnWasLost) {
  const Token lost = mark({"o:1"});
  redis({"DEL", key("o:1")});
  const Token other = mark({"o:1"});
  clear(lost, {"o:1"});
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kNothing);
  clear(other, {"o:1"});
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased);
}

TEST_F(Shared, ResolvingTakesThatCommitAlone) {
  const Token dead = mark({"o:1"}), alive = mark({"o:1"});
  cache_->resolve(table_, {"o:1", dead});
  cache_->resolve(table_, {"o:1", dead});
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kNothing);
  clear(alive, {"o:1"});
  EXPECT_TRUE(put("o:1", "new"));
  cache_->resolve(table_, {"o:1", dead});  // late
  EXPECT_EQ(get("o:1"), "new");
}

TEST_F(Shared, AbsenceIsKept) {
  EXPECT_TRUE(put("o:1", ""));
  EXPECT_EQ(get("o:1"), "absent");
}

TEST_F(Shared, AbsenceEndsWhenRowsComeWhoseKeysAreNotKnown) {
  ASSERT_TRUE(put("o:1", ""));
  ASSERT_TRUE(put("o:2", "row"));
  const Token token = mark({SharedCache::kInsertsCell});
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(get("o:2"), "row");
  clear(token, {SharedCache::kInsertsCell});
  EXPECT_EQ(get("o:1"), "miss");
}

TEST_F(Shared, AbsenceThatWasReadWhileRowsComeIsNotKept) {
  const Token token = mark({SharedCache::kInsertsCell});
  EXPECT_FALSE(put("o:1", ""));
  EXPECT_TRUE(put("o:2", "row"));
  clear(token, {SharedCache::kInsertsCell});
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(get("o:2"), "row");
}

TEST_F(Shared, MarkOfTheTableHidesAllOfIt) {
  ASSERT_TRUE(put("o:1", "old"));
  ASSERT_TRUE(put("o:2", ""));
  const Look before = lease("o:3");
  const Token token = mark({SharedCache::kTableCell});
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(lease("o:4").rows[0].seen, Seen::kNothing);
  clear(token, {SharedCache::kTableCell});
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(get("o:2"), "miss");
  fill(before, "o:3", "old");
  EXPECT_EQ(get("o:3"), "miss");
  EXPECT_TRUE(put("o:1", "new"));
  EXPECT_EQ(get("o:1"), "new");
}

TEST_F(Shared, BytesOfSomebodyElseAreAMiss) {
  for (const char* bytes : {"", "x", "V", "M", "L", "S12345678"}) {
    redis({"SET", key("o:1"), bytes});
    EXPECT_EQ(get("o:1"), "miss") << bytes;
  }
  redis({"SET", key("o:2"), "rubbish"});
  EXPECT_TRUE(put("o:2", "row"));
}

TEST_F(Shared, RowsAreKeptByOneKindOfKey) {
  ASSERT_TRUE(put("o:1", "row"));
  const Table other("users", "id text");
  const string cell = "o:1";
  Look look = cache_->find(other, {&cell, 1}, "GGGGGGGG");
  cache_->lease(other, {&cell, 1}, "GGGGGGGG", look);
  EXPECT_EQ(look.rows[0].seen, Seen::kNothing);
  const Registry none;
  Cells c = cells({"o:t1"}, &none);
  c.table = &other;
  (void)mark(c);
  EXPECT_EQ(c.outcome, Cells::Outcome::kOtherKey);
}

TEST_F(Shared, ScriptsSurviveBeingForgotten) {
  ASSERT_TRUE(put("o:1", "row"));
  redis({"SCRIPT", "FLUSH"});
  const Token token = mark({"o:1"});
  redis({"SCRIPT", "FLUSH"});
  clear(token, {"o:1"});
  EXPECT_TRUE(put("o:1", "new"));
}

// ---- lists

TEST_F(Shared, ListIsFoundWhileItsBucketIsAsItWas) {
  EXPECT_EQ(list(depends_), "miss");
  ASSERT_TRUE(put_list(depends_, "1,2,3"));
  EXPECT_EQ(list(depends_), "1,2,3");
  const string other = SharedCache::bucket_cell(shape_, 6);
  clear(mark({other}), {other});
  EXPECT_EQ(list(depends_), "1,2,3");
  clear(mark({depends_.buckets[0]}), {depends_.buckets[0]});
  EXPECT_EQ(list(depends_), "miss");
}

TEST_F(Shared, ListIsHiddenFromTheMarkOn) {
  ASSERT_TRUE(put_list(depends_, "1"));
  const Token token = mark({depends_.buckets[0]});
  EXPECT_EQ(list(depends_), "miss");
  Under under{&depends_, {}};
  EXPECT_FALSE(acquire(under));
  ASSERT_EQ(met_.size(), 1U);
  EXPECT_EQ(met_[0].token, token);
  EXPECT_EQ(met_[0].cell, depends_.buckets[0]);
}

TEST_F(Shared, ListThatWasReadBeforeACommitDoesNotCount) {
  Under under{&depends_, {}};
  ASSERT_TRUE(acquire(under));
  clear(mark({depends_.buckets[0]}), {depends_.buckets[0]});
  ASSERT_TRUE(cache_->put_entry(table_, "hash", "identity", under, "old"));
  EXPECT_EQ(list(depends_), "miss");
}

TEST_F(Shared, ListEndsWithTheMarkOfItsTable) {
  ASSERT_TRUE(put_list(depends_, "1"));
  clear(mark({SharedCache::kTableCell}), {SharedCache::kTableCell});
  EXPECT_EQ(list(depends_), "miss");
}

TEST_F(Shared, ListIsNotTakenForAnotherOfTheSameHash) {
  ASSERT_TRUE(put_list(depends_, "1"));
  Under under{&depends_, {}};
  EXPECT_FALSE(cache_->find_entry(table_, "hash", "another", under).has_value());
}

TEST_F(Shared, WriterIsToldOfTemplatesThatItDoesNotKnow) {
  const Registry none;
  ASSERT_TRUE(put_list(depends_, "1"));
  Cells c = cells({"o:1"}, &none);
  (void)mark(c);
  ASSERT_EQ(c.outcome, Cells::Outcome::kNews);
  ASSERT_EQ(c.news.templates.size(), 1U);
  EXPECT_EQ(c.news.templates[0].id, shape_.id);
  EXPECT_EQ(c.news.templates[0].text, shape_.text);
  EXPECT_EQ(lease("o:1").rows[0].seen, Seen::kLeased) << "nothing was marked";
  Cells again = cells({"o:1"}, &c.news);
  const Token token = mark(again);
  EXPECT_EQ(again.outcome, Cells::Outcome::kMarked);
  clear(token, {"o:1"});
}

TEST_F(Shared, TemplateWaitsForWritersThatDidNotKnowOfIt) {
  const Registry none;
  Cells c = cells({"o:1"}, &none);
  const Token under_way = mark(c);
  ASSERT_EQ(c.outcome, Cells::Outcome::kMarked);
  Under under{&depends_, {}};
  EXPECT_FALSE(acquire(under));
  ASSERT_EQ(met_.size(), 1U);
  EXPECT_EQ(met_[0].token, under_way);
  EXPECT_FALSE(acquire(under)) << "asked again";
  clear(under_way, {"o:1"});
  EXPECT_TRUE(acquire(under));
}

TEST_F(Shared, QuarantineEndsWhenItsWriterIsResolved) {
  const Registry none;
  Cells c = cells({"o:1"}, &none);
  const Token dead = mark(c);
  Under under{&depends_, {}};
  EXPECT_FALSE(acquire(under));
  cache_->resolve(table_, {"", dead});
  EXPECT_TRUE(acquire(under));
}

// The commit could not mark what it did not know, and what would have waited for it is lost.
TEST_F(Shared, ListsOfShapesThatCameWhileMarksWereLostEndWithTheCommit) {
  const Cells c = cells({"o:1"});
  const Token token = mark({"o:1"});
  redis({"DEL", key("o:1"), key("w")});
  ASSERT_TRUE(put_list(depends_, "before the commit"));
  const auto lost = cache_->clear(token, {&c, 1});
  ASSERT_TRUE(lost);
  EXPECT_GT(*lost, 0);
  EXPECT_EQ(list(depends_), "miss");
}

TEST_F(Shared, ListsStayWhenNoMarkWasLost) {
  const Cells c = cells({"o:1"});
  ASSERT_TRUE(put_list(depends_, "1"));
  const auto lost = cache_->clear(mark({"o:1"}), {&c, 1});
  ASSERT_TRUE(lost);
  EXPECT_EQ(*lost, 0);
  EXPECT_EQ(list(depends_), "1");
}

TEST_F(Shared, ListsEndWhenTheRegistryIsLost) {
  ASSERT_TRUE(put_list(depends_, "1"));
  redis({"DEL", key("p")});
  const Template other{string(16, 'u'), "other"};
  const Depends another{&other, {SharedCache::bucket_cell(other, 5)}};
  Under under{&another, {}};
  ASSERT_TRUE(acquire(under));
  EXPECT_EQ(list(depends_), "miss") << "no writer marks its bucket any more";
}

TEST_F(Shared, WriterEndsListsWhoseRegistryIsLost) {
  ASSERT_TRUE(put_list(depends_, "1"));
  const Registry known = registry();
  redis({"DEL", key("p")});
  Cells c = cells({"o:1"}, &known);
  (void)mark(c);
  ASSERT_EQ(c.outcome, Cells::Outcome::kNews);
  EXPECT_TRUE(c.news.templates.empty());
  EXPECT_EQ(list(depends_), "miss");
}

TEST_F(Shared, TemplateWithoutItsQuarantineWaitsForAll) {
  ASSERT_TRUE(put_list(depends_, "1"));
  const Registry known = registry();
  Cells c = cells({"o:1"}, &known);
  const Token under_way = mark(c);
  redis({"DEL", key("u")});
  Under under{&depends_, {}};
  EXPECT_FALSE(acquire(under));
  clear(under_way, {"o:1"});
  EXPECT_TRUE(acquire(under));
}

TEST_F(Shared, RowsAndListAreOneState) {
  ASSERT_TRUE(put("o:1", "row"));
  ASSERT_TRUE(put_list(depends_, "1"));
  Under under{&depends_, {}};
  ASSERT_TRUE(cache_->find_entry(table_, "hash", "identity", under).has_value());
  const string cell = "o:1";
  EXPECT_TRUE(cache_->find(table_, {&cell, 1}, kFingerprint, &under).is_still);
  clear(mark({depends_.buckets[0]}), {depends_.buckets[0]});
  EXPECT_FALSE(cache_->find(table_, {&cell, 1}, kFingerprint, &under).is_still);
  EXPECT_FALSE(cache_->is_still(table_, under));
}

// ---- what was written without marks

TEST_F(Shared, DropEndsRowsLeasesAndLists) {
  ASSERT_TRUE(put("o:1", "row"));
  ASSERT_TRUE(put("o:2", "other"));
  ASSERT_TRUE(put_list(depends_, "1"));
  Look reading = lease("o:3");
  Under query{&depends_, {}};
  ASSERT_TRUE(acquire(query));
  const std::vector<string> cells{"o:1", "o:3"};
  EXPECT_TRUE(cache_->drop(table_, cells, false));
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(get("o:2"), "other");
  EXPECT_EQ(list(depends_), "miss");
  // What was read before can not be kept behind it.
  EXPECT_FALSE(fill(reading, "o:3", "old"));
  EXPECT_TRUE(cache_->put_entry(table_, "hash", "identity", query, "old"));
  EXPECT_EQ(list(depends_), "miss");
  EXPECT_TRUE(put_list(depends_, "2"));
  EXPECT_EQ(list(depends_), "2");
}

TEST_F(Shared, DropLeavesMarksOfCommitsUnderWay) {
  const Token under_way = mark({"o:1"});
  const std::vector<string> cells{"o:1"};
  EXPECT_TRUE(cache_->drop(table_, cells, false));
  EXPECT_FALSE(put("o:1", "old")) << "the commit is still under way";
  clear(under_way, {"o:1"});
  EXPECT_TRUE(put("o:1", "new"));
}

TEST_F(Shared, DropOfAnotherKeyIsOfTheTable) {
  ASSERT_TRUE(put("o:1", "row"));
  ASSERT_TRUE(put_list(depends_, "1"));
  const Table other("users", "name text,");
  ASSERT_EQ(other.tag, table_.tag);
  const std::vector<string> cells{"o:name"};
  EXPECT_TRUE(cache_->drop(other, cells, false));
  EXPECT_EQ(get("o:1"), "miss");
  EXPECT_EQ(list(depends_), "miss");
}

TEST(Tables, HaveTagsThatRedisHashesWhole) {
  EXPECT_EQ(Table("Users", "").tag, "{users}:");
  EXPECT_EQ(Table("a}b", "").tag, "{a%7db}:");
  EXPECT_EQ(Table("public.users", "").tag, "{public%2eusers}:");
  EXPECT_NE(Table("a.b", "").tag, Table("a_b", "").tag);
}

}  // namespace
}  // namespace shared_test
