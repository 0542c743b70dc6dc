#include "entity/prepare.h"

#include "entity/document.h"
#include "entity/validate.h"
#include "models.h"

namespace entity_test {
namespace {

using thing::base::Code;
using thing::entity::Object;
using thing::entity::Prepared;
using thing::value::Value;

class ManualClock final : public thing::base::Clock {
 public:
  int64_t now_micros() const override { return kNow; }
  int64_t monotonic_micros() const override { return 0; }
  static constexpr int64_t kNow = 1'714'979'289'250'000;  // 2024-05-06
};

class Preparing : public testing::Test {
 protected:
  void assign(Object& o, const char* json) const {
    ASSERT_TRUE(assign_json(o, json, thing::entity::Fill::kForce, false));
  }
  // The fields and their values as text: "title=t,stars=NULL".
  std::string print(const thing::base::Result<Prepared>& prepared) const {
    if (!prepared) return std::string(prepared.error().message());
    std::string out;
    for (const uint32_t field : prepared->fields) {
      const auto v = prepared->value(*model_, field);
      const std::string& name = model_->fields[field].name;
      const bool is_text = v.type == thing::value::Type::kText;
      out += (out.empty() ? "" : " ") + name + "=";
      out += v.is_null()     ? "NULL"
             : name == "key" ? "uuid"
             : is_text       ? std::string(v.bytes)
                             : std::to_string(v.integer);
    }
    return out;
  }

  const std::unique_ptr<thing::schema::Model> model_ = parse_model(kNote);
  const ManualClock clock_;
};

TEST_F(Preparing, AnInsertFillsInDefaultsTimesAndNulls) {
  Object o(*model_);
  assign(o, R"({"title": "t"})");
  EXPECT_EQ(
      print(prepare_insert(o, clock_, true)),
      "title=t stars=NULL color=red key=uuid day=19849 secret=NULL createdAt=1714979289250000 "
      "updatedAt=1714979289250000 deletedAt=NULL version=0");
  EXPECT_EQ(o.changes().size(), 1U) << "the object is left as it was";
}

TEST_F(Preparing, AnInsertTakesWhatIsSet) {
  Object o(*model_);
  assign(
      o,
      R"({"id": 5, "title": "t", "color": "blue", "made": "m", "createdAt": "1970-01-01T00:00:01Z", "version": 3})");
  EXPECT_EQ(
      print(prepare_insert(o, clock_, true)),
      "id=5 title=t stars=NULL color=blue key=uuid day=19849 made=m secret=NULL createdAt=1000000 "
      "updatedAt=1714979289250000 deletedAt=NULL version=3");
}

TEST_F(Preparing, AnInsertNamesAllThatIsMissing) {
  const auto model = parse_model(
      R"({"name": "Two", "fields": {"id": "int", "a": "text", "b": "text", "c": "text?"}})");
  Object o(*model);
  assign(o, R"({"b": null})");
  const auto prepared = prepare_insert(o, clock_, true);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code(), Code::kNotNull);
  EXPECT_EQ(prepared.error().detail()->field, "a,b");
  EXPECT_EQ(prepared.error().detail()->model, "Two");
}

TEST_F(Preparing, AnInsertLeavesTimesAloneWhenTold) {
  Object o(*model_);
  assign(o, R"({"title": "t"})");
  const auto prepared = prepare_insert(o, clock_, false);
  ASSERT_FALSE(prepared) << "they are required, so they must have been set";
  EXPECT_EQ(prepared.error().detail()->field, "createdAt,updatedAt");
}

TEST_F(Preparing, AFlagOfSoftDeleteStartsFalse) {
  const auto model = parse_model(
      R"({"name": "Soft", "fields": {"id": "int", "gone": "bool"}, "softDelete": "gone"})");
  Object o(*model);
  const auto prepared = prepare_insert(o, clock_, true);
  ASSERT_TRUE(prepared) << prepared.error().message();
  ASSERT_EQ(prepared->fields.size(), 1U);
  EXPECT_EQ(prepared->value(*model, prepared->fields[0]).integer, 0);
}

TEST_F(Preparing, AnUpdateHasTheChangesAndTheTime) {
  Object o(*model_);
  assign(o, R"({"title": "t", "stars": 1, "version": 1, "updatedAt": "1970-01-01T00:00:01Z"})");
  ASSERT_TRUE(o.sync());
  EXPECT_EQ(print(prepare_update(o, clock_, true)), "")
      << "without changes there is nothing to write";
  assign(o, R"({"stars": null})");
  EXPECT_EQ(print(prepare_update(o, clock_, true)), "stars=NULL updatedAt=1714979289250000");
  EXPECT_EQ(print(prepare_update(o, clock_, false)), "stars=NULL");
  assign(o, R"({"updatedAt": "1970-01-01T00:00:02Z"})");
  EXPECT_EQ(print(prepare_update(o, clock_, true)), "stars=NULL updatedAt=2000000");
}

TEST_F(Preparing, AnUpdateRefusesNullForARequiredField) {
  Object o(*model_);
  assign(o, R"({"title": "t", "version": 1})");
  ASSERT_TRUE(o.sync());
  assign(o, R"({"title": null})");
  const auto prepared = prepare_update(o, clock_, true);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().detail()->field, "title");
}

