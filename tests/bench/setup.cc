#include "setup.h"

#include <cstdio>

namespace bench {
namespace {

constexpr const char* kNoCache = "?cache=off&lease=";

Pragmas pragmas_of(const Library& library) {
  return {library.sql_number("PRAGMA cache_size"), library.sql_number("PRAGMA mmap_size"),
          library.sql_number("PRAGMA temp_store")};
}

}  // namespace

void make_database(const std::string& path, int64_t users) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  Library("sqlite:" + path).sync();
  SqliteFloor floor(path, {});
  floor.begin();
  for (int64_t i = 1; i <= users; ++i) floor.insert(make_user(i));
  floor.commit();
  floor.execute("ANALYZE");
  floor.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Setup make_setup(const std::string& directory, const Options& options, bool quick) {
  Setup s;
  s.options = options;
  s.directory = directory;
  if (quick) s.users = 500, s.hot = 50, s.inserts = 100;
  const std::string path = s.path("users.db"), url = "sqlite:" + path;
  make_database(path, s.users);
  s.plain = std::make_unique<Library>(url + kNoCache + "false");
  s.leased = std::make_unique<Library>(url + kNoCache + "true");
  s.cached = std::make_unique<Library>(url + "?cache_bytes=512MiB");
  s.pragmas = pragmas_of(*s.plain);
  s.floor = std::make_unique<SqliteFloor>(path, s.pragmas);
  return s;
}

}  // namespace bench
