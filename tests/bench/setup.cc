#include "setup.h"

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr const char* kNoCache = "cache=off&lease=";

Pragmas pragmas_of(const Library& library) {
  return {library.sql_number("PRAGMA cache_size"), library.sql_number("PRAGMA mmap_size"),
          library.sql_number("PRAGMA temp_store")};
}

}  // namespace

void expect_same(const char* what, uint64_t floor, uint64_t library) {
  if (floor == library) return;
  std::fprintf(stderr, "bench: %s: the floor and libthing read different values\n", what);
  std::exit(1);
}

void make_database(const std::string& path, int64_t users) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::remove((path + suffix).c_str());
  Library(path, "").sync();
  Floor floor(path, {});
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
  const std::string path = s.path("users.db");
  make_database(path, s.users);
  s.plain = std::make_unique<Library>(path, std::string(kNoCache) + "false");
  s.leased = std::make_unique<Library>(path, std::string(kNoCache) + "true");
  s.cached = std::make_unique<Library>(path, "cache_bytes=512MiB");
  s.pragmas = pragmas_of(*s.plain);
  s.floor = std::make_unique<Floor>(path, s.pragmas);
  return s;
}

}  // namespace bench
