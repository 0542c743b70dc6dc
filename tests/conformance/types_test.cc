// Values of every type: in by setters and JSON, through the database and the cache, out by getters
// and JSON.
#include <cmath>
#include <limits>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kEvery = R"({"name": "Every", "table": "everies", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "aBool": "bool?", "anInt": "int?", "aFloat": "float?", "aDecimal": "decimal?", "aText": "text?", "someBytes": "bytes?",
  "aDatetime": "datetime?", "aDate": "date?", "aTime": "time?", "aUuid": "uuid?", "someJson": "json?",
  "anEnum": {"type": "enum", "values": ["red", "grün", ""], "null": true}}})";

class Types : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kEvery);
    every_ = db_.model("Every");
  }

  // The object as the database and then the cache give it back; both must be equal.
  Obj saved(Obj& obj) {
    EXPECT_OK(call(thing_save, db_, nullptr, obj));
    const std::string written = obj.json();
    Ctx past_cache(db_, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
    EXPECT_EQ(find(db_, every_, obj.id(), past_cache).json(), written);
    EXPECT_EQ(find(db_, every_, obj.id()).json(), written);
    EXPECT_EQ(
        query(db_, every_, R"({"where": {"id": )" + std::to_string(obj.id()) + "}}").obj(0).json(),
        written);
    return find(db_, every_, obj.id());
  }
  Obj round_trip(const std::string& json) {
    Obj obj = new_obj(every_, json);
    return saved(obj);
  }
  std::string json_of(const std::string& field, const std::string& value) {
    Obj obj = round_trip(R"({")" + field + "\": " + value + "}");
    return Json::parse(obj.json())[field].print();
  }
  Outcome set_json(const std::string& field, const std::string& value) {
    Obj obj(thing_obj_new(every_));
    return obj.assign(R"({")" + field + "\": " + value + "}");
  }
  Outcome set_text(const char* field, std::string_view value) {
    Obj obj(thing_obj_new(every_));
    return obj.set(field, value);
  }
  // What another program sees: an expression of SQL as text.
  std::string stored(int64_t id, const Forms& expression) {
    return sql_value(db_, "SELECT " + std::string(sql(expression)) +
                              " FROM everies WHERE id = " + std::to_string(id));
  }

  const thing_model* every_ = nullptr;
};
FOR_SETUPS(Types, kEverywhere);

TEST_P(Types, KeepIntegersExact) {  // S21
  for (const int64_t v :
       {INT64_MIN, INT64_MIN + 1, int64_t{-9007199254740993}, int64_t{-1}, int64_t{0}, int64_t{1},
        int64_t{2147483648}, int64_t{9007199254740991}, int64_t{9007199254740992},
        int64_t{9007199254740993}, INT64_MAX - 1, INT64_MAX}) {
    Obj obj(thing_obj_new(every_));
    ASSERT_OK(obj.set("anInt", v));
    EXPECT_EQ(saved(obj).integer("anInt"), v);
    EXPECT_EQ(json_of("anInt", std::to_string(v)), std::to_string(v));
  }
}

TEST_P(Types, TakeIntegersFromText) {
  EXPECT_OK(set_text("anInt", "-9223372036854775808"));
  EXPECT_TRUE(
      fails_with(set_text("anInt", "9223372036854775808"), {THING_E_RANGE, THING_E_SYNTAX}));
  for (const char* text : {"", " 1", "1 ", "1.0", "0x10", "1e3", "one", "+", "--1"}) {
    EXPECT_TRUE(fails_with(set_text("anInt", text), {THING_E_SYNTAX, THING_E_TYPE})) << text;
  }
}

