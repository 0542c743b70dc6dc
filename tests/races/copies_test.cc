// Races of copies in the process.
#include <atomic>

#include "races.h"

namespace races {
namespace {

// A reader with copies, whose writers have none.
class CopyRace : public Race {
 protected:
  void SetUp() override {
    Race::SetUp();
    reader_ = open_again("cache_copies=lease&cache_copies_ms=10");
    reader_.define(models());
  }
  Db reader_;
};
FOR_SETUPS(CopyRace, kOnServers);

TEST_P(CopyRace, NoReadIsOldWhenAWriteHasReturned) {
  flush();
  std::atomic<bool> is_over{false};
  std::thread others([&] {
    while (!is_over) name(reader_, 1);
  });
  for (int i = 0; i < 30 && !HasFailure(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    const std::string text = "written " + std::to_string(i);
    save(db_, 1, (R"({"name": ")" + text + "\"}").c_str());
    EXPECT_EQ(name(reader_, 1), text);
  }
  is_over = true;
  others.join();
}

TEST_P(CopyRace, ACopyIsAsOldAsTheRequestForIt) {
  for (int i = 0; i < 4; ++i) name(reader_, 1);  // writers know of the copies
  std::this_thread::sleep_for(std::chrono::milliseconds(15));
  Stopped reader("read.found", [this] { name(reader_, 1); });
  save(db_, 1, R"({"name": "new"})");
  reader.go_on();
  EXPECT_EQ(name(reader_, 1), "new");
}

// The row of the list is marked, so it is read from the database, and nothing that the list depends
// on is.
TEST_P(CopyRace, AListIsNoCopyOfWhatWasReadBesideAMark) {
  for (int i = 0; i < 4; ++i) group(reader_, 1);  // writers know of the copies
  std::this_thread::sleep_for(std::chrono::milliseconds(15));
  Stopped writer("write.commit_sent", [this] { save(db_, 1, R"({"name": "new"})"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(11));  // it has not to wait any more
  const auto names = [this] {
    return query(reader_, item(reader_), R"({"where": {"grp": 1}, "orderBy": {"id": "asc"}})")
        .texts("name");
  };
  Texts before = names();
  before = names();
  EXPECT_EQ(before[0], "one");
  writer.go_on();
  EXPECT_EQ(names()[0], "new");
}

// What came in the place of a mark that was lost may have been copied until just now.
TEST_P(CopyRace, ACommitWhoseMarkWasLostWaitsForCopiesSinceThen) {
  for (int i = 0; i < 4; ++i) name(reader_, 1);
  Stopped writer("write.commit_sent", [this] { save(db_, 1, R"({"name": "new"})"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(15));
  flush();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(name(reader_, 1), "one");
  writer.go_on_to("write.committed");
  for (int i = 0; i < 4; ++i) name(reader_, 1);
  writer.go_on();
  EXPECT_EQ(name(reader_, 1), "new");
}

}  // namespace
}  // namespace races
