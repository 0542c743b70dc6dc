#include "mysql_server.h"

#include <stdlib.h>
#include <unistd.h>

namespace thing::test {
namespace {

using value::Type;

std::string literal(const value::Value& v) {
  const value::ValueView view = v.view();
  switch (v.type()) {
    case Type::kNull: return "NULL";
    case Type::kInt: return std::to_string(view.integer);
    case Type::kFloat: return fmt::format("{}", view.real);
    case Type::kDecimal: return std::string(view.bytes);
    case Type::kText: return "'" + std::string(view.bytes) + "'";
    case Type::kJson: return "json'" + std::string(view.bytes) + "'";
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return fmt::format("{} {}", value::type_name(v.type()), view.integer);
    default: break;
  }
  std::string out = v.type() == Type::kUuid ? "uuid'" : "x'";
  for (const char c : view.bytes)
    out += fmt::format("{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return out + "'";
}

base::Status bind_all(driver::Statement& statement, const std::vector<value::Value>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i)
    THING_TRY(statement.bind(static_cast<int>(i), arguments[i].view()));
  return {};
}

base::Result<std::vector<std::string>> try_rows(driver::Connection& connection,
                                                std::string_view sql,
                                                const std::vector<value::Value>& arguments) {
  THING_ASSIGN(auto statement, connection.prepare(sql));
  THING_TRY(bind_all(*statement, arguments));
  std::vector<std::string> out;
  for (;;) {
    std::vector<value::Value> row;
    THING_ASSIGN(const bool more, statement->step_dynamic(row));
    if (!more) return out;
    std::string line;
    for (const value::Value& v : row) line += (line.empty() ? "" : "|") + literal(v);
    out.push_back(line);
  }
}

}  // namespace

void MysqlTest::SetUp() {
  const char* url = getenv("THING_TEST_MYSQL");
  if (url == nullptr || *url == '\0') GTEST_SKIP() << "THING_TEST_MYSQL is not set";
  auto parsed = driver::mysql::parse_url(url);
  ASSERT_TRUE(parsed) << parsed.error().message();
  options_ = *parsed;
  static int number = 0;
  auto first = connect();
  ASSERT_NE(first, nullptr);
  options_.database = fmt::format("thing_unit_{}_{}", getpid(), ++number);
  execute(*first, "CREATE DATABASE " + options_.database +
                      " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
}

void MysqlTest::TearDown() {
  if (!options_.database.starts_with("thing_unit_")) return;
  if (auto last = connect()) execute(*last, "DROP DATABASE " + options_.database);
}

std::unique_ptr<driver::Connection> MysqlTest::connect() { return connect(options_); }

std::unique_ptr<driver::Connection> MysqlTest::connect(const driver::mysql::Options& options) {
  auto connection = driver::mysql::connect(options);
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

std::string one(driver::Connection& connection, std::string_view sql,
                const std::vector<value::Value>& arguments) {
  const auto all = rows(connection, sql, arguments);
  return all.size() == 1 ? all[0] : fmt::format("{} rows", all.size());
}

base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments) {
  auto out = try_rows(connection, sql, arguments);
  if (!out) return std::move(out.error());
  ADD_FAILURE() << "did not fail: " << sql;
  return base::Error(base::Code::kOk, "");
}

base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql,
                              const std::vector<value::Value>& arguments) {
  const base::Error error = error_of(connection, sql, arguments);
  return error.detail() != nullptr ? *error.detail() : base::Error::Detail();
}

base::Status run(driver::Connection& connection, std::string_view sql,
                 const std::vector<value::Value>& arguments) {
  THING_ASSIGN(auto statement, connection.prepare(sql));
  THING_TRY(bind_all(*statement, arguments));
  return statement->execute();
}

value::Value text(std::string bytes) {
  return value::Value::of_bytes(Type::kText, std::move(bytes));
}
value::Value integer(int64_t v) { return value::Value::of_int(Type::kInt, v); }

}  // namespace thing::test
