#include "users.h"

#include <chrono>
#include <cstdio>
#include <cstring>

#include "harness.h"

namespace bench {
namespace {

constexpr const char* kFirst[] = {"Anna",   "Boris",  "Chen",  "Daria",   "Emil",
                                  "Fatima", "George", "Hana",  "Ivan",    "Jun",
                                  "Katya",  "Liam",   "Maria", "Nikolai", "Olga"};
constexpr const char* kLast[] = {"Smith",  "Ivanov",  "Garcia",  "Tanaka", "Kowalski",
                                 "Petrov", "Johnson", "Mueller", "Okafor", "Rossi"};
constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kFrom = 1'420'070'400;              // 2015
constexpr int64_t kSpan = 10 * 365 * int64_t{86400};  // ten years

int two(const char* p) { return (p[0] - '0') * 10 + (p[1] - '0'); }

void put_two(char* p, unsigned v) {
  p[0] = static_cast<char>('0' + v / 10);
  p[1] = static_cast<char>('0' + v % 10);
}

}  // namespace

User make_user(int64_t number) {
  Random random(static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15U + 1);
  for (int i = 0; i < 4; ++i) random.next();
  User u;
  u.id = number;
  u.name = std::string(kFirst[random.below(15)]) + " " + kLast[random.below(10)];
  char email[48];
  std::snprintf(email, sizeof email, "user%06lld@example.com", static_cast<long long>(number));
  u.email = email;
  u.age = static_cast<int>(18 + random.below(63));
  u.score = static_cast<double>(random.below(10'000'000)) / 10000;
  u.active = random.below(5) != 0;
  u.created_at = (kFrom + random.below(kSpan)) * kSecond;
  return u;
}

std::string user_model(const std::string& table) {
  std::string model = kUserModel;
  return model.insert(1, "\"table\": \"" + table + "\", ");
}

std::string author_models(const std::string& table) {
  std::string user = user_model(table);
  user.insert(1, R"("relations": {"posts": {"has_many": "Post"}}, )");
  const std::string post = std::string(R"({"name": "Post", "table": ")") + kPostTable + R"(",
    "fields": {
      "id": {"type": "int", "default": {"fn": "autoincrement"}}, "title": "text", "body": "text",
      "user_id": "int", "score": "float", "live": "bool", "created_at": "datetime"},
    "relations": {"user": {"belongs_to": "User", "foreign_key": false}}})";
  return "[" + user + ", " + post + "]";
}

std::string insert_posts(const std::string& table) {
  return std::string("INSERT INTO ") + kPostTable +
         "(title, body, user_id, score, live, created_at) SELECT name, email, id, score, active, "
         "created_at FROM " +
         table;
}

std::string select_posts() {
  std::string sql = std::string("SELECT ") + kPostColumns + " FROM " + kPostTable;
  for (int i = 0; i < kAuthors; ++i) sql += i == 0 ? " WHERE user_id IN (?" : ", ?";
  return sql + ") ORDER BY user_id, id";
}

int64_t parse_time(const char* text, int length) {
  if (length < kTimeLength) return 0;
  using namespace std::chrono;
  const year_month_day date{year{two(text) * 100 + two(text + 2)},
                            month(static_cast<unsigned>(two(text + 5))),
                            day(static_cast<unsigned>(two(text + 8)))};
  const int64_t days = sys_days{date}.time_since_epoch().count();
  return (((days * 24 + two(text + 11)) * 60 + two(text + 14)) * 60 + two(text + 17)) * kSecond;
}

void print_time(int64_t microseconds, char separator, char out[kTimeLength]) {
  using namespace std::chrono;
  const int64_t seconds = microseconds / kSecond;
  const auto in_day = static_cast<unsigned>(seconds % 86400);
  const year_month_day date{sys_days{days{seconds / 86400}}};
  const auto y = static_cast<unsigned>(static_cast<int>(date.year()));
  std::memcpy(out, "0000-00-00 00:00:00", kTimeLength);
  put_two(out, y / 100);
  put_two(out + 2, y % 100);
  put_two(out + 5, static_cast<unsigned>(date.month()));
  put_two(out + 8, static_cast<unsigned>(date.day()));
  out[10] = separator;
  put_two(out + 11, in_day / 3600);
  put_two(out + 14, in_day / 60 % 60);
  put_two(out + 17, in_day % 60);
}

void Digest::add(double v) {
  uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  add(static_cast<int64_t>(bits));
}

void Digest::add(const User& u) {
  add(u.id);
  add(std::string_view(u.name));
  add(std::string_view(u.email));
  add(int64_t{u.age});
  add(u.score);
  add(int64_t{u.active});
  add(u.created_at);
}

}  // namespace bench
