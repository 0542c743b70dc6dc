#include "query/match.h"

#include <algorithm>

#include "base/faults.h"
#include "value/list.h"

namespace thing::query {
namespace {

using value::Type;
using value::ValueView;

// SQL's three values, and "can not tell".
enum class Truth : uint8_t { kFalse, kTrue, kNull, kMaybe };

Truth truth(bool b) { return b ? Truth::kTrue : Truth::kFalse; }

Truth negated(Truth t) {
  if (t == Truth::kTrue) return Truth::kFalse;
  return t == Truth::kFalse ? Truth::kTrue : t;
}

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_folded(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return folded(x) == folded(y); });
}

bool contains_folded(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return folded(x) == folded(y); }) != text.end() ||
         part.empty();
}

// The databases compare elements as values of their type, whatever the column's collation is.
Truth test_list(Op op, const ValueView& v, const ValueView& with) {
  const value::ListTest test = op == Op::kHasSome               ? value::ListTest::kSome
                               : op == Op::kEq || op == Op::kNe ? value::ListTest::kEqual
                                                                : value::ListTest::kEvery;
  const auto answer = value::test_list(test, v.type, v.bytes, with.bytes);
  if (!answer) return Truth::kMaybe;
  return truth(*answer != (op == Op::kNe));
}

// One row against one condition.
class Matcher {
 public:
  Matcher(const std::vector<value::Value>& params, const schema::Model& model,
          const value::RowView& row, const Exactness& exactness)
      : params_(params), model_(model), row_(row), exactness_(exactness) {}

  Truth evaluate(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kAnd: return all(node.children);
      case NodeKind::kOr: return any(node.children);
      case NodeKind::kNot: return negated(all(node.children));
      case NodeKind::kCompare: return compare(node);
      case NodeKind::kRelated:
      case NodeKind::kExists:
      case NodeKind::kUntrue: break;  // other rows decide
    }
    return Truth::kMaybe;
  }

 private:
  Truth all(const std::vector<Node>& nodes) const;
  Truth any(const std::vector<Node>& nodes) const;
  Truth compare(const Node& node) const;
  Truth compare_fields(const Node& node, const ValueView& v) const;
  Truth compare_document(const Node& node) const;
  Truth in_list(const Node& node, const ValueView& v) const;
  Truth compare_one(const Node& node, const ValueView& v, const ValueView& with, Op op) const;

  const std::vector<value::Value>& params_;
  const schema::Model& model_;
  const value::RowView& row_;
  const Exactness& exactness_;
};

Truth Matcher::all(const std::vector<Node>& nodes) const {
  Truth out = Truth::kTrue;
  for (const Node& node : nodes) {
    const Truth t = evaluate(node);
    if (t == Truth::kFalse) return t;
    if (t == Truth::kMaybe || out == Truth::kTrue) out = t;
  }
  return out;
}

Truth Matcher::any(const std::vector<Node>& nodes) const {
  Truth out = Truth::kFalse;
  for (const Node& node : nodes) {
    const Truth t = evaluate(node);
    if (t == Truth::kTrue) return t;
    if (t == Truth::kMaybe || out == Truth::kFalse) out = t;
  }
  return out;
}

Truth Matcher::compare(const Node& node) const {
  if (row_.is_absent(node.field)) return Truth::kMaybe;
  if (!node.document.empty()) return compare_document(node);
  if (node.op == Op::kIsNull) return truth(row_.is_null(node.field));
  if (node.op == Op::kIsNotNull) return truth(!row_.is_null(node.field));
  if (node.op == Op::kIn || node.op == Op::kNotIn) {
    if (node.count == 0) return truth(node.op == Op::kNotIn);  // also for NULL, as SQL has it
  }
  if (row_.is_null(node.field))
    return base::is_removed("match.null") ? Truth::kFalse : Truth::kNull;
  const ValueView v = row_.value(node.field, model_.fields[node.field].type);
  if (node.other != schema::kNone) return compare_fields(node, v);
  if (node.op == Op::kIn) return in_list(node, v);
  if (node.op == Op::kNotIn) return negated(in_list(node, v));
  return compare_one(node, v, params_[node.param].view(), node.op);
}

Truth Matcher::compare_fields(const Node& node, const ValueView& v) const {
  const auto other = static_cast<uint32_t>(node.other);
  if (row_.is_absent(other) || !exactness_.is_exact(other)) return Truth::kMaybe;
  if (row_.is_null(other)) return Truth::kNull;
  return compare_one(node, v, row_.value(other, model_.fields[other].type), node.op);
}

