// Races with servers and networks that fail. The names are those of the catalogue of races that
// README.md has.
#include <atomic>
#include <regex>

#include "../storm/nemesis.h"
#include "driver_proxy.h"
#include "races.h"

namespace races {
namespace {

using thing::test::Proxy;

class OutageRace : public Race {
 protected:
  static int port_of(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }
  // The network to the database, and the handle's URL through it.
  std::unique_ptr<Proxy> network(std::string& through) const {
    const std::string direct = url();
    std::smatch where;
    if (database() == Database::kPostgres) {
      EXPECT_TRUE(std::regex_search(direct, where, std::regex("host=([^&]*)&port=([0-9]+)")));
      const std::string socket = where[1].str() + "/.s.PGSQL." + where[2].str();
      auto net = std::make_unique<Proxy>(socket, 0);
      through = where.prefix().str() + "host=127.0.0.1&port=" + std::to_string(net->port()) +
                where.suffix().str();
      return net;
    }
    EXPECT_TRUE(std::regex_search(direct, where, std::regex("@([0-9.]+):([0-9]+)/")));
    auto net = std::make_unique<Proxy>(where[1].str(), std::stoi(where[2].str()));
    through = where.prefix().str() + "@127.0.0.1:" + std::to_string(net->port()) + "/" +
              where.suffix().str();
    return net;
  }
};
FOR_SETUPS(OutageRace, kOnServers);

// The mark is left, and goes with the session, which is closed for that.
TEST_P(OutageRace, H4_AClearThatIsLost) {
  Proxy network("127.0.0.1", port_of(std::getenv("THING_TEST_REDIS")));
  const Db far = open_again("redis=redis://127.0.0.1:" + std::to_string(network.port()) + "/0");
  far.define(models());
  EXPECT_EQ(name(far, 1), "one");
  {
    Stopped writer("write.committed", [&] { save(far, 1, R"({"name": "new"})"); });
    network.set(Proxy::Net::kCut);
  }
  network.set(Proxy::Net::kOpen);
  expect_name(1, "new");
  expect_cached(other_, 1);
}

TEST_P(OutageRace, OldSnapshotOfRedisComesBack) {
  const storm::RedisServer server;
  const Db db = open_again("redis=" + server.url());
  db.define(models());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(db, 1), "one");
  expect_cached(db, 1);
  storm::Resp(server.url()).ask({"SAVE"});
  save(db, 1, R"({"name": "new"})");
  server.kill();
  server.restart();
  for (int look = 0; look < 60; ++look) {
    EXPECT_EQ(name(db, 1), "new");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  expect_cached(db, 1);
}

// Redis loses the mark, another program keeps what was before, and then the writer is cut off: it
// can not see what it should drop.
TEST_P(OutageRace, AMarkThatWasLostAndCanNotBeTakenOffIsMadeUpForByWord) {
  Proxy network("127.0.0.1", port_of(std::getenv("THING_TEST_REDIS")));
  const Db far = open_again("redis=redis://127.0.0.1:" + std::to_string(network.port()) + "/0");
  far.define(models());
  EXPECT_EQ(name(far, 1), "one");
  {
    Stopped writer("write.commit_sent", [&] { save(far, 1, R"({"name": "new"})"); });
    redis_->ask({"FLUSHALL"});
    for (int look = 0; look < 3; ++look) EXPECT_EQ(name(other_, 1), "one");
    network.set(Proxy::Net::kCut);
  }
  EXPECT_EQ(name(other_, 1), "new");
}

// Nobody knows whether the write was made: it keeps its marks until the session is over.
TEST_P(OutageRace, B5_AnUnknownOutcomeKeepsItsMarks) {
  std::string through;
  const auto net = network(through);
  const Db far(through);
  far.define(models());
  EXPECT_EQ(name(far, 1), "one");
  Obj obj = loaded(far, 1);
  EXPECT_OK(obj.set("name", "new"));
  std::atomic<thing_status> status{THING_OK};
  {
    Stopped writer("write.commit_sent",
                   [&] { status = call(thing_save, far.get(), nullptr, obj.get()).status; });
    net->set(Proxy::Net::kNoAnswers);
    std::thread end([&] { writer.go_on(); });
    for (int look = 0; look < 500 && name(bare_, 1) != "new"; ++look)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    net->set(Proxy::Net::kCut);
    end.join();
  }
  EXPECT_EQ(status, THING_E_COMMIT_UNKNOWN);
  EXPECT_EQ(redis_->ask({"EVAL",
                         "local k = redis.call('KEYS', '*race_items}:o:*:1')[1] "
                         "return k and string.sub(redis.call('GET', k), 1, 1) or ''",
                         "0"}),
            "M");
  expect_name(1, "new");
  expect_cached(other_, 1);
}

}  // namespace
}  // namespace races
