#include "sqlite_file.h"

#include <filesystem>

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace thing::test {
namespace {

std::string literal(const value::Value& v) {
  const value::ValueView view = v.view();
  if (v.type() == value::Type::kNull) return "NULL";
  if (v.type() == value::Type::kInt) return std::to_string(view.integer);
  if (v.type() == value::Type::kFloat) return fmt::format("{}", view.real);
  if (v.type() == value::Type::kText) return "'" + std::string(view.bytes) + "'";
  std::string out = "x'";
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

ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "thing-unit-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no directory like " << name;
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SqliteFile::SqliteFile(bool wal) {
  options_.path = directory_.file("test.db");
  options_.wal = wal;
}

std::unique_ptr<driver::Connection> SqliteFile::connect() {
  auto connection = driver::sqlite::connect(options_);
  if (!connection) {
    ADD_FAILURE() << connection.error().message();
    return memory();
  }
  return std::move(*connection);
}

std::unique_ptr<driver::ChangeWatch> SqliteFile::watch() {
  auto watch = driver::sqlite::watch(options_);
  if (!watch) ADD_FAILURE() << watch.error().message();
  return watch ? std::move(*watch) : nullptr;
}

int64_t SqliteFile::size_of(std::string_view suffix) const {
  std::error_code missing;
  const auto size = std::filesystem::file_size(options_.path + std::string(suffix), missing);
  return missing ? -1 : static_cast<int64_t>(size);
}

std::unique_ptr<driver::Connection> memory() {
  driver::sqlite::Options options;
  options.path = ":memory:";
  auto connection = driver::sqlite::connect(options);
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

base::Error error_of(driver::Connection& connection, std::string_view sql,
                     const std::vector<value::Value>& arguments) {
  auto out = try_rows(connection, sql, arguments);
  if (!out) return std::move(out.error());
  ADD_FAILURE() << "did not fail: " << sql;
  return base::Error(base::Code::kOk, "");
}

base::Error::Detail detail_of(driver::Connection& connection, std::string_view sql) {
  const base::Error error = error_of(connection, sql);
  return error.detail() != nullptr ? *error.detail() : base::Error::Detail();
}

bool run_elsewhere(const std::string& path, const std::string& sql) {
  std::string words[] = {"sqlite3", "-cmd", ".timeout 5000", path, sql};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "sqlite3", nullptr, nullptr, arguments, environ) != 0) return false;
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace thing::test
