#include "random_rows.h"

#include <algorithm>

#include "base/decimal.h"

namespace thing::test {

using value::Type;

namespace {

// Few values of each type, so that conditions meet them; as criteria documents write them.
const std::vector<std::string>& all_values_of(Type type) {
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

std::vector<std::string> values_of(Type type, bool nul) {
  std::vector<std::string> values = all_values_of(type);
  const auto holds_nul = [](const std::string& v) { return v.find("\\u0000") != v.npos; };
  if (!nul) values.erase(std::remove_if(values.begin(), values.end(), holds_nul), values.end());
  return values;
}

std::string condition(Random& random, const schema::Field& field, bool nul) {
  const std::vector<std::string> values = values_of(field.type, nul);
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

std::string group(Random& random, const schema::Model& model, int depth, bool nul) {
  std::string out = "{";
  const auto part = [&](const std::string& text) { out += (out.size() > 1 ? "," : "") + text; };
  const schema::Field& field = random.one(model.fields);
  if (random.chance(80)) part("\"" + field.name + "\":" + condition(random, field, nul));
  if (depth > 0) {
    for (const char* key : {"AND", "OR", "NOT"}) {
      if (!random.chance(40)) continue;
      std::string list;
      for (int i = random.below(4); i > 0; i--)
        list += group(random, model, depth - 1, nul) + (i > 1 ? "," : "");
      part("\"" + std::string(key) + "\":[" + list + "]");
    }
  }
  return out + "}";
}

}  // namespace

value::Value random_value(Random& random, const schema::Model& model, const schema::Field& field,
                          bool nul) {
  if (field.nullable && random.chance(25)) return {};
  const std::string json =
      R"({"where":{")" + field.name + R"(":)" + random.one(values_of(field.type, nul)) + "}}";
  return query::parse_criteria(model, json)->params().at(0);
}

std::string random_where(Random& random, const schema::Model& model, bool nul) {
  return group(random, model, 3, nul);
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

}  // namespace thing::test
