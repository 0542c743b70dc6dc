#include "driver_steps.h"

#include <stdexcept>

#include <fmt/format.h>

namespace thing::test {
namespace {

using value::Type;

std::string print(const value::ValueView& v) {
  switch (v.type) {
    case Type::kNull: return "NULL";
    case Type::kBool: return v.integer != 0 ? "true" : "false";
    case Type::kInt: return std::to_string(v.integer);
    case Type::kFloat: return fmt::format("{}", v.real);
    case Type::kDecimal: return std::string(v.bytes);
    case Type::kText:
    case Type::kEnum: return "'" + std::string(v.bytes) + "'";
    case Type::kJson: return "json'" + std::string(v.bytes) + "'";
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return fmt::format("{} {}", value::type_name(v.type), v.integer);
    default: break;
  }
  std::string out = v.type == Type::kUuid ? "uuid'" : "x'";
  for (const char c : v.bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out + "'";
}

std::string print_row(const std::vector<value::Value>& row) {
  std::string out;
  for (const value::Value& v : row) out += (out.empty() ? "" : "|") + print(v.view());
  return out;
}

base::Status bind_all(driver::Statement& statement, const std::vector<value::Value>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i)
    THING_TRY(statement.bind(static_cast<int>(i), arguments[i].view()));
  return {};
}

base::Result<std::vector<std::string>> try_rows(driver::Connection& connection,
                                                std::string_view sql,
                                                const std::vector<value::Value>& arguments) {
  THING_ASSIGN(const std::unique_ptr<driver::Statement> statement, connection.prepare(sql));
  THING_TRY(bind_all(*statement, arguments));
  std::vector<std::string> out;
  for (;;) {
    std::vector<value::Value> row;
    THING_ASSIGN(const bool more, statement->step_dynamic(row));
    if (!more) return out;
    out.push_back(print_row(row));
  }
}

}  // namespace

void execute(driver::Connection& connection, std::string_view sql) {
  const auto done = connection.execute(sql);
  if (!done) ADD_FAILURE() << sql << ": " << done.error().message();
}

std::unique_ptr<driver::Statement> prepare(driver::Connection& connection, std::string_view sql) {
  auto statement = connection.prepare(sql);
  if (statement) return std::move(*statement);
  throw std::runtime_error(fmt::format("{}: {}", sql, statement.error().message()));
}

base::Status run(driver::Connection& connection, std::string_view sql,
                 const std::vector<value::Value>& arguments) {
  THING_ASSIGN(const std::unique_ptr<driver::Statement> statement, connection.prepare(sql));
  THING_TRY(bind_all(*statement, arguments));
  return statement->execute();
}

std::vector<std::string> rows(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments) {
  auto out = try_rows(connection, sql, arguments);
  if (!out) ADD_FAILURE() << sql << ": " << out.error().message();
  return out ? *out : std::vector<std::string>();
}

std::string one(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments) {
  const std::vector<std::string> all = rows(connection, sql, arguments);
  EXPECT_EQ(all.size(), 1U) << sql;
  return all.size() == 1 ? all[0] : fmt::format("{} rows", all.size());
}

base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments) {
  auto out = try_rows(connection, sql, arguments);
  if (!out) return std::move(out.error());
  ADD_FAILURE() << "did not fail: " << sql;
  return {base::Code::kOk, ""};
}

base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments) {
  const base::Error error = error_of(connection, sql, arguments);
  return error.detail() != nullptr ? *error.detail() : base::Error::Detail();
}

value::Value integer(int64_t v) { return value::Value::of_int(Type::kInt, v); }
value::Value text(std::string_view v) { return value::Value::of_bytes(Type::kText, v); }

}  // namespace thing::test
