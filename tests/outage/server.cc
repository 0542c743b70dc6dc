#include "server.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>

namespace outage {

using conformance::call;
using conformance::Db;

Server::Server(std::string kind) : kind_(std::move(kind)) {
  // The server may run as another user.
  std::filesystem::permissions(
      std::filesystem::path(folder_.file("server")).parent_path(),
      std::filesystem::perms::others_exec | std::filesystem::perms::owner_all);
  url_ = run("start");
  while (!url_.empty() && url_.back() == '\n') url_.pop_back();
}

Server::~Server() { run("stop"); }

std::string Server::run(const std::string& verb) const {
  const char* scripts = std::getenv("THING_SERVER_SCRIPTS");
  const std::string program = std::string(scripts != nullptr ? scripts : "tests/servers") +
                              (is_postgres() ? "/postgres.py" : "/mariadb");
  const std::string line = program + " " + verb + " " + folder_.file("server");
  FILE* const pipe = popen(line.c_str(), "r");
  EXPECT_NE(pipe, nullptr) << line;
  if (pipe == nullptr) return "";
  std::string out;
  std::array<char, 512> piece{};
  while (fgets(piece.data(), piece.size(), pipe) != nullptr) out += piece.data();
  EXPECT_EQ(pclose(pipe), 0) << line << '\n' << out;
  return out;
}

// "postgresql://thing@/thing?host=DIR&port=5432": the server listens on a socket there.
// "mysql://thing:password@127.0.0.1:3306/thing?tls=disabled"
std::unique_ptr<thing::test::Proxy> Server::network() const {
  const auto between = [this](const std::string& before, const std::string& after) {
    const size_t start = url_.find(before) + before.size();
    return url_.substr(start, url_.find(after, start) - start);
  };
  if (is_postgres()) {
    const std::string port = url_.substr(url_.rfind('=') + 1);
    return std::make_unique<thing::test::Proxy>(between("host=", "&") + "/.s.PGSQL." + port, 0);
  }
  return std::make_unique<thing::test::Proxy>("127.0.0.1", std::stoi(between("127.0.0.1:", "/")));
}

std::string Server::url(const thing::test::Proxy& proxy) const {
  const std::string port = std::to_string(proxy.port());
  if (is_postgres()) return "postgresql://thing@127.0.0.1:" + port + "/thing?sslmode=disable";
  return url_.substr(0, url_.find('@')) + "@127.0.0.1:" + port + "/thing?tls=disabled";
}

std::string Server::sleep(int seconds) const {
  return (is_postgres() ? "SELECT pg_sleep(" : "SELECT SLEEP(") + std::to_string(seconds) + ")";
}

Server& server(const std::string& kind) {
  static std::map<std::string, std::unique_ptr<Server>> servers;
  auto& found = servers[kind];
  if (found == nullptr) found = std::make_unique<Server>(kind);
  return *found;
}

void ServerTest::SetUp() {
  if (!thing_has(server().is_postgres() ? "backend:postgres" : "backend:mysql"))
    GTEST_SKIP() << "built without the driver";
  const Db db(server().url());
  conformance::execute(db, "DROP TABLE IF EXISTS items", nullptr);
  const thing_model* const item = define(db);
  conformance::Buf ddl;
  ASSERT_OK(call(thing_ddl, db, item, GetParam(), ddl.out()));
  std::string rest = ddl.text();
  for (size_t end = rest.find(";\n"); end != std::string::npos; end = rest.find(";\n")) {
    conformance::execute(db, rest.substr(0, end), nullptr);
    rest.erase(0, end + 2);
  }
}

const thing_model* ServerTest::define(const Db& db) const {
  const std::string models = R"([{"name": "Item", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "number": {"type": "int", "unique": true}, "name": "text"}}])";
  EXPECT_OK(call(thing_model_register, db, models.data(), static_cast<int64_t>(models.size())));
  return db.model("Item");
}

std::string kind_name(const testing::TestParamInfo<const char*>& info) { return info.param; }

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void sleep_ms(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace outage
