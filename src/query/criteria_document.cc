// Conditions on what a json field has at a path: {"path": ["a", 0], "gt": 5}.
#include <algorithm>
#include <array>

#include "query/criteria_reader.h"

namespace thing::query {

using base::Code;
using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::DocumentTest;

namespace {

struct Named {
  std::string_view name;
  Op op;
};
constexpr std::array<Named, 15> kOperators = {{{"equals", Op::kEq},
                                               {"not", Op::kNe},
                                               {"lt", Op::kLt},
                                               {"lte", Op::kLe},
                                               {"gt", Op::kGt},
                                               {"gte", Op::kGe},
                                               {"in", Op::kIn},
                                               {"notIn", Op::kNotIn},
                                               {"contains", Op::kContains},
                                               {"startsWith", Op::kStartsWith},
                                               {"endsWith", Op::kEndsWith},
                                               {"has", Op::kHas},
                                               {"hasEvery", Op::kHasEvery},
                                               {"hasSome", Op::kHasSome},
                                               {"hasKey", Op::kHasKey}}};
constexpr std::string_view kOthers[] = {"path", "mode", "length", "isEmpty", "exists"};
constexpr std::string_view kAll =
    "path, equals, not, lt, lte, gt, gte, in, notIn, contains, startsWith, endsWith, mode, has, "
    "hasEvery, hasSome, hasKey, length, isEmpty, exists";
constexpr size_t kLengthOperators = 6;  // the first

const Named* find_operator(std::string_view name) {
  const auto* const found = std::find_if(kOperators.begin(), kOperators.end(),
                                         [name](const Named& n) { return n.name == name; });
  return found == kOperators.end() ? nullptr : found;
}

bool is_text_op(Op op) {
  return op == Op::kContains || op == Op::kStartsWith || op == Op::kEndsWith;
}
bool is_order_op(Op op) { return op == Op::kLt || op == Op::kLe || op == Op::kGt || op == Op::kGe; }
bool is_scalar(const JsonNode& n) { return !n.is(JsonKind::kArray) && !n.is(JsonKind::kObject); }

// What the document as a whole is asked for without a path: its text, as ever.
bool is_of_whole_text(std::string_view key) {
  return key == "equals" || key == "not" || key == "in" || key == "notIn";
}

// What an operand has to be; "" for any value.
std::string_view expected_operand(Op op, const JsonNode& node) {
  if (is_text_op(op) || op == Op::kHasKey) return node.is(JsonKind::kString) ? "" : "a string";
  if (is_order_op(op))
    return node.is(JsonKind::kString) || node.is(JsonKind::kNumber) ? "" : "a number or a string";
  if (op == Op::kHas) return is_scalar(node) ? "" : "a string, a number, true, false or null";
  if (op != Op::kIn && op != Op::kNotIn && op != Op::kHasEvery && op != Op::kHasSome) return "";
  return node.is(JsonKind::kArray) ? "" : "an array of values";
}

}  // namespace

bool holds_document_operators(const JsonNode& object) {
  if (object.size == 0) return false;
  const std::string_view key = object.first->key;
  return find_operator(key) != nullptr ||
         std::find(std::begin(kOthers), std::end(kOthers), key) != std::end(kOthers);
}

DocumentTestOp document_op(Op op, std::string_view document) {
  using value::DocumentOp;
  const bool of_length = value::DocumentShape(document).is_length();
  switch (op) {
    case Op::kEq:
    case Op::kIn: return {DocumentOp::kEquals, false};
    case Op::kNe:
      return of_length ? DocumentTestOp{DocumentOp::kNot, false}
                       : DocumentTestOp{DocumentOp::kEquals, true};
    case Op::kNotIn: return {DocumentOp::kEquals, true};
    case Op::kLt: return {DocumentOp::kLess, false};
    case Op::kLe: return {DocumentOp::kLessOrEqual, false};
    case Op::kGt: return {DocumentOp::kGreater, false};
    case Op::kGe: return {DocumentOp::kGreaterOrEqual, false};
    case Op::kContains: return {DocumentOp::kContains, false};
    case Op::kStartsWith: return {DocumentOp::kStartsWith, false};
    case Op::kEndsWith: return {DocumentOp::kEndsWith, false};
    case Op::kHas:
    case Op::kHasSome: return {DocumentOp::kHasSome, false};
    case Op::kHasEvery: return {DocumentOp::kHasEvery, false};
    case Op::kHasKey: return {DocumentOp::kHasKey, false};
    case Op::kIsNull: return {DocumentOp::kExists, true};
    case Op::kIsNotNull: break;
  }
  return {DocumentOp::kExists, false};
}

Status CriteriaReader::read_document(const std::string& path, uint32_t field,
                                     const JsonNode& node) {
  const JsonNode* const place = node.find("path");
  const JsonNode* const mode = node.find("mode");
  bool insensitive = false;
  if (mode != nullptr) {
    if (!mode->is(JsonKind::kString) || (mode->text != "insensitive" && mode->text != "default"))
      return unknown(path + ".mode", *mode, "'insensitive' or 'default'");
    insensitive = mode->text == "insensitive";
  }
  if (node.size == (place != nullptr ? 1U : 0U) + (mode != nullptr ? 1U : 0U))
    return bad(
        Code::kInvalid, path,
        fmt::format("found {} alone, expected an operator beside it", quoted(node.first->key)));
  for (const JsonNode* op = node.first; op != nullptr; op = op->next) {
    if (op->key == "path" || op->key == "mode") continue;
    if (place == nullptr && is_of_whole_text(op->key)) {
      THING_TRY(read_operator(path + "." + std::string(op->key), field, *op, insensitive));
    } else {
      THING_TRY(read_document_operator(path, field, place, *op, insensitive));
    }
  }
  return {};
}

Status CriteriaReader::read_document_operator(const std::string& path, uint32_t field,
                                              const JsonNode* place, const JsonNode& op,
                                              bool insensitive) {
  const std::string here = path + "." + std::string(op.key);
  if (op.key == "length") return read_document_length(here, field, place, op);
  if (op.key == "isEmpty" || op.key == "exists") {
    if (!op.is(JsonKind::kBool)) return wrong(here, op, "true or false");
    if (op.key == "exists")
      return test_document(here, field, place, op.boolean ? Op::kIsNotNull : Op::kIsNull, false,
                           op);
    return test_length(here, field, place, op.boolean ? Op::kEq : Op::kGt, op);
  }
  const Named* const named = find_operator(op.key);
  if (named == nullptr)
    return bad(Code::kInvalid, path,
               fmt::format("found operator {}, expected one of {}", quoted(op.key), kAll));
  if (insensitive && !is_text_op(named->op))
    return bad(Code::kInvalid, here,
               "found mode insensitive, expected it beside contains, startsWith or endsWith");
  if (const std::string_view expected = expected_operand(named->op, op); !expected.empty())
    return wrong(here, op, expected);
  return test_document(here, field, place, named->op, insensitive, op);
}

// {"length": 3} and {"length": {"gt": 1, "lt": 5}}
Status CriteriaReader::read_document_length(const std::string& path, uint32_t field,
                                            const JsonNode* place, const JsonNode& op) {
  if (op.is(JsonKind::kNumber)) return test_length(path, field, place, Op::kEq, op);
  if (!op.is(JsonKind::kObject) || op.size == 0)
    return wrong(path, op, "a number, or an object of equals, not, lt, lte, gt or gte");
  for (const JsonNode* n = op.first; n != nullptr; n = n->next) {
    const Named* const named = find_operator(n->key);
    if (named == nullptr || named >= kOperators.data() + kLengthOperators)
      return bad(Code::kInvalid, path,
                 fmt::format("found operator {}, expected equals, not, lt, lte, gt or gte",
                             quoted(n->key)));
    THING_TRY(test_length(path + "." + std::string(n->key), field, place, named->op, *n));
  }
  return {};
}

Status CriteriaReader::test_length(const std::string& path, uint32_t field, const JsonNode* place,
                                   Op op, const JsonNode& node) {
  const bool is_emptiness = node.is(JsonKind::kBool);
  const auto n = is_emptiness ? std::optional<int64_t>(0) : node.integer();
  if (!n) return wrong(path, node, "an integer");
  DocumentTest test;
  test.shape = "#";
  if (auto read = place != nullptr ? test.path(*place) : Status(); !read)
    return at(path, std::move(read.error()));
  test.end_path();
  test.length(*n);
  return criteria_.compare_document(field, op, false, std::move(test));
}

Status CriteriaReader::test_document(const std::string& path, uint32_t field, const JsonNode* place,
                                     Op op, bool insensitive, const JsonNode& node) {
  DocumentTest test;
  const auto fill = [&]() -> Status {
    if (place != nullptr) THING_TRY(test.path(*place));
    test.end_path();
    if (op == Op::kIsNull || op == Op::kIsNotNull) return {};
    if (op == Op::kHasKey) return test.name(node.text);
    const bool is_one =
        op != Op::kIn && op != Op::kNotIn && op != Op::kHasEvery && op != Op::kHasSome;
    if (is_one) return test.operand(node);
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      if ((op == Op::kHasEvery || op == Op::kHasSome) && !is_scalar(*n))
        return base::fail(Code::kType, "found {}, expected strings, numbers, true, false or null",
                          text::kind_name(n->kind));
      THING_TRY(test.operand(*n));
    }
    return {};
  };
  if (auto filled = fill(); !filled) return at(path, std::move(filled.error()));
  return criteria_.compare_document(field, op, insensitive, std::move(test));
}

}  // namespace thing::query
