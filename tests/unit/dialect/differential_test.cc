// SQLite's answers against the library's own: random rows, random conditions.
#include <algorithm>
#include <random>
#include <set>

#include "base/decimal.h"
#include "query/match.h"
#include "sqlite_memory.h"
#include "text/json.h"

namespace thing::test {
namespace {

using value::Type;

constexpr std::string_view kModel = R"({"name":"Row","fields":{
  "id": {"type":"int","primary":true}, "flag":"bool?", "n":"int?", "real":"float?", "price":"decimal?", "name":"text?",
  "raw":"bytes?", "at":"datetime?", "day":"date?", "hour":"time?", "key":"uuid?", "kind":{"type":"enum","values":["a","B","ab"],"null":true},
  "doc":"json?", "title":"text", "total":"decimal"}, "indexes":[{"fields":["name"]},{"fields":["price"]},{"fields":["n","name"]}]})";

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  template <class T>
  const T& one(const std::vector<T>& list) {
    return list[static_cast<size_t>(below(static_cast<int>(list.size())))];
  }

 private:
  std::mt19937 engine_;
};

// Few values of each type, so that conditions meet them; as criteria documents write them.
const std::vector<std::string>& values_of(Type type) {
  static const std::vector<std::string>
      bools = {"true", "false"},
      ints = {"-9223372036854775808", "-1", "0", "1", "7", "9223372036854775807"},
      floats = {"-1.5", "0.0", "0.1", "1e300", "2.0"},
      decimals = {"\"1.0\"", "\"1.00\"", "\"-0.5\"",
                  "\"10\"",  "\"9.99\"", "\"123456789012345678901234567890.5\"",
                  "\"0\""},
      texts = {"\"\"",          "\"a\"",         "\"A\"",
               "\"ab\"",        "\"aB\"",        "\"abc\"",
               "\"b\"",         "\"a%\"",        "\"a_\"",
               "\"a\\u0000b\"", "\"a\\u0000c\"", "\"\\u0000\"",
               "\"ab\\uffff\"", "\"\\u00e9a\"",  "\"a\\ud83d\\ude00\"",
               "\"*[?\""},
      bytes = {"\"\"", "\"AA==\"", "\"AAE=\"", "\"YWI=\"", "\"/w==\""},
      datetimes = {"\"2024-05-06T07:08:09Z\"", "\"2024-05-06T07:08:09.25Z\"",
                   "\"0001-01-01T00:00:00Z\"", "\"1969-12-31T23:59:59.999999Z\"",
                   "\"9999-12-31T23:59:59.999999Z\""},
      dates = {"\"2024-05-06\"", "\"0001-01-01\"", "\"1969-12-31\""},
      times = {"\"07:08:09\"", "\"07:08:09.250000\"", "\"00:00:00\"", "\"23:59:59.999999\""},
      uuids = {"\"00000000-0000-4000-8000-000000000000\"",
               "\"12345678-1234-4234-9234-123456789012\"",
               "\"ffffffff-ffff-4fff-bfff-ffffffffffff\""},
      enums = {"\"a\"", "\"B\"", "\"ab\""}, jsons = {"1", "1.0", "\"x\"", "[1,2]", "true"};
  switch (type) {
    case Type::kBool: return bools;
    case Type::kInt: return ints;
    case Type::kFloat: return floats;
    case Type::kDecimal: return decimals;
    case Type::kBytes: return bytes;
    case Type::kDatetime: return datetimes;
    case Type::kDate: return dates;
    case Type::kTime: return times;
    case Type::kUuid: return uuids;
    case Type::kEnum: return enums;
    case Type::kJson: return jsons;
    default: return texts;
  }
}

std::string condition(Random& random, const schema::Field& field) {
  const auto& values = values_of(field.type);
  const auto v = [&] { return random.one(values); };
  if (field.nullable && random.chance(15)) return random.chance(50) ? "null" : R"({"not":null})";
  std::vector<std::string> ops = {"equals", "not", "in", "notIn"};
  if (field.type != Type::kBool && field.type != Type::kJson)
    ops.insert(ops.end(), {"lt", "lte", "gt", "gte", "between"});
  const bool is_text = field.type == Type::kText || field.type == Type::kEnum;
  if (is_text)
    ops.insert(ops.end(),
               {"contains", "startsWith", "endsWith", "contains", "startsWith", "endsWith"});
  const std::string op = random.one(ops);
  std::string operand = v();
  if (op == "between") operand = "[" + v() + "," + v() + "]";
  if (op == "in" || op == "notIn") {
    operand = "[";
    for (int i = random.below(6); i > 0; i--) operand += v() + (i > 1 ? "," : "");
    operand += "]";
  }
  const bool folds =
      is_text && op != "between" && op[0] != 'l' && op[0] != 'g' && random.chance(30);
  return "{\"" + op + "\":" + operand + (folds ? R"(,"mode":"insensitive"})" : "}");
}

std::string group(Random& random, const schema::Model& model, int depth) {
  std::string out = "{";
  const auto part = [&](const std::string& text) { out += (out.size() > 1 ? "," : "") + text; };
  const schema::Field& field = random.one(model.fields);
  if (random.chance(80)) part("\"" + field.name + "\":" + condition(random, field));
  if (depth > 0) {
    for (const char* key : {"AND", "OR", "NOT"}) {
      if (!random.chance(40)) continue;
      std::string list;
      for (int i = random.below(4); i > 0; i--)
        list += group(random, model, depth - 1) + (i > 1 ? "," : "");
      part("\"" + std::string(key) + "\":[" + list + "]");
    }
  }
  return out + "}";
}

// A table with random rows, beside the same rows in a batch.
class Differential : public testing::Test {
 protected:
  Differential() : models_(parse(kModel)), random_(seed()) {
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
      row.push_back(i == 0 ? number(id) : random_value(model().fields[i]));
      EXPECT_TRUE(batch_.set(i, row.back().view()));
    }
    return row;
  }

  value::Value random_value(const schema::Field& field) {
    if (field.nullable && random_.chance(25)) return {};
    const std::string json =
        R"({"where":{")" + field.name + R"(":)" + random_.one(values_of(field.type)) + "}}";
    return query::parse_criteria(model(), json)->params().at(0);
  }

  std::string random_where() { return group(random_, model(), 3); }

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

std::string random_order(Random& random, const schema::Model& model, int most) {
  std::vector<bool> used(model.columns());
  std::string out;
  for (int i = random.below(most); i >= 0; i--) {
    const auto at = static_cast<size_t>(1 + random.below(static_cast<int>(model.columns()) - 1));
    const schema::Field& field = model.fields[at];
    if (used[at] || field.type == Type::kBool || field.type == Type::kJson) continue;
    used[at] = true;
    out += (out.empty() ? "{\"" : ",{\"") + field.name + R"(":{"sort":")" +
           (random.chance(50) ? "asc" : "desc");
    out += R"(","nulls":")" + std::string(random.chance(50) ? "first" : "last") + "\"}}";
  }
  return "[" + out + "]";
}

bool goes_before(const schema::Model& model, const std::vector<query::Order>& order,
                 const value::RowView& a, const value::RowView& b) {
  for (const query::Order& o : order) {
    const Type type = model.fields[o.field].type;
    const auto x = a.value(o.field, type), y = b.value(o.field, type);
    if (x.is_null() != y.is_null()) return x.is_null() == o.nulls_first;
    if (x.is_null()) continue;
    const auto compared =
        type == Type::kDecimal ? base::compare_decimal(x.bytes, y.bytes) : value::compare(x, y);
    if (compared != 0) return (compared < 0) != o.descending;
  }
  return false;
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
