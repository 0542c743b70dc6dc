#include "entity/hooks.h"

#include <thread>

#include "models.h"

namespace entity_test {
namespace {

using thing::base::Code;
using thing::base::Status;
using thing::entity::HookTable;
using thing::entity::Object;

class Hooks : public testing::Test {
 protected:
  auto writes(const char* what) {
    return [this, what](int32_t, void*, Object&) {
      log_ += what;
      return Status();
    };
  }

  const std::unique_ptr<thing::schema::Model> model_ = parse_model(kNote),
                                              other_ = parse_model(kAllTypes);
  Object object_{*model_};
  HookTable table_;
  std::string log_;
};

TEST_F(Hooks, RunInOrderForTheirModelAndEvents) {
  table_.add(nullptr, thing::entity::kBeforeSave, writes("a"));
  table_.add(model_.get(), thing::entity::kBeforeSave | thing::entity::kAfterSave, writes("b"));
  table_.add(other_.get(), thing::entity::kBeforeSave, writes("c"));
  ASSERT_TRUE(table_.run_before(thing::entity::kBeforeSave, nullptr, object_));
  EXPECT_EQ(log_, "ab");
  ASSERT_TRUE(table_.run_after(thing::entity::kAfterSave, nullptr, object_));
  EXPECT_EQ(log_, "abb");
}

TEST_F(Hooks, StopAtTheFirstFailure) {
  table_.add(nullptr, thing::entity::kBeforeSave, [](int32_t, void*, Object&) -> Status {
    return thing::base::fail(Code::kCallback, "no");
  });
  table_.add(nullptr, thing::entity::kBeforeSave, writes("b"));
  const auto done = table_.run_before(thing::entity::kBeforeSave, nullptr, object_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kCallback);
  EXPECT_EQ(log_, "");
}

TEST_F(Hooks, ListenOnlyWhileTheyAreThere) {
  EXPECT_FALSE(table_.listens(thing::entity::kAllEvents));
  const int64_t id = table_.add(nullptr, thing::entity::kAfterLoad, writes("a"));
  EXPECT_TRUE(table_.listens(thing::entity::kAfterLoad));
  EXPECT_FALSE(table_.listens(thing::entity::kBeforeSave));
  EXPECT_TRUE(table_.remove(id));
  EXPECT_FALSE(table_.remove(id));
  EXPECT_FALSE(table_.listens(thing::entity::kAllEvents));
}

TEST_F(Hooks, MayRemoveThemselvesAndOthers) {
  int64_t second = 0;
  int64_t first = 0;
  first = table_.add(nullptr, thing::entity::kAfterSave, [&](int32_t, void*, Object&) {
    EXPECT_TRUE(table_.remove(first));
    EXPECT_TRUE(table_.remove(second));
    return Status();
  });
  second = table_.add(nullptr, thing::entity::kAfterSave, writes("b"));
  ASSERT_TRUE(table_.run_after(thing::entity::kAfterSave, nullptr, object_));
  EXPECT_EQ(log_, "");
}

TEST_F(Hooks, DoNotRunAnyMoreOnceTheyAreRemoved) {
  std::atomic<bool> inside{false}, leave{false};
  std::atomic<int> runs{0};
  const int64_t id = table_.add(nullptr, thing::entity::kAfterSave, [&](int32_t, void*, Object&) {
    inside = true;
    while (!leave) std::this_thread::yield();
    ++runs;
    return Status();
  });
  std::thread runner(
      [&] { ASSERT_TRUE(table_.run_after(thing::entity::kAfterSave, nullptr, object_)); });
  while (!inside) std::this_thread::yield();
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    leave = true;
  });
  EXPECT_TRUE(table_.remove(id));
  EXPECT_EQ(runs, 1) << "the run on the other thread was waited for";
  runner.join();
  opener.join();
}

TEST_F(Hooks, FreeWhatTheyHoldWhenTheyGo) {
  const auto held = std::make_shared<int>(1);
  const int64_t id = table_.add(nullptr, thing::entity::kAfterSave,
                                [held](int32_t, void*, Object&) { return Status(); });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(table_.remove(id));
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace entity_test