TEST_P(Types, TellUnsetNullAndZeroApart) {  // S21
  db_.define(
      R"({"name": "Gap", "fields": {"id": "int", "n": "int?", "t": "text?", "b": "bool?", "f": "float?"}})");
  const thing_model* gap = db_.model("Gap");
  Obj unset = new_obj(gap, R"({"id": 1})");
  EXPECT_EQ(unset.state("n"), THING_STATE_MISSING);
  EXPECT_EQ(unset.text("t"), "<MISSING>");
  insert(db_, gap, R"({"id": 2, "n": null, "t": null, "b": null, "f": null})");
  insert(db_, gap, R"({"id": 3, "n": 0, "t": "", "b": false, "f": 0})");
  ASSERT_OK(call(thing_save, db_, nullptr, unset));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(canonical(find(db_, gap, 1).json()),
              R"({"id":1,"n":null,"t":null,"b":null,"f":null})");
    EXPECT_EQ(find(db_, gap, 2).text("t"), "<NULL>");
    EXPECT_EQ(find(db_, gap, 2).state("n"), THING_STATE_NULL);
    EXPECT_EQ(find(db_, gap, 3).text("t"), "");
    EXPECT_EQ(find(db_, gap, 3).state("n"), THING_STATE_SET);
    EXPECT_EQ(find(db_, gap, 3).state("b"), THING_STATE_SET);
  }
}

TEST_P(Types, KeepBools) {  // S21
  for (const char* v : {"true", "false"}) EXPECT_EQ(json_of("aBool", v), v);
  EXPECT_EQ(round_trip(R"({"aBool": true})").integer("aBool"), 1);
  Obj obj(thing_obj_new(every_));
  ASSERT_OK(obj.set("aBool", "true"));
  EXPECT_EQ(obj.integer("aBool"), 1);
  EXPECT_TRUE(fails_with(obj.set("aBool", 2), {THING_E_RANGE, THING_E_TYPE}));
  EXPECT_TRUE(fails_with(set_json("aBool", "1"), {THING_E_TYPE}));
  EXPECT_TRUE(fails_with(set_text("aBool", "yes"), {THING_E_SYNTAX, THING_E_TYPE}));
}

TEST_P(Types, KeepFloatsBitForBit) {  // S21
  const double values[] = {0.0,
                           1.0,
                           -1.5,
                           0.1,
                           3.14,
                           1e308,
                           -1e308,
                           5e-324,
                           2.2250738585072014e-308,
                           1.7976931348623157e308,
                           1e21,
                           1e-7,
                           123456789012345680.0,
                           9007199254740993.0,
                           100.0};
  for (const double v : values) {
    Obj obj(thing_obj_new(every_));
    ASSERT_OK(obj.set("aFloat", v));
    Obj back = saved(obj);
    EXPECT_EQ(back.real("aFloat"), v);
    Obj from_json =
        new_obj(every_, R"({"aFloat": )" + Json::parse(back.json())["aFloat"].text() + "}");
    EXPECT_EQ(from_json.real("aFloat"), v) << back.json();
  }
}

TEST_P(Types, RefuseFloatsThatAreNotFinite) {
  Obj obj(thing_obj_new(every_));
  for (const double v : {std::nan(""), HUGE_VAL, -HUGE_VAL})
    EXPECT_STATUS(THING_E_RANGE, obj.set("aFloat", v));
  for (const char* text : {"nan", "inf", "1e999", "-1e999"}) {
    EXPECT_TRUE(fails_with(set_text("aFloat", text), {THING_E_RANGE, THING_E_SYNTAX})) << text;
  }
  EXPECT_TRUE(fails_with(set_json("aFloat", "1e999"), {THING_E_RANGE, THING_E_SYNTAX}));
}

TEST_P(Types, KeepDecimalsExact) {
  for (const std::string v : {"0", "12.50", "-12.50", "0.1", "0.00",
                              "99999999999999999999999999999999.99999999999999999999",
                              "-0.000000000000000000000000000001", "9007199254740993"}) {
    Obj obj = round_trip(R"({"aDecimal": ")" + v + "\"}");
    EXPECT_EQ(obj.text("aDecimal"), v);
    EXPECT_EQ(json_of("aDecimal", Json::parse(obj.json())["aDecimal"].print()), json_string(v));
  }
}

TEST_P(Types, RefuseDecimalsOfMoreDigitsThanTheDatabaseHolds) {
  const auto save = [&](const std::string& decimal) {
    Obj obj = new_obj(every_, R"({"aDecimal": ")" + decimal + "\"}");
    return call(thing_save, db_, nullptr, obj);
  };
  const int whole = nature().decimal_whole, fraction = nature().decimal_fraction;
  const std::string large(whole > 0 ? static_cast<size_t>(whole) : 400, '9');
  const std::string small =
      "0." + std::string(fraction > 0 ? static_cast<size_t>(fraction) : 400, '1');
  EXPECT_EQ(round_trip(R"({"aDecimal": ")" + large + "\"}").text("aDecimal"), large);
  EXPECT_EQ(round_trip(R"({"aDecimal": ")" + small + "\"}").text("aDecimal"), small);
  if (whole == 0) return;
  EXPECT_STATUS(THING_E_RANGE, save(large + "9"));
  EXPECT_STATUS(THING_E_RANGE, save(std::string(66, '9')));
  EXPECT_STATUS(THING_E_RANGE, save(small + "1"));
}

