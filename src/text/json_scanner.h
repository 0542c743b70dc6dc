#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/json.h"

namespace thing::text {

// Reads the tokens of JSON from the left. What returns false has set the error. The text must be
// followed by kPadding zero bytes, so that reading ahead never has to look for the end.
class JsonScanner {
 public:
  static constexpr size_t kPadding = 8;

  JsonScanner(std::string_view padded, JsonArena& arena)
      : begin_(padded.data()), p_(begin_), end_(begin_ + padded.size()), arena_(arena) {}

  char peek() const { return *p_; }
  bool at_end() const { return p_ == end_; }
  uint32_t offset() const { return static_cast<uint32_t>(p_ - begin_); }
  void skip() { ++p_; }
  void skip_spaces() {
    while (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t') ++p_;
  }

  bool word(std::string_view expected);
  bool number(std::string_view& out);
  // The text without quotes, decoded. Points into the document, or into the arena when there were
  // escapes.
  bool string(std::string_view& out);

  bool unexpected(std::string_view expected);  // at the next byte
  bool fail_at(uint32_t offset, base::Code code, std::string_view what);
  base::Error&& error() { return std::move(error_); }

 private:
  bool escaped(const char* start, std::string_view& out);
  bool escape();
  bool code_point(uint32_t& out);
  bool code_unit(uint32_t& out);
  void put_utf8(uint32_t code_point);
  bool check_utf8(std::string_view text, const char* start);

  const char* begin_;
  const char* p_;
  const char* end_;
  JsonArena& arena_;
  char* decoded_ = nullptr;  // where the next decoded byte goes; made for the first escape
  base::Error error_;
};

}  // namespace thing::text
