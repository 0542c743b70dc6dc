#include "server.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <sched.h>

#include "library.h"
#include "program.h"
#include "works.h"

namespace bench {
namespace {

const std::string kReads = "bench_users", kByHand = "bench_users_by_hand",
                  kByLibrary = "bench_users_by_library";

// A list of everything active, to compare tables by.
constexpr int kAll = 1'000'000;

std::string with_option(const std::string& url, const char* option) {
  return url + (url.find('?') == url.npos ? "?" : "&") + option;
}

struct ServerSetup {
  Options options;
  int64_t users = 20'000;
  int64_t hot = 1'000;      // ids that are read or written again and again
  int64_t inserts = 1'000;  // a transaction
  const Server& server;
  std::string url;
  int cpu = -1;  // that client and server run on; -1: on any
  std::unique_ptr<ServerFloor> floor;

  std::unique_ptr<ServerFloor> by_hand(const std::string& table) const {
    return server.connect(url, table);
  }
  Library library(const std::string& table, const char* cache = "cache=off") const {
    return Library(with_option(url, cache), user_model(table));
  }
  void drop_tables() const;
  void make_tables() const;
  void fill(const std::string& table) const;  // with the users of the table for reads
  void empty(const std::string& table) const { floor->execute(floor->truncate(table)); }
  void pin() const;
};

void ServerSetup::drop_tables() const {
  for (const std::string& table : {std::string(kPostTable), kReads, kByHand, kByLibrary})
    floor->execute("DROP TABLE IF EXISTS " + table);
}

void ServerSetup::make_tables() const {
  drop_tables();
  for (const std::string& table : {kReads, kByHand, kByLibrary})
    create_table(*floor, library(table));
  floor->begin();
  for (int64_t i = 1; i <= users; ++i) floor->insert(make_user(i));
  floor->commit();
  floor->execute(floor->analyze(kReads));
}

void ServerSetup::fill(const std::string& table) const {
  empty(table);
  floor->execute("INSERT INTO " + table +
                 " (name, email, age, score, active, created_at) SELECT name, email, age, score, "
                 "active, created_at FROM " +
                 kReads + " ORDER BY id");
  floor->execute(floor->analyze(table));
}

// Connections open when they are first needed, so this comes when all were used.
void ServerSetup::pin() const {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  bool done = sched_setaffinity(0, sizeof set, &set) == 0;
  for (const int64_t task : floor->tasks())
    done = sched_setaffinity(static_cast<pid_t>(task), sizeof set, &set) == 0 && done;
  if (done) return;
  std::perror("bench: keeping client and server on one processor");
  std::exit(1);
}

void expect_same_tables(ServerFloor& by_hand, ServerFloor& by_library) {
  Digest digests[2];
  int side = 0;
  for (ServerFloor* floor : {&by_hand, &by_library}) {
    std::vector<User> users;
    floor->list(0, kAll, users);
    for (const User& u : users) digests[side].add(u);
    digests[side++].add(static_cast<int64_t>(users.size()));
  }
  expect_same("rows after writing", digests[0].value, digests[1].value);
}

void measure_server_reads(ServerSetup& s, Report& report) {
  const Library plain = s.library(kReads);
  expect_same_rows(*s.floor, plain, s.users);
  s.pin();
  const auto samples = compare({{"floor", floor_reads(*s.floor, s.users)},
                                {"objects", object_reads(plain, s.users)},
                                {"packed", packed_reads(plain, s.users)}},
                               Clock::kWall, s.options);
  report.times("by_id, uncached", samples[0], samples[1], 1.05);
  report.times("by_id_packed, uncached", samples[0], samples[2]);
}

void measure_server_hits(ServerSetup& s, Report& report) {
  const Library cached = s.library(kReads, "cache=memory&cache_bytes=512MiB");
  expect_same_rows(*s.floor, cached, s.users);
  fill_cache(cached, s.hot);
  s.pin();
  const int64_t misses = cached.stat(THING_STAT_OBJECT_MISS);
  const auto samples = compare({{"floor", floor_reads(*s.floor, s.hot)},
                                {"objects", object_reads(cached, s.hot)},
                                {"packed", packed_reads(cached, s.hot)}},
                               Clock::kWall, s.options);
  const std::string rows = " on " + std::to_string(s.hot) + " rows";
  report.faster("memory hit, object and 7 fields," + rows, samples[0], samples[1], 130);
  report.faster("memory hit, packed and 7 fields," + rows, samples[0], samples[2], 130);
  expect_same("memory hits that were none", 0,
              static_cast<uint64_t>(cached.stat(THING_STAT_OBJECT_MISS) - misses));
}

void measure_server_lists(ServerSetup& s, Report& report) {
  const Library plain = s.library(kReads), cached = s.library(kReads, "cache=memory");
  for (const auto& [rows, goal] : {std::pair{20, s.server.list20}, {1000, s.server.list1000}}) {
    for (const Library* library : {&plain, &cached}) expect_same_list(*s.floor, *library, rows);
    s.pin();
    const auto samples = compare({{"floor", floor_lists(*s.floor, rows)},
                                  {"built", built_lists(plain, rows)},
                                  {"JSON", json_lists(plain, rows)},
                                  {"cached", json_lists(cached, rows)}},
                                 Clock::kWall, s.options);
    const std::string of = "list of " + std::to_string(rows);
    report.times(of + ", built criteria", samples[0], samples[1], goal);
    report.times(of + ", JSON text", samples[0], samples[2], goal);
    report.faster("cached " + of + ", JSON text", samples[0], samples[3]);
  }
}

void measure_server_preloads(ServerSetup& s, Report& report) {
  Library plain(with_option(s.url, "cache=off"), author_models(kReads));
  plain.sync();
  for (int i = 0; i < kPosts; ++i) s.floor->execute(insert_posts(kReads));
  s.floor->execute(s.floor->analyze(kPostTable));
  expect_same_preload(*s.floor, plain);
  s.pin();
  const auto samples = compare(
      {{"floor", floor_preloads(*s.floor, s.users)}, {"library", library_preloads(plain, s.users)}},
      Clock::kWall, s.options);
  report.times("posts of 100 users", samples[0], samples[1], 1.05);
}

void measure_server_actions(ServerSetup& s, Report& report) {
  const Library plain = s.library(kReads);
  s.pin();
  const auto samples = compare({{"typed", typed_texts(plain)}, {"action", action_texts(plain)}},
                               Clock::kWall, s.options);
  report.times("findMany of 20, of the typed call and its JSON", samples[0], samples[1], 1.5);
}

void measure_server_batches(ServerSetup& s, Report& report) {
  const Library plain = s.library(kReads);
  expect_same_batch(*s.floor, plain, s.users);
  s.pin();
  const auto samples = compare(
      {{"floor", floor_batches(*s.floor, s.users)}, {"one", library_batches(plain, s.users)}},
      Clock::kWall, s.options);
  report.times("100 ids at once, of 100 single gets", samples[0], samples[1], s.server.batch);
}

void measure_server_inserts(ServerSetup& s, Report& report) {
  const auto floor = s.by_hand(kByHand), reader = s.by_hand(kByLibrary);
  const Library library = s.library(kByLibrary);
  for (const std::string& table : {kByHand, kByLibrary}) s.empty(table);
  Inserts c{*floor,
            library,
            [&] { s.empty(kByHand); },
            [&] { s.empty(kByLibrary); },
            new_users(s.inserts),
            Clock::kWall};
  c.try_both([&] { expect_same_tables(*floor, *reader); });
  s.pin();
  const auto samples = c.compare_all(s.options);
  report.times("insert in a transaction, one object at a time", samples[0], samples[1],
               s.server.insert);
  report.times("save_many, objects made, ids read, of row by row", samples[0], samples[2],
               s.server.many);
  report.times("save_many, the call alone", samples[0], samples[3]);
  report.times("save_packed, ids read, of row by row", samples[0], samples[4]);
}

void measure_server_updates(ServerSetup& s, Report& report) {
  const auto floor = s.by_hand(kByHand), reader = s.by_hand(kByLibrary);
  const Library library = s.library(kByLibrary);
  for (const std::string& table : {kByHand, kByLibrary}) s.fill(table);
  Updates c(*floor, library, s.users, s.hot);
  const Work by_hand = c.floor_updates(), by_library = c.library_updates();
  by_hand(s.hot / 2);
  by_library(s.hot / 2);
  expect_same_tables(*floor, *reader);
  s.pin();
  const auto samples = compare({{"floor", by_hand}, {"save", by_library}}, Clock::kWall, s.options);
  report.times("update of one field, autocommit", samples[0], samples[1], 1.10);
}

// One of the hot users with another age each time it is met.
class Upserts {
 public:
  explicit Upserts(int64_t hot) : users_(new_users(hot)) {}
  const User& next() {
    User& u = users_[static_cast<size_t>(met_ * 7919) % users_.size()];
    u.age = static_cast<int>(18 + met_++ / static_cast<int64_t>(users_.size()) % 60);
    return u;
  }

