#pragma once
// What criteria and queries are made of: conditions, orders, locks, which rows are seen, places.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/model.h"
#include "value/document.h"
#include "value/value.h"

namespace thing::query {

inline constexpr int kMaxDepth = 64;        // of nested groups
inline constexpr int kMaxRelated = 8;       // of relations within relations
inline constexpr int kMaxListed = 100'000;  // values of one in or notIn

enum class Op : uint8_t {
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kContains,
  kStartsWith,
  kEndsWith,
  kIn,
  kNotIn,
  kIsNull,
  kIsNotNull,
  kHas,  // of lists; its parameter is a list too, of one element
  kHasEvery,
  kHasSome,
  kHasKey  // of documents
};
// kRelated, of a criteria, becomes kExists and kUntrue of the query. kUntrue: the AND of the
// children is false or NULL.
enum class NodeKind : uint8_t { kAnd, kOr, kNot, kCompare, kRelated, kExists, kUntrue };
enum class Quantifier : uint8_t { kSome, kEvery, kNone };

// A condition. kNot negates the AND of its children. Comparisons take `count` parameters from
// `param` on. kRelated: some, every or none of the rows of a relation fulfil the children, which
// are of its target; kExists: a row at the other end of a step does.
struct Node {
  NodeKind kind = NodeKind::kAnd;
  Op op = Op::kEq;
  bool insensitive = false;
  uint32_t field = 0;
  uint32_t param = 0;
  uint32_t count = 0;
  int other = schema::kNone;  // a comparison with this field of the same row; it has no parameters
  // A test of what a document has at a path: all of it but the parameters (value::DocumentShape).
  // kEq and kNe: it is equal to the operand; kIn, kNotIn: to one of them; kIsNotNull: it is there.
  std::string document;
  std::vector<Node> children;
  Quantifier quantifier = Quantifier::kSome;
  const schema::Link* link = nullptr;  // kRelated
  const schema::Step* step = nullptr;  // kExists

  static Node group(NodeKind kind) {
    Node node;
    node.kind = kind;
    return node;
  }
  static Node compare(Op op, uint32_t field, uint32_t param, uint32_t count) {
    Node node = group(NodeKind::kCompare);
    node.op = op;
    node.field = field;
    node.param = param;
    node.count = count;
    return node;
  }
  static Node compare_fields(Op op, uint32_t field, uint32_t other) {
    Node node = compare(op, field, 0, 0);
    node.other = static_cast<int>(other);
    return node;
  }
};

// The test of a document that an operator is.
struct DocumentTestOp {
  value::DocumentOp op = value::DocumentOp::kEquals;
  bool negated = false;
};
DocumentTestOp document_op(Op op, std::string_view document);

using schema::Order;

// What rows are ordered by that rows of relations say: a field of the row at the end of relations
// to one row each, or how many rows the last of them has.
struct RelatedOrder {
  std::vector<const schema::Link*> path;
  int field = schema::kNone;  // kNone: the number of rows
  friend bool operator==(const RelatedOrder&, const RelatedOrder&) = default;
};

// The same with all that is asked of the rows on the way.
struct RelatedValue {
  struct Hop {
    const schema::Link* link = nullptr;
    std::vector<Node> where;   // of the rows that each of its steps leads to
    std::vector<Order> order;  // of those at its end, of which the first counts
  };
  std::vector<Hop> path;
  int field = schema::kNone;
};

// How rows of a query belong to rows of another model: by rows between, the first of which have the
// keys of these.
struct Way {
  struct Between {
    const schema::Step* step = nullptr;  // from them on
    Node where;
  };
  std::vector<Between> rows;
  std::vector<uint32_t> key;  // fields of the first
  bool is_empty() const { return rows.empty(); }
};

// What a read keeps from others until its transaction ends: that they write its rows, or also that
// they lock them; and what it does about rows that others have locked.
struct Lock {
  enum class Kind : uint8_t { kNone, kShare, kUpdate } kind = Kind::kNone;
  enum class Wait : uint8_t { kBlock, kNowait, kSkipLocked } wait = Wait::kBlock;
  bool is_none() const { return kind == Kind::kNone; }
  friend bool operator==(const Lock&, const Lock&) = default;
};
std::string_view lock_name(Lock::Kind kind);  // "update", "share"; of one but kNone
std::string_view wait_name(Lock::Wait wait);  // "block", "nowait", "skip_locked"

// Which rows of a model with soft delete a query sees.
enum class Scope : uint8_t { kAlive, kAll, kDeleted };

// Which rows a query sees beside its own condition.
struct Sight {
  Scope deleted = Scope::kAlive;
  bool scoped = true;             // the model's default scopes hold
  Sight(Scope d) : deleted(d) {}  // NOLINT: a scope is a sight
  Sight(Scope d, bool s) : deleted(d), scoped(s) {}
  friend bool operator==(const Sight&, const Sight&) = default;
};

// Where a page starts: the values of the complete order (see Query::order) of a row.
struct Keyset {
  std::vector<value::Value> values;
  bool inclusive = false;
};

}  // namespace thing::query
