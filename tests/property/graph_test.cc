// One random story of models that refer to each other, told to every database with every cache at
// once: every answer, as text, is the same everywhere, and the one without a cache.
//
// THING_SEED=n replays a run, THING_PROPERTY_SECONDS=n makes it last.
#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "random_graph.h"
#include "story.h"
#include "telling.h"

namespace trial {
namespace {

constexpr int64_t kSteps = kSanitized ? 100 : 250;
constexpr size_t kStanding = 40;
constexpr size_t kTold = 30;

// The worlds, and what each of them said last.
class Everywhere {
 public:
  Everywhere() {
    for (const Database database : {Database::kSqlite, Database::kPostgres, Database::kMysql}) {
      if (database == Database::kPostgres && !thing_has("backend:postgres")) continue;
      if (database == Database::kMysql && !thing_has("backend:mysql")) continue;
      for (const Cache cache : {Cache::kMemory, Cache::kRedis}) {
        if (cache == Cache::kRedis && (database == Database::kSqlite || !thing_has("cache:redis")))
          continue;
        if (absence_.empty()) absence_ = PairWorld::absence_of(database, cache);
        if (!absence_.empty()) return;
        worlds_.push_back(std::make_unique<PairWorld>(database, cache, Tables{&graph_tables()},
                                                      "cache_copies=validate"));
      }
    }
  }
  const std::string& absence() const { return absence_; }
  const std::vector<std::unique_ptr<PairWorld>>& worlds() const { return worlds_; }

 private:
  std::string absence_;
  std::vector<std::unique_ptr<PairWorld>> worlds_;
};

class GraphStory {
 public:
  GraphStory(const Everywhere& everywhere, uint64_t seed) : everywhere_(everywhere), random_(seed) {
    for (size_t i = 0; i < kStanding; i++) standing_.push_back(random_read(random_));
    for (const GraphWrite& first : first_writes(random_)) write(first, {});
  }

  void step() {
    if (random_.chance(15)) {
      transact();
    } else {
      write(random_write(random_), {});
    }
    for (int i = 0; i < 4; i++) read_once();
    if (random_.chance(10)) {
      for (const std::string& model : graph_models()) compare(read_all(model), {});
    }
  }
  // Reads that found something, of all.
  int64_t found() const { return found_; }
  int64_t asked() const { return asked_; }
  // Writes that were made, of all.
  int64_t made() const { return made_; }
  int64_t tried() const { return tried_; }
  std::string recent() const {
    std::string all;
    for (const std::string& line : told_) all += "\n  " + line;
    return all;
  }

 private:
  using Txs = std::vector<Door>;  // a transaction in each world

  void tell(std::string line) {
    told_.push_back(std::move(line));
    if (told_.size() > kTold) told_.pop_front();
  }
  static void must_agree(const std::string& what, std::string& expected, const std::string& door,
                         const std::string& answer, bool& is_first) {
    if (is_first) expected = answer;
    is_first = false;
    if (answer != expected)
      throw Wrong(what + "\n  at " + door + "\n  gave      " + answer + "\n  the first " +
                  expected);
  }
  // In the transactions, or at some door that writes.
  void write(const GraphWrite& what, const Txs& txs) {
    const int64_t choice = random_.below(12);
    std::string expected;
    bool is_first = true;
    for (size_t i = 0; i < everywhere_.worlds().size(); i++) {
      const std::vector<Door> writers = everywhere_.worlds()[i]->writers();
      const Door& door =
          txs.empty() ? writers[static_cast<size_t>(choice) % writers.size()] : txs[i];
      must_agree(what.told, expected, door.name, what.run(door), is_first);
    }
    tried_++;
    if (expected[0] == '{' || expected == "OK" || expected.starts_with("added")) made_++;
    tell((txs.empty() ? "" : "  in the transaction: ") + what.told + " = " + expected);
  }
  void compare(const GraphRead& read, const Txs& txs) {
    std::string expected;
    bool is_first = true;
    for (size_t i = 0; i < everywhere_.worlds().size(); i++) {
      if (!txs.empty()) {
        must_agree(read.told(), expected, txs[i].name, read.ask(txs[i]), is_first);
        continue;
      }
      for (const Door& door : everywhere_.worlds()[i]->doors())
        must_agree(read.told(), expected, door.name, read.ask(door), is_first);
    }
    asked_++;
    if (expected.find("\"id\":") != std::string::npos) found_++;
  }
  void read_once() {
    compare(random_.chance(70) ? random_.pick(standing_) : random_read(random_), {});
  }
  void transact() {
    std::vector<Tx> held;
    Txs doors;
    for (const auto& world : everywhere_.worlds()) {
      Door door = world->writers().front();
      held.emplace_back();
      must("thing_tx_begin", thing_tx_begin, door.db, static_cast<thing_ctx*>(nullptr),
           int32_t{THING_TX_DEFAULT}, held.back().out());
      door.tx = thing_tx_ctx(held.back());
      doors.push_back(door);
    }
    tell("begin");
    for (int64_t i = random_.between(1, 4); i > 0; i--) {
      write(random_write(random_), doors);
      compare(random_read(random_), doors);
    }
    const bool keeps = random_.chance(60);
    tell(keeps ? "commit" : "rollback");
    for (const Tx& tx : held)
      must("the end", keeps ? thing_tx_commit : thing_tx_rollback, tx.get());
  }

  const Everywhere& everywhere_;
  Random random_;
  std::vector<GraphRead> standing_;
  std::deque<std::string> told_;
  int64_t asked_ = 0, found_ = 0, tried_ = 0, made_ = 0;
};

TEST(RandomGraph, IsTheSameOnEveryDatabaseWithEveryCache) {
  const Everywhere everywhere;
  if (!everywhere.absence().empty()) GTEST_SKIP() << everywhere.absence();
  const uint64_t seed = choose_seed();
  GraphStory story(everywhere, seed);  // its first rows may fail, alike
  ASSERT_NO_FATAL_FAILURE(tell(story, seed, kSteps));
  std::cout << "reads: " << story.asked() << ", with rows: " << story.found()
            << "; writes: " << story.tried() << ", made: " << story.made() << std::endl;
  EXPECT_GT(story.made() * 8, story.tried());
  EXPECT_GT(story.found() * 4, story.asked());
}

}  // namespace
}  // namespace trial
