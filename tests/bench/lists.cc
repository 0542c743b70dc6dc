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

void measure_preloads(Setup& s, Report& report) {
  const std::string url = "sqlite:" + s.path("users.db"), models = author_models("users");
  Library plain(url + "?cache=off&lease=false", models), leased(url + "?cache=off", models),
      cached(url + "?cache_bytes=512MiB", models);
  plain.sync();
  s.floor->begin();
  for (int i = 0; i < kPosts; ++i) s.floor->execute(insert_posts("users"));
  s.floor->commit();
  for (const Library* library : {&plain, &leased, &cached}) expect_same_preload(*s.floor, *library);
  const auto samples = compare({{"floor", floor_preloads(*s.floor, s.users)},
                                {"leased", library_preloads(leased, s.users)},
                                {"plain", library_preloads(plain, s.users)},
                                {"cached", library_preloads(cached, s.hot)}},
                               Clock::kProcess, s.options);
  report.times("posts of 100 users", samples[0], samples[1], 0.95);
  report.times("posts of 100 users, lease=false", samples[0], samples[2]);
  report.faster("posts of 100 users, some of them cached", samples[0], samples[3]);
  s.floor->execute(std::string("DROP TABLE ") + kPostTable);
}

void measure_actions(Setup& s, Report& report) {
  const auto samples = compare({{"typed", typed_texts(*s.leased)},
                                {"action", action_texts(*s.leased)},
                                {"typed, cached", typed_texts(*s.cached)},
                                {"action, cached", action_texts(*s.cached)}},
                               Clock::kProcess, s.options);
  report.times("findMany of 20, of the typed call and its JSON", samples[0], samples[1], 1.5);
  report.times("cached findMany of 20, of the typed call and its JSON", samples[2], samples[3],
               1.5);
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
