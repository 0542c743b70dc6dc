#pragma once
#include <functional>
#include <string>

#include "actions.h"

namespace conformance {

// Authors with books, and what else there is about them.
class NestedTest : public DatabaseTest {
 protected:
  void SetUp() override;
  // The answer of an action.
  std::string act(const char* model, const char* action, std::string_view json,
                  thing_ctx* ctx = nullptr) const {
    return conformance::act(db_, model, action, json, ctx);
  }
  Outcome refused(const char* model, const char* action, std::string_view json,
                  thing_ctx* ctx = nullptr) const {
    return conformance::refused(db_, model, action, json, ctx);
  }
  // The data of an update of the first author, or of the first book.
  std::string author(std::string_view data) const { return one("Author", data); }
  std::string book(std::string_view data) const { return one("Book", data); }
  Outcome author_refused(std::string_view data) const { return one_refused("Author", data); }
  Outcome book_refused(std::string_view data) const { return one_refused("Book", data); }

  // Titles of the author's books, by their ids.
  Texts books(int64_t author) const;
  // Labels of the book's tags.
  Texts tags(int64_t book) const;
  // Everything that is in the tables; what failed leaves it as it was.
  std::string everything() const;
  int64_t statements(const std::function<void()>& run) const {
    const int64_t before = db_.sql();
    run();
    return db_.sql() - before;
  }

 private:
  static std::string update_of(std::string_view data) {
    return R"({"where": {"id": 1}, "data": )" + std::string(data) + R"(, "select": ["id"]})";
  }
  std::string one(const char* model, std::string_view data) const {
    return act(model, "update", update_of(data));
  }
  Outcome one_refused(const char* model, std::string_view data) const {
    return refused(model, "update", update_of(data));
  }
};

}  // namespace conformance
