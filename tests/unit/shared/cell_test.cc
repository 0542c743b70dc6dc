#include "cache/shared/cell.h"

#include <string>

#include <gtest/gtest.h>

namespace shared_test {
namespace {

using namespace thing::cache::shared;
using std::string;

const string kTable = "TTTTTTTT", kInserts = "IIIIIIII", kFingerprint = "FFFFFFFF",
             kNonceBytes = "NNNNNNNN";

string mark_of(const std::vector<Token>& tokens) {
  string out = "M0";
  for (const Token& t : tokens) out += t.bytes() + "1700000000000";
  return out;
}

TEST(Cells, OfRowsAreReadBack) {
  const string row("row\0with\r\nany bytes", 19);
  const string bytes = row_value(kTable, kFingerprint, kNonceBytes, row);
  const Cell cell = Cell::read(bytes);
  EXPECT_EQ(cell.kind, CellKind::kRow);
  EXPECT_EQ(cell.table, kTable);
  EXPECT_EQ(cell.fingerprint, kFingerprint);
  EXPECT_EQ(cell.nonce, kNonceBytes);
  EXPECT_EQ(cell.row, row);
}

TEST(Cells, OfAbsentRowsAreReadBack) {
  const string bytes = absent_value(kTable, kInserts);
  const Cell cell = Cell::read(bytes);
  EXPECT_EQ(cell.kind, CellKind::kAbsent);
  EXPECT_EQ(cell.table, kTable);
  EXPECT_EQ(cell.inserts, kInserts);
}

TEST(Cells, OfMarksNameTheirCommits) {
  const Token a{0x0102030405060708, 9}, b{~uint64_t{0}, 0};
  const string bytes = mark_of({a, b});
  const Cell cell = Cell::read(bytes);
  ASSERT_EQ(cell.kind, CellKind::kMark);
  EXPECT_EQ(tokens_of(cell), (std::vector<Token>{a, b}));
}

TEST(Cells, AreKnownByTheirFirstByte) {
  EXPECT_EQ(Cell::read(std::nullopt).kind, CellKind::kNone);
  EXPECT_EQ(Cell::read("S" + kTable).kind, CellKind::kStamp);
  EXPECT_EQ(Cell::read("L" + kTable).kind, CellKind::kLease);
}

TEST(Cells, OfSomebodyElseAreNothing) {
  const string long_stamp = "S" + kTable + "x", short_lease = "L1234567";
  const string cut_value = row_value(kTable, kFingerprint, kNonceBytes, "").substr(0, kRowHead - 1);
  const string long_absent = absent_value(kTable, kInserts) + "x";
  const string cut_mark = mark_of({Token{1, 2}}).substr(0, 30);
  for (const string& bytes :
       {string(), string("x"), long_stamp, short_lease, cut_value, long_absent, cut_mark,
        string("V"), string("M"), "V" + kTable + "z" + kTable})
    EXPECT_EQ(Cell::read(bytes).kind, CellKind::kUnknown) << bytes;
}

TEST(Entries, AreReadBack) {
  const string identity("list\0of", 7), result("\0\1\2", 3);
  const Entry entry{{kTable, kInserts}, identity, result};
  const string bytes = entry.bytes();
  const auto read = Entry::read(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->stamps, (std::vector<std::string_view>{kTable, kInserts}));
  EXPECT_EQ(read->identity, identity);
  EXPECT_EQ(read->result, result);
}

TEST(Entries, ThatAreCutAreNone) {
  const Entry entry{{kTable, kInserts}, "identity", ""};
  const string bytes = entry.bytes();
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(Entry::read(std::string_view(bytes).substr(0, n)).has_value()) << n;
}

TEST(Tokens, KeepEveryBit) {
  for (const Token token : {Token{0, 0}, Token{1, ~uint64_t{0}}, Token{~uint64_t{0} >> 1, 42}}) {
    EXPECT_EQ(token.bytes().size(), Token::kBytes);
    EXPECT_EQ(Token::read(token.bytes()), token);
  }
}

}  // namespace
}  // namespace shared_test