TEST_P(Types, TakeDecimalsFromNumbersWithoutLoss) {
  EXPECT_EQ(round_trip(R"({"aDecimal": 12.50})").text("aDecimal"), "12.50");
  EXPECT_EQ(round_trip(R"({"aDecimal": 12345678901234567890.123456789})").text("aDecimal"),
            "12345678901234567890.123456789");
  EXPECT_EQ(round_trip(R"({"aDecimal": -7})").text("aDecimal"), "-7");
  for (const char* text : {"", "1,5", "abc", "1.2.3", "NaN", "0x1"}) {
    EXPECT_TRUE(fails_with(set_text("aDecimal", text), {THING_E_SYNTAX, THING_E_TYPE})) << text;
  }
  EXPECT_TRUE(
      fails_with(set_text("aDecimal", std::string(1001, '9')), {THING_E_RANGE, THING_E_SYNTAX}));
  EXPECT_OK(set_text("aDecimal", std::string(1000, '9')));
}

TEST_P(Types, CompareAndSortDecimalsAsNumbers) {
  const char* values[] = {
      "10", "9", "-1", "9.50", "-10.5", "100", "0.5", "9.5", "1000000000000000000000"};
  for (const char* v : values) insert(db_, every_, R"({"aDecimal": ")" + std::string(v) + "\"}");
  EXPECT_EQ(
      query(db_, every_, R"({"orderBy": {"aDecimal": "asc"}})").texts("aDecimal"),
      (Texts{"-10.5", "-1", "0.5", "9", "9.50", "9.5", "10", "100", "1000000000000000000000"}));
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDecimal": "9.5"}})"), (Ids{4, 8}));
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDecimal": {"gt": "9.50", "lt": 100}}})"),
            (Ids{1}));
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDecimal": {"in": ["10.0", "9.00"]}}})"),
            (Ids{1, 2}));
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDecimal": {"not": "9.5"}}})").size(), 7U);
}

TEST_P(Types, KeepTextByteForByte) {  // S21
  const std::string texts[] = {"",
                               "plain",
                               "O'Hara \"quoted\" `ticks` -- ; /* */",
                               std::string("nul\0inside", 10),
                               "日本語 — ünïcödé",
                               "😀👩‍👩‍👧‍👦",
                               "line\nbreak\r\n\ttab",
                               "\x01\x1f\x7f",
                               "\xEF\xBF\xBF",
                               "\\ \\u0041 %s %n ? :a @b $c",
                               " "};
  for (const std::string& text : texts) {
    Obj obj(thing_obj_new(every_));
    ASSERT_OK(obj.set("aText", text));
    if (text.find('\0') != std::string::npos && !nature().text_holds_nul) {
      EXPECT_STATUS(THING_E_INVALID, call(thing_save, db_, nullptr, obj));
      continue;
    }
    Obj back = saved(obj);
    EXPECT_EQ(back.text("aText"), text);
    EXPECT_EQ(Json::parse(back.json())["aText"].text(), text);
    EXPECT_EQ(round_trip(R"({"aText": )" + json_string(text) + "}").text("aText"), text);
  }
}

TEST_P(Types, KeepAMebibyteOfText) {
  std::string text;
  for (int i = 0; text.size() < 1 << 20; ++i) text += "€ line " + std::to_string(i) + "\n";
  Obj obj(thing_obj_new(every_));
  ASSERT_OK(obj.set("aText", text));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(find(db_, every_, obj.id()).text("aText"), text);
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aText": {"endsWith": "\n"}}})"), (Ids{obj.id()}));
  EXPECT_EQ(Json::parse(obj.json())["aText"].text(), text);
}

