#pragma once
#include <cstdint>
#include <vector>

#include "query/criteria.h"

namespace thing::dialect {

// A condition as it is written: negation has moved into the comparisons (De Morgan's laws hold in
// three-valued logic), a group holds no group of its own kind, and a group of one is that one. So
// parentheses nest no deeper than they must: SQLite's parser has a stack of 100.
struct Term {
  enum class Kind : uint8_t {
    kCompare,
    kAll,
    kAny,
    kExists,  // its one part is the condition of the rows
    kUntrue   // its one part is false or NULL
  } kind = Kind::kAll;
  const query::Node* node = nullptr;  // kCompare, kExists
  query::Op op = query::Op::kEq;  // kCompare: the node's, or its opposite when the node is negated
  bool negated = false;           // kCompare: operators of texts and lists have no opposite
  int height = 0;                 // levels of groups below
  std::vector<Term> parts;

  bool is_group() const { return kind == Kind::kAll || kind == Kind::kAny; }
  // A group without parts: kAll holds always, kAny never.
  bool is_always() const { return kind == Kind::kAll && parts.empty(); }
};

Term to_terms(const query::Node& where);

// Puts the deepest part of every group first, where it costs the parser least.
void put_deepest_first(Term& term);

}  // namespace thing::dialect
