#include <gtest/gtest.h>

#include "driver/postgres/database.h"

namespace thing::driver::postgres {
namespace {

TEST(PostgresConninfo, MasksThePasswordOfAUrl) {
  EXPECT_EQ(mask_password("postgresql://u:secret@h:5432/n?sslmode=require"),
            "postgresql://u:***@h:5432/n?sslmode=require");
  EXPECT_EQ(mask_password("postgres://u:s%40cret@h/n"), "postgres://u:***@h/n");
  EXPECT_EQ(mask_password("postgresql:///n?password=secret&user=u"),
            "postgresql:///n?password=***&user=u");
  EXPECT_EQ(mask_password("postgresql:///n?sslpassword=secret"), "postgresql:///n?sslpassword=***");
  EXPECT_EQ(mask_password("postgresql://u@h/n"), "postgresql://u@h/n");
}

TEST(PostgresConninfo, MasksThePasswordOfSettings) {
  EXPECT_EQ(mask_password("host=h password=secret user=u"), "host=h password=*** user=u");
  EXPECT_EQ(mask_password("password = 'a b\\'c' user=u"), "password = *** user=u");
  EXPECT_EQ(mask_password("user=password password=secret"), "user=password password=***");
  EXPECT_EQ(mask_password("host=h dbname=n"), "host=h dbname=n");
}

TEST(PostgresConninfo, ShowsNothingOfWhatItCanNotRead) {
  EXPECT_EQ(mask_password("password=two secret"), "***");
  EXPECT_EQ(mask_password("postgresql://u:sec%ret@h"), "postgresql://***");
  EXPECT_EQ(mask_password("password='secret"), "***");
}

TEST(PostgresConninfo, IsRefusedWithoutTellingItsParts) {
  for (const char* conninfo : {"password=two secret", "postgresql://u:%secret@h", "host='secret"}) {
    Options options;
    options.conninfo = conninfo;
    const auto connection = connect(options);
    ASSERT_FALSE(connection) << conninfo;
    EXPECT_EQ(connection.error().code(), base::Code::kInvalid);
    EXPECT_EQ(connection.error().message().find("secret"), std::string_view::npos)
        << connection.error().message();
  }
}

TEST(PostgresConninfo, IsRefusedWithANul) {
  Options options;
  options.conninfo = std::string("host=a\0b", 8);
  EXPECT_EQ(connect(options).error().code(), base::Code::kInvalid);
}

}  // namespace
}  // namespace thing::driver::postgres
