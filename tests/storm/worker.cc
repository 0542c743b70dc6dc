#include "worker.h"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace storm {
namespace {

constexpr const char* kModels =
    R"({"name": "Item", "table": "storm_items", "fields": {
         "id": {"type": "int", "primary": true},
         "version": {"type": "int", "default": 0},
         "grp": {"type": "int", "default": 0}}})";

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

Worker::Worker(Board& board, Way way, const std::string& database, const std::string& redis,
               int number, uint64_t seed)
    : board_(board), way_(way), number_(number), random_(seed), redis_(redis) {
  const std::string cache =
      way == Way::kLibrary ? "cache=redis&redis=" + escaped(redis) : "cache=off";
  const std::string url =
      database + (database.find('?') == database.npos ? "?" : "&") + cache + "&connections=3";
  thing_error* error = nullptr;
  must(thing_open(url.data(), static_cast<int64_t>(url.size()), &db_, &error), error);
  must(thing_model_register(db_, kModels, -1, &error), error);
  items_ = thing_model_find(db_, "Item", -1);
  version_ = thing_model_field_index(items_, "version", -1);
  group_ = thing_model_field_index(items_, "grp", -1);
}

Worker::~Worker() { thing_close(db_); }

// What the machine's load, the database's locks and the nemesis may bring about. Anything else is a
// failure of the storm.
bool Worker::failed(thing_status status, thing_error*& error, const char* what) {
  if (status >= 0) return false;
  const bool is_expected = status == THING_E_BUSY || status == THING_E_SERIALIZATION ||
                           status == THING_E_CACHE_DOWN || status == THING_E_TIMEOUT;
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
  must(thing_schema_sync(db_, nullptr, &error), error);
  for (int64_t row = 1; row <= kRows; ++row) {
    thing_obj* obj = thing_obj_new(items_);
    must(thing_obj_set_int64(obj, thing_model_field_index(items_, "id", -1), row, &error), error);
    must(thing_obj_set_int64(obj, group_, row % kGroups, &error), error);
    must(thing_save(db_, nullptr, obj, &error), error);
    thing_obj_free(obj);
    board_.group[row] = row % kGroups;
  }
}

void Worker::run() {
  const auto began = std::chrono::steady_clock::now();
  bool is_heir = true;
  while (!board_.stop) {
    if (is_heir && std::chrono::steady_clock::now() - began > std::chrono::milliseconds(500)) {
      is_heir = false;
      inherit();
    }
    const int64_t row = 1 + below(kRows);
    const int64_t what = below(100);
    if (what < 60) {
      read(row);
    } else if (what < 75) {
      write(row);
    } else if (what < 80) {
      write_two(row, 1 + below(kRows));
    } else if (way_ == Way::kNaive) {
      continue;
    } else if (what < 85) {
      move(1 + number_ + kWorkers * below(kRows / kWorkers));
    } else if (what < 93) {
      list(below(kGroups));
    } else {
      count(row, below(kGroups));
    }
  }
}

// Rows that a predecessor was moving when it was killed: its statement may have been under way for
// a while. A write of the row waits for one that holds it.
void Worker::inherit() {
  thing_ctx* const past = thing_ctx_new(db_);
  thing_ctx_set_flags(past, THING_CTX_NO_CACHE_READ);
  for (int64_t row = number_ + 1; row <= kRows; row += kWorkers) {
    if (board_.moves[row].load() % 2 == 0) continue;
    write(row);
    thing_error* error = nullptr;
    thing_obj* obj = nullptr;
    if (failed(thing_by_id(db_, past, items_, row, &obj, &error), error, "inherit")) continue;
    board_.group[row] = thing_obj_int64(obj, group_);
    ++board_.moves[row];
    thing_obj_free(obj);
  }
  thing_ctx_free(past);
}

int64_t Worker::naive_read(int64_t row, bool& hit) {
  const std::string key = "naive:" + std::to_string(row);
  if (const std::string cached = redis_.ask({"GET", key}); !cached.empty()) {
    hit = true;
    return std::stoll(cached);
  }
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  if (failed(thing_by_id(db_, nullptr, items_, row, &obj, &error), error, "read")) return -1;
  const int64_t version = thing_obj_int64(obj, version_);
  thing_obj_free(obj);
  redis_.ask({"SET", key, std::to_string(version)});
  return version;
}

