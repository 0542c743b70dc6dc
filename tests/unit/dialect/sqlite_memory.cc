#include "sqlite_memory.h"

#include <fmt/format.h>

#include "driver/sqlite/database.h"

namespace thing::test {
namespace {

template <class T>
T expect(base::Result<T> result, std::string_view what) {
  if (result) return std::move(*result);
  ADD_FAILURE() << what << ": " << result.error().message();
  throw std::runtime_error("the step before was needed");
}

std::string shown(const value::Value& value) {
  const value::ValueView v = value.view();
  switch (v.type) {
    case value::Type::kNull: return "NULL";
    case value::Type::kFloat: return fmt::format("{}", v.real);
    case value::Type::kText: return "'" + std::string(v.bytes) + "'";
    case value::Type::kBytes:
      return fmt::format("x{:02x}",
                         fmt::join(std::vector<uint8_t>(v.bytes.begin(), v.bytes.end()), ""));
    default: return fmt::format("{}", v.integer);
  }
}

std::string shown(const Values& row) {
  std::string line;
  for (const value::Value& v : row) line += (line.empty() ? "" : "|") + shown(v);
  return line;
}

}  // namespace

Models parse(std::string_view document) { return expect(schema::parse_models(document), document); }

query::Query resolved(const schema::Model& model, std::string_view criteria, query::Scope scope) {
  const query::Criteria parsed = expect(query::parse_criteria(model, criteria), criteria);
  return expect(query::resolve(parsed, scope), criteria);
}

Values arguments(const dialect::Compiled& compiled, const query::Query& query) {
  using From = dialect::Argument::From;
  Values values;
  for (const dialect::Argument& argument : compiled.arguments) {
    switch (argument.from) {
      case From::kParam: values.push_back(query.params.at(argument.index)); break;
      case From::kKeyset: values.push_back(query.keyset->values.at(argument.index)); break;
      case From::kTake: values.push_back(number(*query.take)); break;
      case From::kSkip: values.push_back(number(*query.skip)); break;
    }
  }
  return values;
}

value::Value number(int64_t v) { return value::Value::of_int(value::Type::kInt, v); }
value::Value text(std::string v) {
  return value::Value::of_bytes(value::Type::kText, std::move(v));
}

SqliteMemory::SqliteMemory() {
  driver::sqlite::Options options;
  options.path = ":memory:";
  raw_ = expect(driver::sqlite::connect(options), "connect");
}

base::Result<std::vector<std::string>> SqliteMemory::try_rows(std::string_view sql,
                                                              const Values& values) {
  THING_ASSIGN(const auto statement, raw_->prepare(sql));
  EXPECT_EQ(statement->parameter_count(), static_cast<int>(values.size())) << sql;
  for (size_t i = 0; i < values.size(); i++)
    THING_TRY(statement->bind(static_cast<int>(i), values[i].view()));
  std::vector<std::string> lines;
  for (;;) {
    Values row;
    THING_ASSIGN(const bool more, statement->step_dynamic(row));
    if (!more) return lines;
    lines.push_back(shown(row));
  }
}

std::vector<std::string> SqliteMemory::rows(std::string_view sql, const Values& values) {
  return expect(try_rows(sql, values), sql);
}

std::vector<std::string> SqliteMemory::rows(const dialect::Compiled& compiled,
                                            const query::Query& query) {
  return rows(compiled.sql, arguments(compiled, query));
}

std::string SqliteMemory::error(std::string_view sql, const Values& values) {
  const auto result = try_rows(sql, values);
  if (!result) return std::string(result.error().message());
  ADD_FAILURE() << sql << ": ran, expected an error";
  return "";
}

void SqliteMemory::create(const schema::Model& model) {
  rows(dialect::sqlite().create_table(model));
  for (const schema::Index& index : model.indexes)
    rows(dialect::sqlite().create_index(model, index));
}

void SqliteMemory::insert(const schema::Model& model, const std::vector<uint32_t>& fields,
                          const Values& values) {
  const int count = fields.empty() ? 1 : static_cast<int>(values.size() / fields.size());
  rows(dialect::sqlite().insert(model, fields, count, {}), values);
}

std::string SqliteMemory::plan(std::string_view sql) {
  std::unique_ptr<driver::Statement> statement =
      expect(raw_->prepare("EXPLAIN QUERY PLAN " + std::string(sql)), sql);
  std::string lines;
  for (Values row; expect(statement->step_dynamic(row), sql); row.clear()) {
    lines += (lines.empty() ? "" : "; ") + std::string(row[3].view().bytes);
  }
  return lines;
}

}  // namespace thing::test
