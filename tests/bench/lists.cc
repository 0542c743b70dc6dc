// Many rows at once: queries from the database and from the cache, rows by their ids, and the way
// from JSON to a plan.
#include <cstdio>

#include "setup.h"

namespace bench {
namespace {

constexpr int kAges = 3;  // lists alternate between so many conditions
constexpr int kBatch = 100;

std::string list_json(int over_age, int64_t take) {
  return R"({"where": {"age": {"gt": )" + std::to_string(over_age) +
         R"(}, "active": true}, "orderBy": [{"id": "desc"}], "take": )" + std::to_string(take) +
         "}";
}

Work floor_lists(Floor& floor, int rows) {
  return [&floor, rows](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      std::vector<User> users;
      floor.list(18 + static_cast<int>(i % kAges), rows, users);
      keep(users);
    }
    return 0.0;
  };
}

Work json_lists(const Library& library, int rows) {
  std::vector<std::string> texts;
  for (int i = 0; i < kAges; ++i) texts.push_back(list_json(18 + i, rows));
  return [&library, texts](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const Rows found = library.query(texts[static_cast<size_t>(i % kAges)]);
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

// The criteria has one changing value, whose slot is the builder's first condition.
Work built_lists(const Library& library, int rows) {
  auto q = std::shared_ptr<thing_criteria>(thing_criteria_new(library.user()), Free());
  int32_t slot = 0;
  check("building a query", [&](thing_error** e) {
    return slot = thing_criteria_int64(q.get(), kAge, THING_OP_GT, 18, e);
  });
  check("building a query", [&](thing_error** e) {
    const int32_t active = thing_criteria_int64(q.get(), kActive, THING_OP_EQ, 1, e);
    return active < 0 ? active : thing_criteria_order(q.get(), kId, true, THING_NULLS_DEFAULT, e);
  });
  check("building a query", [&](thing_error** e) { return thing_criteria_take(q.get(), rows, e); });
  return [&library, q, slot](int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      check("changing a value", [&](thing_error** e) {
        return thing_criteria_rebind_int64(q.get(), slot, 18 + i % kAges, e);
      });
      const Rows found = library.query(q.get());
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

void expect_same_list(Setup& s, const Library& library, int rows) {
  std::vector<User> users;
  s.floor->list(18, rows, users);
  Digest floor, found;
  for (const User& u : users) floor.add(u);
  digest(library.query(list_json(18, rows)).get(), found);
  expect_same("a list", floor.value, found.value);
}

Work floor_batches(Floor& floor, int64_t users) {
  return [&floor, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      std::vector<User> found(kBatch);
      for (User& u : found) floor.by_id(random.id(users), u);
      keep(found);
    }
    return 0.0;
  };
}

Work library_batches(const Library& library, int64_t users) {
  return [&library, users, random = Random()](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) {
      int64_t ids[kBatch];
      for (int64_t& id : ids) id = random.id(users);
      const Rows found = library.by_ids(ids, kBatch);
      Digest d;
      digest(found.get(), d);
      keep(d);
    }
    return 0.0;
  };
}

void expect_same_batch(Setup& s, const Library& library) {
  Random random;
  Digest floor, found;
  int64_t ids[kBatch];
  for (int64_t& id : ids) {
    id = random.id(s.users);
    User user;
    s.floor->by_id(id, user);
    floor.add(user);
  }
  digest(library.by_ids(ids, kBatch).get(), found);
  expect_same("rows by their ids", floor.value, found.value);
}

}  // namespace

void measure_lists(Setup& s, Report& report) {
  for (const auto& [rows, goal] : {std::pair{20, 0.90}, std::pair{1000, 0.85}}) {
    for (const Library* library : {s.plain.get(), s.leased.get(), s.cached.get()})
      expect_same_list(s, *library, rows);
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
  expect_same_batch(s, *s.leased);
  expect_same_batch(s, *s.cached);
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
