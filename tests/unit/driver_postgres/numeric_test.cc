#include "driver/postgres/numeric.h"

#include <random>

#include <gtest/gtest.h>

#include "base/decimal.h"
#include "driver/postgres/wire.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

std::string wire(std::initializer_list<uint16_t> words) {
  std::string out;
  for (const uint16_t word : words) append(out, word);
  return out;
}

TEST(PostgresNumeric, HasTheWireFormOfTheServer) {
  EXPECT_EQ(encode_numeric("0"), wire({0, 0, 0, 0}));
  EXPECT_EQ(encode_numeric("0.00"), wire({0, 0, 0, 2}));
  EXPECT_EQ(encode_numeric("-12.50"), wire({2, 0, 0x4000, 2, 12, 5000}));
  EXPECT_EQ(encode_numeric("10000"), wire({1, 1, 0, 0, 1}));
  EXPECT_EQ(encode_numeric("12345678"), wire({2, 1, 0, 0, 1234, 5678}));
  EXPECT_EQ(encode_numeric("0.00001"), wire({1, 0xFFFE, 0, 5, 1000}));
  EXPECT_EQ(encode_numeric("100000.1"), wire({3, 1, 0, 1, 10, 0, 1000}));
}

TEST(PostgresNumeric, ComesBackAsItWas) {
  for (const std::string text :
       {"0", "0.0", "1", "-1", "9999", "10000", "10001", "99999999", "100000000", "0.1", "0.0001",
        "0.00010", "-0.00001", "123456789.987654321", "1.10", "1000.0001", "5000", "-5000.000"})
    EXPECT_EQ(*decode_numeric(encode_numeric(text)), text);
}

TEST(PostgresNumeric, HoldsAsManyDigitsAsADecimal) {
  const std::string whole(1000, '9');
  const std::string fraction = "0." + std::string(999, '0') + "1";
  const std::string both = std::string(500, '7') + "." + std::string(500, '3');
  for (const std::string& text : {whole, fraction, both, "-" + both}) {
    ASSERT_TRUE(base::is_canonical_decimal(text));
    EXPECT_EQ(*decode_numeric(encode_numeric(text)), text);
  }
  EXPECT_EQ(decode_numeric(encode_numeric(whole + "9")).error().code(), Code::kRange);
  EXPECT_EQ(decode_numeric(encode_numeric(both + "3")).error().code(), Code::kRange);
}

TEST(PostgresNumeric, ComesBackWhateverItsDigits) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (unsigned n = random() % 14; n > 0; --n) text += "0123456789000"[random() % 13];
    text += '0';
    if (random() % 2 == 0) text += '.';
    for (unsigned n = random() % 14; n > 0; --n) text += "0123456789000"[random() % 13];
    if (text.ends_with('.')) text += '7';
    const std::string canonical = *base::canonical_decimal(text);
    EXPECT_EQ(*decode_numeric(encode_numeric(canonical)), canonical);
  }
}

TEST(PostgresNumeric, RefusesWhatIsNoFiniteNumber) {
  EXPECT_EQ(decode_numeric(wire({0, 0, 0xC000, 0})).error().message(), "NaN");
  EXPECT_EQ(decode_numeric(wire({0, 0, 0xD000, 0x20})).error().message(), "infinity");
  EXPECT_EQ(decode_numeric(wire({0, 0, 0xF000, 0x20})).error().code(), Code::kRange);
}

TEST(PostgresNumeric, RefusesOtherBytes) {
  EXPECT_EQ(decode_numeric("").error().code(), Code::kInternal);
  EXPECT_EQ(decode_numeric(wire({2, 0, 0, 0, 1})).error().code(), Code::kInternal);
  EXPECT_EQ(decode_numeric(wire({0, 5000, 0, 0})).error().code(), Code::kRange);
  EXPECT_EQ(decode_numeric(wire({0, 0, 0, 5000})).error().code(), Code::kRange);
}

}  // namespace
}  // namespace thing::driver::postgres
