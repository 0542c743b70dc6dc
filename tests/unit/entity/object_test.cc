#include "entity/object.h"

#include "models.h"

namespace entity_test {
namespace {

using thing::entity::Object;
using thing::value::BatchRef;
using thing::value::Type;
using thing::value::Value;

class Objects : public testing::Test {
 protected:
  uint32_t field(const char* name) const { return static_cast<uint32_t>(model_->find(name)); }
  static Value text(const char* t) { return Value::of_bytes(Type::kText, t); }
  static Value number(int64_t v) { return Value::of_int(Type::kInt, v); }
  // Loaded with a title and a number; the rest is NULL.
  void load(Object& o) const {
    thing::value::BatchBuilder row;
    row.start(model_->layout, false);
    row.begin_row();
    row.set_int64(field("id"), 7);
    ASSERT_TRUE(row.set_bytes(field("title"), "one"));
    row.set_int64(field("number"), 3);
    const BatchRef batch = row.finish();
    o.attach(batch->row(0), batch, true);
  }

  const std::unique_ptr<thing::schema::Model> model_ = parse_model(kAllTypes);
};

TEST_F(Objects, AreNewAndUnsetAtFirst) {
  const Object o(*model_);
  EXPECT_TRUE(o.is_new());
  EXPECT_FALSE(o.is_dirty());
  EXPECT_FALSE(o.get(field("title")).has_value());
}

TEST_F(Objects, LayChangesOverTheRow) {
  Object o(*model_);
  load(o);
  ASSERT_TRUE(o.set(field("title"), text("two")));
  EXPECT_EQ(o.get(field("title"))->bytes, "two");
  EXPECT_EQ(o.original(field("title"))->bytes, "one");
  EXPECT_TRUE(o.is_dirty(field("title")));
  EXPECT_FALSE(o.is_dirty(field("number")));
}

TEST_F(Objects, TakeAChangeBackThatEqualsTheOriginal) {
  Object o(*model_);
  load(o);
  ASSERT_TRUE(o.set(field("number"), number(4)));
  ASSERT_TRUE(o.set(field("number"), number(3)));
  ASSERT_TRUE(o.set(field("ratio"), Value()));
  EXPECT_FALSE(o.is_dirty());
}

TEST_F(Objects, KeepNullAndUnsetApart) {
  Object o(*model_);
  ASSERT_TRUE(o.set(field("ratio"), Value()));
  EXPECT_TRUE(o.is_dirty(field("ratio")));
  EXPECT_TRUE(o.get(field("ratio"))->is_null());
  o.revert(field("ratio"));
  EXPECT_FALSE(o.get(field("ratio")).has_value());
}

TEST_F(Objects, RefuseValuesThatAreNotInTheEnum) {
  Object o(*model_);
  const auto set = o.set(field("kind"), Value::of_bytes(Type::kEnum, "c"));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), thing::base::Code::kCheck);
  EXPECT_EQ(set.error().detail()->field, "kind");
  EXPECT_TRUE(o.set(field("kind"), Value::of_bytes(Type::kEnum, "b")));
}

TEST_F(Objects, SetAllValuesOrNone) {
  Object o(*model_);
  std::vector<std::pair<uint32_t, Value>> values;
  values.emplace_back(field("number"), number(1));
  values.emplace_back(field("kind"), Value::of_bytes(Type::kEnum, "c"));
  EXPECT_FALSE(o.set_all(std::move(values)));
  EXPECT_FALSE(o.is_dirty());
}

TEST_F(Objects, PackTheirPresentValues) {
  Object o(*model_);
  ASSERT_TRUE(o.set(field("title"), text("t")));
  ASSERT_TRUE(o.set(field("ratio"), Value()));
  const auto packed = o.pack();
  ASSERT_TRUE(packed);
  const auto row = (*packed)->row(0);
  EXPECT_EQ(row.bytes(field("title")), "t");
  EXPECT_TRUE(row.is_null(field("ratio")));
  EXPECT_TRUE(row.is_absent(field("id")));
}

