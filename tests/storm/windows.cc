// Lists that are cut: the first so many rows of an order, from the beginning or behind some.
#include <algorithm>
#include <string>
#include <vector>

#include "worker.h"

namespace storm {
namespace {

// What is known of a row when a read begins. Of one that is moved before the read is over nothing
// is.
struct Known {
  int64_t moves = 0, group = 0, score = 0, least = 0, seen = 0;
  bool is_still = false;
};

// Whether a is before b in the order.
bool is_before(const Known* known, int64_t a, int64_t b) {
  return known[a].score != known[b].score ? known[a].score > known[b].score : a < b;
}

// Rows that were still all the while have their places among themselves; each of the others may be
// anywhere, or nowhere.
bool may_be(const Window& w, const Known* known, std::vector<int64_t> listed) {
  const auto is_in = [&](int64_t row) { return w.group < 0 || known[row].group == w.group; };
  int64_t restless = 0, members = 0;
  for (int64_t row = 1; row <= kRows; ++row) {
    if (!known[row].is_still) ++restless;
    if (known[row].is_still && is_in(row)) ++members;
  }
  for (int64_t row = 1; row <= kRows; ++row) {
    if (!known[row].is_still) continue;
    int64_t before = 0;
    for (int64_t other = 1; other <= kRows; ++other) {
      if (known[other].is_still && is_in(other) && is_before(known, other, row)) ++before;
    }
    const int64_t end = w.skip + w.take;
    const bool may_come = is_in(row) && before < end && before + restless >= w.skip;
    const bool must_come = is_in(row) && before + restless < end && before >= w.skip;
    const auto times = std::count(listed.begin(), listed.end(), row);
    if (times > (may_come ? 1 : 0) || times < (must_come ? 1 : 0)) return false;
  }
  const auto size = static_cast<int64_t>(listed.size());
  if (size > w.take || size < std::min(w.take, members - w.skip)) return false;
  std::erase_if(listed, [&](int64_t row) { return !known[row].is_still; });
  return std::is_sorted(listed.begin(), listed.end(),
                        [&](int64_t a, int64_t b) { return is_before(known, a, b); });
}

}  // namespace

std::string day_of(int64_t score) {
  return "2000-01-" + std::string(score < 9 ? "0" : "") + std::to_string(score + 1);
}

Window Worker::some_window() {
  Window w;
  w.group = below(2) == 0 ? -1 : below(kGroups);
  // Few lists, so that they are found again, some much longer than others.
  w.take = w.group < 0 ? 2 + 6 * below(3) : 1 + 2 * below(2);
  w.skip = below(6) == 0 ? 2 : 0;
  w.by_day = below(4) == 0;
  return w;
}

std::string Window::criteria() const {
  std::string out = "{";
  if (group >= 0) out += R"("where": {"grp": )" + std::to_string(group) + "}, ";
  out +=
      R"("orderBy": [{")" + std::string(by_day ? "day" : "score") + R"(": "desc"}, {"id": "asc"}])";
  if (skip > 0) out += R"(, "skip": )" + std::to_string(skip);
  return out + R"(, "take": )" + std::to_string(take) + "}";
}

void Worker::window() {
  Known known[kRows + 1];
  for (int64_t row = 1; row <= kRows; ++row) {
    Known& k = known[row];
    k.moves = board_.moves[row];
    k.group = board_.group[row];
    k.score = board_.score[row];
    k.least = returned(row);
    k.seen = board_.version[row];
  }
  const Window w = some_window();
  const std::string criteria = w.criteria();
  thing_error* error = nullptr;
  thing_rows* rows = nullptr;
  if (failed(thing_query(db_, call(), items_, criteria.c_str(), -1, &rows, &error), error,
             "window"))
    return;
  for (int64_t row = 1; row <= kRows; ++row)
    known[row].is_still = known[row].moves % 2 == 0 && board_.moves[row] == known[row].moves;
  bool is_old = false;
  std::vector<int64_t> listed;
  for (int64_t i = 0; i < thing_rows_count(rows); ++i) {
    thing_obj* const obj = thing_rows_obj(rows, i);
    const int64_t row = thing_obj_id(obj);
    const Known& k = known[row];
    see(row, thing_obj_int64(obj, version_), k.least, k.seen, board_.old_windows);
    if (k.is_still && thing_obj_int64(obj, score_) != k.score) is_old = true;
    listed.push_back(row);
    thing_obj_free(obj);
  }
  thing_rows_free(rows);
  if (is_old || !may_be(w, known, std::move(listed))) ++board_.old_windows;
  ++board_.windows;
}

// At rest it is the database's.
void Worker::check_window(const Window& window, thing_ctx* past) {
  const std::string criteria = window.criteria();
  const auto rows_of = [&](thing_ctx* ctx) {
    std::vector<std::pair<int64_t, int64_t>> out;
    thing_error* error = nullptr;
    thing_rows* rows = nullptr;
    if (failed(thing_query(db_, ctx, items_, criteria.c_str(), -1, &rows, &error), error, "window"))
      return out;
    for (int64_t i = 0; i < thing_rows_count(rows); ++i) {
      thing_obj* const obj = thing_rows_obj(rows, i);
      out.emplace_back(thing_obj_id(obj), thing_obj_int64(obj, version_));
      thing_obj_free(obj);
    }
    thing_rows_free(rows);
    return out;
  };
  if (rows_of(call()) != rows_of(past)) ++board_.old_windows;
}

}  // namespace storm
