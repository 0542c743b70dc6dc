#pragma once
// Seeds, folders, budgets and a plain SQLite connection.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <string>

#include <sqlite3.h>

#include "handles.h"

namespace trial {

inline uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

// THING_SEED, or a new one; printed either way.
inline uint64_t choose_seed() {
  const uint64_t seed = number_from_environment("THING_SEED", std::random_device{}());
  std::cout << "seed: THING_SEED=" << seed << std::endl;
  return seed;
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }
  template <class Items>
  const auto& pick(const Items& items) {
    return items[static_cast<size_t>(below(static_cast<int64_t>(std::size(items))))];
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

// So many operations, or as long as an environment variable says.
class Budget {
 public:
  Budget(int64_t operations, const char* seconds_variable)
      : left_(operations), seconds_(number_from_environment(seconds_variable, 0)) {}
  // For one thread.
  bool take() {
    if (seconds_ > 0)
      return std::chrono::steady_clock::now() - start_ < std::chrono::seconds(seconds_);
    return left_-- > 0;
  }

 private:
  int64_t left_;
  uint64_t seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A folder below $TMPDIR that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thing-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw Wrong("no folder for the test's files");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A connection that knows nothing of libthing.
class Raw {
 public:
  explicit Raw(const std::string& file, const char* vfs = nullptr) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    check(sqlite3_open_v2(file.c_str(), &db_, flags, vfs), "opening");
    sqlite3_busy_timeout(db_, 10'000);
  }
  ~Raw() { sqlite3_close(db_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void run(const std::string& sql) {
    check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), sql);
  }
  void rows(const std::string& sql, const std::function<void(sqlite3_stmt*)>& row) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), sql);
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) check(code, sql);
  }
  // All columns of all rows as text; NULL is "NULL".
  std::string dump(const std::string& sql) {
    std::string all;
    rows(sql, [&all](sqlite3_stmt* row) {
      for (int i = 0; i < sqlite3_column_count(row); i++) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row, i));
        all += i == 0 ? "" : "|";
        all += text == nullptr ? "NULL" : text;
      }
      all += '\n';
    });
    return all;
  }
  int64_t number(const std::string& sql) {
    int64_t value = 0;
    rows(sql, [&value](sqlite3_stmt* row) { value = sqlite3_column_int64(row, 0); });
    return value;
  }
  void must_be_sound() {
    const std::string report = dump("PRAGMA integrity_check");
    if (report != "ok\n") throw Wrong("integrity_check: " + report);
  }

 private:
  void check(int code, const std::string& what) {
    if (code != SQLITE_OK) throw Wrong(what + ": " + sqlite3_errmsg(db_));
  }
  sqlite3* db_ = nullptr;
};

}  // namespace trial