TEST_P(Types, RefuseInvalidUtf8) {
  for (const char* bytes :
       {"\xff", "\xc3", "a\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_STATUS(THING_E_INVALID, set_text("aText", bytes)) << bytes;
    EXPECT_TRUE(fails_with(set_json("aText", "\"" + std::string(bytes) + "\""),
                           {THING_E_INVALID, THING_E_SYNTAX}));
  }
}

TEST_P(Types, KeepBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& bytes : {std::string(), std::string(1, '\0'), std::string("a\0b\0", 4),
                                   all, std::string("\xff\xfe")}) {
    Obj obj(thing_obj_new(every_));
    ASSERT_OK(obj.set("someBytes", bytes));
    Obj back = saved(obj);
    EXPECT_EQ(back.text("someBytes"), bytes);
    EXPECT_EQ(round_trip(R"({"someBytes": )" + Json::parse(back.json())["someBytes"].print() + "}")
                  .text("someBytes"),
              bytes);
  }
}

TEST_P(Types, WriteBytesAsBase64) {
  EXPECT_EQ(round_trip(R"({"someBytes": "AAEC/w=="})").text("someBytes"),
            std::string("\0\1\2\xff", 4));
  EXPECT_EQ(json_of("someBytes", R"("AAEC/w==")"), R"("AAEC/w==")");
  for (const char* bad : {R"("A")", R"("****")", "5", R"("AAEC/w=x")"}) {
    EXPECT_TRUE(fails_with(set_json("someBytes", bad), {THING_E_SYNTAX, THING_E_TYPE})) << bad;
  }
}

TEST_P(Types, TurnDatetimesIntoUtc) {  // S21
  const std::pair<const char*, int64_t> cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2024-05-06T07:08:09Z", 1714979289000000},
      {"2024-05-06T09:08:09+02:00", 1714979289000000},
      {"2024-05-06T01:38:09.25-05:30", 1714979289250000},
      {"2024-05-06t07:08:09.123456z", 1714979289123456},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"1900-02-28T00:00:00Z", -2203977600000000},
      {"2000-02-29T12:00:00Z", 951825600000000},
      {"0001-01-01T00:00:00Z", -62135596800000000},
      {"9999-12-31T23:59:59.999999Z", 253402300799999999}};
  for (const auto& [text, micros] : cases) {
    EXPECT_EQ(round_trip(R"({"aDatetime": ")" + std::string(text) + "\"}").integer("aDatetime"),
              micros)
        << text;
    Obj obj(thing_obj_new(every_));
    ASSERT_OK(obj.set("aDatetime", micros));
    Obj back = saved(obj);
    EXPECT_EQ(back.integer("aDatetime"), micros);
    EXPECT_EQ(
        new_obj(every_, R"({"aDatetime": )" + Json::parse(back.json())["aDatetime"].print() + "}")
            .integer("aDatetime"),
        micros);
  }
  EXPECT_EQ(json_of("aDatetime", R"("2024-05-06T09:08:09+02:00")"), R"("2024-05-06T07:08:09Z")");
}

TEST_P(Types, StoreDatetimesSoThatTheirTextSorts) {
  Obj whole = round_trip(R"({"aDatetime": "2024-05-06T07:08:09Z"})");
  Obj part = round_trip(R"({"aDatetime": "2024-05-06T09:08:09.25+02:00"})");
  const Forms text{.sqlite = "a_datetime",
                   .postgres = "to_char(a_datetime AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
                   .mysql = "CAST(a_datetime AS CHAR)"};
  EXPECT_EQ(stored(whole.id(), text),
            is_sqlite() ? "2024-05-06 07:08:09" : "2024-05-06 07:08:09.000000");
  EXPECT_EQ(stored(part.id(), text), "2024-05-06 07:08:09.250000");
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDatetime": {"gt": "2024-05-06T07:08:09Z"}}})"),
            (Ids{part.id()}));
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aDatetime": "2024-05-06T02:08:09-05:00"}})"),
            (Ids{whole.id()}));
}

