#pragma once
#include <string>
#include <string_view>

#include "cache/redis/sha1.h"

namespace thing::cache::redis {

// A Lua script. It outlives the links that it is sent over, and so is made once. One that begins
// with "#!lua flags=allow-oom" runs at the memory limit too.
class Script {
 public:
  explicit Script(std::string_view text) : text_(text), sha_(sha1_hex(text)) {}
  Script(const Script&) = delete;
  const std::string& text() const { return text_; }
  const std::string& sha() const { return sha_; }

 private:
  const std::string text_;
  const std::string sha_;
};

}  // namespace thing::cache::redis
