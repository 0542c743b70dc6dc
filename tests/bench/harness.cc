#include "harness.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <time.h>

namespace bench {

double nanoseconds(Clock clock) {
  timespec t{};
  clock_gettime(clock == Clock::kProcess ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

namespace {

constexpr int kQuietSamples = 5;
constexpr int64_t kMaxUnits = int64_t{1} << 28;

int runnable_threads() {
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    int n = 1;
    if (word == "procs_running" && stat >> n) return n;
  }
  return 1;
}

// Waits until nobody else wants to run, and takes the time from the budget.
void wait_for_quiet(double& budget_ns) {
  const double started = nanoseconds(Clock::kWall);
  double passed = 0;
  for (int quiet = 0; quiet < kQuietSamples && passed < budget_ns;
       passed = nanoseconds(Clock::kWall) - started) {
    quiet = runnable_threads() <= 1 ? quiet + 1 : 0;
    const timespec millisecond{0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
  budget_ns -= std::min(passed, budget_ns);
}

struct Timing {
  double counted = 0;
  double whole = 0;
};

Timing run(const Case& c, Clock clock, int64_t n) {
  const double started = nanoseconds(clock);
  const double left_out = c.work(n);
  const double whole = nanoseconds(clock) - started;
  return {std::max(0.0, whole - left_out), whole};
}

// How often a case does its work in a round of round_ms.
int64_t units_for(const Case& c, Clock clock, double round_ms) {
  const double target = round_ms * 1e6;
  for (int64_t n = 1;; n *= 2) {
    const Timing t = run(c, clock, n);
    if (t.whole < target * 0.4 && n < kMaxUnits) continue;
    const double each = std::max({t.counted, t.whole * 0.5, 1.0}) / static_cast<double>(n);
    return std::max<int64_t>(1, static_cast<int64_t>(target / each));
  }
}

}  // namespace

std::vector<Samples> compare(const std::vector<Case>& cases, Clock clock, const Options& options) {
  std::vector<int64_t> units;
  std::vector<Samples> samples;
  for (const Case& c : cases) {
    units.push_back(units_for(c, clock, options.round_ms));
    samples.push_back({c.name, {}});
  }
  double budget = options.quiet_seconds * 1e9;
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < cases.size(); ++i) {
      wait_for_quiet(budget);
      const double counted = run(cases[i], clock, units[i]).counted;
      samples[i].rounds.push_back(counted / static_cast<double>(units[i]) / cases[i].operations);
    }
  }
  return samples;
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

double median_of(const Samples& a, const Samples& b,
                 const std::function<double(double, double)>& f) {
  std::vector<double> values;
  for (size_t i = 0; i < a.rounds.size(); ++i) values.push_back(f(a.rounds[i], b.rounds[i]));
  return median(std::move(values));
}

}  // namespace bench
