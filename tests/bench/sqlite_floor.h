#pragma once
// SQLite itself.
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "floor.h"

namespace bench {

// What both sides run with; read from the library, so that they are the same.
struct Pragmas {
  int64_t cache_size = -2000;
  int64_t mmap_size = 0;
  int64_t temp_store = 0;
};

class Statement {
 public:
  Statement(sqlite3* db, const std::string& sql);
  ~Statement() { sqlite3_finalize(raw_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  operator sqlite3_stmt*() const { return raw_; }
  bool row();  // steps; ends the program on an error
  void run() {
    row();
    sqlite3_reset(raw_);
  }

 private:
  sqlite3_stmt* raw_ = nullptr;
};

class SqliteFloor final : public Floor {
 public:
  SqliteFloor(const std::string& path, const Pragmas& pragmas);
  ~SqliteFloor() override;
  int64_t number(const std::string& sql);  // in the first column of the first row

  void execute(const std::string& sql) override;
  void by_id(int64_t id, User& out) override;
  void list(int over_age, int limit, std::vector<User>& out) override;
  void preload(int64_t behind, std::vector<Author>& out) override;
  int64_t insert(const User& u) override;
  void set_age(int64_t id, int age) override;
  void begin() override { begin_->run(); }
  void commit() override { commit_->run(); }

 private:
  sqlite3* db_ = nullptr;
  std::unique_ptr<Statement> by_id_, list_, authors_, posts_, insert_, set_age_, begin_, commit_;
};

}  // namespace bench