TEST_P(Types, RefuseTimesThatDoNotExist) {
  for (const char* text : {"", "yesterday", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
                           "2024-13-01T00:00:00Z", "2024-05-06T25:00:00Z", "2024-05-06T07:60:00Z",
                           "10000-01-01T00:00:00Z", "2024-05-06T07:08:09+25:00"}) {
    EXPECT_TRUE(fails_with(set_text("aDatetime", text), {THING_E_SYNTAX, THING_E_RANGE})) << text;
  }
  Obj obj(thing_obj_new(every_));
  EXPECT_STATUS(THING_E_RANGE, obj.set("aDatetime", int64_t{253402300800000000}));
  EXPECT_STATUS(THING_E_RANGE, obj.set("aDatetime", int64_t{-62135596800000001}));
  EXPECT_STATUS(THING_E_RANGE, obj.set("aDate", int64_t{2932897}));
  EXPECT_STATUS(THING_E_RANGE, obj.set("aTime", int64_t{86400000000}));
  EXPECT_STATUS(THING_E_RANGE, obj.set("aTime", int64_t{-1}));
  for (const char* text : {"2024-02-30", "24-01-01", "2024/01/01", ""}) {
    EXPECT_TRUE(fails_with(set_text("aDate", text), {THING_E_SYNTAX, THING_E_RANGE})) << text;
  }
  for (const char* text : {"24:00:01", "7:08", "07:61:00", ""}) {
    EXPECT_TRUE(fails_with(set_text("aTime", text), {THING_E_SYNTAX, THING_E_RANGE})) << text;
  }
}

TEST_P(Types, KeepDatesBefore1970) {
  const std::pair<const char*, int64_t> cases[] = {{"1970-01-01", 0},       {"1969-12-31", -1},
                                                   {"2024-02-29", 19782},   {"0001-01-01", -719162},
                                                   {"9999-12-31", 2932896}, {"1900-03-01", -25508}};
  for (const auto& [text, days] : cases) {
    Obj obj = round_trip(R"({"aDate": ")" + std::string(text) + "\"}");
    EXPECT_EQ(obj.integer("aDate"), days) << text;
    EXPECT_EQ(Json::parse(obj.json())["aDate"].text(), text);
    EXPECT_EQ(stored(obj.id(), {.sqlite = "a_date",
                                .postgres = "to_char(a_date, 'YYYY-MM-DD')",
                                .mysql = "CAST(a_date AS CHAR)"}),
              text);
  }
}

TEST_P(Types, KeepTimesOfDay) {
  const std::pair<const char*, int64_t> cases[] = {
      {"00:00:00", 0}, {"07:08:09", 25689000000}, {"23:59:59", 86399000000}};
  for (const auto& [text, micros] : cases) {
    Obj obj = round_trip(R"({"aTime": ")" + std::string(text) + "\"}");
    EXPECT_EQ(obj.integer("aTime"), micros) << text;
    EXPECT_EQ(Json::parse(obj.json())["aTime"].text(), text);
  }
  Obj part = round_trip(R"({"aTime": "07:08:09.25"})");
  EXPECT_EQ(part.integer("aTime"), 25689250000);
  EXPECT_EQ(stored(part.id(), {.sqlite = "a_time",
                               .postgres = "to_char(a_time, 'HH24:MI:SS.US')",
                               .mysql = "CAST(a_time AS CHAR)"}),
            "07:08:09.250000");
}

TEST_P(Types, TakeUuidsAsTextAndAsBytes) {
  const std::string raw("\x00\x01\xfe\x0f\x10\x20\x30\x40\x80\x50\x60\x70\x80\x90\xa0\xff", 16);
  const std::string text = "0001fe0f-1020-3040-8050-60708090a0ff";
  Obj by_text = round_trip(R"({"aUuid": "0001FE0F-1020-3040-8050-60708090A0FF"})");
  Obj by_bytes(thing_obj_new(every_));
  ASSERT_OK(by_bytes.set("aUuid", raw));
  EXPECT_EQ(by_text.text("aUuid"), raw);
  EXPECT_EQ(saved(by_bytes).text("aUuid"), raw);
  EXPECT_EQ(Json::parse(by_text.json())["aUuid"].text(), text);
  EXPECT_EQ(stored(by_text.id(), {.sqlite = "replace(a_uuid, '-', '')",
                                  .postgres = "replace(a_uuid::text, '-', '')",
                                  .mysql = "lower(hex(a_uuid))"}),
            "0001fe0f10203040805060708090a0ff");
  EXPECT_EQ(matching(db_, every_, R"({"where": {"aUuid": ")" + text + "\"}}").size(), 2U);
  for (const char* bad : {"", "0001fe0f", "0001fe0f-1020-3040-8050-60708090a0fg",
                          "0001fe0f10203040805060708090a0ff0"}) {
    EXPECT_TRUE(fails_with(set_text("aUuid", bad), {THING_E_SYNTAX, THING_E_TYPE, THING_E_RANGE}))
        << bad;
  }
}

