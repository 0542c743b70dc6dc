// libthing on SQLite beside SQLite itself, in one process, on the same file, in turn.
//
// usage: bench_sqlite [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--dir DIR]
//   --quick   tiny rounds on few rows: shows that it runs and that both sides read the same;
//             it measures nothing
//   --json    for machines
//   --only    one group: reads hits threads lists preloads actions batches inserts updates plans
//   json
//   --rounds  how often each case takes its turn (15); --ms: how long a turn is (25)
//   --dir     where the database files go: a directory in memory takes the disk out of the writes
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "program.h"
#include "setup.h"

namespace bench {
namespace {

constexpr Group<Setup> kGroups[] = {
    {"reads", measure_reads},     {"hits", measure_hits},         {"threads", measure_threads},
    {"lists", measure_lists},     {"preloads", measure_preloads}, {"actions", measure_actions},
    {"batches", measure_batches}, {"inserts", measure_inserts},   {"updates", measure_updates},
    {"plans", measure_plans},     {"json", measure_json}};

// A new directory, removed with everything in it at the end.
class Scratch {
 public:
  explicit Scratch(const std::string& parent) {
    const auto base =
        parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
    std::string name = (base / "thing-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      std::perror(name.c_str());
      std::exit(1);
    }
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string facts(const Setup& s) {
  char text[256];
  std::snprintf(text, sizeof text,
                "\"libthing\": \"%s\", \"sqlite\": \"%s\", \"users\": %lld, \"rounds\": %d, "
                "\"round_ms\": %g, "
                "\"cache_size\": %lld, \"mmap_size\": %lld",
                thing_version(), sqlite3_libversion(), static_cast<long long>(s.users),
                s.options.rounds, s.options.round_ms, static_cast<long long>(s.pragmas.cache_size),
                static_cast<long long>(s.pragmas.mmap_size));
  return text;
}

int run(int argc, char** argv) {
  std::string directory;
  const Arguments a = parse_arguments(
      argc, argv,
      "bench_sqlite [--quick] [--json] [--only GROUP] [--rounds N] [--ms N] [--dir DIR]",
      {{"--dir", &directory}});
  const Scratch scratch(directory);
  Setup setup = make_setup(scratch.path(), a.options, a.quick);
  return measure_groups(a, kGroups, setup, facts(setup));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
