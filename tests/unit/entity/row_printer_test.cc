#include "entity/row_printer.h"

#include <random>

#include "base/time.h"
#include "entity/document.h"
#include "models.h"
#include "schema/print_value.h"

namespace entity_test {
namespace {

using thing::entity::Object;
using thing::entity::Output;
using thing::entity::RowPrinter;
using thing::value::Type;
using thing::value::Value;

std::string printed(Type type, const Value& v) {
  Output out(0, 16);
  put_value(out, type, v.view());
  return std::string(out.text());
}

std::string plainly(Type type, const Value& v) {
  std::string out;
  thing::text::JsonWriter w(out);
  thing::schema::print_value(w, type, v.view());
  return out;
}

TEST(PutValue, PrintsAsTheSchemaFloorDoes) {
  std::mt19937_64 random(20240506);
  const auto word = [&] { return static_cast<int64_t>(random()); };
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto n = random() % 40; n > 0; --n) bytes += static_cast<char>(random() % 128);
    const std::string uuid = std::string("0123456789abcdef");
    const double real =
        i % 3 == 0 ? static_cast<double>(word() % 1000) : static_cast<double>(word()) * 1e-19;
    const std::pair<Type, Value> values[] = {
        {Type::kInt, Value::of_int(Type::kInt, word())},
        {Type::kBool, Value::of_int(Type::kBool, i % 2)},
        {Type::kFloat, Value::of_float(real)},
        {Type::kText, Value::of_bytes(Type::kText, bytes)},
        {Type::kBytes, Value::of_bytes(Type::kBytes, bytes)},
        {Type::kUuid, Value::of_bytes(Type::kUuid, uuid)},
        {Type::kDatetime, Value::of_int(Type::kDatetime, word() % thing::base::kMaxDatetime)},
        {Type::kDate, Value::of_int(Type::kDate, word() % thing::base::kMaxDate)},
        {Type::kTime,
         Value::of_int(Type::kTime, static_cast<int64_t>(random() % thing::base::kMicrosPerDay))},
        {Type::kText, Value()}};
    for (const auto& [type, v] : values) {
      if (type == Type::kDatetime && v.view().integer < thing::base::kMinDatetime) continue;
      if (type == Type::kDate && v.view().integer < thing::base::kMinDate) continue;
      ASSERT_EQ(printed(type, v), plainly(type, v));
    }
  }
}

TEST(PutValue, EscapesEveryByteThatMustBe) {
  for (size_t before = 0; before < 20; ++before) {
    for (int c = 0; c < 128; ++c) {
      const Value v = Value::of_bytes(Type::kText,
                                      std::string(before, 'x') + static_cast<char>(c) + "12345678");
      ASSERT_EQ(printed(Type::kText, v), plainly(Type::kText, v)) << before << ' ' << c;
    }
  }
  const Value controls = Value::of_bytes(Type::kText, std::string(1000, '\x01'));
  EXPECT_EQ(printed(Type::kText, controls), plainly(Type::kText, controls));
}

class Rows : public testing::Test {
 protected:
  std::string print(const Object& o, thing::entity::PrintOptions options = {}) const {
    Output out(0, 16);
    RowPrinter(*model_).print(out, o, options);
    return std::string(out.text());
  }
  const std::unique_ptr<thing::schema::Model> model_ = parse_model(kNote);
};

TEST_F(Rows, LeaveOutMissingAndHiddenFields) {
  Object o(*model_);
  EXPECT_EQ(print(o), "{}");
  ASSERT_TRUE(
      assign_json(o, R"({"title": "t", "secret": "s"})", thing::entity::Fill::kForce, false));
  EXPECT_EQ(print(o), R"({"title":"t"})");
  EXPECT_EQ(print(o, {.hidden = true, .changed_only = false}), R"({"title":"t","secret":"s"})");
  ASSERT_TRUE(o.sync());
  EXPECT_EQ(print(o), R"({"title":"t"})");
  EXPECT_EQ(print(o, {.hidden = true, .changed_only = true}), "{}");
}

TEST_F(Rows, PrintChangesAsPairs) {
  Object o(*model_);
  const RowPrinter printer(*model_);
  ASSERT_TRUE(assign_json(o, R"({"title": "t", "stars": 1})", thing::entity::Fill::kForce, false));
  ASSERT_TRUE(o.sync());
  ASSERT_TRUE(assign_json(o, R"({"title": "u", "stars": null, "color": "blue"})",
                          thing::entity::Fill::kForce, false));
  Output out(0, 16);
  printer.print_changes(out, o);
  EXPECT_EQ(out.text(), R"({"title":["t","u"],"stars":[1,null],"color":[null,"blue"]})");
}

TEST(RowPrinters, EscapeAndCopyLongNames) {
  const std::string name(63, 'n');
  const auto model =
      parse_model(R"({"name": "Long", "fields": {"id": "int", ")" + name + R"(": "int?"}})");
  Object o(*model);
  ASSERT_TRUE(
      assign_json(o, R"({"id": 1, ")" + name + R"(": 2})", thing::entity::Fill::kForce, false));
  Output out(0, 16);
  RowPrinter(*model).print(out, o, {});
  EXPECT_EQ(out.text(), R"({"id":1,")" + name + R"(":2})");
}

TEST(Outputs, KeepRoomForAHeader) {
  Output out(24, 16);
  for (int i = 0; i < 1000; ++i) out.put("0123456789");
  char* const block = out.release();
  EXPECT_EQ(std::string_view(block + 24), std::string_view(block + 24, 10'000));
  std::free(block);
}

}  // namespace
}  // namespace entity_test
