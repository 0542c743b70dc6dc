#include "shared.h"
#include "works.h"

namespace bench {
namespace {

constexpr size_t kHead = 26;  // of a row's value, before the packed row
constexpr size_t kStamp = 9;  // the value of a stamp
constexpr const char* kCounted = R"({"where": {"age": {"gt": 18}, "active": true}})";
constexpr int kRows = 20;  // of a list

// As long as the library's own keys are.
const std::string kSpace = "bench:0123456789abcdef0123456789abcdef:0123456789abcdef:{bench_users}:";

std::string row_key(int64_t id) { return kSpace + "o:" + std::to_string(id); }
std::string stamp_key(int n) { return kSpace + "b:0123456789abcdef:" + std::to_string(n); }

std::string packed_row(const Library& library, int64_t id) {
  alignas(8) uint8_t buffer[1024];
  int64_t need = 0;
  check("reading a packed row", [&](thing_error** e) {
    return thing_by_id_packed(library.db(), nullptr, library.user(), id, buffer, sizeof buffer,
                              &need, e);
  });
  return {reinterpret_cast<const char*>(buffer), static_cast<size_t>(need)};
}

// The same rows and stamps as the library has them, under keys of their own.
void put_by_hand(RedisFloor& redis, const Library& plain, int64_t rows) {
  for (int n = 0; n < 4; ++n) redis.ask({"SET", stamp_key(n), std::string(kStamp, 'S')});
  for (int64_t id = 1; id <= rows; ++id)
    redis.ask({"SET", row_key(id), std::string(kHead, 'V') + packed_row(plain, id)});
}

void digest_value(std::string_view value, Digest& d) {
  digest(PackedRow(reinterpret_cast<const uint8_t*>(value.data()) + kHead, 0), d);
}

// A stamp and the row in one MGET, and every column of the row.
Work raw_reads(RedisFloor& redis, int64_t range) {
  return [&redis, range, random = Random(), stamp = stamp_key(0)](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      const std::string key = row_key(random.id(range));
      Digest d;
      digest_value(redis.ask({"MGET", stamp, key}).at(1).text(), d);
      keep(d);
    }
    return 0.0;
  };
}

// Commands that are a trip each, an operation.
double trips_of(RedisFloor& redis, const Work& work, int64_t n) {
  const auto names = {std::string_view("mget"), std::string_view("get"),
                      std::string_view("evalsha"), std::string_view("eval")};
  const int64_t before = redis.calls(names);
  work(n);
  return static_cast<double>(redis.calls(names) - before) / static_cast<double>(n);
}

void fill_twice(const Library& library, int64_t rows) {
  for (int i = 0; i < 2; ++i) fill_cache(library, rows);
}

// One MGET for the entry and its stamps, one for the rows with them.
Work raw_lists(RedisFloor& redis, const std::string& entry) {
  std::vector<std::string> first{"MGET", entry}, second{"MGET"};
  for (int n = 0; n < 3; ++n) {
    first.push_back(stamp_key(n));
    second.push_back(stamp_key(n));
  }
  for (int64_t id = 1; id <= kRows; ++id) second.push_back(row_key(id));
  return [&redis, first, second](int64_t n) {
    const std::vector<std::string_view> entry_words(first.begin(), first.end()),
        row_words(second.begin(), second.end());
    for (int64_t i = 0; i < n; ++i) {
      keep(redis.ask(entry_words).at(0).text());
      const auto rows = redis.ask(row_words);
      Digest d;
      for (size_t r = 3; r < rows.size(); ++r) digest_value(rows.at(r).text(), d);
      keep(d);
    }
    return 0.0;
  };
}

Work raw_counts(RedisFloor& redis, const std::string& entry) {
  return [&redis, words = std::vector<std::string>{"MGET", entry, stamp_key(0), stamp_key(1),
                                                   stamp_key(2)}](int64_t n) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    for (int64_t i = 0; i < n; ++i) keep(redis.ask(views).at(0).text());
    return 0.0;
  };
}

Work counts(const Library& library) {
  const auto q = std::shared_ptr<thing_criteria>(library.parse(kCounted).release(), Free());
  return [&library, q](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      int64_t count = 0;
      check("counting", [&](thing_error** e) {
        return thing_query_count(library.db(), nullptr, q.get(), &count, e);
      });
      keep(count);
    }
    return 0.0;
  };
}

}  // namespace

