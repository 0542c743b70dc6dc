#pragma once
// What the groups of measurements share: one file of users, opened by the floor and by libthing in
// three ways.
#include <functional>
#include <memory>
#include <string>

#include "harness.h"
#include "library.h"
#include "report.h"
#include "sqlite_floor.h"

namespace bench {

struct Setup {
  Options options;
  int64_t users = 100'000;
  int64_t hot = 1'000;       // ids that are read again and again
  int64_t inserts = 10'000;  // a transaction
  std::string directory;
  Pragmas pragmas;
  std::unique_ptr<SqliteFloor> floor;
  std::unique_ptr<Library> plain;   // no cache, no lease
  std::unique_ptr<Library> leased;  // no cache
  std::unique_ptr<Library> cached;  // as it is opened by default, with room for all users

  std::string path(const char* name) const { return directory + "/" + name; }
};

// Makes the file and opens it.
Setup make_setup(const std::string& directory, const Options& options, bool quick);
// A file of its own with the table, and so many users in it.
void make_database(const std::string& path, int64_t users);

// The groups; each checks first that both sides read the same.
void measure_reads(Setup& s, Report& report);
void measure_hits(Setup& s, Report& report);
void measure_threads(Setup& s, Report& report);
void measure_lists(Setup& s, Report& report);
void measure_preloads(Setup& s, Report& report);
void measure_actions(Setup& s, Report& report);
void measure_batches(Setup& s, Report& report);
void measure_inserts(Setup& s, Report& report);
void measure_updates(Setup& s, Report& report);
void measure_plans(Setup& s, Report& report);
void measure_json(Setup& s, Report& report);

}  // namespace bench
