#pragma once
// The table: an operation a line, with what the floor and libthing take, how they compare, and the
// goal.
#include <cstdio>
#include <string>
#include <vector>

#include "harness.h"

namespace bench {

enum class Measure {
  kTimesFloor,   // libthing / floor; the goal is a most
  kFaster,       // floor / libthing; the goal is a least
  kOneThread,    // operations a second, of one thread's; the goal is a least
  kNanoseconds,  // a most
  kCount         // so many of something an operation; a most
};

struct Line {
  std::string operation;
  double floor_ns = 0;  // 0: there is none
  double library_ns = 0;
  Measure measure = Measure::kTimesFloor;
  double value = 0;
  double goal = 0;           // 0: none, the line is there to be read
  double low = 0, high = 0;  // value in the 10th and 90th of 100 rounds
  bool met() const;
};

class Report {
 public:
  // Compares in every round.
  void times(const std::string& operation, const Samples& floor, const Samples& library,
             double at_most = 0);
  void faster(const std::string& operation, const Samples& floor, const Samples& library,
              double at_least = 0);
  void threads(const std::string& operation, const Samples& one, const Samples& several,
               double at_least = 0);
  void nanoseconds(const std::string& operation, std::vector<double> rounds, double at_most = 0);
  void count(const std::string& operation, double value, double at_most = 0);

  void print_table(std::FILE* out) const;
  void print_json(std::FILE* out, const std::string& facts) const;
  void show_lines_at_once() { at_once_ = true; }

 private:
  void add(Line line, std::vector<double> values);
  std::vector<Line> lines_;
  bool at_once_ = false;
};

}  // namespace bench
