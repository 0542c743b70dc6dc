// Datetimes that documents give as numbers.
#include "actions.h"

namespace conformance {
namespace {

class Epoch : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Log", "table": "epoch_logs", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "s": {"type": "datetime", "null": true, "epoch": "s", "min": 0},
      "ms": {"type": "datetime", "null": true, "epoch": "ms"},
      "us": {"type": "datetime", "epoch": "us", "default": 1714979289123456},
      "plain": "datetime?"}})");
    log_ = db_.model("Log");
  }
  // The field of a new object that was given the number.
  static std::string value_of(const thing_model* m, const char* field, const std::string& number) {
    const Obj obj = new_obj(m, "{\"" + std::string(field) + "\": " + number + "}");
    return Json::parse(obj.json())[field].text();
  }
  Outcome assign(const char* field, const std::string& number) const {
    Obj obj(thing_obj_new(log_));
    return obj.assign("{\"" + std::string(field) + "\": " + number + "}");
  }
  size_t found_where(const char* where) const {
    return found(db_, "Log", "{\"where\": " + std::string(where) + "}");
  }

  const thing_model* log_ = nullptr;
};
FOR_SETUPS(Epoch, kEverywhere);

TEST_P(Epoch, NumbersAreUnitsSince1970ExactToTheMicrosecond) {
  const struct {
    const char *field, *number, *time;
  } cases[] = {{"s", "1714979289", "2024-05-06T07:08:09Z"},
               {"s", "1714979289.25", "2024-05-06T07:08:09.250000Z"},
               {"s", "1.714979289123456e9", "2024-05-06T07:08:09.123456Z"},
               // A double has no such value.
               {"s", "253402300799.999999", "9999-12-31T23:59:59.999999Z"},
               {"s", "0.0000019", "1970-01-01T00:00:00.000001Z"},
               {"ms", "1714979289123", "2024-05-06T07:08:09.123000Z"},
               {"ms", "1714979289123.4567", "2024-05-06T07:08:09.123456Z"},
               {"ms", "-1", "1969-12-31T23:59:59.999000Z"},
               {"ms", "-0.0001", "1969-12-31T23:59:59.999999Z"},
               {"ms", "-62135596800000", "0001-01-01T00:00:00Z"},
               {"us", "-0.0", "1970-01-01T00:00:00Z"},
               {"us", "1714979289123456.9", "2024-05-06T07:08:09.123456Z"},
               {"us", "\"2024-05-06T09:08:09+02:00\"", "2024-05-06T07:08:09Z"}};
  for (const auto& c : cases) {
    EXPECT_EQ(value_of(log_, c.field, c.number), c.time) << c.field << " " << c.number;
  }
  const int64_t id = insert(db_, log_, R"({"s": 1714979289.5, "ms": null})");
  const Ctx past(db_, THING_CTX_NO_CACHE_READ);
  for (thing_ctx* ctx : {static_cast<thing_ctx*>(nullptr), past.get()})
    EXPECT_EQ(
        find(db_, log_, id, ctx).json(),
        R"({"id":1,"s":"2024-05-06T07:08:09.500000Z","ms":null,"us":"2024-05-06T07:08:09.123456Z","plain":null})");
}

TEST_P(Epoch, NumbersOutOfRangeAndOfOtherFieldsAreErrors) {
  for (const char* number : {"253402300800", "-62135596801", "1e300", "-1e18", "1e-2000"}) {
    const Outcome out = assign("s", number);
    EXPECT_STATUS(THING_E_RANGE, out) << number;
    EXPECT_TRUE(says(out, "expected a time in the years 0001 to 9999"));
    EXPECT_EQ(out.field, "s");
  }
  EXPECT_STATUS(THING_E_RANGE, assign("us", "253402300800000000"));
  EXPECT_STATUS(THING_E_TYPE, assign("s", "true"));
  EXPECT_STATUS(THING_E_SYNTAX, assign("s", "\"1714979289\""));
  const Outcome plain = assign("plain", "1714979289");
  EXPECT_STATUS(THING_E_TYPE, plain);
  EXPECT_TRUE(says(plain, "the option 'epoch' of the field"));
  Obj obj(thing_obj_new(log_));
  ASSERT_OK(obj.set("s", int64_t{1714979289}));  // typed calls take microseconds as ever
  EXPECT_EQ(Json::parse(obj.json())["s"].text(), "1970-01-01T00:28:34.979289Z");
  ASSERT_OK(obj.assign(R"({"s": -5, "us": 0})"));
  EXPECT_STATUS(THING_E_CHECK, call(thing_obj_validate, obj));  // its least value is a number too
}

