#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thing::cache::redis {

enum class ReplyKind : uint8_t { kNil, kText, kStatus, kInteger, kError, kArray };

// Where a reply is kept: nodes in the order of the wire, an array before its elements, and one
// block of bytes for all texts.
struct ReplyData {
  struct Node {
    ReplyKind kind;
    int64_t number;  // an integer; the elements of an array
    size_t offset;   // of the text
    size_t size;     // of the text
    size_t end;      // behind the last node that belongs to it
  };
  std::vector<Node> nodes;
  std::string bytes;

  void clear() {
    nodes.clear();
    bytes.clear();
  }
  // Sets each node's end, when all are there.
  void close();
};

// A view of one reply, or of an element. Those that a Link gives are valid until its next use.
class Reply {
 public:
  Reply() = default;
  explicit Reply(const ReplyData& data) : data_(&data) {}

  ReplyKind kind() const { return node().kind; }
  bool is_nil() const { return kind() == ReplyKind::kNil; }
  bool is_text() const { return kind() == ReplyKind::kText; }
  bool is_integer() const { return kind() == ReplyKind::kInteger; }
  bool is_error() const { return kind() == ReplyKind::kError; }
  bool is_array() const { return kind() == ReplyKind::kArray; }
  bool is_ok() const { return kind() == ReplyKind::kStatus && text() == "OK"; }

  // Of a text, status or error; empty of others.
  std::string_view text() const {
    return std::string_view(data_->bytes).substr(node().offset, node().size);
  }
  int64_t integer() const { return is_integer() ? node().number : 0; }
  size_t size() const { return is_array() ? static_cast<size_t>(node().number) : 0; }
  // Element i of an array, 0 <= i < size(). At once when no element is an array itself.
  Reply at(size_t i) const;

  class Iterator {
   public:
    Iterator(const ReplyData* data, size_t at) : data_(data), at_(at) {}
    Reply operator*() const { return Reply(*data_, at_); }
    Iterator& operator++() {
      at_ = data_->nodes[at_].end;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const ReplyData* data_;
    size_t at_;
  };
  Iterator begin() const { return {data_, is_array() ? at_ + 1 : node().end}; }
  Iterator end() const { return {data_, node().end}; }

 private:
  Reply(const ReplyData& data, size_t at) : data_(&data), at_(at) {}
  const ReplyData::Node& node() const { return data_->nodes[at_]; }
  const ReplyData* data_ = nullptr;
  size_t at_ = 0;
};

}  // namespace thing::cache::redis
