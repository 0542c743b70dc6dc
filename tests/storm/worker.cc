#include "worker.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "word.h"

namespace storm {
namespace {

constexpr const char* kModels =
    R"({"name": "Item", "table": "storm_items", "fields": {
         "id": {"type": "int", "primary": true},
         "version": {"type": "int", "default": 0},
         "grp": {"type": "int", "default": 0},
         "score": {"type": "int", "default": 0},
         "day": {"type": "date", "default": "2000-01-01"}}})";
constexpr int64_t kDeadline = 400;  // milliseconds
constexpr auto kHeldForLongest = std::chrono::milliseconds(2000);

std::string escaped(const std::string& url) {
  std::string out;
  for (const char c : url) out += c == '&' ? "%26" : c == '?' ? "%3F" : std::string(1, c);
  return out;
}

void must(thing_status status, thing_error*& error) {
  if (status >= 0) return;
  const std::string message = thing_error_message(error);
  thing_error_free(error);
  error = nullptr;
  throw std::runtime_error(message);
}

std::string where(const std::string& condition) { return R"({"where": {)" + condition + "}}"; }

}  // namespace

Worker::Worker(Board& board, Sky sky, const Servers& servers, int number, uint64_t seed)
    : board_(board), sky_(sky), number_(number), random_(seed), database_(servers.database) {
  if (sky.way == Way::kNaive) redis_ = std::make_unique<Resp>(servers.redis);
  constexpr int kTries = 300;
  for (int attempt = 0;; ++attempt) {
    try {
      open(servers);
      ctx_ = thing_ctx_new(db_);
      return;
    } catch (const std::runtime_error&) {
      thing_close(db_);
      db_ = nullptr;
      if (!sky.is_rough || board.stop || attempt == kTries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

void Worker::open(const Servers& servers) {
  const std::string copies = !sky_.has_copies ? "off"
                             : number_ % 3 == 0
                                 ? "validate"
                                 : "lease&cache_copies_ms=" + std::to_string(5 * (number_ % 3));
  const std::string cache = sky_.way == Way::kLibrary ? "cache=redis&cache_copies=" + copies +
                                                            "&redis=" + escaped(servers.redis)
                                                      : std::string("cache=off");
  const std::string& database = servers.database;
  std::string url =
      database + (database.find('?') == database.npos ? "?" : "&") + cache + "&connections=3";
  if (sky_.way == Way::kLibrary) {
    url += sky_.leaves_word ? "&cache_policy=available&cache_poll_ms=50&cache_wait_ms=" +
                                  std::to_string(20 + 40 * (number_ % 4))
                            : "&cache_policy=strict";
  }
  if (sky_.has_deadlines) url += "&connect_timeout_ms=1000";
  thing_error* error = nullptr;
  must(thing_open(url.data(), static_cast<int64_t>(url.size()), &db_, &error), error);
  must(thing_model_register(db_, kModels, -1, &error), error);
  items_ = thing_model_find(db_, "Item", -1);
  version_ = thing_model_field_index(items_, "version", -1);
  group_ = thing_model_field_index(items_, "grp", -1);
  score_ = thing_model_field_index(items_, "score", -1);
  day_ = thing_model_field_index(items_, "day", -1);
}

Worker::~Worker() {
  thing_ctx_free(ctx_);
  thing_close(db_);
}

thing_ctx* Worker::call() {
  if (sky_.has_deadlines) thing_ctx_set_timeout_ms(ctx_, kDeadline);
  return ctx_;
}

// What the machine's load, the database's locks and the nemesis may bring about. Anything else is a
// failure of the storm.
bool Worker::failed(thing_status status, thing_error*& error, const char* what) {
  if (status >= 0) return false;
  const bool is_link = status == THING_E_CONNECTION || status == THING_E_COMMIT_UNKNOWN;
  const bool is_expected = status == THING_E_BUSY || status == THING_E_SERIALIZATION ||
                           status == THING_E_CACHE_DOWN || status == THING_E_TIMEOUT ||
                           (is_link && sky_.is_rough);
  if (is_expected) {
    ++board_.refused;
  } else if (board_.errors.fetch_add(1) < 5) {
    std::fprintf(stderr, "storm: %s: %s %s\n", what, thing_status_name(status),
                 thing_error_message(error));
  }
  thing_error_free(error);
  error = nullptr;
  return true;
}

void Worker::make_tables() {
  thing_error* error = nullptr;
  (void)thing_exec(db_, nullptr, "DROP TABLE storm_items", -1, nullptr, 0, "storm_items", nullptr,
                   &error);
  thing_error_free(error);
  error = nullptr;
  (void)thing_exec(db_, nullptr, "DELETE FROM thing_outbox", -1, nullptr, 0, "", nullptr, &error);
  thing_error_free(error);
  error = nullptr;
  must(thing_schema_sync(db_, nullptr, &error), error);
  for (int64_t row = 1; row <= kRows; ++row) {
    thing_obj* obj = thing_obj_new(items_);
    must(thing_obj_set_int64(obj, thing_model_field_index(items_, "id", -1), row, &error), error);
    must(thing_obj_set_int64(obj, group_, row % kGroups, &error), error);
    must(thing_obj_set_int64(obj, score_, row % kScores, &error), error);
    must(thing_obj_set_text(obj, day_, day_of(row % kScores).c_str(), -1, &error), error);
    must(thing_save(db_, nullptr, obj, &error), error);
    thing_obj_free(obj);
    board_.group[row] = row % kGroups;
    board_.score[row] = row % kScores;
  }
}

void Worker::run() {
  constexpr int64_t kWindows = 83;
  auto last = std::chrono::steady_clock::now();
  while (!board_.stop) {
    if (std::chrono::steady_clock::now() - last > std::chrono::milliseconds(500)) {
      inherit();
      last = std::chrono::steady_clock::now();
    }
    const int64_t row = 1 + below(kRows);
    const int64_t what = !sky_.cuts_lists ? below(100)
                         : below(2) == 0  ? kWindows + below(11)
                                          : 45 + below(49);
    const int64_t doubt = board_.doubt;
    if (doubt != 0 && below(6) == 0) {
      look_twice(doubt);
    } else if (what < 3 && sky_.way == Way::kLibrary) {
      look_twice(row);
    } else if (what < 50) {
      read(row);
    } else if (what < 68 && row == doubt) {  // it is left as it is, to be looked at
      continue;
    } else if (what < 63) {
      write(row);
    } else if (what < 68) {
      write_two(row, 1 + below(kRows));
    } else if (sky_.way == Way::kNaive) {
      continue;
    } else if (what < 76) {
      move(1 + number_ + kWorkers * below(kRows / kWorkers));
    } else if (what < kWindows) {
      list(below(kGroups));
    } else if (what < 94) {
      window();
    } else {
      count(row, below(kGroups));
    }
  }
}

// Rows that a predecessor was moving when it was killed, or this one when it was not told what came
// of it: the statement may have been under way for a while. A write of the row waits for one that
// holds it. And rows whose move others were not told of in time.
void Worker::inherit() {
  thing_ctx* const past = thing_ctx_new(db_);
  thing_ctx_set_flags(past, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  for (int64_t row = number_ + 1; row <= kRows; row += kWorkers) {
    if (!may_inherit(row) || !write(row) || !is_forgotten(row)) continue;
    if (sky_.has_deadlines) thing_ctx_set_timeout_ms(past, kDeadline);
    thing_error* error = nullptr;
    thing_obj* obj = nullptr;
    if (failed(thing_by_id(db_, past, items_, row, &obj, &error), error, "inherit")) continue;
    board_.group[row] = thing_obj_int64(obj, group_);
    board_.score[row] = thing_obj_int64(obj, score_);
    ++board_.moves[row];
    found_[row] = {};
    thing_obj_free(obj);
  }
  thing_ctx_free(past);
}

// Where links are half open the statement may come to the server much later.
bool Worker::may_inherit(int64_t row) {
  if (board_.moves[row].load() % 2 == 0) return false;
  const auto now = std::chrono::steady_clock::now();
  if (found_[row] == std::chrono::steady_clock::time_point()) found_[row] = now;
  return !sky_.has_deadlines || now - found_[row] > kHeldForLongest;
}

// Whether a look into the outbox that began after this was asked first found no word of the row.
bool Worker::is_forgotten(int64_t row) {
  if (!sky_.leaves_word) return true;
  int64_t& due = due_[row];
  if (due == 0) due = board_.looks + 1;
  if (board_.told[row] < due) return false;
  due = 0;
  return true;
}

int64_t Worker::naive_read(int64_t row, bool& hit) {
  const std::string key = "naive:" + std::to_string(row);
  if (const std::string cached = redis_->ask({"GET", key}); !cached.empty()) {
    hit = true;
    return std::stoll(cached);
  }
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  if (failed(thing_by_id(db_, call(), items_, row, &obj, &error), error, "read")) return -1;
  const int64_t version = thing_obj_int64(obj, version_);
  thing_obj_free(obj);
  redis_->ask({"SET", key, std::to_string(version)});
  return version;
}

int64_t Worker::read_version(int64_t row, bool& hit, int32_t flags) {
  if (sky_.way == Way::kNaive) return naive_read(row, hit);
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  thing_ctx* const ctx = call();
  thing_ctx_set_flags(ctx, flags);
  const thing_status status = thing_by_id(db_, ctx, items_, row, &obj, &error);
  thing_ctx_set_flags(ctx, 0);
  if (failed(status, error, "read")) return -1;
  hit = (thing_obj_state(obj) & THING_OBJ_FROM_CACHE) != 0;
  const int64_t version = status == THING_OK ? thing_obj_int64(obj, version_) : 0;
  thing_obj_free(obj);
  return version;
}

// What a read gave that began when `returned` and `seen` were known of the row.
void Worker::see(int64_t row, int64_t version, int64_t returned, int64_t seen,
                 std::atomic<int64_t>& old) const {
  if (version < returned || (version < seen && !sky_.turns_back())) {
    ++old;
  } else if (version < seen) {
    ++board_.backwards;
  }
  raise_to(board_.version[row], version);
}

// The version that no read which begins now may be behind: what it wrote itself a worker sees,
// whether others were told or not.
int64_t Worker::returned(int64_t row) const {
  return std::max<int64_t>(board_.returned[row], own_[row]);
}

void Worker::read(int64_t row) {
  const int64_t least = returned(row), seen = board_.version[row];
  bool hit = false;
  const int64_t version = read_version(row, hit);
  if (version < 0) return;
  see(row, version, least, seen, board_.old_rows);
  ++board_.reads;
  if (hit) ++board_.hits;
}

// What the database has by now no read is to be behind.
void Worker::look_twice(int64_t row) {
  const int64_t least = returned(row), seen = board_.version[row];
  bool hit = false;
  const int64_t version = read_version(row, hit, THING_CTX_NO_CACHE_READ);
  if (version < 0) return;
  see(row, version, least, seen, board_.old_rows);
  read(row);
}

void Worker::written(int64_t row, int64_t version, bool is_told) {
  own_[row] = std::max(own_[row], version);
  raise_to(board_.version[row], version);
  raise_to(is_told ? board_.returned[row] : board_.degraded[row], version);
}

// Of the last write.
bool Worker::is_told() {
  const bool is_told = !thing_ctx_degraded(ctx_);
  if (!is_told) ++board_.untold;
  return is_told;
}

bool Worker::write(int64_t row) {
  thing_error* error = nullptr;
  int64_t version = 0;
  const thing_status status = thing_incr(db_, call(), items_, row, version_, 1, &version, &error);
  if (status == THING_E_COMMIT_UNKNOWN) board_.doubt = row;
  if (failed(status, error, "write")) return false;
  if (sky_.way == Way::kNaive) redis_->ask({"DEL", "naive:" + std::to_string(row)});
  written(row, version, is_told());
  ++board_.writes;
  return true;
}

void Worker::write_two(int64_t a, int64_t b) {
  if (a == b) return;
  thing_error* error = nullptr;
  thing_tx* tx = nullptr;
  if (failed(thing_tx_begin(db_, call(), THING_TX_DEFAULT, &tx, &error), error, "begin")) return;
  if (sky_.has_deadlines) thing_ctx_set_timeout_ms(thing_tx_ctx(tx), kDeadline);
  int64_t versions[2] = {0, 0};
  const int64_t rows[2] = {std::min(a, b), std::max(a, b)};
  bool done = true;
  for (int i = 0; i < 2 && done; ++i) {
    done = !failed(
        thing_incr(db_, thing_tx_ctx(tx), items_, rows[i], version_, 1, &versions[i], &error),
        error, "write in a transaction");
  }
  const bool keeps = done && below(4) != 0;
  if (keeps) {
    done = !failed(thing_tx_commit(tx, &error), error, "commit");
  } else if (done) {
    failed(thing_tx_rollback(tx, &error), error, "rollback");
  }
  const bool is_told = !thing_ctx_degraded(thing_tx_ctx(tx));
  thing_tx_free(tx);
  if (!done || !keeps) return;
  for (int i = 0; i < 2; ++i) {
    if (sky_.way == Way::kNaive) redis_->ask({"DEL", "naive:" + std::to_string(rows[i])});
    written(rows[i], versions[i], is_told);
  }
  if (!is_told) ++board_.untold;
  ++board_.writes;
}

// A row is moved by its owner alone, so that all know where it is while nobody moves it.
void Worker::move(int64_t row) {
  if (board_.moves[row].load() % 2 != 0) return;  // until it is inherited
  const int64_t group = below(3) == 0 ? below(kGroups) : board_.group[row].load();
  // Most stay near where they are, so that many lists end before both places.
  const int64_t near = std::clamp<int64_t>(board_.score[row] + below(5) - 2, 0, kScores - 1);
  const int64_t score = below(4) == 0 ? below(kScores) : near;
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  if (failed(thing_by_id(db_, call(), items_, row, &obj, &error), error, "load to move")) return;
  ++board_.moves[row];
  const std::string day = day_of(score);
  const bool done = !failed(thing_obj_set_int64(obj, group_, group, &error), error, "set") &&
                    !failed(thing_obj_set_int64(obj, score_, score, &error), error, "set") &&
                    !failed(thing_obj_set_text(obj, day_, day.c_str(), -1, &error), error, "set") &&
                    !failed(thing_save(db_, call(), obj, &error), error, "move");
  thing_obj_free(obj);
  // Else it may have moved or not, and may still be about to.
  if (!done) return;
  ++board_.writes;
  if (!is_told()) return;  // until it is inherited
  board_.group[row] = group;
  board_.score[row] = score;
  ++board_.moves[row];
}

void Worker::list(int64_t group) {
  int64_t least[kRows + 1], seen[kRows + 1], moves[kRows + 1], groups[kRows + 1];
  for (int64_t row = 1; row <= kRows; ++row) {
    least[row] = returned(row);
    seen[row] = board_.version[row];
    moves[row] = board_.moves[row];
    groups[row] = board_.group[row];
  }
  thing_error* error = nullptr;
  thing_rows* rows = nullptr;
  const std::string criteria = where("\"grp\": " + std::to_string(group));
  if (failed(thing_query(db_, call(), items_, criteria.c_str(), -1, &rows, &error), error, "list"))
    return;
  std::vector<bool> listed(kRows + 1);
  bool is_old = false;
  for (int64_t i = 0; i < thing_rows_count(rows); ++i) {
    thing_obj* const obj = thing_rows_obj(rows, i);
    const int64_t row = thing_obj_id(obj);
    listed[static_cast<size_t>(row)] = true;
    see(row, thing_obj_int64(obj, version_), least[row], seen[row], board_.old_lists);
    thing_obj_free(obj);
  }
  thing_rows_free(rows);
  for (int64_t row = 1; row <= kRows; ++row) {
    if (moves[row] % 2 != 0 || board_.moves[row] != moves[row]) continue;
    if (listed[static_cast<size_t>(row)] != (groups[row] == group)) is_old = true;
  }
  if (is_old) ++board_.old_lists;
  ++board_.lists;
}

void Worker::count(int64_t row, int64_t group) {
  const int64_t moves = board_.moves[row], is_in = board_.group[row];
  thing_error* error = nullptr;
  int64_t n = 0;
  const std::string criteria =
      where("\"grp\": " + std::to_string(group) + ", \"id\": " + std::to_string(row));
  thing_criteria* parsed = nullptr;
  if (failed(thing_criteria_parse(items_, criteria.c_str(), -1, &parsed, &error), error, "parse"))
    return;
  const bool done = !failed(thing_query_count(db_, call(), parsed, &n, &error), error, "count");
  thing_criteria_free(parsed);
  if (!done) return;
  const bool is_still = moves % 2 == 0 && board_.moves[row] == moves;
  if (is_still && n != (is_in == group ? 1 : 0)) ++board_.old_counts;
  ++board_.counts;
}

void Worker::await_no_word() const {
  const Outbox outbox(database_);
  constexpr int kLooks = 500;
  for (int look = 0; look < kLooks; ++look) {
    const auto words = outbox.words();
    if (words.has_value() && words->empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ++board_.errors;
  std::fprintf(stderr, "storm: word stays in the outbox\n");
}

void Worker::check_rest() {
  if (sky_.leaves_word) await_no_word();
  thing_ctx* const past = thing_ctx_new(db_);
  thing_ctx_set_flags(past, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  for (int64_t row = 1; row <= kRows; ++row) {
    thing_error* error = nullptr;
    thing_obj* obj = nullptr;
    must(thing_by_id(db_, past, items_, row, &obj, &error), error);
    const int64_t truth = thing_obj_int64(obj, version_);
    thing_obj_free(obj);
    bool hit = false;
    for (int look = 0; look < 100 && !hit; ++look) {
      if (read_version(row, hit) != truth) ++board_.old_rows;
      // The first look may be the one that keeps it.
      if (!hit && look > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (!hit) {
      ++board_.errors;
      std::fprintf(stderr, "storm: row %d does not come from the cache any more\n",
                   static_cast<int>(row));
    }
  }
  for (int64_t group = 0; group < kGroups; ++group) list(group);
  for (int look = 0; look < 40; ++look) check_window(some_window(), past);
  thing_ctx_free(past);
}

}  // namespace storm