TEST_F(Objects, PackAWholeRowWithoutAbsentBits) {
  Object o(*model_);
  load(o);
  ASSERT_TRUE(o.set(field("title"), text("two")));
  const auto packed = o.pack();
  ASSERT_TRUE(packed);
  EXPECT_FALSE((*packed)->row(0).is_partial());
  EXPECT_EQ((*packed)->row(0).int64(field("number")), 3);
}

TEST_F(Objects, ShareOneRowOfABatchOfMany) {
  thing::value::BatchBuilder rows;
  rows.start(model_->layout, false);
  for (int64_t id : {1, 2}) {
    rows.begin_row();
    rows.set_int64(field("id"), id);
  }
  const BatchRef batch = rows.finish();
  Object o(*model_);
  o.attach(batch->row(1), batch, false);
  const BatchRef row = o.share_row();
  EXPECT_EQ(row->rows(), 1U);
  EXPECT_EQ(row->row(0).int64(field("id")), 2);
}

TEST_F(Objects, TakeThePresentAsTheOriginal) {
  Object o(*model_);
  load(o);
  ASSERT_TRUE(o.set(field("number"), number(4)));
  ASSERT_TRUE(o.sync());
  EXPECT_FALSE(o.is_dirty());
  EXPECT_EQ(o.original(field("number"))->integer, 4);
  EXPECT_EQ(o.original(field("title"))->bytes, "one");
}

TEST_F(Objects, CopyRowAndChanges) {
  Object copy(*model_);
  {
    Object o(*model_);
    load(o);
    ASSERT_TRUE(o.set(field("number"), number(4)));
    copy.copy_from(o);
    ASSERT_TRUE(o.set(field("number"), number(5)));
  }
  EXPECT_EQ(copy.get(field("number"))->integer, 4);
  EXPECT_EQ(copy.original(field("title"))->bytes, "one");
  EXPECT_TRUE(copy.is_from_cache());
}

TEST_F(Objects, CopyARowThatNobodyOwns) {
  thing::value::BatchBuilder row;
  row.start(model_->layout, false);
  row.begin_row();
  ASSERT_TRUE(row.set_bytes(field("title"), "one"));
  Object copy(*model_);
  {
    const BatchRef bytes = row.finish();
    Object o(*model_);
    o.attach(bytes->row(0), {}, false);
    copy.copy_from(o);
  }
  EXPECT_EQ(copy.get(field("title"))->bytes, "one");
}

TEST_F(Objects, RememberWhatASaveWrote) {
  Object o(*model_);
  load(o);
  ASSERT_TRUE(o.set(field("number"), number(4)));
  auto row = o.pack();
  o.accept(*row, {{field("number")}, o.share_row(), *row});
  EXPECT_FALSE(o.is_dirty());
  EXPECT_FALSE(o.is_from_cache());
  EXPECT_EQ(o.saved().fields, std::vector<uint32_t>{field("number")});
  EXPECT_EQ(o.get(field("number"))->integer, 4);
}

TEST_F(Objects, GiveTheirStateAway) {
  Object o(*model_), other(*model_);
  load(other);
  ASSERT_TRUE(other.set(field("number"), number(4)));
  o.take_from(std::move(other));
  EXPECT_EQ(o.get(field("number"))->integer, 4);
  EXPECT_EQ(o.original(field("title"))->bytes, "one");
}

TEST(FieldValues, StaySortedByField) {
  thing::entity::FieldValues values;
  for (uint32_t f : {5U, 1U, 3U}) values.set(f, Value::of_int(Type::kInt, f));
  values.set(3, Value());
  std::vector<uint32_t> fields;
  for (const auto& [f, v] : values) fields.push_back(f);
  EXPECT_EQ(fields, (std::vector<uint32_t>{1, 3, 5}));
  EXPECT_TRUE(values.find(3)->is_null());
  values.erase(3);
  EXPECT_EQ(values.find(3), nullptr);
  EXPECT_EQ(values.size(), 2U);
}

}  // namespace
}  // namespace entity_test
