// Cases of CASES.md for which the database has to be out of reach while the cache is not: a handle
// behind a network of its own is cut off.
#include "driver_proxy.h"
#include "support.h"

namespace conformance {
namespace {

using thing::test::Proxy;

constexpr const char* kItem = R"({"name": "Item", "table": "down_items", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": "text", "grp": "int?"}})";
constexpr const char* kGroup = R"({"where": {"grp": 1}})";

// A URL and a way to the server that it names: USER@HOST:PORT/NAME, or with ?host=PATH&port=PORT.
struct Way {
  explicit Way(const std::string& url) {
    const size_t host = url.find("host=");
    if (host != url.npos) {
      const size_t end = url.find('&', host), port = url.find("port=");
      const size_t port_end = std::min(url.find('&', port), url.size());
      const std::string number = url.substr(port + 5, port_end - port - 5);
      proxy = std::make_unique<Proxy>(url.substr(host + 5, end - host - 5) + "/.s.PGSQL." + number,
                                      std::stoi(number));
      through = url.substr(0, host) + "host=127.0.0.1&port=" + std::to_string(proxy->port()) +
                url.substr(port_end);
      return;
    }
    const size_t at = url.find('@') + 1, colon = url.find(':', at), slash = url.find('/', colon);
    proxy = std::make_unique<Proxy>("127.0.0.1", std::stoi(url.substr(colon + 1)));
    through = url.substr(0, at) + "127.0.0.1:" + std::to_string(proxy->port()) + url.substr(slash);
  }
  std::unique_ptr<Proxy> proxy;
  std::string through;
};

class CasesOfAnOutage : public DatabaseTest {
 protected:
  void SetUp() override {
    if (IsSkipped()) return;
    db_.define(kItem);
    way_ = std::make_unique<Way>(url());
    far_ = Db(way_->through);
    ASSERT_OK(call(thing_model_register, far_, kItem, -1));
    item_ = far_.model("Item");
    first_ = insert(far_, item_, R"({"name": "a", "grp": 1})");
    second_ = insert(far_, item_, R"({"name": "b", "grp": 2})");
    ASSERT_OK(call(thing_cache_clear, far_, nullptr, nullptr));
  }
  std::unique_ptr<Way> way_;
  Db far_;
  const thing_model* item_ = nullptr;
  int64_t first_ = 0, second_ = 0;
};
FOR_SETUPS(CasesOfAnOutage, kServers);

TEST_P(CasesOfAnOutage, N9_AnUnreachableDatabaseIsAnErrorAndNoAbsence) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read_text(far_, item_, first_, "name"), "a");
  way_->proxy->set(Proxy::Net::kCut);
  const int64_t keys[] = {first_, second_};
  const Criteria group = parse(item_, kGroup);
  for (int i = 0; i < 2; ++i) {
    Obj obj;
    Rows rows;
    int64_t n = -1;
    bool any = false;
    EXPECT_LT(call(thing_by_id, far_, nullptr, item_, second_, obj.out()).status, 0);
    EXPECT_LT(call(thing_by_id, far_, nullptr, item_, second_ + 1, obj.out()).status, 0);
    EXPECT_LT(call(thing_by_ids, far_, nullptr, item_, keys, 2, rows.out()).status, 0)
        << "one of them is in the cache";
    EXPECT_LT(call(thing_query, far_, nullptr, item_, kGroup, -1, rows.out()).status, 0);
    EXPECT_LT(call(thing_query_count, far_, nullptr, group, &n).status, 0);
    EXPECT_LT(call(thing_query_exists, far_, nullptr, group, &any).status, 0);
    EXPECT_LT(call(thing_query_first, far_, nullptr, group, obj.out()).status, 0);
    EXPECT_EQ(obj.get(), nullptr);
  }
  way_->proxy->set(Proxy::Net::kOpen);
  EXPECT_EQ(read_text(far_, item_, second_, "name"), "b");
  EXPECT_FALSE(exists(far_, item_, second_ + 1));
  EXPECT_EQ(ids(far_, item_, kGroup), (Ids{first_}));
  EXPECT_EQ(count(far_, item_, kGroup), 1);
  EXPECT_EQ(read_text(far_, item_, first_, "name"), "a");
}

TEST_P(CasesOfAnOutage, N9_AWriteThatDoesNotReachTheDatabaseLeavesTheCacheRight) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read_text(far_, item_, first_, "name"), "a");
    EXPECT_EQ(ids(far_, item_, kGroup), (Ids{first_}));
  }
  Obj obj = find(far_, item_, first_);
  ASSERT_OK(obj.set("name", "c"));
  way_->proxy->set(Proxy::Net::kCut);
  EXPECT_LT(call(thing_save, far_, nullptr, obj).status, 0);
  EXPECT_TRUE(obj.is_dirty("name"));
  way_->proxy->set(Proxy::Net::kOpen);
  EXPECT_EQ(read_text(far_, item_, first_, "name"), "a");
  EXPECT_EQ(query(far_, item_, kGroup).texts("name"), (Texts{"a"}));
  ASSERT_OK(call(thing_save, far_, nullptr, obj));
  EXPECT_EQ(read_text(far_, item_, first_, "name"), "c");
  EXPECT_EQ(query(far_, item_, kGroup).texts("name"), (Texts{"c"}));
}

}  // namespace
}  // namespace conformance
