// "?" in SQL that users write, as PostgreSQL takes it.
#include <gtest/gtest.h>

#include "dialect/dialect.h"

namespace thing::test {
namespace {

std::string native(std::string_view sql) { return dialect::postgres().with_placeholders(sql); }

TEST(Placeholders, AreNumbered) {
  EXPECT_EQ(native("SELECT ?, a FROM t WHERE b = ? AND c IN (?,?)"),
            "SELECT $1, a FROM t WHERE b = $2 AND c IN ($3,$4)");
  EXPECT_EQ(native("?"), "$1");
  EXPECT_EQ(native(""), "");
}

TEST(Placeholders, AreNoneInLiteralsNamesAndComments) {
  for (const char* sql :
       {"'?'", "'a''?'", "'\\?'", "E'\\'?'", "e'a\\\\\\'?'", "\"?\"", "\"a\"\"?\"", "-- ?\n",
        "/* ? /* ? */ ? */", "$$?$$", "$a$ ? $$ ? $b$ $a$", "'?", "\"?", "$$?", "/* ?", "-- ?"}) {
    EXPECT_EQ(native(sql), sql);
    EXPECT_EQ(native(std::string(sql) + "\n"), std::string(sql) + "\n");
  }
  EXPECT_EQ(native("'?' = ? -- ?"), "'?' = $1 -- ?");
  EXPECT_EQ(native("-- ?\n?"), "-- ?\n$1");
  EXPECT_EQ(native("/*?*/?"), "/*?*/$1");
  EXPECT_EQ(native("$$?$$ ?"), "$$?$$ $1");
  EXPECT_EQ(native("name'?'?"), "name'?'$1") << "no escapes without an E of its own";
  EXPECT_EQ(native("a$b ?"), "a$b $1");
}

TEST(Placeholders, AreDoubledInOperators) {
  EXPECT_EQ(native("a ?? 'k' AND b ??| ? AND c = ?"), "a ? 'k' AND b ?| $1 AND c = $2");
}

TEST(Placeholders, LeaveNativeTextsAlone) {
  EXPECT_EQ(native("SELECT $1, a ? 'k'"), "SELECT $1, a ? 'k'");
  EXPECT_EQ(dialect::sqlite().with_placeholders("a = ? '$1'"), "a = ? '$1'");
  EXPECT_EQ(dialect::mariadb().with_placeholders("a = ??"), "a = ??");
}

}  // namespace
}  // namespace thing::test
