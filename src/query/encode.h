#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "query/criteria.h"

namespace thing::query {

// Writes trees and values as bytes that are equal only for equal input: every part says its own
// length.
class Encoder {
 public:
  void add_byte(uint8_t b) { text_ += static_cast<char>(b); }
  void add_word(uint64_t w) { text_.append(reinterpret_cast<const char*>(&w), sizeof w); }
  void add(const value::ValueView& v);
  void add(const schema::Step& step);
  void add(const Node& node);  // without the parameters' values
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace thing::query
