#include "mysql_floor.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <mysql.h>

namespace bench {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr size_t kMostText = 64;  // bytes of a user's texts

// my_bool in MariaDB's library, bool in MySQL's.
using Flag = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

struct Url {
  std::string user, password, host, database, socket;
  unsigned port = 0;
};

// Takes the text up to the mark away; all of it when the mark is not there.
std::string take(std::string& text, const char* mark) {
  const size_t at = text.find(mark);
  const std::string head = text.substr(0, at);
  text = at == text.npos ? "" : text.substr(at + std::strlen(mark));
  return head;
}

Url parse(std::string text) {
  Url url;
  take(text, "://");
  std::string login = take(text, "@"), place = take(text, "/");
  url.user = take(login, ":");
  url.password = login;
  url.host = take(place, ":");
  url.port = static_cast<unsigned>(std::atoi(place.c_str()));
  url.database = take(text, "?");
  while (!text.empty()) {
    std::string value = take(text, "&");
    if (take(value, "=") == "socket") url.socket = value;
  }
  return url;
}

int64_t micros_of(const MYSQL_TIME& t) {
  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(t.year)}, month{t.month}, day{t.day}};
  const int64_t days = sys_days{date}.time_since_epoch().count();
  return (((days * 24 + t.hour) * 60 + t.minute) * 60 + t.second) * kMicros +
         static_cast<int64_t>(t.second_part);
}

MYSQL_TIME time_of(int64_t micros) {
  using namespace std::chrono;
  const int64_t seconds = micros / kMicros, in_day = seconds % 86400;
  const year_month_day date{sys_days{days{seconds / 86400}}};
  MYSQL_TIME t{};
  t.year = static_cast<unsigned>(static_cast<int>(date.year()));
  t.month = static_cast<unsigned>(date.month());
  t.day = static_cast<unsigned>(date.day());
  t.hour = static_cast<unsigned>(in_day / 3600);
  t.minute = static_cast<unsigned>(in_day / 60 % 60);
  t.second = static_cast<unsigned>(in_day % 60);
  t.second_part = static_cast<unsigned long>(micros % kMicros);
  t.time_type = MYSQL_TIMESTAMP_DATETIME;
  return t;
}

// Where a row is bound to, on its way in or out: the columns without or with the id.
struct Cells {
  int64_t id = 0, age = 0;
  double score = 0;
  int8_t active = 0;
  MYSQL_TIME created_at{};
  char name[kMostText], email[kMostText];
  unsigned long name_length = 0, email_length = 0;
};

MYSQL_BIND number(int64_t& place) {
  MYSQL_BIND b{};
  b.buffer_type = MYSQL_TYPE_LONGLONG;
  b.buffer = &place;
  return b;
}

MYSQL_BIND text(char (&place)[kMostText], unsigned long& length) {
  MYSQL_BIND b{};
  b.buffer_type = MYSQL_TYPE_STRING;
  b.buffer = place;
  b.buffer_length = kMostText;
  b.length = &length;
  return b;
}

std::vector<MYSQL_BIND> bind_user(Cells& cells) {
  std::vector<MYSQL_BIND> all = {text(cells.name, cells.name_length),
                                 text(cells.email, cells.email_length), number(cells.age)};
  MYSQL_BIND b{};
  b.buffer_type = MYSQL_TYPE_DOUBLE;
  b.buffer = &cells.score;
  all.push_back(b);
  b.buffer_type = MYSQL_TYPE_TINY;
  b.buffer = &cells.active;
  all.push_back(b);
  b.buffer_type = MYSQL_TYPE_DATETIME;
  b.buffer = &cells.created_at;
  all.push_back(b);
  return all;
}

// A statement with what it is bound to.
class MysqlStatement {
 public:
  MysqlStatement(MYSQL* db, const std::string& sql) : sql_(sql), raw_(mysql_stmt_init(db)) {
    expect(mysql_stmt_prepare(raw_, sql.c_str(), sql.size()) == 0);
  }
  ~MysqlStatement() { mysql_stmt_close(raw_); }
  MysqlStatement(const MysqlStatement&) = delete;
  MysqlStatement& operator=(const MysqlStatement&) = delete;

