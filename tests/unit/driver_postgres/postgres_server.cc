#include "postgres_server.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/uuid.h"

namespace thing::test {
namespace {

using value::Type;

std::string hex(std::string_view bytes) {
  std::string out = "x'";
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out + "'";
}

std::string print(const value::ValueView& v) {
  switch (v.type) {
    case Type::kNull: return "NULL";
    case Type::kBool: return v.integer != 0 ? "true" : "false";
    case Type::kFloat: return fmt::format("{}", v.real);
    case Type::kDecimal: return std::string(v.bytes);
    case Type::kBytes:
    case Type::kUuid: return hex(v.bytes);
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return "'" + std::string(v.bytes) + "'";
    default: return fmt::format("{}", v.integer);
  }
}

std::string print_row(const std::vector<value::Value>& row) {
  std::string out;
  for (const value::Value& v : row) out += (out.empty() ? "" : "|") + print(v.view());
  return out;
}

base::Result<std::vector<std::string>> try_rows(driver::Connection& connection,
                                                std::string_view sql,
                                                const std::vector<value::Value>& arguments) {
  THING_ASSIGN(const std::unique_ptr<driver::Statement> statement, connection.prepare(sql));
  for (size_t i = 0; i < arguments.size(); ++i)
    THING_TRY(statement->bind(static_cast<int>(i), arguments[i].view()));
  std::vector<std::string> out;
  for (;;) {
    std::vector<value::Value> row;
    THING_ASSIGN(const bool more, statement->step_dynamic(row));
    if (!more) return out;
    out.push_back(print_row(row));
  }
}

}  // namespace

void PostgresTest::SetUp() {
  if (std::getenv("THING_TEST_POSTGRES") == nullptr)
    GTEST_SKIP() << "THING_TEST_POSTGRES names no server";
}

std::string PostgresTest::url() { return std::getenv("THING_TEST_POSTGRES"); }

driver::postgres::Options PostgresTest::options() {
  driver::postgres::Options options;
  options.conninfo = url();
  options.connect_timeout_ms = 60'000;
  return options;
}

std::unique_ptr<driver::Connection> PostgresTest::connect(
    const driver::postgres::Options& options) {
  auto connection = driver::postgres::connect(options);
  if (!connection) ADD_FAILURE() << connection.error().message();
  return connection ? std::move(*connection) : nullptr;
}

void execute(driver::Connection& connection, std::string_view sql) {
  const auto done = connection.execute(sql);
  if (!done) ADD_FAILURE() << sql << ": " << done.error().message();
}

std::unique_ptr<driver::Statement> prepare(driver::Connection& connection, std::string_view sql) {
  auto statement = connection.prepare(sql);
  if (!statement) ADD_FAILURE() << sql << ": " << statement.error().message();
  return statement ? std::move(*statement) : nullptr;
}

std::vector<std::string> rows(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments) {
  auto out = try_rows(connection, sql, arguments);
  if (!out) ADD_FAILURE() << sql << ": " << out.error().message();
  return out ? *out : std::vector<std::string>();
}

std::string row(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments) {
  const std::vector<std::string> all = rows(connection, sql, arguments);
  EXPECT_EQ(all.size(), 1U) << sql;
  return all.empty() ? "" : all[0];
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
value::Value text(std::string_view v) {
  return value::Value::of_bytes(Type::kText, std::string(v));
}

}  // namespace thing::test
