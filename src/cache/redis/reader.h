#pragma once
// Replies from bytes: hiredis reads the protocol (RESP2), this bounds what it may be given.
//
//   +OK\r\n   -ERR text\r\n   :42\r\n   $3\r\nabc\r\n   $-1\r\n   *2\r\n...   *-1\r\n
//
// After an error nothing can be read any more: where the next reply begins is not known.
#include <memory>
#include <string_view>

#include "base/result.h"
#include "cache/redis/reply.h"

struct redisReader;

namespace thing::cache::redis {

struct ReplyLimits {
  uint64_t bytes = 256 << 20;         // of all texts of a reply, and 8 for each element
  uint64_t bulk = 64 << 20;           // of one text
  uint32_t elements = 1 << 20;        // of one array
  uint32_t line = 64 << 10;           // of a status, an error, a number
  static constexpr int kNesting = 7;  // arrays in arrays; hiredis keeps a fixed stack
};

class ReplyReader {
 public:
  explicit ReplyReader(const ReplyLimits& limits);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;

  base::Status feed(std::string_view bytes);
  // Whether `out` holds the next reply; false when more bytes are needed.
  base::Result<bool> next(ReplyData& out);
  // Whether bytes are there that no reply was made of yet.
  bool is_between_replies() const;

 private:
  struct Calls;
  friend struct Calls;
  struct Free {
    void operator()(redisReader* reader) const;
  };

  base::Status check_pending() const;
  base::Status broken(std::string_view what) const;
  // Takes a node into the reply; null when it is refused.
  void* add(const ReplyData::Node& node, std::string_view text) noexcept;

  const ReplyLimits limits_;
  std::unique_ptr<redisReader, Free> reader_;
  ReplyData data_;
  uint64_t bytes_ = 0;             // of the reply under way, as limits_.bytes counts
  const char* refusal_ = nullptr;  // why a node was refused; kOutOfMemory for want of memory
  bool is_broken_ = false;
};

}  // namespace thing::cache::redis
