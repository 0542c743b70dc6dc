// Many rows at once: queries from the database and from the cache, rows by their ids, and the way
// from JSON to a plan.
#include "setup.h"
#include "works.h"

namespace bench {
void measure_lists(Setup& s, Report& report) {
  for (const auto& [rows, goal] : {std::pair{20, 0.90}, std::pair{1000, 0.85}}) {
    for (const Library* library : {s.plain.get(), s.leased.get(), s.cached.get()})
      expect_same_list(*s.floor, *library, rows);
    const auto samples = compare({{"floor", floor_lists(*s.floor, rows)},
                                  {"built", built_lists(*s.leased, rows)},
                                  {"JSON", json_lists(*s.leased, rows)},
                                  {"plain", json_lists(*s.plain, rows)},
                                  {"cached", json_lists(*s.cached, rows)},
                                  {"cached, built", built_lists(*s.cached, rows)}},
                                 Clock::kProcess, s.options);
    const std::string of = "list of " + std::to_string(rows);
    report.times(of + ", built criteria", samples[0], samples[1], goal);
    report.times(of + ", JSON text", samples[0], samples[2], goal);
    report.times(of + ", JSON text, lease=false", samples[0], samples[3]);
    report.faster("cached " + of + ", JSON text", samples[0], samples[4], rows == 20 ? 80 : 0);
    report.faster("cached " + of + ", built criteria", samples[0], samples[5], rows == 20 ? 80 : 0);
  }
}

void measure_batches(Setup& s, Report& report) {
  expect_same_batch(*s.floor, *s.leased, s.users);
  expect_same_batch(*s.floor, *s.cached, s.users);
  const auto samples = compare({{"floor", floor_batches(*s.floor, s.users)},
                                {"leased", library_batches(*s.leased, s.users)},
                                {"plain", library_batches(*s.plain, s.users)},
                                {"cached", library_batches(*s.cached, s.users)}},
                               Clock::kProcess, s.options);
  report.times("100 ids at once, of 100 single gets", samples[0], samples[1], 0.45);
  report.times("100 ids at once, lease=false", samples[0], samples[2]);
  report.faster("100 ids at once, all of them cached", samples[0], samples[3]);
}

// From a text to a plan can not be called by itself. Two calls on one cached answer of one row
// differ in just that: thing_query, which gets the text, and thing_query_run, which gets the parsed
// query. Each round gives a difference.
void measure_plans(Setup& s, Report& report) {
  const std::string text = list_json(18, 1);
  const Query parsed = s.cached->parse(text);
  const Library& library = *s.cached;
  const auto by_text = [&](int64_t n) {
    for (int64_t i = 0; i < n; ++i) keep(library.query(text));
    return 0.0;
  };
  const auto by_criteria = [&](int64_t n) {
    for (int64_t i = 0; i < n; ++i) keep(library.query(parsed.get()));
    return 0.0;
  };
  const auto parse = [&](int64_t n) {
    for (int64_t i = 0; i < n; ++i) keep(library.parse(text));
    return 0.0;
  };
  const auto samples = compare({{"criteria", by_criteria}, {"text", by_text}, {"parse", parse}},
                               Clock::kProcess, s.options);
  std::vector<double> difference;
  for (size_t i = 0; i < samples[0].rounds.size(); ++i)
    difference.push_back(samples[1].rounds[i] - samples[0].rounds[i]);
  report.nanoseconds("repeated JSON text to plan: text minus criteria, cached", difference, 30);
  report.nanoseconds("thing_query, cached list of one, the whole call", samples[1].rounds);
  report.nanoseconds("thing_criteria_parse and free", samples[2].rounds, 1000);
}

}  // namespace bench
