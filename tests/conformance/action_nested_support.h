#pragma once
#include <string>

#include "actions.h"

namespace conformance {

// Authors with books, and what else there is about them.
class NestedTest : public ActionTest {
 protected:
  void SetUp() override;
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
