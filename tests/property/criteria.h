#pragma once
// Random criteria documents, and what they mean: an evaluator over rows in memory, written from
// docs/reference/criteria.md.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table.h"

namespace trial {

enum class Truth { kNo, kUnknown, kYes };

enum class Op {
  kEquals,
  kNot,
  kLt,
  kLte,
  kGt,
  kGte,
  kBetween,
  kIn,
  kNotIn,
  kContains,
  kStartsWith,
  kEndsWith,
  kHas,  // of an element
  kHasEvery,
  kHasSome,
  kIsEmpty,  // of "true" or "false"
  kNotOperators
};

// One operator of a condition: {"lt": 5}. A NULL among the values of kEquals and kNot asks for
// NULL.
struct Operator {
  Op op = Op::kEquals;
  std::vector<Cell> values;
  std::vector<Operator> inner;  // of kNotOperators
  int other = -1;               // a field of the same row in place of the value
};

struct Where;

struct Member {
  enum class Kind { kField, kAnd, kOr, kNot } kind = Kind::kField;
  int field = 0;
  bool bare = false;  // {"age": 5} instead of {"age": {"equals": 5}}
  bool insensitive = false;
  std::vector<Operator> operators;
  bool array = true;  // AND and NOT also take one object
  std::vector<Where> parts;
};

// One object of a document; all its members must hold.
struct Where {
  std::vector<Member> members;
};

struct Query {
  std::optional<Where> where;
  std::vector<Sort> order;
  std::optional<int64_t> take, skip;
  std::vector<int> select;
  bool distinct = false;
  int32_t scope = 0;  // of the ctx: THING_CTX_WITH_DELETED, THING_CTX_ONLY_DELETED
};

Where random_where(const Table& table, Random& random, int depth);
Query random_query(const Table& table, Random& random);
std::vector<Sort> random_order(const Table& table, Random& random);

std::string print(const Table& table, const Where& where);
std::string print_order(const Table& table, const std::vector<Sort>& order);
// `more`: further members, such as "\"after\": \"...\"".
std::string print(const Table& table, const Query& query, const std::string& more = "");

Truth evaluate(const Table& table, const Where& where, const Row& row);
bool is_in_scope(const Table& table, int32_t scope, const Row& row);
// The order that a query runs with: its own or the model's, completed by the key.
std::vector<Sort> complete_order(const Table& table, const Query& query);
// The rows that match, paging and select aside, in the order of the query.
std::vector<Row> matching(const Table& table, const std::vector<Row>& rows, const Query& query);
// What the query gives.
std::vector<Row> answer(const Table& table, const std::vector<Row>& rows, const Query& query);
// What it counts.
int64_t count(const Table& table, const std::vector<Row>& rows, const Query& query);

// Two rows that count as the same for distinct: numbers of different spelling are.
bool is_same_for_distinct(const Table& table, const Row& a, const Row& b);

}  // namespace trial
