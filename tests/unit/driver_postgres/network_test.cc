// The network between the driver and its server fails.
#include "../driver_network.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using Net = Proxy::Net;

class PostgresBehind : public PostgresTest {
 public:
  static constexpr std::string_view kSleep = "pg_sleep(0.3)";
  static constexpr bool kStaysInTransaction = true;

 protected:
  bool reach() {
    const std::string to = url();
    const size_t host = to.find("host="), port = to.find("&port=");
    if (host == std::string::npos || port == std::string::npos || port < host) return skip();
    const std::string number = to.substr(port + 6);
    proxy = std::make_unique<Proxy>(to.substr(host + 5, port - host - 5) + "/.s.PGSQL." + number,
                                    std::stoi(number));
    through.conninfo = "host=127.0.0.1 user=thing dbname=thing sslmode=disable port=" +
                       std::to_string(proxy->port());
    return true;
  }
  auto connect_through() { return driver::postgres::connect(through); }

  driver::postgres::Options through;
  std::unique_ptr<Proxy> proxy;

 private:
  static bool skip() {
    const auto told = [] { GTEST_SKIP() << "the server is not the tests' own"; };
    told();
    return false;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, Network, PostgresBehind);

using PostgresNetwork = Network<PostgresBehind>;

TEST_F(PostgresNetwork, EndsAGuardedStatementInTimeWhenNothingPasses) {
  for (int i = 0; i < kAttempts && late > kPromised; ++i, open()) {
    db->guard_statements(true);
    execute(*db, "BEGIN");
    EXPECT_EQ(end_of(Net::kDead, kSend, i % 2 == 0),
              i % 2 == 0 ? Code::kCancelled : Code::kTimeout);
    EXPECT_FALSE(db->is_usable());
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(PostgresNetwork, GuardsAStatementInOneRoundTrip) {
  execute(*db, "CREATE UNIQUE INDEX ON thing_sent(a)");
  db->guard_statements(true);
  auto insert = prepare(*db, "INSERT INTO thing_sent VALUES($1)");
  execute(*db, "BEGIN");
  const auto turns_of = [&](int key) {
    const int before = proxy->turns();
    EXPECT_TRUE(insert->bind(0, integer(key).view()));
    const bool done = insert->execute().has_value();
    return std::make_pair(done, proxy->turns() - before);
  };
  EXPECT_EQ(turns_of(1), std::make_pair(true, 1));
  EXPECT_EQ(turns_of(2), std::make_pair(true, 1));
  EXPECT_EQ(turns_of(1), std::make_pair(false, 2));
  EXPECT_EQ(turns_of(3), std::make_pair(true, 1));
  const int before = proxy->turns();
  execute(*db, "DELETE FROM thing_sent");
  EXPECT_EQ(proxy->turns() - before, 1);
}

}  // namespace
}  // namespace thing::test
