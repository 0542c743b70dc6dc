// libthing with the cache in Redis, on PostgreSQL (or MariaDB, with --on mysql).
#include <cstdlib>

#include "program.h"
#include "shared.h"

#ifdef THING_BENCH_POSTGRES
#include "postgres_floor.h"
#endif
#ifdef THING_BENCH_MYSQL
#include "mysql_floor.h"
#endif

namespace bench {
namespace {

// One answer may take long on a machine that others use.
std::string patient(const std::string& url) {
  return url + (url.find('?') == url.npos ? "?" : "&") + "timeout_ms=5000";
}

std::string redis_url() {
  const char* by_socket = std::getenv("THING_TEST_REDIS_SOCKET");
  return patient(server_url(by_socket != nullptr ? by_socket : "", "THING_TEST_REDIS"));
}

void make_tables(SharedSetup& s) {
  for (const std::string& table : {kRead, kWritten}) {
    s.floor->execute("DROP TABLE IF EXISTS " + table);
    create_table(*s.floor, s.plain(table, "off"));
  }
  s.floor->begin();
  for (int64_t i = 1; i <= s.users; ++i) s.floor->insert(make_user(i));
  s.floor->commit();
  s.floor->execute("INSERT INTO " + kWritten +
                   " (name, email, age, score, active, created_at) SELECT name, email, age, score, "
                   "active, created_at FROM " +
                   kRead + " ORDER BY id");
  for (const std::string& table : {kRead, kWritten}) s.floor->execute(s.floor->analyze(table));
}

constexpr Group<SharedSetup> kGroups[] = {
    {"hits", measure_shared_hits},       {"copies", measure_shared_copies},
    {"lists", measure_shared_lists},     {"writes", measure_shared_writes},
    {"scripts", measure_shared_scripts}, {"mix", measure_shared_mix}};

std::unique_ptr<ServerFloor> connect(SharedSetup& s, const std::string& given,
                                     const std::string& on) {
#ifdef THING_BENCH_POSTGRES
  if (on.empty() || on == "postgres") {
    s.url = server_url(given, "THING_TEST_POSTGRES");
    return connect_postgres(s.url, kRead);
  }
#endif
#ifdef THING_BENCH_MYSQL
  if (on == "mysql") {
    s.url = server_url(given, "THING_TEST_MYSQL");
    return connect_mysql(s.url, kRead);
  }
#endif
  return nullptr;
}

std::string facts(const SharedSetup& s) {
  char text[256];
  std::snprintf(text, sizeof text,
                "\"libthing\": \"%s\", \"server\": \"%s\", \"users\": %lld, \"rounds\": %d, "
                "\"round_ms\": %g",
                thing_version(), s.floor->version().c_str(), static_cast<long long>(s.users),
                s.options.rounds, s.options.round_ms);
  return text;
}

}  // namespace

// Redis may have what an earlier run left, of tables that are gone.
Library SharedSetup::shared(const std::string& table, const char* copies, const char* space) const {
  Library library(R"({"url": ")" + url + R"(", "cache": "redis", "redis": ")" + redis +
                      R"(", "cache_copies": ")" + copies + R"(", "cache_space": ")" + space + "\"}",
                  user_model(table));
  check("clearing the cache", [&](thing_error** e) {
    return thing_cache_clear(library.db(), nullptr, library.user(), e);
  });
  return library;
}

Library SharedSetup::plain(const std::string& table, const char* cache) const {
  return Library(R"({"url": ")" + url + R"(", "cache": ")" + cache + "\"}", user_model(table));
}

}  // namespace bench

// usage: bench_shared [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--url URL]
//                     [--on postgres|mysql]
//   --only  one group: hits copies lists writes scripts mix
//   --url   of the database; without, what THING_TEST_POSTGRES or THING_TEST_MYSQL says. Redis is
//           that of THING_TEST_REDIS_SOCKET, or else of THING_TEST_REDIS. What is not there skips.
int main(int argc, char** argv) {
  using namespace bench;
  const char* const usage =
      "bench_shared [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--url URL] "
      "[--on postgres|mysql]";
  std::string url, on;
  const Arguments a = parse_arguments(argc, argv, usage, {{"--url", &url}, {"--on", &on}});
  SharedSetup s{.options = a.options};
  if (a.quick) s.users = 200, s.hot = 50;
  s.redis = redis_url();
  s.floor = connect(s, url, on);
  if (s.floor == nullptr) show_usage(usage);
  make_tables(s);
  const int result = measure_groups(a, kGroups, s, facts(s));
  for (const std::string& table : {kRead, kWritten}) s.floor->execute("DROP TABLE " + table);
  return result;
}
