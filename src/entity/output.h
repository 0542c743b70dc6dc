#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace thing::entity {

// Bytes that grow at their end, in one block of memory with room for a header before them: what is
// printed becomes the caller's without a copy.
class Output {
 public:
  // Throws std::bad_alloc, as every function that makes room.
  explicit Output(size_t header, size_t expected = 256);
  ~Output() { std::free(block_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Where the next `bytes` may be written; end() tells how far they went.
  char* room(size_t bytes) {
    if (static_cast<size_t>(limit_ - at_) < bytes) grow(bytes);
    return at_;
  }
  void end(char* at) { at_ = at; }

  void put(char c) {
    char* p = room(1);
    *p = c;
    at_ = p + 1;
  }
  void put(std::string_view text) {
    if (text.empty()) return;
    char* p = room(text.size());
    std::memcpy(p, text.data(), text.size());
    at_ = p + text.size();
  }

  // Takes the last byte back, of one or more.
  void unput() { --at_; }

  // Takes byte `at` of the text out.
  void erase(size_t at) {
    char* const p = block_ + header_ + at;
    std::memmove(p, p + 1, static_cast<size_t>(at_ - p) - 1);
    --at_;
  }

  std::string_view text() const {
    return {block_ + header_, static_cast<size_t>(at_ - block_) - header_};
  }
  // The block: header, text, one NUL. std::free() frees it.
  char* release();

 private:
  void grow(size_t bytes);

  char* block_;
  char* at_;
  char* limit_;  // one byte before the end, for the NUL
  size_t header_;
};

void put_json_string(Output& out, std::string_view text);  // with quotes and escapes

}  // namespace thing::entity