TEST_P(Types, KeepJsonAsGiven) {
  for (const char* v : {R"({"b":1,"a":[true,null,{"deep":"x"}]})", "[]", R"("text")",
                        "12345678901234567890", "false", R"({"a":1.10})"}) {
    Obj obj = round_trip(R"({"someJson": )" + std::string(v) + "}");
    EXPECT_EQ(canonical(obj.text("someJson")), canonical(v));
    EXPECT_EQ(Json::parse(obj.json())["someJson"].print(), canonical(v));
  }
  Obj obj(thing_obj_new(every_));
  ASSERT_OK(obj.set("someJson", R"({ "kept" :  [ 1 ] })"));
  EXPECT_EQ(saved(obj).text("someJson"), R"({ "kept" :  [ 1 ] })");
  EXPECT_STATUS(THING_E_SYNTAX, set_text("someJson", "{"));
  EXPECT_STATUS(THING_E_SYNTAX, set_text("someJson", ""));
}

TEST_P(Types, KeepEnumsToTheirList) {
  for (const char* v : {"red", "grün", ""})
    EXPECT_EQ(round_trip(R"({"anEnum": )" + json_string(v) + "}").text("anEnum"), v);
  Obj obj(thing_obj_new(every_));
  Outcome outcome = obj.set("anEnum", "blue");
  if (outcome.status == THING_OK) outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_CHECK, outcome);
  EXPECT_EQ(outcome.field, "anEnum");
  Rows rows;
  EXPECT_TRUE(fails_with(
      call(thing_query, db_, nullptr, every_, R"({"where": {"anEnum": "blue"}})", -1, rows.out()),
      {THING_E_CHECK, THING_E_INVALID}));
}

TEST_P(Types, RefuseValuesOfAnotherKind) {
  Obj obj(thing_obj_new(every_));
  EXPECT_STATUS(THING_E_TYPE, obj.set("aText", 5));
  EXPECT_STATUS(THING_E_TYPE, obj.set("aText", 5.5));
  EXPECT_STATUS(THING_E_TYPE, obj.set("anInt", 5.5));
  EXPECT_STATUS(THING_E_TYPE, obj.set("someBytes", 5));
  EXPECT_STATUS(THING_E_TYPE, obj.set("aUuid", 5));
  for (const auto& [field, value] : {std::pair("anInt", R"("5")"),
                                     {"anInt", "5.5"},
                                     {"anInt", "true"},
                                     {"aText", "5"},
                                     {"aBool", R"("true")"},
                                     {"aFloat", R"("1.5")"},
                                     {"aDate", "5"},
                                     {"aDatetime", "1714979289"},
                                     {"aUuid", "[]"},
                                     {"anEnum", "1"}}) {
    EXPECT_TRUE(fails_with(set_json(field, value), {THING_E_TYPE, THING_E_RANGE}))
        << field << ' ' << value;
  }
  EXPECT_FALSE(obj.is_dirty());
}

TEST_P(Types, AnswerGettersOfAnotherTypeWithNothing) {
  Obj obj = round_trip(R"({"anInt": 7, "aText": "7", "aFloat": 2.9})");
  const char* bytes = nullptr;
  int64_t len = 0;
  EXPECT_EQ(obj.integer("aText"), 0);
  EXPECT_EQ(obj.real("aText"), 0.0);
  EXPECT_EQ(obj.real("anInt"), 7.0);
  EXPECT_EQ(obj.integer("aFloat"), 2);
  EXPECT_EQ(thing_obj_text(obj, obj.field("anInt"), &bytes, &len), THING_E_TYPE);
  EXPECT_EQ(thing_obj_int64(obj, 99), 0);
  EXPECT_EQ(thing_obj_field_state(obj, -1), 0);
}

