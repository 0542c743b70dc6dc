#include "entity/document.h"

#include "base/error.h"
#include "entity/row_printer.h"
#include "models.h"

namespace entity_test {
namespace {

using thing::base::Code;
using thing::entity::Fill;
using thing::entity::Object;

class Documents : public testing::Test {
 protected:
  static std::string print(const Object& o) {
    thing::entity::Output out(0);
    thing::entity::RowPrinter(o.model()).print(out, o, {.hidden = true, .changed_only = false});
    return std::string(out.text());
  }
  Code assign(const char* json, Fill fill = Fill::kForce, bool if_absent = false) {
    auto done = assign_json(note_, json, fill, if_absent);
    field_ = done || done.error().detail() == nullptr ? "" : done.error().detail()->field;
    return done ? Code::kOk : done.error().code();
  }

  const std::unique_ptr<thing::schema::Model> note_model_ = parse_model(kNote);
  const std::unique_ptr<thing::schema::Model> every_model_ = parse_model(kAllTypes);
  Object note_{*note_model_};
  Object every_{*every_model_};
  std::string field_;
};

TEST_F(Documents, AreReadAndPrintedTheSame) {
  constexpr const char* kWhole =
      R"({"id":1,"flag":true,"number":-5,"ratio":0.5,"price":"12.50","title":"a\"\n\u0001é",)"
      R"("raw":"AP8=","at":"2024-05-06T07:08:09.250000Z","day":"2024-05-06","hour":"07:08:09",)"
      R"("key":"0123abcd-0000-4000-8000-00000000abcd","doc":{"a":[1, 2]},"kind":"b"})";
  ASSERT_TRUE(assign_json(every_, kWhole, Fill::kForce, false));
  EXPECT_EQ(print(every_), kWhole);
}

TEST_F(Documents, SetNulls) {
  ASSERT_TRUE(assign_json(every_, R"({"title": null, "doc": null})", Fill::kForce, false));
  EXPECT_EQ(print(every_), R"({"title":null,"doc":null})");
}

TEST_F(Documents, MustBeObjects) {
  EXPECT_EQ(assign("[]"), Code::kType);
  EXPECT_EQ(assign("{"), Code::kSyntax);
}

TEST_F(Documents, AssignAllOrNothing) {
  EXPECT_EQ(assign(R"({"title": "t", "stars": "many"})"), Code::kType);
  EXPECT_EQ(field_, "stars");
  EXPECT_EQ(assign(R"({"title": "t", "nope": 1})"), Code::kInvalid);
  EXPECT_EQ(field_, "nope");
  EXPECT_FALSE(note_.is_dirty());
}

TEST_F(Documents, DropOrRefuseGuardedFields) {
  EXPECT_EQ(assign(R"({"title": "t", "stars": 1})", Fill::kGuarded), Code::kOk);
  EXPECT_EQ(print(note_), R"({"title":"t"})");
  EXPECT_EQ(assign(R"({"title": "u", "stars": 1})", Fill::kStrict), Code::kInvalid);
  EXPECT_EQ(field_, "stars");
  EXPECT_EQ(assign(R"({"stars": 1})", Fill::kForce), Code::kOk);
}

TEST_F(Documents, KeepValuesThatAreThereIfAsked) {
  ASSERT_EQ(assign(R"({"title": "t", "secret": null})"), Code::kOk);
  ASSERT_EQ(assign(R"({"title": "u", "secret": "s", "color": "blue"})", Fill::kForce, true),
            Code::kOk);
  EXPECT_EQ(print(note_), R"({"title":"t","color":"blue","secret":"s"})");
}

TEST_F(Documents, TakePackedRows) {
  ASSERT_TRUE(assign_json(every_, R"({"title": "t", "doc": [1], "kind": "a", "ratio": null})",
                          Fill::kForce, false));
  const auto packed = every_.pack();
  Object copy(*every_model_);
  ASSERT_TRUE(assign_row(copy, (*packed)->row(0)));
  EXPECT_EQ(print(copy), print(every_));
}

TEST_F(Documents, RefusePackedTextThatIsNoJson) {
  thing::value::BatchBuilder row;
  row.start(every_model_->layout, true);
  row.begin_row();
  ASSERT_TRUE(row.set_bytes(static_cast<uint32_t>(every_model_->find("doc")), "{"));
  const auto done = assign_row(every_, row.last_row());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kSyntax);
}

}  // namespace
}  // namespace entity_test