void measure_shared_hits(SharedSetup& s, Report& report) {
  RedisFloor redis(s.redis);
  const Library plain = s.plain(kRead, "off");
  const Library off = s.shared(kRead, "off", "bench-off");
  const Library validating = s.shared(kRead, "validate", "bench-validate");
  put_by_hand(redis, plain, s.hot);
  for (const Library* library : {&off, &validating}) {
    expect_same_rows(*s.floor, *library, s.users);
    fill_twice(*library, s.hot);
    expect_same_rows(*s.floor, *library, s.users);
  }
  const auto samples = compare({{"floor", raw_reads(redis, s.hot)},
                                {"objects", object_reads(off, s.hot)},
                                {"packed", packed_reads(off, s.hot)},
                                {"validated", packed_reads(validating, s.hot)},
                                {"database", packed_reads(plain, s.hot)}},
                               Clock::kWall, s.options);
  report.times("hit in Redis, packed, of a raw MGET", samples[0], samples[2], 1.10);
  report.times("hit in Redis, object, of a raw MGET", samples[0], samples[1]);
  report.times("hit of a copy that is validated, packed, of it", samples[0], samples[3]);
  report.times("the row from the database, cache off, of it", samples[0], samples[4]);
  // Of the client alone: what is left of a trip on a machine that others use.
  const auto cpu =
      compare({{"floor", raw_reads(redis, s.hot)}, {"packed", packed_reads(off, s.hot)}},
              Clock::kProcess, s.options);
  report.times("hit in Redis, packed, in processor time of the client", cpu[0], cpu[1]);
  report.count("trips of a hit in Redis", trips_of(redis, packed_reads(off, s.hot), 100), 1);
}

void measure_shared_copies(SharedSetup& s, Report& report) {
  RedisFloor redis(s.redis);
  const Library memory = s.plain(kRead, "memory");
  const Library leased = s.shared(kRead, "lease", "bench-lease");
  const Library tracked = s.shared(kRead, "track", "bench-track");
  for (const Library* library : {&memory, &leased, &tracked}) {
    expect_same_rows(*s.floor, *library, s.users);
    fill_twice(*library, s.hot);
  }
  // A lease lasts 2 ms, so it is one row.
  const auto one =
      compare({{"memory", packed_reads(memory, 1)}, {"leased", packed_reads(leased, 1)}},
              Clock::kWall, s.options);
  report.times("hit of a leased copy, one row, of cache=memory", one[0], one[1]);
  const auto many =
      compare({{"memory", packed_reads(memory, s.hot)}, {"tracked", packed_reads(tracked, s.hot)}},
              Clock::kWall, s.options);
  report.times("hit of a tracked copy, of cache=memory", many[0], many[1]);
  report.count("trips of a hit of a tracked copy",
               trips_of(redis, packed_reads(tracked, s.hot), s.hot));
}

void measure_shared_lists(SharedSetup& s, Report& report) {
  RedisFloor redis(s.redis);
  const Library plain = s.plain(kRead, "off");
  const Library off = s.shared(kRead, "off", "bench-off");
  put_by_hand(redis, plain, s.hot);
  const std::string entry = kSpace + "q:0123456789abcdef0123456789abcdef";
  redis.ask({"SET", entry, std::string(400, 'Q')});
  for (int i = 0; i < 3; ++i) expect_same_list(*s.floor, off, kRows);
  const Work lists = json_lists(off, kRows), counted = counts(off);
  for (const Work& work : {lists, counted}) work(6);
  const auto samples = compare({{"floor", raw_lists(redis, entry)},
                                {"lists", lists},
                                {"database", json_lists(plain, kRows)},
                                {"floor of counts", raw_counts(redis, entry)},
                                {"counts", counted},
                                {"counts of the database", counts(plain)}},
                               Clock::kWall, s.options);
  report.times("list of 20 from Redis, of two raw MGETs", samples[0], samples[1], 1.15);
  report.times("the list from the database, cache off, of them", samples[0], samples[2]);
  report.times("count from Redis, of a raw MGET", samples[3], samples[4], 1.15);
  report.times("the count from the database, cache off, of it", samples[3], samples[5]);
  const auto cpu =
      compare({{"floor", raw_lists(redis, entry)}, {"lists", lists}}, Clock::kProcess, s.options);
  report.times("list of 20 from Redis, in processor time of the client", cpu[0], cpu[1]);
  report.count("trips of a list of 20", trips_of(redis, lists, 99), 2);
  report.count("trips of a count", trips_of(redis, counted, 100), 1);
}

}  // namespace bench
