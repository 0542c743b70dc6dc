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

}  // namespace
}  // namespace races
