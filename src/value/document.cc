#include "value/document.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::Status;
using text::JsonKind;
using text::JsonNode;

constexpr std::string_view kNames[] = {"equals",   "not",      "lt",         "lte",      "gt",
                                       "gte",      "contains", "startsWith", "endsWith", "hasKey",
                                       "hasEvery", "hasSome",  "exists"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Digits from `at` on, as far as `most` and one more.
size_t digits(std::string_view text, size_t at, size_t most) {
  size_t n = 0;
  while (n <= most && at + n < text.size() && text[at + n] >= '0' && text[at + n] <= '9') ++n;
  return n;
}

struct NumberParts {
  size_t before = 0, behind = 0;
  std::string_view exponent;  // without e and sign
  bool has_exponent = false;
};

NumberParts parts_of(std::string_view text) {
  NumberParts parts;
  size_t at = text.starts_with('-') ? 1 : 0;
  parts.before = digits(text, at, text.size());
  at += parts.before;
  if (at < text.size() && text[at] == '.') {
    parts.behind = digits(text, at + 1, text.size());
    at += 1 + parts.behind;
  }
  if (at == text.size()) return parts;
  parts.has_exponent = true;
  at += at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 2 : 1;
  parts.exponent = text.substr(at);
  return parts;
}

double to_double(std::string_view text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// Databases that read documents as doubles still see it as it is.
bool is_short(std::string_view number) {
  constexpr size_t kDigits = 15;
  const NumberParts parts = parts_of(number);
  return !parts.has_exponent && parts.before + parts.behind <= kDigits;
}

template <typename T>
bool holds(DocumentOp op, const T& a, const T& b) {
  switch (op) {
    case DocumentOp::kNot: return a != b;
    case DocumentOp::kLess: return a < b;
    case DocumentOp::kLessOrEqual: return a <= b;
    case DocumentOp::kGreater: return a > b;
    case DocumentOp::kGreaterOrEqual: return a >= b;
    default: return a == b;
  }
}

bool has_part(DocumentOp op, std::string_view text, std::string_view part) {
  if (op == DocumentOp::kContains) return text.find(part) != text.npos;
  return op == DocumentOp::kStartsWith ? text.starts_with(part) : text.ends_with(part);
}

class Tester {
 public:
  Tester(DocumentOp op, bool insensitive, std::span<const ValueView> values, bool& is_sure)
      : op_(op), insensitive_(insensitive), values_(values), is_sure_(is_sure) {}

  const JsonNode* follow(DocumentShape& shape, const JsonNode* node);
  bool test(DocumentShape& shape, const JsonNode& node);

 private:
  // NULL where a shape that another program wrote asks for more than there are.
  ValueView next() {
    if (values_.empty()) return {};
    const ValueView v = values_.front();
    values_ = values_.subspan(1);
    return v;
  }
  bool compares(DocumentShape& shape, const JsonNode& node);
  bool has_elements(DocumentShape& shape, const JsonNode& node);
  bool is_same(DocumentShape& shape, const JsonNode* node);
  bool is_same_number(const JsonNode& node) { return compare_numbers(DocumentOp::kEquals, node); }
  bool compare_numbers(DocumentOp op, const JsonNode& node);
  std::string text(std::string_view text) const;

  DocumentOp op_;
  bool insensitive_;
  std::span<const ValueView> values_;
  bool& is_sure_;
};

const JsonNode* element(const JsonNode* array, uint32_t index) {
  const JsonNode* n = array->first;
  for (; n != nullptr && index > 0; --index) n = n->next;
  return n;
}

const JsonNode* Tester::follow(DocumentShape& shape, const JsonNode* node) {
  for (char step = shape.next(); step == 'k' || step == 'i'; step = shape.next()) {
    if (step == 'k') {
      const std::string_view name = next().bytes;
      node = node != nullptr && node->is(JsonKind::kObject) ? node->find(name) : nullptr;
    } else {
      const uint32_t index = shape.count();
      node = node != nullptr && node->is(JsonKind::kArray) ? element(node, index) : nullptr;
    }
  }
  return node;
}

bool Tester::test(DocumentShape& shape, const JsonNode& node) {
  if (shape.is_length())
    return node.is(JsonKind::kArray) && holds<int64_t>(op_, node.size, next().integer);
  switch (op_) {
    case DocumentOp::kExists: return true;
    case DocumentOp::kHasKey:
      return node.is(JsonKind::kObject) && node.find(next().bytes) != nullptr;
    case DocumentOp::kHasEvery:
    case DocumentOp::kHasSome: return node.is(JsonKind::kArray) && has_elements(shape, node);
    case DocumentOp::kEquals:
      while (!shape.is_end()) {
        if (is_same(shape, &node)) return true;
      }
      return false;
    default: return compares(shape, node);
  }
}

bool Tester::compares(DocumentShape& shape, const JsonNode& node) {
  const bool is_number = shape.peek() == 'n' || shape.peek() == 'd';
  if (is_number) return compare_numbers(op_, node);
  if (!node.is(JsonKind::kString)) return false;
  const std::string_view with = next().bytes;
  const bool is_part = op_ == DocumentOp::kContains || op_ == DocumentOp::kStartsWith ||
                       op_ == DocumentOp::kEndsWith;
  if (!is_part) return holds(op_, node.text, with);
  return has_part(op_, text(node.text), text(with));
}

std::string Tester::text(std::string_view text) const {
  std::string out(text);
  if (insensitive_) std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool Tester::has_elements(DocumentShape& shape, const JsonNode& node) {
  const bool every = op_ == DocumentOp::kHasEvery;
  while (!shape.is_end()) {
    bool found = false;
    const DocumentShape before = shape;
    const std::span<const ValueView> values = values_;
    is_same(shape, nullptr);
    for (const JsonNode* n = node.first; n != nullptr && !found; n = n->next) {
      DocumentShape again = before;
      const std::span<const ValueView> behind = std::exchange(values_, values);
      found = is_same(again, n);
      values_ = behind;
    }
    if (found != every) return found;
  }
  return every;
}

// Reads the operand to its end, whatever the node is; nullptr is equal to none.
bool Tester::is_same(DocumentShape& shape, const JsonNode* node) {
  const auto is = [node](JsonKind kind) { return node != nullptr && node->is(kind); };
  switch (shape.next()) {
    case '0': return is(JsonKind::kNull);
    case 't': return is(JsonKind::kBool) && node->boolean;
    case 'f': return is(JsonKind::kBool) && !node->boolean;
    case 's': {
      const std::string_view text = next().bytes;
      return is(JsonKind::kString) && node->text == text;
    }
    case '[': {
      const uint32_t size = shape.count();
      bool same = is(JsonKind::kArray) && node->size == size;
      const JsonNode* n = same ? node->first : nullptr;
      for (uint32_t i = 0; i < size && !shape.is_end(); ++i) {
        same = is_same(shape, n) && same;
        if (n != nullptr) n = n->next;
      }
      return same;
    }
    case '{': {
      const uint32_t size = shape.count();
      bool same = is(JsonKind::kObject) && node->size == size;
      for (uint32_t i = 0; i < size && !shape.is_end(); ++i) {
        shape.next();
        const std::string_view name = next().bytes;
        same = is_same(shape, same ? node->find(name) : nullptr) && same;
      }
      return same;
    }
    default: {
      if (is(JsonKind::kNumber)) return is_same_number(*node);
      next();
      return false;
    }
  }
}

bool Tester::compare_numbers(DocumentOp op, const JsonNode& node) {
  const std::string_view with = next().bytes;
  if (!node.is(JsonKind::kNumber)) return false;
  is_sure_ = is_sure_ && is_short(node.text) && is_short(with);
  const NumberKind kind = number_kind(node.text);
  if (kind == NumberKind::kNone) return false;
  if (kind == NumberKind::kDouble || number_kind(with) == NumberKind::kDouble)
    return holds(op, to_double(node.text), to_double(with));
  const auto order = compare(ValueView::of_bytes(Type::kDecimal, node.text),
                             ValueView::of_bytes(Type::kDecimal, with));
  return holds(op, order < 0 ? -1 : (order > 0 ? 1 : 0), 0);
}

base::Error zero_character(std::string_view what) {
  return base::Error(Code::kInvalid,
                     fmt::format("found U+0000 in {}, expected text without it: not every database "
                                 "can look for it in documents",
                                 what));
}

}  // namespace

std::string_view document_op_name(DocumentOp op) { return kNames[static_cast<size_t>(op)]; }

std::optional<DocumentOp> find_document_op(std::string_view name) {
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<DocumentOp>(found - std::begin(kNames));
}

NumberKind number_kind(std::string_view json) {
  const NumberParts parts = parts_of(json);
  if (!parts.has_exponent) {
    if (parts.before <= 35 && parts.behind <= 30) return NumberKind::kExact;
    return parts.before <= 200 && parts.behind <= 100 ? NumberKind::kDouble : NumberKind::kNone;
  }
  const std::string_view e = parts.exponent;
  const bool is_small = e.size() <= 2 || (e.size() == 3 && (e[0] == '1' || e[0] == '2'));
  return parts.before <= 8 && parts.behind <= 20 && is_small ? NumberKind::kDouble
                                                             : NumberKind::kNone;
}

bool DocumentShape::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

char DocumentShape::next() {
  const char c = peek();
  if (!rest_.empty()) rest_.remove_prefix(1);
  return c;
}

uint32_t DocumentShape::count() {
  uint32_t out = 0;
  const auto end = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out).ptr;
  rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
  take(';');
  return out;
}

Status DocumentTest::count_part() {
  if (++parts_ <= kMostParts) return {};
  return fail(Code::kRange, "found more than {0} names and values, expected at most {0}",
              kMostParts);
}

Status DocumentTest::add_text(char kind, std::string_view text) {
  if (kind == 'k') THING_TRY(count_part());
  if (text.find('\0') != text.npos)
    return fail(zero_character(kind == 'k' ? "a name" : "a string"));
  shape += kind;
  values.push_back(Value::of_bytes(Type::kText, text));
  return {};
}

Status DocumentTest::name(std::string_view name) { return add_text('s', name); }

void DocumentTest::length(int64_t n) {
  shape += 'i';
  values.push_back(Value::of_int(Type::kInt, n));
}

Status DocumentTest::path(const JsonNode& path) {
  constexpr std::string_view kExpected = "an array of names and indexes";
  if (!path.is(JsonKind::kArray))
    return fail(Code::kType, "found {}, expected {}", text::kind_name(path.kind), kExpected);
  if (path.size > kMostSteps)
    return fail(Code::kRange, "found {} steps, expected at most {}", path.size, kMostSteps);
  steps_ = path.size;
  for (const JsonNode* n = path.first; n != nullptr; n = n->next) {
    if (n->is(JsonKind::kString)) {
      THING_TRY(add_text('k', n->text));
      continue;
    }
    if (!n->is(JsonKind::kNumber))
      return fail(Code::kType, "found {} in the path, expected names and indexes",
                  text::kind_name(n->kind));
    const auto index = n->integer();
    if (!index || *index < 0 || *index > INT32_MAX)
      return fail(Code::kRange, "found {} in the path, expected a name or an index of 0 or more",
                  n->text);
    shape += fmt::format("i{};", *index);
  }
  return {};
}

Status DocumentTest::operand(const JsonNode& node, uint32_t depth) {
  THING_TRY(count_part());
  const bool nests = node.is(JsonKind::kArray) || node.is(JsonKind::kObject);
  if (nests && steps_ + ++depth > kMostDeep)
    return fail(Code::kRange,
                "found more than {0} steps and brackets around a value, expected at most {0}",
                kMostDeep);
  switch (node.kind) {
    case JsonKind::kNull: shape += '0'; return {};
    case JsonKind::kBool: shape += node.boolean ? 't' : 'f'; return {};
    case JsonKind::kString: return add_text('s', node.text);
    case JsonKind::kNumber: {
      const NumberKind kind = number_kind(node.text);
      if (kind == NumberKind::kNone)
        return fail(Code::kRange, "found the number {}, expected one with an exponent within 299",
                    base::quoted(node.text));
      return add_text(kind == NumberKind::kExact ? 'n' : 'd', node.text);
    }
    case JsonKind::kArray:
    case JsonKind::kObject: break;
  }
  shape += fmt::format("{}{};", node.is(JsonKind::kArray) ? '[' : '{', node.size);
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (node.is(JsonKind::kObject)) THING_TRY(add_text('k', n->key));
    THING_TRY(operand(*n, depth));
  }
  return {};
}

