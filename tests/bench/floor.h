#pragma once
// What libthing is measured against: the client library of a database through its own C interface,
// the way one writes it by hand when nothing but speed counts. Statements are prepared once, every
// column is read, texts are copied into the application's struct.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "users.h"

namespace bench {

class Floor {
 public:
  Floor() = default;
  virtual ~Floor() = default;
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  // Each ends the program on an error.
  virtual void execute(const std::string& sql) = 0;
  virtual void by_id(int64_t id, User& out) = 0;
  // Users over an age who are active, the newest first.
  virtual void list(int over_age, int limit, std::vector<User>& out) = 0;
  // kAuthors users with ids behind one, in their order, with their posts: two statements.
  virtual void preload(int64_t behind, std::vector<Author>& out) = 0;
  virtual int64_t insert(const User& u) = 0;  // gives the id
  virtual void set_age(int64_t id, int age) = 0;
  virtual void begin() = 0;
  virtual void commit() = 0;
};

// Puts posts where they belong.
class Authors {
 public:
  explicit Authors(std::vector<Author>& all) {
    for (Author& a : all) places_.emplace(a.user.id, &a);
  }
  User& add(int64_t user) { return places_.find(user)->second->posts.emplace_back(); }

 private:
  std::unordered_map<int64_t, Author*> places_;
};

}  // namespace bench
