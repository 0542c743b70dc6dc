#pragma once
// libthing with the cache that processes share, beside the same bytes asked of Redis by hand, over
// the same client, and beside the cache that one writes by hand.
#include <memory>
#include <string>
#include <vector>

#include "harness.h"
#include "library.h"
#include "redis_floor.h"
#include "report.h"
#include "server.h"
#include "users.h"

namespace bench {

struct SharedSetup {
  Options options;
  int64_t users = 2'000;
  int64_t hot = 1'000;
  std::string url, redis;
  std::unique_ptr<ServerFloor> floor;  // on the table that is read

  // Each has a space of its own in Redis: how long one uses copies makes writers of all wait.
  Library shared(const std::string& table, const char* copies, const char* space) const;
  Library plain(const std::string& table, const char* cache) const;
};

inline const std::string kRead = "bench_users", kWritten = "bench_users_by_library";

inline void set_age(const Library& library, thing_ctx* ctx, thing_obj* o, int age) {
  check("updating", [&](thing_error** e) {
    const thing_status set = thing_obj_set_int64(o, kAge, age, e);
    return set < 0 ? set : thing_save(library.db(), ctx, o, e);
  });
}

void measure_shared_hits(SharedSetup& s, Report& report);
void measure_shared_copies(SharedSetup& s, Report& report);
void measure_shared_lists(SharedSetup& s, Report& report);
void measure_shared_writes(SharedSetup& s, Report& report);
void measure_shared_scripts(SharedSetup& s, Report& report);
void measure_shared_mix(SharedSetup& s, Report& report);

}  // namespace bench