Answer test_document(DocumentOp op, bool insensitive, std::string_view shape,
                     std::span<const ValueView> values, std::string_view document, bool& is_sure) {
  const bool exists = op == DocumentOp::kExists;
  const Answer none = exists ? Answer::kNo : Answer::kUnknown;
  // PostgreSQL's JSON functions fail for such documents.
  if (document.find("\\u0000") != document.npos) return none;
  const auto json = text::Json::parse(document);
  if (!json) {
    is_sure = false;
    return none;
  }
  DocumentShape reader(shape);
  Tester tester(op, insensitive, values, is_sure);
  const JsonNode* const found = tester.follow(reader, &json->root());
  if (found == nullptr) return none;
  return tester.test(reader, *found) ? Answer::kYes : Answer::kNo;
}

namespace {

const ValueView& take(std::span<const ValueView>& values) {
  const ValueView& v = values.front();
  values = values.subspan(1);
  return v;
}

}  // namespace

void print_path(text::JsonWriter& writer, DocumentShape& shape,
                std::span<const ValueView>& values) {
  writer.begin_array();
  for (char step = shape.next(); step == 'k' || step == 'i'; step = shape.next()) {
    if (step == 'k') {
      writer.string(take(values).bytes);
    } else {
      writer.integer(shape.count());
    }
  }
  writer.end_array();
}

void print_operand(text::JsonWriter& writer, DocumentShape& shape,
                   std::span<const ValueView>& values) {
  switch (const char kind = shape.next()) {
    case '0': return writer.null();
    case 't':
    case 'f': return writer.boolean(kind == 't');
    case 's': return writer.string(take(values).bytes);
    case 'i': return writer.integer(take(values).integer);
    case '[': {
      writer.begin_array();
      for (uint32_t n = shape.count(); n > 0; --n) print_operand(writer, shape, values);
      return writer.end_array();
    }
    case '{': {
      writer.begin_object();
      for (uint32_t n = shape.count(); n > 0; --n) {
        shape.next();
        writer.key(take(values).bytes);
        print_operand(writer, shape, values);
      }
      return writer.end_object();
    }
    default: return writer.raw(take(values).bytes);
  }
}

}  // namespace thing::value
