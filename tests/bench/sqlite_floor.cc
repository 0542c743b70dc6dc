#include "sqlite_floor.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bench {
namespace {

[[noreturn]] void fail(sqlite3* db, const char* what) {
  std::fprintf(stderr, "floor: %s: %s\n", what, sqlite3_errmsg(db));
  std::exit(1);
}

void copy_text(sqlite3_stmt* s, int column, std::string& out) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, column));
  out.assign(text, static_cast<size_t>(sqlite3_column_bytes(s, column)));
}

void read_user(sqlite3_stmt* s, User& u) {
  u.id = sqlite3_column_int64(s, 0);
  copy_text(s, 1, u.name);
  copy_text(s, 2, u.email);
  u.age = sqlite3_column_int(s, 3);
  u.score = sqlite3_column_double(s, 4);
  u.active = sqlite3_column_int(s, 5) != 0;
  const auto* time = reinterpret_cast<const char*>(sqlite3_column_text(s, 6));
  u.created_at = parse_time(time, sqlite3_column_bytes(s, 6));
}

std::string select(const char* rest) {
  return std::string("SELECT ") + kUserColumns + " FROM users " + rest;
}

}  // namespace

Statement::Statement(sqlite3* db, const std::string& sql) {
  if (sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw_, nullptr) !=
      SQLITE_OK) {
    fail(db, sql.c_str());
  }
}

bool Statement::row() {
  const int rc = sqlite3_step(raw_);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) fail(sqlite3_db_handle(raw_), sqlite3_sql(raw_));
  return rc == SQLITE_ROW;
}

SqliteFloor::SqliteFloor(const std::string& path, const Pragmas& pragmas) {
  if (sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) !=
      SQLITE_OK) {
    fail(db_, path.c_str());
  }
  sqlite3_busy_timeout(db_, 5000);
  execute("PRAGMA journal_mode = wal");
  execute("PRAGMA synchronous = normal");
  execute("PRAGMA foreign_keys = on");
  execute("PRAGMA cache_size = " + std::to_string(pragmas.cache_size));
  execute("PRAGMA mmap_size = " + std::to_string(pragmas.mmap_size));
  execute("PRAGMA temp_store = " + std::to_string(pragmas.temp_store));
  const auto prepare = [this](const std::string& sql) {
    return std::make_unique<Statement>(db_, sql);
  };
  by_id_ = prepare(select("WHERE id = ?"));
  list_ = prepare(select("WHERE age > ? AND active = 1 ORDER BY id DESC LIMIT ?"));
  insert_ = prepare(
      "INSERT INTO users(name, email, age, score, active, created_at) VALUES(?, ?, ?, ?, ?, ?)");
  set_age_ = prepare("UPDATE users SET age = ? WHERE id = ?");
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
}

SqliteFloor::~SqliteFloor() {
  for (auto* s : {&by_id_, &list_, &authors_, &posts_, &insert_, &set_age_, &begin_, &commit_})
    s->reset();
  sqlite3_close(db_);
}

void SqliteFloor::execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(db_, sql.c_str());
}

int64_t SqliteFloor::number(const std::string& sql) {
  Statement s(db_, sql);
  return s.row() ? sqlite3_column_int64(s, 0) : 0;
}

void SqliteFloor::by_id(int64_t id, User& out) {
  sqlite3_bind_int64(*by_id_, 1, id);
  if (!by_id_->row()) fail(db_, "a user is missing");
  read_user(*by_id_, out);
  sqlite3_reset(*by_id_);
}

void SqliteFloor::list(int over_age, int limit, std::vector<User>& out) {
  sqlite3_bind_int(*list_, 1, over_age);
  sqlite3_bind_int(*list_, 2, limit);
  while (list_->row()) read_user(*list_, out.emplace_back());
  sqlite3_reset(*list_);
}

void SqliteFloor::preload(int64_t behind, std::vector<Author>& out) {
  if (authors_ == nullptr) {
    authors_ = std::make_unique<Statement>(db_, select("WHERE id > ? ORDER BY id LIMIT 100"));
    posts_ = std::make_unique<Statement>(db_, select_posts());
  }
  out.reserve(kAuthors);
  sqlite3_bind_int64(*authors_, 1, behind);
  while (authors_->row()) read_user(*authors_, out.emplace_back().user);
  sqlite3_reset(*authors_);
  for (size_t i = 0; i < kAuthors; ++i)
    sqlite3_bind_int64(*posts_, static_cast<int>(i) + 1, out[i].user.id);
  Authors authors(out);
  while (posts_->row()) read_user(*posts_, authors.add(sqlite3_column_int64(*posts_, 3)));
  sqlite3_reset(*posts_);
}

int64_t SqliteFloor::insert(const User& u) {
  char time[kTimeLength];
  print_time(u.created_at, ' ', time);
  sqlite3_stmt* s = *insert_;
  sqlite3_bind_text(s, 1, u.name.data(), static_cast<int>(u.name.size()), SQLITE_STATIC);
  sqlite3_bind_text(s, 2, u.email.data(), static_cast<int>(u.email.size()), SQLITE_STATIC);
  sqlite3_bind_int(s, 3, u.age);
  sqlite3_bind_double(s, 4, u.score);
  sqlite3_bind_int(s, 5, u.active ? 1 : 0);
  sqlite3_bind_text(s, 6, time, kTimeLength, SQLITE_STATIC);
  insert_->run();
  return sqlite3_last_insert_rowid(db_);
}

void SqliteFloor::set_age(int64_t id, int age) {
  sqlite3_bind_int(*set_age_, 1, age);
  sqlite3_bind_int64(*set_age_, 2, id);
  set_age_->run();
}

}  // namespace bench
