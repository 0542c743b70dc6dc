// What MARK and CLEAR cost Redis itself, which stands still for others meanwhile.
#include "cache/shared/shared_cache.h"
#include "cache/wires.h"
#include "shared.h"
#include "works.h"

namespace bench {
namespace {

namespace shared = thing::cache::shared;

constexpr int kCells = 20;
constexpr size_t kRowHead = 26;  // of a row's value, before the packed row

// What they come to at the least, cell by cell: no registry, no tokens of others, no time, and
// nothing is checked but that the mark is there.
constexpr const char* kSimpleMark =
    "for i = 1, #KEYS do redis.call('GET', KEYS[i]) redis.call('SET', KEYS[i], ARGV[1]) end";
constexpr const char* kSimpleClear =
    "for i = 1, #KEYS do if redis.call('GET', KEYS[i]) == ARGV[1] then "
    "redis.call('SET', KEYS[i], ARGV[2], 'PX', ARGV[3]) end end";

class SimpleScripts {
 public:
  SimpleScripts(RedisFloor& redis, std::string row)
      : redis_(redis),
        mark_(redis.ask({"SCRIPT", "LOAD", kSimpleMark}).text()),
        clear_(redis.ask({"SCRIPT", "LOAD", kSimpleClear}).text()),
        row_(std::move(row)) {
    for (int i = 0; i < kCells; ++i)
      keys_.push_back("bench:0123456789abcdef:simple:{users}:o:" + std::to_string(i));
  }
  void mark() {
    const std::string count = std::to_string(kCells);
    std::vector<std::string_view> words{"EVALSHA", mark_, count};
    words.insert(words.end(), keys_.begin(), keys_.end());
    words.push_back(kMark);
    redis_.ask(words);
  }
  void clear() {
    const std::string count = std::to_string(kCells);
    std::vector<std::string_view> words{"EVALSHA", clear_, count};
    words.insert(words.end(), keys_.begin(), keys_.end());
    words.insert(words.end(), {kMark, row_, "600000"});
    redis_.ask(words);
  }

 private:
  static constexpr const char* kMark = "M0xxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  RedisFloor& redis_;
  const std::string mark_, clear_, row_;
  std::vector<std::string> keys_;
};

// The library's scripts by themselves, without a database.
class LibraryScripts {
 public:
  LibraryScripts(const std::string& redis, std::string row)
      : wires_(config_of(redis), "bench-scripts-alone"), cache_(wires_, {}), row_(std::move(row)) {
    cells_.table = &table_;
    for (int i = 0; i < kCells; ++i) cells_.names.push_back("o:bench:" + std::to_string(100 + i));
    cells_.registry = &registry_;
    shared::Look look = cache_.find(table_, cells_.names, kFingerprint);
    cache_.lease(table_, cells_.names, kFingerprint, look);  // makes the table's stamp
  }
  void run() {
    const shared::Token token = cache_.next_token(1);
    bool sent = false;
    const auto marked = cache_.mark(token, {&cells_, 1}, sent);
    if (!marked || cells_.outcome != shared::Cells::Outcome::kMarked) fail("mark");
    cells_.values.assign(kCells,
                         shared::row_value(cells_.stamp, kFingerprint, shared::new_nonce(), row_));
    const auto lost = cache_.clear(token, {&cells_, 1});
    if (!lost || *lost != 0) fail("clear");
  }

 private:
  static constexpr std::string_view kFingerprint = "bench---";
  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "bench_shared: the library's scripts: could not %s\n", what);
    std::exit(1);
  }
  static thing::cache::redis::Config config_of(const std::string& redis) {
    auto config = thing::cache::redis::parse_url(redis);
    if (!config) fail("read the URL");
    return std::move(*config);
  }

  thing::cache::redis::Wires wires_;
  shared::SharedCache cache_;
  const std::string row_;
  const shared::Table table_{"bench_scripts", "int"};
  shared::Registry registry_;
  shared::Cells cells_;
};

struct Took {
  Samples both{"both", {}}, simple{"simple", {}};
};

// Of each round what the scripts of one commit took, of the library and by hand.
template <class Library, class Simple>
Took watch(RedisFloor& redis, int rounds, int commits, Library library, Simple simple) {
  Took took;
  const auto nanoseconds = [&](const auto& commit) {
    const int64_t before = redis.script_micros();
    for (int i = 0; i < commits; ++i) commit();
    return static_cast<double>(redis.script_micros() - before) * 1000 / commits;
  };
  for (int r = 0; r < rounds; ++r) {
    took.both.rounds.push_back(nanoseconds(library));
    took.simple.rounds.push_back(nanoseconds(simple));
  }
  return took;
}

}  // namespace

// Both kinds of scripts come between the same statements: a processor that did other things runs
// them more slowly.
void measure_shared_scripts(SharedSetup& s, Report& report) {
  RedisFloor redis(s.redis);
  const Library library = s.shared(kWritten, "off", "bench-scripts");
  const Library plain = s.plain(kWritten, "off");
  std::vector<Object> objects, plain_objects;
  for (int64_t id = 1; id <= kCells; ++id) {
    objects.push_back(library.by_id(id));
    plain_objects.push_back(plain.by_id(kCells + id));
  }
  const auto save_all = [](const Library& of, thing_ctx* ctx, const std::vector<Object>& all) {
    for (const Object& o : all)
      set_age(of, ctx, o.get(), static_cast<int>(18 + (thing_obj_int64(o.get(), kAge) + 1) % 60));
  };
  int64_t packed = 0;
  check("reading a packed row", [&](thing_error** e) {
    return thing_by_id_packed(library.db(), nullptr, library.user(), 1, nullptr, 0, &packed, e);
  });
  const std::string row(static_cast<size_t>(packed), 'x');
  SimpleScripts simple(redis, std::string(kRowHead, 'V') + row);
  const auto commit = [&] {
    Transaction tx(library);
    save_all(library, tx.ctx(), objects);
    tx.commit();
  };
  const auto by_hand = [&] {
    Transaction tx(plain);
    save_all(plain, tx.ctx(), plain_objects);
    simple.mark();
    tx.commit();
    simple.clear();
  };
  commit();  // its scripts go by their text the first time
  const Took took = watch(redis, s.options.rounds, 20, commit, by_hand);
  LibraryScripts alone(s.redis, row);
  const auto run = [&] { alone.run(); };
  const auto run_simple = [&] {
    simple.mark();
    simple.clear();
  };
  run();
  const Took back_to_back = watch(redis, s.options.rounds, 100, run, run_simple);
  report.nanoseconds("Redis' own time of MARK and CLEAR, 20 rows", took.both.rounds);
  report.times("the same, of scripts that GET and SET cell by cell", took.simple, took.both);
  report.nanoseconds("back to back", back_to_back.both.rounds);
  report.times("back to back, of these scripts", back_to_back.simple, back_to_back.both, 1.15);
}

}  // namespace bench