TEST_P(Epoch, NumbersAreTakenInActionsConditionsAndBulkWrites) {
  act(db_, "Log", "createMany",
      R"({"data": [{"s": 1000}, {"s": 2000, "ms": 1714979289123}, {"s": 3000.5}]})");
  EXPECT_EQ(found_where(R"({"s": 2000})"), 1U);
  EXPECT_EQ(found_where(R"({"s": {"gt": 1000, "lte": 3000.5}})"), 2U);
  EXPECT_EQ(found_where(R"({"s": {"in": [1000, "1970-01-01T00:33:20Z"]}})"), 2U);
  EXPECT_EQ(found_where(R"({"ms": {"not": 1714979289123}})"), 0U);
  EXPECT_TRUE(says(refused(db_, "Log", "findMany", R"({"where": {"plain": {"gt": 1}}})"),
                   "where.plain.gt: found a number"));
  EXPECT_EQ(act(db_, "Log", "update",
                R"({"where": {"id": 1}, "data": {"ms": {"set": 5}}, "select": ["ms"]})"),
            R"({"ms":"1970-01-01T00:00:00.005000Z"})");
  EXPECT_EQ(act(db_, "Log", "updateMany", R"({"where": {"s": {"gte": 2000}}, "data": {"us": 7}})"),
            R"({"count":2})");
  EXPECT_EQ(found_where(R"({"us": 7})"), 2U);
  EXPECT_EQ(act(db_, "Log", "groupBy", R"({"by": ["us"], "_max": {"s": true},
                 "having": {"us": 7, "s": {"_max": {"gt": 3000}}}})"),
            R"([{"us":"1970-01-01T00:00:00.000007Z","_max":{"s":"1970-01-01T00:50:00.500000Z"}}])");
}

TEST_P(Epoch, IsPartOfTheModelAndOfDatetimesAlone) {
  Buf json;
  ASSERT_OK(call(thing_model_json, log_, json.out()));
  const Json fields = Json::parse(json.text())["fields"];
  EXPECT_EQ(fields["s"]["epoch"].text(), "s");
  EXPECT_EQ(fields["s"]["min"].text(), "1970-01-01T00:00:00Z");
  EXPECT_EQ(fields["us"]["default"].text(), "2024-05-06T07:08:09.123456Z");
  EXPECT_TRUE(fields["plain"]["epoch"].is_missing());
  EXPECT_OK(call(thing_model_register, db_, json.text().c_str(), -1));
  const auto bad = [this](const char* field) {
    const std::string model =
        R"({"name": "Bad", "fields": {"id": "int", "at": )" + std::string(field) + "}}";
    return call(thing_model_register, db_, model.c_str(), -1);
  };
  EXPECT_TRUE(says(bad(R"({"type": "datetime", "epoch": "h"})"),
                   "fields.at.epoch: found 'h', expected one of 's', 'ms', 'us'"));
  EXPECT_TRUE(says(bad(R"({"type": "int", "epoch": "s"})"),
                   "fields.at.epoch: found it for int, expected it for datetime alone"));
  EXPECT_STATUS(THING_E_MODEL, bad(R"({"type": "datetime", "list": true, "epoch": "s"})"));
}

}  // namespace
}  // namespace conformance
