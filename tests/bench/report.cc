#include "report.h"

namespace bench {
namespace {

struct Words {
  const char *unit, *json, *relation;
};

Words words_of(Measure m) {
  switch (m) {
    case Measure::kTimesFloor: return {"x floor", "times_floor", "<="};
    case Measure::kFaster: return {"x faster", "times_faster", ">="};
    case Measure::kOneThread: return {"x 1 thread", "times_one_thread", ">="};
    case Measure::kNanoseconds: return {"ns", "nanoseconds", "<="};
    case Measure::kCount: return {"", "count", "<="};
  }
  return {"", "", ""};
}

std::vector<double> ratios(const Samples& above, const Samples& below) {
  std::vector<double> values;
  for (size_t i = 0; i < above.rounds.size(); ++i)
    values.push_back(above.rounds[i] / below.rounds[i]);
  return values;
}

std::string show_ns(double ns) {
  char text[32];
  if (ns <= 0) return "-";
  std::snprintf(text, sizeof text, ns < 1000 ? "%.1f ns" : "%.2f us", ns < 1000 ? ns : ns / 1000);
  return text;
}

const char* verdict(const Line& line) {
  if (line.goal <= 0) return "";
  return line.met() ? "met" : "MISSED";
}

void print_line(const Line& line, std::FILE* out) {
  const Words words = words_of(line.measure);
  char goal[32] = "";
  const bool whole = line.measure == Measure::kNanoseconds || line.goal >= 10;
  if (line.goal > 0)
    std::snprintf(goal, sizeof goal, whole ? "%s %.0f" : "%s %.2f", words.relation, line.goal);
  std::fprintf(out, "%-58s %10s %10s %8.*f %-10s %8s  %s\n", line.operation.c_str(),
               show_ns(line.floor_ns).c_str(), show_ns(line.library_ns).c_str(),
               line.value < 10 ? 2 : 1, line.value, words.unit, goal, verdict(line));
}

void print_heads(std::FILE* out) {
  std::fprintf(out, "%-58s %10s %10s %8s %-10s %8s\n", "operation", "floor", "libthing", "measured",
               "", "goal");
}

}  // namespace

bool Line::met() const {
  const bool at_least = measure == Measure::kFaster || measure == Measure::kOneThread;
  return at_least ? value >= goal : value <= goal;
}

void Report::add(Line line, std::vector<double> values) {
  line.value = median(values);
  line.low = quantile(values, 0.1);
  line.high = quantile(values, 0.9);
  if (at_once_) {
    if (lines_.empty()) print_heads(stdout);
    print_line(line, stdout);
    std::fflush(stdout);
  }
  lines_.push_back(std::move(line));
}

void Report::times(const std::string& operation, const Samples& floor, const Samples& library,
                   double at_most) {
  add({operation, median(floor.rounds), median(library.rounds), Measure::kTimesFloor, 0, at_most},
      ratios(library, floor));
}

void Report::faster(const std::string& operation, const Samples& floor, const Samples& library,
                    double at_least) {
  add({operation, median(floor.rounds), median(library.rounds), Measure::kFaster, 0, at_least},
      ratios(floor, library));
}

void Report::threads(const std::string& operation, const Samples& one, const Samples& several,
                     double at_least) {
  add({operation, median(one.rounds), median(several.rounds), Measure::kOneThread, 0, at_least},
      ratios(one, several));
}

void Report::nanoseconds(const std::string& operation, std::vector<double> rounds, double at_most) {
  const double ns = median(rounds);
  add({operation, 0, ns, Measure::kNanoseconds, 0, at_most}, std::move(rounds));
}

void Report::count(const std::string& operation, double value, double at_most) {
  add({operation, 0, 0, Measure::kCount, 0, at_most}, {value});
}

void Report::print_table(std::FILE* out) const {
  if (!at_once_) {
    print_heads(out);
    for (const Line& line : lines_) print_line(line, out);
  }
  int goals = 0, met = 0;
  for (const Line& line : lines_) {
    goals += line.goal > 0;
    met += line.goal > 0 && line.met();
  }
  std::fprintf(out, "\n%d of %d goals met\n", met, goals);
}

void Report::print_json(std::FILE* out, const std::string& facts) const {
  std::fprintf(out, "{%s, \"lines\": [", facts.c_str());
  const char* separator = "\n";
  for (const Line& line : lines_) {
    std::fprintf(out,
                 "%s  {\"operation\": \"%s\", \"floor_ns\": %.1f, \"libthing_ns\": %.1f, "
                 "\"measure\": \"%s\", ",
                 separator, line.operation.c_str(), line.floor_ns, line.library_ns,
                 words_of(line.measure).json);
    std::fprintf(out, "\"value\": %.3f, \"p10\": %.3f, \"p90\": %.3f", line.value, line.low,
                 line.high);
    if (line.goal > 0)
      std::fprintf(out, ", \"goal\": %g, \"met\": %s", line.goal, line.met() ? "true" : "false");
    std::fputs("}", out);
    separator = ",\n";
  }
  std::fputs("\n]}\n", out);
}

}  // namespace bench
