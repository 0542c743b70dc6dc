#pragma once
// JSON as the tests read it: an own small parser, so that the library's output is judged by
// somebody else.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

// One JSON value. Numbers keep their text; members keep their order.
class Json {
 public:
  enum class Kind { kMissing, kNull, kBool, kNumber, kString, kArray, kObject };

  // kMissing when the text is not one JSON value.
  static Json parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_missing() const { return kind_ == Kind::kMissing; }
  // A number as written, a decoded string, "true", "false" or "null".
  const std::string& text() const { return text_; }
  size_t size() const { return members_.size(); }
  const Json& at(size_t i) const;                      // kMissing outside
  const Json& operator[](std::string_view key) const;  // kMissing when absent
  const std::string& key(size_t i) const { return members_.at(i).first; }
  std::vector<std::string> keys() const;
  // Without spaces; equal texts mean equal values in the same order.
  std::string print() const;

 private:
  friend class JsonReader;
  Kind kind_ = Kind::kMissing;
  std::string text_;
  std::vector<std::pair<std::string, Json>> members_;  // of arrays too, with empty keys
};

// The text without the freedom of spaces and escapes; "not JSON: ..." when it is none.
std::string canonical(std::string_view text);
// The text as a JSON string, with quotes.
std::string json_string(std::string_view text);

}  // namespace conformance
