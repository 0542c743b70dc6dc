#pragma once
// Tests of what stands at a path of a JSON document: docs/reference/criteria.md, "JSON fields". The
// databases decide the same by SQL (dialect/document.h), SQLite by this.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"
#include "value/value.h"

namespace thing::value {

enum class DocumentOp : uint8_t {
  kEquals,  // one of the operands; of the length: it
  kNot,     // of the length alone
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kStartsWith,
  kEndsWith,
  kHasKey,
  kHasEvery,
  kHasSome,
  kExists
};
std::string_view document_op_name(DocumentOp op);
std::optional<DocumentOp> find_document_op(std::string_view name);

// What a test is made of but its values, which it takes one after the other: "ki3;k|s".
//
//   #     first of all: the test is of an array's number of elements, its operand an i
//   k     path: the member whose name is the next value
//   i3;   path: the element with this index
//   |     the end of the path; operands follow
//   s     a string, the next value
//   n d   a number, the next value as it was written: one that is compared exactly, and another
//   t f 0 true, false, null
//   [2;   an array of the two operands behind it
//   {2;   an object of two members behind it, each a k and an operand
//   i     an integer, the next value
//
// Says what comes next. Whoever reads it made it, but for what SQL of other programs gives to
// thing_json(): test_document() makes something of any shape and values.
class DocumentShape {
 public:
  explicit DocumentShape(std::string_view shape) : rest_(shape) { is_length_ = take('#'); }
  bool is_length() const { return is_length_; }
  bool is_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  char next();
  uint32_t count();  // the number behind i, [ or {

 private:
  bool take(char c);
  std::string_view rest_;
  bool is_length_;
};

// What is written into a shape and the values beside it.
class DocumentTest {
 public:
  static constexpr uint32_t kMostSteps = 32;   // of a path; as deep MariaDB's documents are
  static constexpr uint32_t kMostParts = 100;  // of all: SQLite's functions take 127 arguments
  // Steps, and arrays and objects in one another: each is a subquery to MySQL, which has 63 of them
  // in one another, of relations too.
  static constexpr uint32_t kMostDeep = 40;

  // kType: no array of names and indexes; kRange: too many, or an index that is none.
  base::Status path(const text::JsonNode& path);
  void end_path() { shape += '|'; }
  // kInvalid: holds U+0000, which PostgreSQL's JSON can not; kRange: too many of them, too deep, or
  // a number that no database compares. `depth`: arrays and objects around it.
  base::Status operand(const text::JsonNode& node, uint32_t depth = 0);
  base::Status name(std::string_view name);
  void length(int64_t n);

  std::string shape;
  std::vector<Value> values;

 private:
  base::Status count_part();
  base::Status add_text(char kind, std::string_view text);
  uint32_t parts_ = 0;
  uint32_t steps_ = 0;
};

enum class Answer : uint8_t { kNo, kYes, kUnknown };
// kUnknown: NULL to the databases. `is_sure` becomes false where a database that keeps documents
// otherwise than as they were written may see another number.
Answer test_document(DocumentOp op, bool insensitive, std::string_view shape,
                     std::span<const ValueView> values, std::string_view document, bool& is_sure);

// The path, [] when there is none, and an operand as JSON; both take what they print from `values`.
void print_path(text::JsonWriter& writer, DocumentShape& shape, std::span<const ValueView>& values);
void print_operand(text::JsonWriter& writer, DocumentShape& shape,
                   std::span<const ValueView>& values);

// Numbers are compared exactly when both have at most 35 digits before the point, 30 behind it and
// no exponent; as doubles otherwise; and not at all beyond what all databases read as one: both
// patterns are those of the SQL.
inline constexpr std::string_view kExactNumber = "^-?[0-9]{1,35}([.][0-9]{1,30})?$";
inline constexpr std::string_view kDoubleNumber =
    "^-?([0-9]{1,200}([.][0-9]{1,100})?|[0-9]{1,8}([.][0-9]{1,20})?[eE][+-]?[12]?[0-9]{1,2})$";
enum class NumberKind : uint8_t { kExact, kDouble, kNone };
NumberKind number_kind(std::string_view json);

}  // namespace thing::value
