// Meaning: evaluation by three-valued logic, ordering and paging.
#include "criteria.h"

#include <algorithm>

namespace trial {
namespace {

Truth truth(bool yes) { return yes ? Truth::kYes : Truth::kNo; }

Truth negate(Truth t) { return t == Truth::kUnknown ? t : truth(t == Truth::kNo); }

Truth both(Truth a, Truth b) { return std::min(a, b); }
Truth either(Truth a, Truth b) { return std::max(a, b); }

std::string fold(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Cell folded(const Cell& cell, bool insensitive) {
  if (!insensitive || !std::holds_alternative<std::string>(cell)) return cell;
  return fold(std::get<std::string>(cell));
}

bool has_part(Op op, const std::string& text, const std::string& part) {
  if (part.size() > text.size()) return false;
  if (op == Op::kStartsWith) return text.compare(0, part.size(), part) == 0;
  if (op == Op::kEndsWith) return text.compare(text.size() - part.size(), part.size(), part) == 0;
  return text.find(part) != std::string::npos;
}

class Test {
 public:
  Test(Kind kind, const Cell& cell, const Row& row, bool insensitive)
      : kind_(kind), cell_(folded(cell, insensitive)), row_(row), insensitive_(insensitive) {}

  Truth all(const std::vector<Operator>& operators) const {
    Truth result = Truth::kYes;
    for (const Operator& op : operators) result = both(result, one(op));
    return result;
  }

 private:
  Truth one(const Operator& op) const {
    if (op.op == Op::kNotOperators) return negate(all(op.inner));
    if (op.other >= 0) return beside(op);
    if (op.op == Op::kIn) return in(op.values);
    if (op.op == Op::kNotIn) return negate(in(op.values));
    if (op.op == Op::kEquals && trial::is_null(op.values[0])) return truth(trial::is_null(cell_));
    if (op.op == Op::kNot && trial::is_null(op.values[0])) return truth(!trial::is_null(cell_));
    if (trial::is_null(cell_)) return Truth::kUnknown;
    return truth(holds(op));
  }

  Truth beside(const Operator& op) const {
    const Cell& other = row_[Table::at(op.other)];
    if (trial::is_null(cell_) || trial::is_null(other)) return Truth::kUnknown;
    return truth(holds({op.op, {other}, {}}));
  }

  Truth in(const std::vector<Cell>& values) const {
    if (values.empty()) return Truth::kNo;
    if (trial::is_null(cell_)) return Truth::kUnknown;
    return truth(
        std::any_of(values.begin(), values.end(), [this](const Cell& v) { return order(v) == 0; }));
  }

  bool has(const std::string& wanted) const {
    const std::vector<std::string> found = elements(std::get<std::string>(cell_));
    return std::any_of(found.begin(), found.end(), [&](const std::string& element) {
      return is_same_element(kind_, element, wanted);
    });
  }

  bool list_holds(const Operator& op) const {
    const auto& given = std::get<std::string>(op.values[0]);
    if (op.op == Op::kHas) return has(given);
    if (op.op == Op::kIsEmpty)
      return elements(std::get<std::string>(cell_)).empty() == (given == "true");
    const std::vector<std::string> wanted = elements(given);
    const auto is_there = [this](const std::string& element) { return has(element); };
    return op.op == Op::kHasEvery ? std::all_of(wanted.begin(), wanted.end(), is_there)
                                  : std::any_of(wanted.begin(), wanted.end(), is_there);
  }

  bool holds(const Operator& op) const {
    switch (op.op) {
      case Op::kHas:
      case Op::kHasEvery:
      case Op::kHasSome:
      case Op::kIsEmpty: return list_holds(op);
      case Op::kEquals: return order(op.values[0]) == 0;
      case Op::kNot: return order(op.values[0]) != 0;
      case Op::kLt: return order(op.values[0]) < 0;
      case Op::kLte: return order(op.values[0]) <= 0;
      case Op::kGt: return order(op.values[0]) > 0;
      case Op::kGte: return order(op.values[0]) >= 0;
      case Op::kBetween: return order(op.values[0]) >= 0 && order(op.values[1]) <= 0;
      default:
        return has_part(op.op, std::get<std::string>(cell_),
                        std::get<std::string>(folded(op.values[0], insensitive_)));
    }
  }

  int order(const Cell& value) const { return compare(kind_, cell_, folded(value, insensitive_)); }

  Kind kind_;
  Cell cell_;
  const Row& row_;
  bool insensitive_;
};

Truth evaluate(const Table& table, const Member& member, const Row& row) {
  if (member.kind == Member::Kind::kField) {
    const size_t i = Table::at(member.field);
    return Test(table.fields[i].kind, row[i], row, member.insensitive).all(member.operators);
  }
  Truth result = truth(member.kind != Member::Kind::kOr);
  for (const Where& part : member.parts) {
    const Truth t = evaluate(table, part, row);
    if (member.kind == Member::Kind::kOr) result = either(result, t);
    if (member.kind == Member::Kind::kAnd) result = both(result, t);
    if (member.kind == Member::Kind::kNot) result = both(result, negate(t));
  }
  return result;
}

Row selected(const Table& table, const Query& query, const Row& row) {
  if (query.select.empty()) return row;
  Row out(row.size(), Unset{});
  for (const int field : query.select) out[Table::at(field)] = row[Table::at(field)];
  if (query.distinct) return out;
  for (const int field : table.key) out[Table::at(field)] = row[Table::at(field)];
  return out;
}

std::vector<Row> different(const Table& table, const std::vector<Row>& rows) {
  std::vector<Row> out;
  for (const Row& row : rows) {
    const auto same = [&](const Row& other) { return is_same_for_distinct(table, row, other); };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(row);
  }
  return out;
}

std::vector<Row> chosen(const Table& table, const std::vector<Row>& rows, const Query& query) {
  std::vector<Row> out;
  for (const Row& row : matching(table, rows, query)) out.push_back(selected(table, query, row));
  return query.distinct ? different(table, out) : out;
}

}  // namespace

Truth evaluate(const Table& table, const Where& where, const Row& row) {
  Truth result = Truth::kYes;
  for (const Member& member : where.members) result = both(result, evaluate(table, member, row));
  return result;
}

bool is_in_scope(const Table& table, int32_t scope, const Row& row) {
  if (table.deleted < 0 || (scope & THING_CTX_WITH_DELETED) != 0) return true;
  return (row[Table::at(table.deleted)] == table.alive()) ==
         ((scope & THING_CTX_ONLY_DELETED) == 0);
}

std::vector<Sort> complete_order(const Table& table, const Query& query) {
  std::vector<Sort> order = query.order.empty() && !query.distinct ? table.order : query.order;
  if (query.distinct) return order;
  for (const int field : table.key) {
    const auto names_it = [field](const Sort& sort) { return sort.field == field; };
    if (std::none_of(order.begin(), order.end(), names_it)) order.push_back({field, false, false});
  }
  return order;
}

std::vector<Row> matching(const Table& table, const std::vector<Row>& rows, const Query& query) {
  std::vector<Row> out;
  for (const Row& row : rows) {
    if (!is_in_scope(table, query.scope, row)) continue;
    if (!query.where || evaluate(table, *query.where, row) == Truth::kYes) out.push_back(row);
  }
  const std::vector<Sort> order = complete_order(table, query);
  std::stable_sort(out.begin(), out.end(), [&](const Row& a, const Row& b) {
    for (const Sort& sort : order) {
      if (const int c = compare_for(table, sort, a, b); c != 0) return c < 0;
    }
    return false;
  });
  return out;
}

std::vector<Row> answer(const Table& table, const std::vector<Row>& rows, const Query& query) {
  std::vector<Row> all = chosen(table, rows, query);
  const auto size = static_cast<int64_t>(all.size());
  const int64_t begin = std::min(query.skip.value_or(0), size);
  const int64_t end = query.take ? std::min(size, begin + std::min(*query.take, size)) : size;
  return {all.begin() + begin, all.begin() + end};
}

int64_t count(const Table& table, const std::vector<Row>& rows, const Query& query) {
  return static_cast<int64_t>(chosen(table, rows, query).size());
}

bool is_same_for_distinct(const Table& table, const Row& a, const Row& b) {
  for (size_t i = 0; i < a.size(); i++) {
    if (a[i] == b[i]) continue;
    if (a[i].index() != b[i].index() || table.fields[i].kind != Kind::kDecimal) return false;
    if (compare(Kind::kDecimal, a[i], b[i]) != 0) return false;
  }
  return true;
}

}  // namespace trial
