// SQLite's answers against the library's own: random rows, random conditions.
#include <algorithm>
#include <set>

#include "query/match.h"
#include "random_rows.h"

namespace thing::test {
namespace {

using value::Type;

// A table with random rows, beside the same rows in a batch.
class Differential : public testing::Test {
 protected:
  Differential() : models_(parse(kRowModel)), random_(seed()) {
    db_.create(model());
    batch_.start(model().layout, false);
    std::vector<uint32_t> fields;
    for (uint32_t i = 0; i < model().columns(); i++) fields.push_back(i);
    for (int id = 0; id < 120; id++) db_.insert(model(), fields, add_row(id));
    rows_ = batch_.finish();
  }

  static uint32_t seed() {
    const uint32_t seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    return seed;
  }

  const schema::Model& model() const { return *models_[0]; }

  Values add_row(int id) {
    Values row;
    batch_.begin_row();
    for (uint32_t i = 0; i < model().columns(); i++) {
      row.push_back(i == 0 ? number(id) : random_value(random_, model(), model().fields[i], true));
      EXPECT_TRUE(batch_.set(i, row.back().view()));
    }
    return row;
  }

  std::string random_where() { return test::random_where(random_, model(), true); }

  query::Membership matches(const query::Query& query, uint32_t row) const {
    return query::matches(query.where, query.params, model(), rows_->row(row), {});
  }

  Models models_;
  Random random_;
  SqliteMemory db_;
  value::BatchBuilder batch_;
  value::BatchRef rows_;
};

TEST_F(Differential, RowsAreThoseThatTheMatcherFinds) {
  for (int i = 0; i < 600; i++) {
    const std::string json = R"({"where":)" + random_where() + R"(,"select":["id"]})";
    const query::Query query = resolved(model(), json);
    const auto compiled = dialect::sqlite().select(query);
    const std::vector<std::string> found = db_.rows(compiled, query);
    for (uint32_t row = 0; row < rows_->rows(); row++) {
      const query::Membership expected = matches(query, row);
      const bool is_found =
          std::find(found.begin(), found.end(), std::to_string(row)) != found.end();
      if (expected == query::Membership::kMaybe) continue;
      ASSERT_EQ(is_found, expected == query::Membership::kYes) << json << "\n"
                                                               << compiled.sql << "\nrow " << row;
    }
    EXPECT_EQ(db_.rows(dialect::sqlite().count(query), query),
              std::vector{std::to_string(found.size())});
    EXPECT_EQ(db_.rows(dialect::sqlite().exists(query), query).empty(), found.empty());
  }
}

TEST_F(Differential, OrderIsThatOfTheValues) {
  for (int i = 0; i < 200; i++) {
    const query::Query query = resolved(
        model(), R"({"select":["id"],"orderBy":)" + random_order(random_, model(), 3) + "}");
    std::vector<std::string> expected;
    std::vector<uint32_t> ids(rows_->rows());
    for (uint32_t id = 0; id < ids.size(); id++) ids[id] = id;
    std::sort(ids.begin(), ids.end(), [&](uint32_t a, uint32_t b) {
      return goes_before(model(), query.order, rows_->row(a), rows_->row(b));
    });
    for (const uint32_t id : ids) expected.push_back(std::to_string(id));
    const auto compiled = dialect::sqlite().select(query);
    ASSERT_EQ(db_.rows(compiled, query), expected) << compiled.sql;
  }
}

// From every place: the rest of the whole list.
TEST_F(Differential, PagesAreTheRestOfTheList) {
  for (int i = 0; i < 60; i++) {
    const std::string json = R"({"select":["id"],"orderBy":)" +
                             random_order(random_, model(), i % 3 == 0 ? 14 : 3) + "}";
    const query::Query whole = resolved(model(), json);
    const auto all = db_.rows(dialect::sqlite().select(whole), whole);
    for (size_t at = 0; at < all.size(); at += 1 + static_cast<size_t>(random_.below(5))) {
      const bool inclusive = random_.chance(50);
      query::Query page = whole;
      page.keyset = query::row_keyset(
          model(), whole.order, rows_->row(static_cast<uint32_t>(std::stoi(all[at]))), inclusive);
      const std::vector<std::string> expected(
          all.begin() + static_cast<ptrdiff_t>(at + (inclusive ? 0 : 1)), all.end());
      const auto compiled = dialect::sqlite().select(page);
      ASSERT_EQ(db_.rows(compiled, page), expected) << compiled.sql << "\nbehind " << all[at];
    }
  }
}

// Different rows, counted by the order that tells them apart, at and behind any place.
TEST_F(Differential, DistinctRowsArePagedToo) {
  for (int i = 0; i < 100; i++) {
    std::string names;
    for (const schema::Field& field : model().fields) {
      if (field.type == Type::kJson || field.type == Type::kBool || !random_.chance(20)) continue;
      names += (names.empty() ? "\"" : ",\"") + field.name + "\"";
    }
    if (names.empty()) continue;
    query::Query page = resolved(model(), R"({"distinct":true,"select":[)" + names + "]}");
    const value::RowView place = rows_->row(static_cast<uint32_t>(random_.below(120)));
    page.keyset = query::row_keyset(model(), page.order, place, random_.chance(50));
    const auto before = [&](const value::RowView& a, const value::RowView& b) {
      return goes_before(model(), page.order, a, b);
    };
    std::set<value::RowView, decltype(before)> expected(before);
    for (uint32_t row = 0; row < rows_->rows(); row++) {
      const value::RowView view = rows_->row(row);
      if (page.keyset->inclusive ? !before(view, place) : before(place, view))
        expected.insert(view);
    }
    const auto compiled = dialect::sqlite().select(page);
    ASSERT_EQ(db_.rows(compiled, page).size(), expected.size()) << compiled.sql;
  }
}

TEST_F(Differential, BulkWritesReachTheSameRows) {
  for (int i = 0; i < 40; i++) {
    const query::Query query = resolved(model(), R"({"where":)" + random_where() + "}");
    const auto count = db_.rows(dialect::sqlite().count(query), query);
    ASSERT_TRUE(db_.raw().execute("SAVEPOINT a"));
    const dialect::Set set{13, dialect::SetKind::kValue};
    const auto update = dialect::sqlite().update_where(query, {&set, 1});
    Values values = arguments(update, query);
    values.insert(values.begin(), text("changed"));
    db_.rows(update.sql, values);
    EXPECT_EQ(db_.rows("SELECT count(*) FROM rows WHERE title = 'changed'"), count);
    ASSERT_TRUE(db_.raw().execute("ROLLBACK TO a"));
    db_.rows(dialect::sqlite().delete_where(query), query);
    EXPECT_EQ(db_.rows("SELECT 120 - count(*) FROM rows"), count);
    ASSERT_TRUE(db_.raw().execute("ROLLBACK TO a; RELEASE a"));
  }
}

}  // namespace
}  // namespace thing::test
