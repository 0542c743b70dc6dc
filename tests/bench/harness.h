#pragma once
// How things are measured. The cases of a comparison run in turn, round after round, so that what
// the machine does meanwhile hits all of them alike; a figure is the median of what the rounds say,
// and a ratio is taken inside each round. Work inside one process is measured in CPU time of the
// process, work of several threads in wall time.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

enum class Clock { kProcess, kWall };
double nanoseconds(Clock clock);

// Does the work n times. Returns the nanoseconds, by the comparison's clock, that do not count:
// clearing up.
using Work = std::function<double(int64_t n)>;

struct Case {
  std::string name;
  Work work;
  double operations = 1;  // that one unit of work counts for
};

struct Options {
  int rounds = 15;
  double round_ms = 25;  // aimed at, for each case
  double quiet_seconds =
      3;  // spent at most, in each comparison, on waiting for other programs to pause
};

struct Samples {
  std::string name;
  std::vector<double> rounds;  // nanoseconds an operation
};

std::vector<Samples> compare(const std::vector<Case>& cases, Clock clock, const Options& options);

double quantile(std::vector<double> values, double q);
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }
// The median over the rounds of f(a, b).
double median_of(const Samples& a, const Samples& b,
                 const std::function<double(double, double)>& f);

// Keeps the compiler from leaving the making of a value out.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// xorshift64: the same sequence in every run.
class Random {
 public:
  explicit Random(uint64_t seed = 88172645463325252U) : state_(seed) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  int64_t below(int64_t n) { return static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
  int64_t id(int64_t n) { return 1 + below(n); }

 private:
  uint64_t state_;
};

}  // namespace bench
