// Inserts one by one and many at once, and updates. Each side has a file of its own; rows that were
// inserted go away between the rounds, outside the time.
#include <memory>

#include "setup.h"
#include "works.h"

namespace bench {
namespace {

// A side's file, and a connection that empties it.
class Target {
 public:
  Target(const Setup& s, const char* name) : path_(s.path(name)) {
    make_database(path_, 0);
    sweeper_ = std::make_unique<SqliteFloor>(path_, s.pragmas);
  }
  const std::string& path() const { return path_; }

  void sweep() {
    sweeper_->execute("DELETE FROM users");
    sweeper_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

 private:
  std::string path_;
  std::unique_ptr<SqliteFloor> sweeper_;
};

void expect_same_tables(SqliteFloor& a, SqliteFloor& b) {
  const char* sql =
      "SELECT sum(id * 31 + age + length(name) + active) * 1000003 + sum(cast(score * 10000 AS "
      "int)) + "
      "sum(cast(strftime('%s', created_at) AS int)) FROM users";
  expect_same("rows after writing", static_cast<uint64_t>(a.number(sql)),
              static_cast<uint64_t>(b.number(sql)));
}

}  // namespace

void measure_inserts(Setup& s, Report& report) {
  Target floor_target(s, "insert_floor.db"), library_target(s, "insert_library.db");
  SqliteFloor floor(floor_target.path(), s.pragmas);
  const Library library("sqlite:" + library_target.path());
  Inserts c{floor,
            library,
            [&] { floor_target.sweep(); },
            [&] { library_target.sweep(); },
            new_users(s.inserts),
            Clock::kProcess};
  SqliteFloor reader(library_target.path(), s.pragmas);
  c.try_both([&] { expect_same_tables(floor, reader); });
  const auto samples = c.compare_all(s.options);
  report.times("insert in a transaction, one object at a time", samples[0], samples[1], 1.20);
  report.times("save_many, objects made, ids read, of row by row", samples[0], samples[2], 0.66);
  report.times("save_many, the call alone", samples[0], samples[3]);
  report.times("save_packed, ids read, of row by row", samples[0], samples[4]);
}

void measure_updates(Setup& s, Report& report) {
  const std::string floor_path = s.path("update_floor.db"),
                    library_path = s.path("update_library.db");
  make_database(floor_path, s.users);
  make_database(library_path, s.users);
  SqliteFloor floor(floor_path, s.pragmas);
  const Library library("sqlite:" + library_path);
  Updates c(floor, library, s.users, s.hot);
  const auto samples = compare({{"floor", c.floor_updates()}, {"save", c.library_updates()}},
                               Clock::kProcess, s.options);
  report.times("update of one field, autocommit", samples[0], samples[1], 1.10);
}

}  // namespace bench