 private:
  std::vector<User> users_;
  int64_t met_ = 0;
};

void upsert(const Library& library, const User& u) {
  const Object o = library.make(u);
  const int32_t key = kEmail;
  check("upserting",
        [&](thing_error** e) { return thing_upsert(library.db(), nullptr, o.get(), &key, 1, e); });
}

void measure_server_upserts(ServerSetup& s, Report& report) {
  const auto floor = s.by_hand(kByHand), reader = s.by_hand(kByLibrary);
  const Library library = s.library(kByLibrary);
  for (const std::string& table : {kByHand, kByLibrary}) s.fill(table);
  Upserts floor_users(s.hot), library_users(s.hot);
  const Work by_hand = [&](int64_t n) {
    for (int64_t i = 0; i < n; ++i) floor->upsert(floor_users.next());
    return 0.0;
  };
  const Work by_library = [&](int64_t n) {
    for (int64_t i = 0; i < n; ++i) upsert(library, library_users.next());
    return 0.0;
  };
  by_hand(s.hot / 2);
  by_library(s.hot / 2);
  expect_same_tables(*floor, *reader);
  s.pin();
  const auto samples =
      compare({{"floor", by_hand}, {"upsert", by_library}}, Clock::kWall, s.options);
  report.times("upsert of a row that is there", samples[0], samples[1]);
}

constexpr Group<ServerSetup> kGroups[] = {
    {"reads", measure_server_reads},     {"hits", measure_server_hits},
    {"lists", measure_server_lists},     {"preloads", measure_server_preloads},
    {"actions", measure_server_actions}, {"batches", measure_server_batches},
    {"inserts", measure_server_inserts}, {"updates", measure_server_updates},
    {"upserts", measure_server_upserts}};

std::string facts(const ServerSetup& s) {
  char text[256];
  std::snprintf(text, sizeof text,
                "\"libthing\": \"%s\", \"server\": \"%s\", \"users\": %lld, \"rounds\": %d, "
                "\"round_ms\": %g, \"cpu\": %d",
                thing_version(), s.floor->version().c_str(), static_cast<long long>(s.users),
                s.options.rounds, s.options.round_ms, s.cpu);
  return text;
}

}  // namespace

void create_table(ServerFloor& floor, const Library& library) {
  std::string ddl = library.ddl(floor.dialect());
  for (size_t end = ddl.find(";\n"); end != ddl.npos; end = ddl.find(";\n")) {
    floor.execute(ddl.substr(0, end));
    ddl.erase(0, end + 2);
  }
  if (!ddl.empty()) floor.execute(ddl);
}

std::string server_url(const std::string& given, const char* variable) {
  if (!given.empty()) return given;
  const char* found = std::getenv(variable);
  if (found != nullptr && found[0] != '\0') return found;
  std::printf("skipped: %s is not set\n", variable);
  std::exit(77);  // Meson's word for it
}

int run_server(int argc, char** argv, const Server& server) {
  const std::string usage = std::string(server.program) +
                            " [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--url URL] "
                            "[--cpu N]";
  std::string url, cpu;
  const Arguments a =
      parse_arguments(argc, argv, usage.c_str(), {{"--url", &url}, {"--cpu", &cpu}});
  ServerSetup s{.options = a.options, .server = server, .url = server_url(url, server.variable)};
  if (a.quick) s.users = 500, s.hot = 50, s.inserts = 100;
  if (!cpu.empty()) s.cpu = std::atoi(cpu.c_str());
  s.floor = s.by_hand(kReads);
  s.make_tables();
  const int result = measure_groups(a, kGroups, s, facts(s));
  s.drop_tables();
  return result;
}

}  // namespace bench
