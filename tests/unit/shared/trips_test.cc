// What the steps of the protocol cost in round trips to Redis: what is asked before the first
// answer is read goes together.
#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "cache/shared/shared_cache.h"
#include "cache/wires.h"

namespace trips_test {
namespace {

using namespace thing::cache::shared;
using std::string;

struct Count {
  int trips = 0;
  size_t largest = 0;  // of the arguments of scripts
};

class CountingWire : public Wire {
 public:
  CountingWire(std::unique_ptr<Wire> wire, Count& count) : wire_(std::move(wire)), count_(count) {}
  std::string_view space() const override { return wire_->space(); }
  void ask(const Words& command) override {
    is_asking_ = true;
    wire_->ask(command);
  }
  void run(Script script, const Words& keys, const Words& arguments) override {
    is_asking_ = true;
    for (const string& argument : arguments)
      count_.largest = std::max(count_.largest, argument.size());
    wire_->run(script, keys, arguments);
  }
  thing::base::Result<Reply> answer() override {
    if (is_asking_) ++count_.trips;
    is_asking_ = false;
    return wire_->answer();
  }

 private:
  const std::unique_ptr<Wire> wire_;
  Count& count_;
  bool is_asking_ = false;
};

class CountingWires : public Wires {
 public:
  CountingWires(Wires& wires, Count& count) : wires_(wires), count_(count) {}
  thing::base::Result<std::unique_ptr<Wire>> take(bool must) override {
    THING_ASSIGN(auto wire, wires_.take(must));
    return std::unique_ptr<Wire>(std::make_unique<CountingWire>(std::move(wire), count_));
  }

 private:
  Wires& wires_;
  Count& count_;
};

class Trips : public testing::Test {
 protected:
  Trips() {
    const char* const url = std::getenv("THING_TEST_REDIS");
    if (url == nullptr) return;
    auto config = thing::cache::redis::parse_url(url);
    config->timeout_ms = 5000;  // the machine may be busy
    config->connect_timeout_ms = 5000;
    wires_ = std::make_unique<thing::cache::redis::Wires>(std::move(*config),
                                                          std::to_string(thing::base::random64()));
    counting_ = std::make_unique<CountingWires>(*wires_, count_);
    cache_ = std::make_unique<SharedCache>(*counting_, SharedCache::Options{});
  }
  void SetUp() override {
    if (wires_ == nullptr) GTEST_SKIP() << "THING_TEST_REDIS names no server";
  }
  template <class Step>
  int trips(Step step) {
    count_ = Count{};
    step();
    return count_.trips;
  }
  Look find() { return cache_->find(table_, cells_, kFingerprint); }
  void fill(std::string_view row) {
    Look look = find();
    cache_->lease(table_, cells_, kFingerprint, look);
    const std::optional<std::string_view> rows[] = {row, row};
    EXPECT_TRUE(cache_->fill(table_, look, cells_, kFingerprint, rows));
  }

  const string kFingerprint = "FFFFFFFF";
  const Table table_{"Users", "id int"};
  const std::vector<string> cells_{"o:1", "o:2"};
  Count count_;
  std::unique_ptr<Wires> wires_;
  std::unique_ptr<CountingWires> counting_;
  std::unique_ptr<SharedCache> cache_;
};

TEST_F(Trips, HitIsOne) {
  fill("row");
  EXPECT_EQ(trips([this] { EXPECT_EQ(find().rows[1].row, "row"); }), 1);
}

TEST_F(Trips, HitOfAListIsOneAlsoWhereItIsCut) {
  for (const bool is_window : {false, true}) {
    const Template shape{string(16, is_window ? 'w' : 't'), "text"};
    Depends depends{&shape, {SharedCache::bucket_cell(shape, 5)}};
    depends.is_window = is_window;
    Under under;
    under.depends = &depends;
    std::vector<Met> met;
    EXPECT_EQ(trips([&] { EXPECT_TRUE(cache_->acquire(table_, under, met)); }), 1);
    EXPECT_EQ(
        trips([&] { EXPECT_TRUE(cache_->put_entry(table_, "h", "query", under, "1", "01")); }), 1);
    EXPECT_EQ(trips([&] { EXPECT_TRUE(cache_->find_entry(table_, "h", "query", under)); }), 1);
  }
}

TEST_F(Trips, CommitIsTwoAndItsRowsGoWithTheLastAlone) {
  fill("row");
  const string row(5000, 'r');
  Cells c;
  c.table = &table_;
  c.names = cells_;
  const Token token = cache_->next_token(7);
  bool sent = false;
  EXPECT_EQ(trips([&] { EXPECT_TRUE(cache_->mark(token, {&c, 1}, sent)); }), 1);
  EXPECT_LT(count_.largest, row.size());
  c.values = {row_value(c.stamp, kFingerprint, "NNNNNNNN", row), ""};
  EXPECT_EQ(trips([&] { EXPECT_TRUE(cache_->clear(token, {&c, 1})); }), 1);
  EXPECT_GE(count_.largest, row.size());
  EXPECT_EQ(find().rows[0].row, row);
}

}  // namespace
}  // namespace trips_test
