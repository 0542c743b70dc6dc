#pragma once
// The floor: SQLite through its own C interface, the way one writes it by hand when nothing but
// speed counts. Statements are prepared once, every column is read, texts are copied into the
// application's struct.
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "users.h"

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

class Floor {
 public:
  Floor(const std::string& path, const Pragmas& pragmas);
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  void execute(const char* sql);
  int64_t number(const char* sql);
  sqlite3* db() const { return db_; }

  void by_id(int64_t id, User& out);
  // Users over an age who are active, the newest first.
  void list(int over_age, int limit, std::vector<User>& out);
  int64_t insert(const User& u);  // gives the id
  void set_age(int64_t id, int age);
  void begin() { begin_->run(); }
  void commit() { commit_->run(); }

 private:
  sqlite3* db_ = nullptr;
  std::unique_ptr<Statement> by_id_, list_, insert_, set_age_, begin_, commit_;
};

}  // namespace bench
