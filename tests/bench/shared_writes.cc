#include <atomic>
#include <cstdio>
#include <thread>

#include "shared.h"
#include "works.h"

namespace bench {
namespace {

constexpr int kThreads = 4;
constexpr int kTogether = 250;   // that a thread does for one unit of work
constexpr int kWriteEvery = 50;  // 2 in 100

// Threads that read at random and write now and then, each with objects of its own to save.
class Mix {
 public:
  Mix(const Library& library, int64_t rows) : library_(library), rows_(rows) {
    for (std::vector<Object>& objects : objects_) {
      for (int64_t id = 1; id <= rows; ++id) objects.push_back(library.by_id(id));
    }
  }
  virtual ~Mix() = default;

  Work work() {
    return [this](int64_t n) {
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([this, t, n] { run(t, n * kTogether); });
      for (std::thread& thread : threads) thread.join();
      return 0.0;
    };
  }

 protected:
  virtual void read(int thread, int64_t id) = 0;
  virtual void write(int thread, int64_t id) = 0;

  size_t load(int64_t id, uint8_t* out) const {
    int64_t need = 0;
    check("reading a packed row", [&](thing_error** e) {
      return thing_by_id_packed(library_.db(), nullptr, library_.user(), id, out, kBytes, &need, e);
    });
    return static_cast<size_t>(need);
  }
  void save(int thread, int64_t id) {
    thing_obj* o = objects_[thread][static_cast<size_t>(id - 1)].get();
    set_age(library_, nullptr, o, static_cast<int>(18 + (thing_obj_int64(o, kAge) + 1) % 60));
  }
  static constexpr int64_t kBytes = 1024;

 private:
  void run(int t, int64_t n) {
    Random& random = randoms_[t];
    for (int64_t i = 0; i < n; ++i) {
      const int64_t id = random.id(rows_);
      if (random.below(kWriteEvery) == 0)
        write(t, id);
      else
        read(t, id);
    }
  }

  const Library& library_;
  const int64_t rows_;
  std::vector<Object> objects_[kThreads];
  Random randoms_[kThreads] = {Random(1), Random(2), Random(3), Random(4)};
};

class SharedMix final : public Mix {
 public:
  using Mix::Mix;

 protected:
  void read(int /*thread*/, int64_t id) override {
    alignas(8) uint8_t row[kBytes];
    load(id, row);
    Digest d;
    digest(PackedRow(row, 0), d);
    keep(d);
  }
  void write(int thread, int64_t id) override { save(thread, id); }
};

// What one writes by hand, and what two callers at once turn into old answers: GET, on a miss
// SELECT and SET; UPDATE, then DEL. The database is asked by libthing without a cache.
class NaiveMix final : public Mix {
 public:
  NaiveMix(const Library& library, int64_t rows, const std::string& redis) : Mix(library, rows) {
    for (int t = 0; t < kThreads; ++t) links_.push_back(std::make_unique<RedisFloor>(redis));
  }

 protected:
  void read(int thread, int64_t id) override {
    RedisFloor& redis = *links_[static_cast<size_t>(thread)];
    const std::string key = key_of(id);
    Digest d;
    if (const auto found = redis.ask({"GET", key}); found.is_text()) {
      digest(PackedRow(reinterpret_cast<const uint8_t*>(found.text().data()), 0), d);
    } else {
      alignas(8) uint8_t row[kBytes];
      const size_t size = load(id, row);
      redis.ask({"SET", key, {reinterpret_cast<const char*>(row), size}, "PX", "600000"});
      digest(PackedRow(row, 0), d);
    }
    keep(d);
  }
  void write(int thread, int64_t id) override {
    save(thread, id);
    links_[static_cast<size_t>(thread)]->ask({"DEL", key_of(id)});
  }

 private:
  static std::string key_of(int64_t id) { return "bench:naive:{users}:" + std::to_string(id); }
  std::vector<std::unique_ptr<RedisFloor>> links_;
};

// The write of one row, and trips that do nothing.
Work with_trips(Work write, RedisFloor& redis, int trips) {
  return [write = std::move(write), &redis, trips](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      write(1);
      for (int k = 0; k < trips; ++k) keep(redis.ask({"GET", "bench:nothing"}).is_nil());
    }
    return 0.0;
  };
}

}  // namespace

void measure_shared_writes(SharedSetup& s, Report& report) {
  RedisFloor redis(s.redis);
  const Library plain = s.plain(kWritten, "off");
  const Library off = s.shared(kWritten, "off", "bench-write-off");
  const Library leased = s.shared(kWritten, "lease", "bench-write-lease");
  Updates by_plain(*s.floor, plain, s.users, s.hot), by_trips(*s.floor, plain, s.users, s.hot),
      by_off(*s.floor, off, s.users, s.hot), by_leased(*s.floor, leased, s.users, s.hot);
  const Work shared = by_off.library_updates();
  shared(s.hot);  // what was read may have the first age already
  const int64_t before = redis.calls({"evalsha", "eval"});
  shared(s.hot);
  const double trips =
      static_cast<double>(redis.calls({"evalsha", "eval"}) - before) / static_cast<double>(s.hot);
  const auto samples = compare({{"off", by_plain.library_updates()},
                                {"off and trips", with_trips(by_trips.library_updates(), redis, 2)},
                                {"shared", shared},
                                {"leased", by_leased.library_updates()}},
                               Clock::kWall, s.options);
  report.times("update of one row, cache=redis, of cache=off", samples[0], samples[2]);
  report.times("the same, of cache=off and two raw GETs", samples[1], samples[2], 1.10);
  report.times("the same where readers lease copies, of cache=off", samples[0], samples[3]);
  report.count("scripts of an update, a trip each", trips, 2);
}

void measure_shared_mix(SharedSetup& s, Report& report) {
  const Library plain = s.plain(kWritten, "off");
  const Library off = s.shared(kWritten, "off", "bench-mix-off");
  const Library validating = s.shared(kWritten, "validate", "bench-mix-validate");
  const Library leased = s.shared(kWritten, "lease", "bench-mix-lease");
  const Library tracked = s.shared(kWritten, "track", "bench-mix-track");
  NaiveMix naive(plain, s.users, s.redis);
  SharedMix by_off(off, s.users), by_validating(validating, s.users), by_leased(leased, s.users),
      by_tracked(tracked, s.users);
  Options options = s.options;
  options.round_ms *= 8;  // threads have to come to their speed
  const auto samples = compare({{"naive", naive.work(), kThreads * kTogether},
                                {"off", by_off.work(), kThreads * kTogether},
                                {"validate", by_validating.work(), kThreads * kTogether},
                                {"lease", by_leased.work(), kThreads * kTogether},
                                {"track", by_tracked.work(), kThreads * kTogether}},
                               Clock::kWall, options);
  const std::string of = "4 threads, 2 % writes, of a naive cache: ";
  report.faster(of + "copies off", samples[0], samples[1], 0.95);
  report.faster(of + "validate", samples[0], samples[2]);
  report.faster(of + "lease", samples[0], samples[3]);
  report.faster(of + "track", samples[0], samples[4]);
}

}  // namespace bench
