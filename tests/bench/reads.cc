// Single rows: from the database, from the cache, on one thread and on two.
#include <atomic>
#include <thread>
#include <vector>

#include "setup.h"
#include "works.h"

namespace bench {
namespace {

// The work of `threads` threads at once, each with its own sequence of ids.
template <class Body>
Work on_threads(int threads, Body body) {
  return [threads, body](int64_t n) {
    std::vector<std::jthread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([body, t, n] {
        Random random(0x9E3779B97F4A7C15U * static_cast<uint64_t>(t + 1));
        body(t, random, n);
      });
    }
    return 0.0;
  };
}

template <class Body>
void measure_two_threads(const Setup& s, Report& report, const char* operation, double at_least,
                         Body body) {
  const auto samples =
      compare({{"one thread", on_threads(1, body), 1}, {"two threads", on_threads(2, body), 2}},
              Clock::kWall, s.options);
  report.threads(operation, samples[0], samples[1], at_least);
}

void warn_of_misses(const char* what, int64_t misses) {
  if (misses > 0)
    std::fprintf(stderr, "bench: %s: %lld reads were no hits\n", what,
                 static_cast<long long>(misses));
}

}  // namespace

void measure_reads(Setup& s, Report& report) {
  for (const Library* library : {s.plain.get(), s.leased.get()})
    expect_same_rows(*s.floor, *library, s.users);
  const auto samples = compare({{"floor", floor_reads(*s.floor, s.users)},
                                {"plain", object_reads(*s.plain, s.users)},
                                {"leased", object_reads(*s.leased, s.users)},
                                {"leased, packed", packed_reads(*s.leased, s.users)}},
                               Clock::kProcess, s.options);
  report.times("by_id, uncached, lease=false", samples[0], samples[1], 1.05);
  report.times("by_id, uncached, lease=true", samples[0], samples[2], 0.60);
  report.times("by_id_packed, uncached, lease=true", samples[0], samples[3]);
}

void measure_hits(Setup& s, Report& report) {
  expect_same_rows(*s.floor, *s.cached, s.users);
  fill_cache(*s.cached, s.users);
  const int64_t misses = s.cached->stat(THING_STAT_OBJECT_MISS);
  for (const auto& [range, goal] : {std::pair{s.hot, 60.0}, std::pair{s.users, 20.0}}) {
    const auto samples = compare({{"floor", floor_reads(*s.floor, range)},
                                  {"objects", object_reads(*s.cached, range)},
                                  {"packed", packed_reads(*s.cached, range)}},
                                 Clock::kProcess, s.options);
    const std::string rows = " on " + std::to_string(range) + " rows";
    report.faster("memory hit, object and 7 fields," + rows, samples[0], samples[1], goal);
    report.faster("memory hit, packed and 7 fields," + rows, samples[0], samples[2], goal);
  }
  warn_of_misses("memory hit", s.cached->stat(THING_STAT_OBJECT_MISS) - misses);
}

void measure_threads(Setup& s, Report& report) {
  fill_cache(*s.cached, s.users);
  const Library *cached = s.cached.get(), *leased = s.leased.get(), *plain = s.plain.get();
  const int64_t hot = s.hot, users = s.users;
  measure_two_threads(s, report, "2 threads: memory hit, object, on hot rows", 1.7,
                      [=](int, Random& r, int64_t n) { read_objects(*cached, r, hot, n); });
  measure_two_threads(s, report, "2 threads: memory hit, packed, on hot rows", 1.7,
                      [=](int, Random& r, int64_t n) { read_packed(*cached, r, hot, n); });
  measure_two_threads(s, report, "2 threads: memory hit, object, on all rows", 1.7,
                      [=](int, Random& r, int64_t n) { read_objects(*cached, r, users, n); });
  measure_two_threads(s, report, "2 threads: by_id, uncached, lease=true", 1.8,
                      [=](int, Random& r, int64_t n) { read_objects(*leased, r, users, n); });
  measure_two_threads(s, report, "2 threads: by_id, uncached, lease=false", 0,
                      [=](int, Random& r, int64_t n) { read_objects(*plain, r, users, n); });
  SqliteFloor second(s.path("users.db"), s.pragmas);
  Floor* floors[] = {s.floor.get(), &second};
  measure_two_threads(s, report, "2 threads: the floor itself, a connection each", 0,
                      [=](int t, Random& r, int64_t n) {
                        User user;
                        for (int64_t i = 0; i < n; ++i) {
                          floors[t]->by_id(r.id(users), user);
                          keep(user);
                        }
                      });
}

}  // namespace bench
