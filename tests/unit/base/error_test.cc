#include "base/error.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace thing::base {
namespace {

TEST(Error, WithoutDetailIsOutOfMemory) {
  const Error error;
  EXPECT_EQ(error.code(), Code::kNoMemory);
  EXPECT_EQ(error.detail(), nullptr);
  EXPECT_EQ(error.message(), "out of memory");
}

TEST(Error, IsBuiltInOneExpression) {
  const Error error = Error(Code::kUnique, "the email is taken")
                          .model("User")
                          .table("users")
                          .column("e_mail")
                          .field("email")
                          .constraint("users_email_key")
                          .sqlstate("23505")
                          .native(2067)
                          .retryable(true);
  ASSERT_NE(error.detail(), nullptr);
  EXPECT_EQ(error.code(), Code::kUnique);
  EXPECT_EQ(error.message(), "the email is taken");
  EXPECT_EQ(error.detail()->model, "User");
  EXPECT_EQ(error.detail()->table, "users");
  EXPECT_EQ(error.detail()->column, "e_mail");
  EXPECT_EQ(error.detail()->field, "email");
  EXPECT_EQ(error.detail()->constraint, "users_email_key");
  EXPECT_EQ(error.detail()->sqlstate, "23505");
  EXPECT_EQ(error.detail()->native, 2067);
  EXPECT_TRUE(error.detail()->retryable);
}

TEST(Error, TellsItsContextFromTheOutside) {
  const Error error =
      Error(Code::kBusy, "locked").context("while saving User 7").context("in the transaction");
  EXPECT_EQ(error.detail()->context, "in the transaction: while saving User 7");
}

TEST(Error, WithoutDetailTakesNone) {
  const Error error = Error()
                          .model("User")
                          .table("t")
                          .column("c")
                          .field("f")
                          .constraint("c")
                          .sqlstate("s")
                          .native(1)
                          .retryable(true)
                          .context("here");
  EXPECT_EQ(error.code(), Code::kNoMemory);
  EXPECT_EQ(error.detail(), nullptr);
}

TEST(Fail, FormatsTheMessage) {
  const Status status = fail(Code::kRange, "take is {}, expected 0 or more", -1);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), Code::kRange);
  EXPECT_EQ(status.error().message(), "take is -1, expected 0 or more");
}

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalid, "{} is odd", n);
  return n / 2;
}

Result<int> quarter(int n) {
  THING_ASSIGN(const int h, half(n));
  THING_ASSIGN(const int q, half(h));
  return q;
}

Status check_quarter(int n) {
  THING_TRY(quarter(n));
  return {};
}

TEST(Try, PassesTheFirstErrorOn) {
  EXPECT_EQ(quarter(12), 3);
  ASSERT_FALSE(quarter(6).has_value());
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
  EXPECT_EQ(check_quarter(5).error().message(), "5 is odd");
  EXPECT_TRUE(check_quarter(4).has_value());
}

}  // namespace
}  // namespace thing::base
