// The signals of a process are its own: what they do stays as the program has set it, and no
// connection that is lost raises one that ends the process. Each test is a process of its own, as a
// client library may do such things once.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <signal.h>
#include <unistd.h>

#include "driver_proxy.h"
#include "support.h"

namespace conformance {
namespace {

using Net = thing::test::Proxy::Net;

// A server of the tests, and whether it is to be spoken to by TLS.
struct Server {
  const char* name;
  const char* variable;
  bool by_tls = false;

  bool is_postgres() const { return std::string_view(variable) == "THING_TEST_POSTGRES"; }
  // Empty where there is none.
  std::string url() const {
    const char* const url = std::getenv(variable);
    return url == nullptr ? "" : with_tls(url);
  }
  // What is between the server and somebody who takes `through`.
  std::unique_ptr<thing::test::Proxy> network() const {
    const std::string url = std::getenv(variable);
    const std::string port = digits_behind(url, is_postgres() ? "port=" : "127.0.0.1:");
    const std::string host = is_postgres() ? folder_of(url) + "/.s.PGSQL." + port : "127.0.0.1";
    return std::make_unique<thing::test::Proxy>(host, std::stoi(port));
  }
  std::string through(const thing::test::Proxy& net) const {
    const std::string url = std::getenv(variable),
                      place = "127.0.0.1:" + std::to_string(net.port());
    if (is_postgres()) return "postgresql://thing@" + place + "/thing?sslmode=disable";
    const size_t host = url.find("127.0.0.1:");
    return with_tls(url.substr(0, host) + place + url.substr(url.find('/', host)));
  }

 private:
  std::string with_tls(std::string url) const {
    const size_t at = url.find("tls=disabled");
    if (!by_tls || at == url.npos) return url;
    return url.replace(at, 12, "tls=required");
  }
  static std::string digits_behind(const std::string& url, const std::string& word) {
    const size_t at = url.find(word) + word.size();
    return url.substr(at, url.find_first_not_of("0123456789", at) - at);
  }
  static std::string folder_of(const std::string& url) {
    const size_t at = url.find("host=") + 5;
    return url.substr(at, url.find('&', at) - at);
  }
};

std::string name_of(const testing::TestParamInfo<Server>& info) { return info.param.name; }

class Signals : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (GetParam().url().empty()) GTEST_SKIP() << GetParam().variable << " is not set";
    if (!thing_has(GetParam().is_postgres() ? "backend:postgres" : "backend:mysql"))
      GTEST_SKIP() << "built without the driver";
  }
};
INSTANTIATE_TEST_SUITE_P(Of, Signals,
                         testing::Values(Server{"Postgres", "THING_TEST_POSTGRES"},
                                         Server{"Mysql", "THING_TEST_MYSQL"},
                                         Server{"MysqlByTls", "THING_TEST_MYSQL", true}),
                         name_of);

constexpr const char* kOptions = "&cache=off&connections=1";

// What it does is the program's own.
void do_nothing(int) {}

std::vector<struct sigaction> dispositions() {
  std::vector<struct sigaction> all(static_cast<size_t>(SIGRTMAX) + 1);
  for (size_t i = 1; i < all.size(); ++i) sigaction(static_cast<int>(i), nullptr, &all[i]);
  return all;
}

bool are_same(const std::vector<struct sigaction>& a, const std::vector<struct sigaction>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
    return x.sa_handler == y.sa_handler && x.sa_flags == y.sa_flags;
  });
}

bool opens_and_leaves_signals(const std::string& url, void (*pipe)(int)) {
  struct sigaction own {};
  own.sa_handler = pipe;
  own.sa_flags = SA_RESTART;
  sigaction(SIGPIPE, &own, nullptr);
  const auto before = dispositions();
  const Db db(url + kOptions);
  const bool is_open = call(thing_ping, db.get(), nullptr).status == THING_OK;
  return is_open && are_same(before, dispositions());
}

TEST_P(Signals, AreWhatTheyWereAfterADatabaseIsOpened) {
  for (auto* const pipe : {SIG_DFL, SIG_IGN, &do_nothing}) {
    EXPECT_EXIT(_exit(opens_and_leaves_signals(GetParam().url(), pipe) ? 0 : 1),
                testing::ExitedWithCode(0), "");
  }
}

Outcome ask(const Db& db, thing_ctx* ctx, const std::string& sql) {
  Rows rows;
  return call(thing_sql, db.get(), ctx, sql.data(), static_cast<int64_t>(sql.size()), nullptr,
              int64_t{-1}, rows.out());
}

// Connections are lost by the network or given up at a deadline: idle, in a transaction, and in the
// midst of a statement that takes many packets.
void lose_connections(const Server& server, thing::test::Proxy& net, Net how) {
  const std::string many = "SELECT '" + std::string(1'000'000, 'x') + "'";
  for (const std::string& sql : {std::string("SELECT 1"), many}) {
    for (const bool in_transaction : {false, true}) {
      const Db db(server.through(net) + kOptions);
      Ctx own(db);
      Tx tx;
      if (in_transaction) tx = Tx(db);
      thing_ctx* const ctx = in_transaction ? tx.ctx() : own.get();
      EXPECT_OK(ask(db, ctx, "SELECT 1"));
      net.set(how);
      thing_ctx_set_timeout_ms(ctx, 100);
      for (int i = 0; i < 3; ++i) EXPECT_LT(ask(db, ctx, sql).status, 0);
      tx.reset();
      net.set(Net::kOpen);
    }
  }
}

bool lives_when_connections_are_lost(const Server& server, Net how) {
  signal(SIGPIPE, SIG_DFL);
  const auto net = server.network();
  lose_connections(server, *net, how);
  return !testing::Test::HasFailure();
}

TEST_P(Signals, EndNoProcessWhoseServerIsGone) {
  EXPECT_EXIT(_exit(lives_when_connections_are_lost(GetParam(), Net::kCut) ? 0 : 1),
              testing::ExitedWithCode(0), "");
}

TEST_P(Signals, EndNoProcessThatGivesItsServerUp) {
  EXPECT_EXIT(_exit(lives_when_connections_are_lost(GetParam(), Net::kDead) ? 0 : 1),
              testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace conformance