  void bind(std::vector<MYSQL_BIND> arguments) {
    if (!arguments.empty()) expect(mysql_stmt_bind_param(raw_, arguments.data()) == 0);
  }
  void bind_results() {
    std::vector<MYSQL_BIND> columns = bind_user(cells);
    columns.insert(columns.begin(), number(cells.id));
    expect(mysql_stmt_bind_result(raw_, columns.data()) == 0);
  }
  void run() { expect(mysql_stmt_execute(raw_) == 0); }
  bool next() {
    const int rc = mysql_stmt_fetch(raw_);
    expect(rc == 0 || rc == MYSQL_NO_DATA);
    return rc == 0;
  }
  bool row(User& u) {
    if (!next()) return false;
    read(u);
    return true;
  }
  void read(User& u) const {
    u.id = cells.id;
    u.name.assign(cells.name, cells.name_length);
    u.email.assign(cells.email, cells.email_length);
    u.age = static_cast<int>(cells.age);
    u.score = cells.score;
    u.active = cells.active != 0;
    u.created_at = micros_of(cells.created_at);
  }
  void put(const User& u) {
    cells.name_length = u.name.copy(cells.name, kMostText);
    cells.email_length = u.email.copy(cells.email, kMostText);
    cells.age = u.age;
    cells.score = u.score;
    cells.active = u.active ? 1 : 0;
    cells.created_at = time_of(u.created_at);
  }
  int64_t insert_id() { return static_cast<int64_t>(mysql_stmt_insert_id(raw_)); }

  Cells cells;
  int64_t argument[kAuthors] = {};

 private:
  void expect(bool fine) {
    if (fine) return;
    std::fprintf(stderr, "floor: %s: %s\n", sql_.c_str(), mysql_stmt_error(raw_));
    std::exit(1);
  }
  std::string sql_;
  MYSQL_STMT* raw_;
};

