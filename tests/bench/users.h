#pragma once
// The rows that everything is measured on: 100,000 users, the same in every run.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// What an application would keep a row in.
struct User {
  int64_t id = 0;
  std::string name, email;
  int age = 0;
  double score = 0;
  bool active = false;
  int64_t created_at = 0;  // microseconds since 1970
};

inline constexpr const char* kUserModel = R"({"name": "User", "fields": {
  "id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text",
  "email": {"type": "text", "unique": true}, "age": "int", "score": "float", "active": "bool",
  "created_at": "datetime"}})";
// The same in a table of another name.
std::string user_model(const std::string& table);
inline constexpr const char* kUserColumns = "id, name, email, age, score, active, created_at";

// A user with posts, which have columns of the same types as users, so that both are read alike:
// title and body are texts, user_id an int. The models of both, and SQL that gives each of the
// users kPosts of them.
struct Author {
  User user;
  std::vector<User> posts;
};
inline constexpr const char* kPostTable = "bench_posts";
inline constexpr const char* kPostColumns = "id, title, body, user_id, score, live, created_at";
inline constexpr int kPosts = 5;
inline constexpr int kAuthors = 100;  // that are read at once
std::string author_models(const std::string& table);
std::string insert_posts(const std::string& table);
std::string select_posts();  // of kAuthors users: a ? for each

// The user of that number, counted from 1; the email is unique.
User make_user(int64_t number);

// "2024-05-06 07:08:09" and back, whole seconds.
int64_t parse_time(const char* text, int length);
constexpr int kTimeLength = 19;
void print_time(int64_t microseconds, char separator, char out[kTimeLength]);

// All of a row in one number: to compare sources of rows, and to use every column.
struct Digest {
  uint64_t value = 0;
  void add(int64_t v) { value = value * 31 + static_cast<uint64_t>(v); }
  void add(double v);
  void add(std::string_view v) {
    value = value * 31 + v.size() * 257 + static_cast<unsigned char>(v.empty() ? 0 : v.back());
  }
  void add(const User& u);
};

}  // namespace bench
