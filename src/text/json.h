#pragma once
// JSON (RFC 8259) as libthing needs it: numbers keep their text, so 64-bit integers and decimals
// survive; members keep their order; duplicate keys, depth over kMaxDepth, bad UTF-8 and anything
// behind the value are errors that say where.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thing::text {

inline constexpr int kMaxDepth = 128;

enum class JsonKind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// One value of a parsed document; lives as long as its Json. Children are a linked list in document
// order.
struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  bool boolean = false;
  std::string_view text;    // kNumber: as written; kString: decoded
  std::string_view key;     // decoded name when the parent is an object
  uint32_t key_offset = 0;  // of the name's opening quote in the document
  uint32_t offset = 0;      // of the value's first byte
  uint32_t end = 0;         // behind its last byte
  uint32_t size = 0;        // number of children
  const JsonNode* first = nullptr;
  const JsonNode* next = nullptr;

  const JsonNode* find(std::string_view name) const;  // a member; nullptr when absent
  std::optional<int64_t> integer() const;  // a number without fraction or exponent that fits
  std::optional<double> real() const;      // a number within the range of doubles
  bool is(JsonKind k) const { return kind == k; }
};

std::string_view kind_name(JsonKind kind);  // "an object", for messages

// Blocks of memory that stay where they are when their owner moves, and go with it.
class JsonArena {
 public:
  char* block(size_t size);  // aligned for every type

 private:
  struct Block;
  struct FreeAll {
    void operator()(Block* newest) const;
  };
  std::unique_ptr<Block, FreeAll> newest_;
};

// A parsed document and its memory.
class Json {
 public:
  // kSyntax: "JSON: line 3, column 7: found ']', expected a value"; kInvalid for bad UTF-8, kRange
  // for a document that is too deep or over 4 GiB. Columns count bytes.
  static base::Result<Json> parse(std::string_view document);
  const JsonNode& root() const { return *root_; }
  std::string_view source() const { return source_; }
  std::string_view source(const JsonNode& node) const {
    return source_.substr(node.offset, node.end - node.offset);
  }

 private:
  friend class JsonParser;
  JsonArena arena_;  // the document's copy, the nodes, and strings that had escapes
  std::string_view source_;
  const JsonNode* root_ = nullptr;
};

bool is_json(
    std::string_view document);  // as parse() accepts it, but keeps only what open objects need

// Appends JSON to a string and writes the commas; the caller keeps to the grammar.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  void string(std::string_view text);
  void integer(int64_t v);
  // The shortest form that reads back the same; integers get ".0"; null when it is not finite.
  void real(double v);
  void boolean(bool v);
  void null();
  void raw(std::string_view json);      // a whole value, as it is
  void base64(std::string_view bytes);  // as a string

 private:
  void open(char bracket);
  void close(char bracket);

  std::string& out_;
  bool comma_ = false;  // before the next value
};

void append_json_string(std::string& out, std::string_view text);  // with quotes and escapes

}  // namespace thing::text
