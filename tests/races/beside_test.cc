// Rows that are kept because they came with a list: nobody leased them.
#include "../unit/driver_proxy.h"
#include "races.h"

namespace races {
namespace {

using thing::test::Proxy;

class BesideRace : public Race {
 protected:
  // The list's template is known, and nothing else is in the cache.
  void SetUp() override {
    Race::SetUp();
    if (IsSkipped()) return;
    for (const Db* db : {&db_, &other_}) EXPECT_EQ(group(*db, 1), (Ids{1, 2}));
    forget();
  }
  void forget() const {
    for (const char* const cells : {"q:", "o:"}) evict(cells);
  }
  void rename(const Db& db) const { save(db, 1, R"({"name": "new"})"); }
  void read_list() const { EXPECT_EQ(group(other_, 1), (Ids{1, 2})); }
};
FOR_SETUPS(BesideRace, kOnServers);

TEST_P(BesideRace, RowsAreKeptWithoutALease) {
  read_list();
  const int64_t sql = db_.sql() + other_.sql();
  for (const Db* db : {&db_, &other_}) {
    EXPECT_EQ(name(*db, 1), "one");
    EXPECT_EQ(group(*db, 1), (Ids{1, 2}));
  }
  EXPECT_EQ(db_.sql() + other_.sql(), sql);
}

// The writer comes between the read and what is kept of it; what it leaves itself is evicted.
TEST_P(BesideRace, AWriteBetweenTheListAndItsRows) {
  {
    Stopped reader("list.loaded", [this] { read_list(); });
    rename(db_);
    evict("o:");
  }
  expect_name(1, "new");
}

// It is marked when the list is read, which it does not concern.
TEST_P(BesideRace, AWriteThatIsUnderWayWhenTheListIsRead) {
  {
    Stopped writer("write.commit_sent", [this] { rename(db_); });
    Stopped reader("list.loaded", [this] { read_list(); });
    writer.go_on();
    evict("o:");
  }
  expect_name(1, "new");
}

// The list is read before the commit, and its rows come behind it.
TEST_P(BesideRace, ARowThatIsMarkedIsLeftAlone) {
  Stopped writer("write.commit_sent", [this] { rename(db_); });
  read_list();
  writer.go_on_to("write.committed");
  expect_name(1, "new");
}

TEST_P(BesideRace, AWriteWhoseMarksWereLostBetweenTheListAndItsRows) {
  {
    Stopped writer("write.commit_sent", [this] { rename(db_); });
    flush();
    Stopped reader("list.loaded", [this] { read_list(); });
    writer.go_on();
    evict("o:");
  }
  expect_name(1, "new");
}

// It can not take its mark off itself.
TEST_P(BesideRace, AMarkThatOthersTakeOffBetweenTheListAndItsRows) {
  const std::string url = std::getenv("THING_TEST_REDIS");
  Proxy network("127.0.0.1", std::stoi(url.substr(url.rfind(':') + 1)));
  const Db far = open_again(
      "cache_policy=strict&redis=redis://127.0.0.1:" + std::to_string(network.port()) + "/0");
  far.define(models());
  EXPECT_EQ(name(far, 1), "one");
  {
    Stopped writer("write.commit_sent", [&] { rename(far); });
    evict("q:");
    Stopped reader("list.loaded", [this] { read_list(); });
    network.set(Proxy::Net::kCut);
    writer.go_on();
    network.set(Proxy::Net::kOpen);
    expect_cached(db_, 1);
    evict("o:");
  }
  expect_name(1, "new");
}

TEST_P(BesideRace, RowsOfAWriterThatTellsNobody) {
  {
    Stopped reader("list.loaded", [this] { read_list(); });
    int64_t affected = 0;
    EXPECT_OK(call(thing_exec, bare_.get(), nullptr,
                   "UPDATE race_items SET name = 'new' WHERE id = 1", int64_t{-1}, nullptr,
                   int64_t{0}, nullptr, &affected));
    EXPECT_OK(call(thing_cache_evict_key, db_.get(), nullptr, item(db_), "1", int64_t{-1}));
  }
  expect_name(1, "new");
}

}  // namespace
}  // namespace races