Truth Matcher::compare_document(const Node& node) const {
  if (row_.is_null(node.field)) {
    if (node.op == Op::kIsNull || node.op == Op::kIsNotNull) return truth(node.op == Op::kIsNull);
    return Truth::kNull;
  }
  std::vector<ValueView> values;
  values.reserve(node.count);
  for (uint32_t i = 0; i < node.count; ++i) values.push_back(params_[node.param + i].view());
  const DocumentTestOp test = document_op(node.op, node.document);
  bool is_sure = exactness_.is_exact(node.field);
  const value::Answer answer =
      value::test_document(test.op, node.insensitive, node.document, values,
                           row_.value(node.field, Type::kJson).bytes, is_sure);
  if (!is_sure) return Truth::kMaybe;
  if (answer == value::Answer::kUnknown) return Truth::kNull;
  return truth((answer == value::Answer::kYes) != test.negated);
}

Truth Matcher::in_list(const Node& node, const ValueView& v) const {
  Truth out = Truth::kFalse;
  for (uint32_t i = 0; i < node.count; ++i) {
    const Truth t = compare_one(node, v, params_[node.param + i].view(), Op::kEq);
    if (t == Truth::kTrue) return t;
    if (t == Truth::kMaybe) out = t;
  }
  return out;
}

Truth Matcher::compare_one(const Node& node, const ValueView& v, const ValueView& with,
                           Op op) const {
  const bool is_text = v.type == Type::kText || v.type == Type::kEnum;
  if (v.type == Type::kJson) return Truth::kMaybe;
  if (value::is_list(v.type))
    return exactness_.is_exact(node.field) ? test_list(op, v, with) : Truth::kMaybe;
  if (node.insensitive) {
    const bool has_nul =
        v.bytes.find('\0') != v.bytes.npos || with.bytes.find('\0') != with.bytes.npos;
    if (has_nul) return Truth::kMaybe;  // SQLite's folding comparison ends at a NUL
    switch (op) {
      case Op::kEq: return truth(equal_folded(v.bytes, with.bytes));
      case Op::kNe: return truth(!equal_folded(v.bytes, with.bytes));
      case Op::kContains: return truth(contains_folded(v.bytes, with.bytes));
      case Op::kStartsWith:
        return truth(equal_folded(v.bytes.substr(0, with.bytes.size()), with.bytes));
      case Op::kEndsWith:
        return truth(v.bytes.size() >= with.bytes.size() &&
                     equal_folded(v.bytes.substr(v.bytes.size() - with.bytes.size()), with.bytes));
      default: return Truth::kMaybe;
    }
  }
  switch (op) {  // these compare bytes whatever the column's collation is
    case Op::kContains: return truth(v.bytes.find(with.bytes) != v.bytes.npos);
    case Op::kStartsWith: return truth(v.bytes.starts_with(with.bytes));
    case Op::kEndsWith: return truth(v.bytes.ends_with(with.bytes));
    default: break;
  }
  if (is_text && !exactness_.is_exact(node.field)) return Truth::kMaybe;
  const auto c = value::compare(v, with);
  switch (op) {
    case Op::kEq: return truth(c == 0);
    case Op::kNe: return truth(c != 0);
    case Op::kLt: return truth(c < 0);
    case Op::kLe: return truth(c <= 0);
    case Op::kGt: return truth(c > 0);
    case Op::kGe: return truth(c >= 0);
    default: return Truth::kMaybe;
  }
}

void collect(const Node& node, std::vector<uint64_t>& bits) {
  const auto add = [&bits](uint32_t f) { bits[f / 64] |= uint64_t{1} << (f % 64); };
  if (node.kind == NodeKind::kCompare) add(node.field);
  if (node.other != schema::kNone) add(static_cast<uint32_t>(node.other));
  if (node.kind == NodeKind::kExists) {  // its children are of another model
    for (const uint32_t f : node.step->from_fields) add(f);
    return;
  }
  for (const Node& child : node.children) collect(child, bits);
}

}  // namespace

Membership matches(const Node& where, const std::vector<value::Value>& params,
                   const schema::Model& model, const value::RowView& row,
                   const Exactness& exactness) {
  const Truth t = Matcher(params, model, row, exactness).evaluate(where);
  if (t == Truth::kMaybe) return Membership::kMaybe;
  return t == Truth::kTrue ? Membership::kYes : Membership::kNo;
}

std::vector<uint64_t> fields_of(const Node& where, uint32_t columns) {
  std::vector<uint64_t> bits((columns + 63) / 64);
  collect(where, bits);
  return bits;
}

std::vector<uint64_t> fields_of(const std::vector<Order>& order, uint32_t columns) {
  std::vector<uint64_t> bits((columns + 63) / 64);
  for (const Order& o : order) {
    if (o.related < 0) bits[o.field / 64] |= uint64_t{1} << (o.field % 64);
  }
  return bits;
}

}  // namespace thing::query