int64_t Worker::read_version(int64_t row, bool& hit) {
  if (way_ == Way::kNaive) return naive_read(row, hit);
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  const thing_status status = thing_by_id(db_, nullptr, items_, row, &obj, &error);
  if (failed(status, error, "read")) return -1;
  hit = (thing_obj_state(obj) & THING_OBJ_FROM_CACHE) != 0;
  const int64_t version = status == THING_OK ? thing_obj_int64(obj, version_) : 0;
  thing_obj_free(obj);
  return version;
}

void Worker::read(int64_t row) {
  const int64_t least = board_.version[row];
  bool hit = false;
  const int64_t version = read_version(row, hit);
  if (version < 0) return;
  if (version < least) ++board_.old_rows;
  raise_to(board_.version[row], version);
  ++board_.reads;
  if (hit) ++board_.hits;
}

void Worker::write(int64_t row) {
  thing_error* error = nullptr;
  int64_t version = 0;
  if (failed(thing_incr(db_, nullptr, items_, row, version_, 1, &version, &error), error, "write"))
    return;
  if (way_ == Way::kNaive) redis_.ask({"DEL", "naive:" + std::to_string(row)});
  raise_to(board_.version[row], version);
  ++board_.writes;
}

void Worker::write_two(int64_t a, int64_t b) {
  if (a == b) return;
  thing_error* error = nullptr;
  thing_tx* tx = nullptr;
  if (failed(thing_tx_begin(db_, nullptr, THING_TX_DEFAULT, &tx, &error), error, "begin")) return;
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
  thing_tx_free(tx);
  if (!done || !keeps) return;
  for (int i = 0; i < 2; ++i) {
    if (way_ == Way::kNaive) redis_.ask({"DEL", "naive:" + std::to_string(rows[i])});
    raise_to(board_.version[rows[i]], versions[i]);
  }
  ++board_.writes;
}

// A row is moved by its owner alone, so that all know where it is while nobody moves it.
void Worker::move(int64_t row) {
  if (board_.moves[row].load() % 2 != 0) return;  // until it is inherited
  ++board_.moves[row];
  const int64_t group = below(kGroups);
  thing_error* error = nullptr;
  thing_obj* obj = nullptr;
  bool done = !failed(thing_by_id(db_, nullptr, items_, row, &obj, &error), error, "load to move");
  done = done && !failed(thing_obj_set_int64(obj, group_, group, &error), error, "set");
  done = done && !failed(thing_save(db_, nullptr, obj, &error), error, "move");
  thing_obj_free(obj);
  if (done) board_.group[row] = group;  // else it is where it was: the write did not happen
  ++board_.moves[row];
  ++board_.writes;
}

void Worker::list(int64_t group) {
  int64_t least[kRows + 1], moves[kRows + 1], groups[kRows + 1];
  for (int64_t row = 1; row <= kRows; ++row) {
    least[row] = board_.version[row];
    moves[row] = board_.moves[row];
    groups[row] = board_.group[row];
  }
  thing_error* error = nullptr;
  thing_rows* rows = nullptr;
  const std::string criteria = where("\"grp\": " + std::to_string(group));
  if (failed(thing_query(db_, nullptr, items_, criteria.c_str(), -1, &rows, &error), error, "list"))
    return;
  std::vector<bool> listed(kRows + 1);
  bool is_old = false;
  for (int64_t i = 0; i < thing_rows_count(rows); ++i) {
    thing_obj* const obj = thing_rows_obj(rows, i);
    const int64_t row = thing_obj_id(obj);
    listed[static_cast<size_t>(row)] = true;
    if (thing_obj_int64(obj, version_) < least[row]) is_old = true;
    raise_to(board_.version[row], thing_obj_int64(obj, version_));
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
  const bool done = !failed(thing_query_count(db_, nullptr, parsed, &n, &error), error, "count");
  thing_criteria_free(parsed);
  if (!done) return;
  const bool is_still = moves % 2 == 0 && board_.moves[row] == moves;
  if (is_still && n != (is_in == group ? 1 : 0)) ++board_.old_counts;
  ++board_.counts;
}

void Worker::check_rest() {
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
      if (!hit) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (!hit) {
      ++board_.errors;
      std::fprintf(stderr, "storm: row %d does not come from the cache any more\n",
                   static_cast<int>(row));
    }
  }
  for (int64_t group = 0; group < kGroups; ++group) list(group);
  thing_ctx_free(past);
}

}  // namespace storm