TEST_P(Types, MatchTheirOwnValuesInConditions) {
  Obj obj = round_trip(
      R"({"aBool": true, "anInt": 9007199254740993, "aFloat": 0.1, "aDecimal": "0.10", "aText": "é')" +
      std::string(nature().text_holds_nul ? R"(\u0000)" : R"(\u0001)") + R"(",
    "someBytes": "AP8=", "aDatetime": "1969-12-31T23:59:59.5Z", "aDate": "1969-12-31", "aTime": "23:59:59.5",
    "aUuid": "0001fe0f-1020-3040-8050-60708090a0ff", "anEnum": "grün"})");
  round_trip(R"({"anInt": 9007199254740992, "aText": "é'"})");
  const Json values = Json::parse(obj.json());
  for (size_t i = 1; i < values.size(); ++i) {
    if (values.key(i) == "someJson") continue;
    const std::string field = json_string(values.key(i)), value = values.at(i).print();
    EXPECT_EQ(matching(db_, every_, R"({"where": {)" + field + ": " + value + "}}"),
              (Ids{obj.id()}))
        << field;
    EXPECT_EQ(matching(db_, every_, R"({"where": {)" + field + R"(: {"in": [)" + value + "]}}}"),
              (Ids{obj.id()}))
        << field;
    if (values.key(i) == "aBool") continue;
    EXPECT_EQ(
        matching(db_, every_,
                 R"({"where": {)" + field + R"(: {"between": [)" + value + "," + value + "]}}}"),
        (Ids{obj.id()}));
  }
}

TEST_P(Types, DescribeThemselvesInTheModel) {
  const int32_t types[] = {
      THING_TYPE_INT,  THING_TYPE_BOOL,  THING_TYPE_INT,      THING_TYPE_FLOAT, THING_TYPE_DECIMAL,
      THING_TYPE_TEXT, THING_TYPE_BYTES, THING_TYPE_DATETIME, THING_TYPE_DATE,  THING_TYPE_TIME,
      THING_TYPE_UUID, THING_TYPE_JSON,  THING_TYPE_ENUM};
  ASSERT_EQ(thing_model_field_count(every_), 13);
  for (int32_t i = 0; i < 13; ++i)
    EXPECT_EQ(thing_model_field_type(every_, i), types[i]) << thing_model_field_name(every_, i);
  EXPECT_EQ(thing_model_field_flags(every_, 0) & (THING_FIELD_PRIMARY | THING_FIELD_GENERATED),
            THING_FIELD_PRIMARY | THING_FIELD_GENERATED);
  EXPECT_NE(thing_model_field_flags(every_, 1) & THING_FIELD_NULLABLE, 0);
}

// ---- defaults

TEST_P(Types, HaveDefaultsOfEachKind) {  // S18, S21
  db_.define(R"({"name": "Draft", "fields": {
    "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
    "status": {"type": "enum", "values": ["active", "gone"], "default": "active"},
    "n": {"type": "int", "default": 42}, "f": {"type": "float", "default": 3.5}, "d": {"type": "decimal", "default": "0.00"},
    "b": {"type": "bool", "default": true}, "t": {"type": "text", "default": "it's \"new\""}, "none": {"type": "text", "null": true, "default": null},
    "at": {"type": "datetime", "default": {"fn": "now"}}, "u": {"type": "uuid", "default": {"fn": "uuid"}},
    "calc": {"type": "int", "default": {"sql": "6 * 7"}}}})");
  const thing_model* draft = db_.model("Draft");
  Obj obj(thing_obj_new(draft));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_GT(obj.id(), 0);
  EXPECT_EQ(obj.text("status"), "active");
  EXPECT_EQ(obj.integer("n"), 42);
  EXPECT_EQ(obj.real("f"), 3.5);
  EXPECT_EQ(obj.text("d"), "0.00");
  EXPECT_EQ(obj.text("t"), "it's \"new\"");
  EXPECT_EQ(obj.text("none"), "<NULL>");
  EXPECT_GT(obj.integer("at"), 1600000000000000);
  EXPECT_EQ(obj.text("u").size(), 16U);
  EXPECT_EQ(obj.integer("calc"), 42);
  EXPECT_EQ(find(db_, draft, obj.id()).json(), obj.json());
  Ctx uncached(db_, THING_CTX_NO_CACHE_READ);
  EXPECT_EQ(find(db_, draft, obj.id(), uncached).json(), obj.json());
  EXPECT_EQ(
      find(db_, draft, insert(db_, draft, R"({"n": 0, "t": "", "status": "gone"})")).integer("n"),
      0);
}

}  // namespace
}  // namespace conformance