TEST_F(Preparing, AnUpdateNeedsTheVersionThatItReplaces) {
  Object o(*model_);
  assign(o, R"({"title": "t"})");
  ASSERT_TRUE(o.sync());
  assign(o, R"({"title": "u"})");
  const auto prepared = prepare_update(o, clock_, true);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code(), Code::kState);
  EXPECT_EQ(prepared.error().detail()->field, "version");
}

TEST_F(Preparing, ValidationAsksForWhatASaveWouldMiss) {
  Object o(*model_);
  const auto missing = validate(o);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::kNotNull);
  EXPECT_EQ(missing.error().detail()->field, "title");
  assign(o, R"({"title": "t"})");
  EXPECT_TRUE(validate(o));
  ASSERT_TRUE(o.sync());
  assign(o, R"({"title": null})");
  EXPECT_FALSE(validate(o));
}

TEST_F(Preparing, TheRowAfterAWriteHasOldAndNewValues) {
  Object o(*model_);
  assign(o, R"({"id": 1, "title": "t", "stars": 1, "version": 1})");
  ASSERT_TRUE(o.sync());
  assign(o, R"({"stars": 2})");
  const auto prepared = prepare_update(o, clock_, true);
  ASSERT_TRUE(prepared);
  const auto row = prepared->row->row(0);
  EXPECT_EQ(row.bytes(static_cast<uint32_t>(model_->find("title"))), "t");
  EXPECT_EQ(row.int64(static_cast<uint32_t>(model_->find("stars"))), 2);
  EXPECT_TRUE(row.is_absent(static_cast<uint32_t>(model_->find("color"))));
}

TEST_F(Preparing, SavedChangesHaveTheOldValues) {
  Object o(*model_);
  assign(o, R"({"id": 1, "title": "t", "stars": 1, "version": 1})");
  ASSERT_TRUE(o.sync());
  assign(o, R"({"stars": 2, "color": "blue"})");
  const auto saved = saved_by(o, *prepare_update(o, clock_, false));
  const auto stars = static_cast<uint32_t>(model_->find("stars"));
  const auto color = static_cast<uint32_t>(model_->find("color"));
  const auto version = static_cast<uint32_t>(model_->find("version"));
  EXPECT_EQ(saved.fields, (std::vector<uint32_t>{stars, color, version}));
  EXPECT_EQ(saved.before->row(0).int64(stars), 1);
  EXPECT_TRUE(saved.before->row(0).is_absent(color));
  EXPECT_EQ(saved.after->row(0).int64(stars), 2);
}

}  // namespace
}  // namespace entity_test
