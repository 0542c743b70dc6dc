#include <list>
#include <random>

#include <gtest/gtest.h>

#include "scripted_driver.h"
#include "session/session.h"

namespace thing::test {
namespace {

using session::Connection;
using session::Plan;

struct Statements : testing::Test {
  Script script;
  Connection connection{std::make_unique<ScriptedConnection>(script)};

  driver::Statement* statement(const Plan& plan) {
    auto found = connection.statement(plan);
    if (!found) ADD_FAILURE() << found.error().message();
    return found ? *found : nullptr;
  }
  bool is_kept(const Plan& plan) {
    const size_t before = script.prepared.size();
    statement(plan);
    return script.prepared.size() == before;
  }
};

std::vector<std::unique_ptr<Plan>> make_plans(size_t n) {
  std::vector<std::unique_ptr<Plan>> plans;
  for (size_t i = 0; i < n; ++i)
    plans.push_back(std::make_unique<Plan>("SELECT " + std::to_string(i)));
  return plans;
}

TEST_F(Statements, ArePreparedOnce) {
  const Plan a("SELECT 1"), b("SELECT 1");
  EXPECT_NE(a.id, b.id);
  driver::Statement* first = statement(a);
  EXPECT_NE(statement(b), first);
  EXPECT_EQ(statement(a), first);
  EXPECT_EQ(script.prepared.size(), 2u);
}

TEST_F(Statements, AreResetWhenTheNextIsAskedFor) {
  const Plan a("a"), b("b");
  auto* first = static_cast<ScriptedStatement*>(statement(a));
  statement(b);
  EXPECT_EQ(first->resets, 1);
  statement(a);
  statement(a);
  EXPECT_EQ(first->resets, 2);
}

TEST_F(Statements, TellWhyTheyCanNotBePrepared) {
  const Plan bad("bad"), good("good");
  EXPECT_EQ(connection.statement(bad).error().code(), base::Code::kSyntax);
  EXPECT_NE(statement(good), nullptr);
  EXPECT_EQ(connection.statement(bad).error().code(), base::Code::kSyntax);
}

TEST_F(Statements, GoWhenTheyAreTheLeastRecentlyUsed) {
  auto plans = make_plans(Connection::kMaxStatements + 1);
  for (size_t i = 0; i < Connection::kMaxStatements; ++i) statement(*plans[i]);
  statement(*plans[0]);
  statement(*plans[Connection::kMaxStatements]);
  EXPECT_EQ(script.statements, static_cast<int>(Connection::kMaxStatements));
  EXPECT_TRUE(is_kept(*plans[0]));
  EXPECT_FALSE(is_kept(*plans[1]));
}

TEST_F(Statements, FollowAPlainModelOfTheirOrder) {
  const auto plans = make_plans(3 * Connection::kMaxStatements);
  std::list<uint64_t> model;  // most recently used first
  std::mt19937 random(7);
  for (int i = 0; i < 50'000; ++i) {
    const Plan& plan = *plans[std::min(random() % plans.size(), random() % plans.size())];
    const auto place = std::find(model.begin(), model.end(), plan.id);
    const bool wanted = place != model.end();
    if (wanted) model.erase(place);
    model.push_front(plan.id);
    if (model.size() > Connection::kMaxStatements) model.pop_back();
    ASSERT_EQ(is_kept(plan), wanted) << i;
  }
}

}  // namespace
}  // namespace thing::test
