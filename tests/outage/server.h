#pragma once
// A server that a test owns, to end it and to bring it back.
#include <memory>
#include <string>

#include "driver_proxy.h"
#include "support.h"

namespace outage {

class Server {
 public:
  explicit Server(std::string kind);  // "postgres" or "mariadb"
  ~Server();
  Server(const Server&) = delete;

  const std::string& kind() const { return kind_; }
  // Of the server itself, and through a network that can fail; ends so that "&key=value" can
  // follow.
  const std::string& url() const { return url_; }
  std::string url(const thing::test::Proxy& proxy) const;
  std::unique_ptr<thing::test::Proxy> network() const;
  void kill() const { run("kill"); }
  void restart() const { run("restart"); }
  bool is_postgres() const { return kind_ == "postgres"; }
  // SQL that takes so many seconds.
  std::string sleep(int seconds) const;

 private:
  std::string run(const std::string& verb) const;

  const std::string kind_;
  conformance::Folder folder_;
  std::string url_;
};

// One server of each kind for the whole program.
Server& server(const std::string& kind);

// A test on both kinds; the table "items" is there and empty.
class ServerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override;
  Server& server() const { return outage::server(GetParam()); }
  // The model Item: id, number (unique), name.
  const thing_model* define(const conformance::Db& db) const;
};

int64_t now_ms();
void sleep_ms(int64_t ms);

std::string kind_name(const testing::TestParamInfo<const char*>& info);

#define ON_SERVERS(suite) \
  INSTANTIATE_TEST_SUITE_P(On, suite, testing::Values("postgres", "mariadb"), ::outage::kind_name)

}  // namespace outage