class MysqlFloor final : public ServerFloor {
 public:
  MysqlFloor(const Url& url, std::string table) : db_(mysql_init(nullptr)), table_(table) {
    mysql_options(db_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const char* socket = url.socket.empty() ? nullptr : url.socket.c_str();
    if (mysql_real_connect(db_, url.host.c_str(), url.user.c_str(), url.password.c_str(),
                           url.database.c_str(), url.port, socket, 0) == nullptr)
      fail("connecting");
  }
  ~MysqlFloor() override {
    for (auto* s : {&by_id_, &list_, &authors_, &posts_, &insert_, &set_age_, &upsert_}) s->reset();
    mysql_close(db_);
  }

  void execute(const std::string& sql) override {
    if (mysql_real_query(db_, sql.c_str(), sql.size()) != 0) fail(sql.c_str());
    mysql_free_result(mysql_store_result(db_));
  }
  void by_id(int64_t id, User& out) override {
    if (by_id_ == nullptr) by_id_ = selection("WHERE id = ?", 1);
    MysqlStatement& s = *by_id_;
    s.argument[0] = id;
    s.run();
    if (!s.row(out)) fail("a user is missing");
    User none;
    if (s.row(none)) fail("a user is there twice");
  }
  void list(int over_age, int limit, std::vector<User>& out) override {
    if (list_ == nullptr)
      list_ = selection("WHERE age > ? AND active = TRUE ORDER BY id DESC LIMIT ?", 2);
    MysqlStatement& s = *list_;
    s.argument[0] = over_age;
    s.argument[1] = limit;
    s.run();
    while (s.row(out.emplace_back())) {
    }
    out.pop_back();
  }
  void preload(int64_t behind, std::vector<Author>& out) override {
    if (authors_ == nullptr) {
      authors_ = selection("WHERE id > ? ORDER BY id LIMIT 100", 1);
      posts_ = statement(select_posts(), kAuthors);
      posts_->bind_results();
    }
    authors_->argument[0] = behind;
    authors_->run();
    out.reserve(kAuthors + 1);
    while (authors_->row(out.emplace_back().user)) {
    }
    out.pop_back();
    for (size_t i = 0; i < kAuthors; ++i) posts_->argument[i] = out[i].user.id;
    posts_->run();
    Authors authors(out);
    while (posts_->next()) posts_->read(authors.add(posts_->cells.age));
  }
  int64_t insert(const User& u) override {
    if (insert_ == nullptr) insert_ = insertion("");
    insert_->put(u);
    insert_->run();
    return insert_->insert_id();
  }
  void upsert(const User& u) override {
    if (upsert_ == nullptr)
      upsert_ = insertion(
          " ON DUPLICATE KEY UPDATE name = VALUES(name), age = VALUES(age), "
          "score = VALUES(score), active = VALUES(active), created_at = VALUES(created_at)");
    upsert_->put(u);
    upsert_->run();
  }
  void set_age(int64_t id, int age) override {
    if (set_age_ == nullptr)
      set_age_ = statement("UPDATE " + table_ + " SET age = ? WHERE id = ?", 2);
    set_age_->argument[0] = age;
    set_age_->argument[1] = id;
    set_age_->run();
  }
  void begin() override { execute("START TRANSACTION"); }
  void commit() override { execute("COMMIT"); }

  std::vector<int64_t> numbers(const std::string& sql) override {
    if (mysql_real_query(db_, sql.c_str(), sql.size()) != 0) fail(sql.c_str());
    MYSQL_RES* const found = mysql_store_result(db_);
    if (found == nullptr) fail(sql.c_str());
    std::vector<int64_t> all;
    while (const MYSQL_ROW row = mysql_fetch_row(found))
      all.push_back(row[0] != nullptr ? std::atoll(row[0]) : 0);
    mysql_free_result(found);
    return all;
  }
  std::string version() override { return mysql_get_server_info(db_); }
  const char* dialect() override { return is_mariadb() ? "mariadb" : "mysql"; }
  std::string truncate(const std::string& table) override { return "TRUNCATE TABLE " + table; }
  std::string analyze(const std::string& table) override { return "ANALYZE TABLE " + table; }
  std::vector<int64_t> tasks() override {
    return numbers(is_mariadb()
                       ? "SELECT TID FROM information_schema.PROCESSLIST WHERE DB = DATABASE()"
                       : "SELECT THREAD_OS_ID FROM performance_schema.threads "
                         "WHERE PROCESSLIST_DB = DATABASE()");
  }

 private:
  using Owner = std::unique_ptr<MysqlStatement>;

  bool is_mariadb() { return version().find("MariaDB") != std::string::npos; }
  Owner statement(const std::string& sql, int arguments) {
    auto made = std::make_unique<MysqlStatement>(db_, sql);
    std::vector<MYSQL_BIND> all;
    for (int i = 0; i < arguments; ++i) all.push_back(number(made->argument[i]));
    made->bind(std::move(all));
    return made;
  }
  Owner selection(const char* rest, int arguments) {
    Owner made = statement(std::string("SELECT ") + kUserColumns + " FROM " + table_ + " " + rest,
                           arguments);
    made->bind_results();
    return made;
  }
  Owner insertion(const char* rest) {
    Owner made = statement("INSERT INTO " + table_ +
                               "(name, email, age, score, active, created_at) "
                               "VALUES(?, ?, ?, ?, ?, ?)" +
                               rest,
                           0);
    made->bind(bind_user(made->cells));
    return made;
  }
  [[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "floor: %s: %s\n", what, mysql_error(db_));
    std::exit(1);
  }

  MYSQL* db_;
  std::string table_;
  Owner by_id_, list_, authors_, posts_, insert_, set_age_, upsert_;
};

}  // namespace

std::unique_ptr<ServerFloor> connect_mysql(const std::string& url, const std::string& table) {
  return std::make_unique<MysqlFloor>(parse(url), table);
}

}  // namespace bench
