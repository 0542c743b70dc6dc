// Documents: made at random, and printed.
#include <algorithm>

#include "criteria.h"

namespace trial {
namespace {

bool is_text(Kind kind) { return kind == Kind::kText || kind == Kind::kEnum; }

class Maker {
 public:
  Maker(const Table& table, Random& random) : table_(table), random_(random) {}

  Where where(int depth) {
    Where out;
    const int64_t members = random_.chance(5) ? 0 : random_.between(1, 3);
    for (int64_t i = 0; i < members; i++) {
      Member m = member(depth);
      const auto taken = [&m](const Member& other) {
        return other.kind == m.kind && (m.kind != Member::Kind::kField || other.field == m.field);
      };
      if (std::none_of(out.members.begin(), out.members.end(), taken))
        out.members.push_back(std::move(m));
    }
    return out;
  }

 private:
  Member member(int depth) {
    Member m;
    if (depth > 0 && random_.chance(45)) {
      m.kind = random_.pick(
          std::vector<Member::Kind>{Member::Kind::kAnd, Member::Kind::kOr, Member::Kind::kNot});
      m.array = m.kind == Member::Kind::kOr || random_.chance(60);
      const int64_t parts = !m.array ? 1 : random_.chance(6) ? 0 : random_.between(1, 3);
      for (int64_t i = 0; i < parts; i++) m.parts.push_back(where(depth - 1));
      return m;
    }
    m.field = static_cast<int>(random_.below(table_.columns()));
    condition(m);
    return m;
  }

  void condition(Member& m) {
    const Field& field = table_.fields[Table::at(m.field)];
    if (random_.chance(25)) {
      m.bare = true;
      m.operators = {{Op::kEquals, {random_.chance(20) ? Cell{Null{}} : value(field)}, {}}};
      return;
    }
    if (random_.chance(15) && beside(m, field)) return;
    const int64_t operators = random_.chance(70) ? 1 : 2;
    for (int64_t i = 0; i < operators; i++) {
      Operator op = operation(field, true);
      const auto taken = [&op](const Operator& other) {
        return other.op == op.op || (is_negation(other.op) && is_negation(op.op));
      };
      if (std::none_of(m.operators.begin(), m.operators.end(), taken))
        m.operators.push_back(std::move(op));
    }
    m.insensitive = field.kind == Kind::kText && random_.chance(30) &&
                    std::all_of(m.operators.begin(), m.operators.end(), takes_mode);
  }

  // The field beside another one of its kind, or itself. False: it has no such condition.
  bool beside(Member& m, const Field& field) {
    if (is_list(field.kind) || field.kind == Kind::kJson) return false;
    std::vector<int> others;
    for (int i = 0; i < static_cast<int>(table_.columns()); i++) {
      if (table_.fields[Table::at(i)].kind == field.kind) others.push_back(i);
    }
    std::vector<Op> ops = {Op::kEquals, Op::kNot};
    if (field.kind != Kind::kBool) ops.insert(ops.end(), {Op::kLt, Op::kLte, Op::kGt, Op::kGte});
    m.operators = {{random_.pick(ops), {}, {}, random_.pick(others)}};
    return true;
  }

  // Both are the key "not".
  static bool is_negation(Op op) { return op == Op::kNot || op == Op::kNotOperators; }

  static bool takes_mode(const Operator& op) {
    switch (op.op) {
      case Op::kEquals:
      case Op::kNot:
      case Op::kIn:
      case Op::kContains:
      case Op::kStartsWith:
      case Op::kEndsWith: return true;
      default: return false;
    }
  }

  Op choose(const Field& field, bool outer) {
    if (is_list(field.kind)) {
      const Op negation = outer ? Op::kNotOperators : Op::kNot;
      return random_.pick(std::vector<Op>{Op::kEquals, Op::kNot, Op::kHas, Op::kHas, Op::kHasEvery,
                                          Op::kHasSome, Op::kIsEmpty, negation});
    }
    std::vector<Op> ops = {Op::kEquals, Op::kNot, Op::kIn, Op::kNotIn};
    if (field.kind == Kind::kJson) return random_.pick(ops);  // an object is a value, not operators
    if (field.kind != Kind::kBool)
      ops.insert(ops.end(), {Op::kLt, Op::kLte, Op::kGt, Op::kGte, Op::kBetween});
    if (is_text(field.kind))
      ops.insert(ops.end(), {Op::kContains, Op::kStartsWith, Op::kEndsWith, Op::kContains});
    if (outer) ops.push_back(Op::kNotOperators);
    return random_.pick(ops);
  }

  Operator operation(const Field& field, bool outer) {
    Operator made{choose(field, outer), {}, {}};
    switch (made.op) {
      case Op::kNotOperators: made.inner = {operation(field, false)}; break;
      case Op::kIn:
      case Op::kNotIn:
        for (int64_t n = random_.chance(10) ? 0 : random_.between(1, 5); n > 0; n--)
          made.values.push_back(value(field));
        break;
      case Op::kBetween: made.values = {value(field), value(field)}; break;
      case Op::kHas: made.values = {element(field)}; break;
      case Op::kIsEmpty: made.values = {std::string(random_.chance(50) ? "true" : "false")}; break;
      case Op::kContains:
      case Op::kStartsWith:
      case Op::kEndsWith: made.values = {part(field)}; break;
      case Op::kEquals:
      case Op::kNot: made.values = {random_.chance(15) ? Cell{Null{}} : value(field)}; break;
      default: made.values = {value(field)};
    }
    return made;
  }

  Cell value(const Field& field) { return random_.pick(field.pool); }

  Cell element(const Field& field) {
    for (;;) {
      const auto all = elements(std::get<std::string>(value(field)));
      if (!all.empty()) return random_.pick(all);
    }
  }

  Cell part(const Field& field) {
    static const std::vector<std::string> kParts = {"",  "a",  "A",        "b",  "%", "_", "o",
                                                    "'", "\\", "\xc3\xa4", "us", "B", "ob"};
    return random_.chance(60) ? Cell{random_.pick(kParts)} : value(field);
  }

  const Table& table_;
  Random& random_;
};

const char* name_of(Op op) {
  switch (op) {
    case Op::kEquals: return "equals";
    case Op::kNot:
    case Op::kNotOperators: return "not";
    case Op::kLt: return "lt";
    case Op::kLte: return "lte";
    case Op::kGt: return "gt";
    case Op::kGte: return "gte";
    case Op::kBetween: return "between";
    case Op::kIn: return "in";
    case Op::kNotIn: return "notIn";
    case Op::kContains: return "contains";
    case Op::kStartsWith: return "startsWith";
    case Op::kEndsWith: return "endsWith";
    case Op::kHas: return "has";
    case Op::kHasEvery: return "hasEvery";
    case Op::kHasSome: return "hasSome";
    case Op::kIsEmpty: return "isEmpty";
  }
  return "";
}

std::string print_operators(const Table& table, Kind kind, const std::vector<Operator>& operators,
                            bool insensitive) {
  std::string out = "{";
  for (const Operator& op : operators) {
    out += std::string(out.size() > 1 ? "," : "") + '"' + name_of(op.op) + "\":";
    if (op.op == Op::kNotOperators) {
      out += print_operators(table, kind, op.inner, false);
      continue;
    }
    if (op.other >= 0) {
      out += "{\"field\":" + json_text(table.fields[Table::at(op.other)].name) + "}";
      continue;
    }
    const bool list = op.op == Op::kIn || op.op == Op::kNotIn || op.op == Op::kBetween;
    if (list) out += '[';
    for (size_t i = 0; i < op.values.size(); i++)
      out += (i > 0 ? "," : "") + json(kind, op.values[i]);
    if (list) out += ']';
  }
  if (insensitive) out += ",\"mode\":\"insensitive\"";
  return out + "}";
}

std::string print_member(const Table& table, const Member& member) {
  if (member.kind == Member::Kind::kField) {
    const Field& field = table.fields[Table::at(member.field)];
    const std::string name = json_text(field.name) + ":";
    if (member.bare) return name + json(field.kind, member.operators[0].values[0]);
    return name + print_operators(table, field.kind, member.operators, member.insensitive);
  }
  std::string out = member.kind == Member::Kind::kAnd  ? "\"AND\":"
                    : member.kind == Member::Kind::kOr ? "\"OR\":"
                                                       : "\"NOT\":";
  if (member.array) out += '[';
  for (size_t i = 0; i < member.parts.size(); i++)
    out += (i > 0 ? "," : "") + print(table, member.parts[i]);
  return member.array ? out + "]" : out;
}

std::string print_select(const Table& table, const std::vector<int>& select) {
  std::string out;
  for (const int field : select)
    out += (out.empty() ? "[" : ",") + json_text(table.fields[Table::at(field)].name);
  return out + "]";
}

std::vector<int> some_fields(const Table& table, Random& random) {
  std::vector<int> fields;
  for (int i = 0; i < table.columns(); i++) {
    if (random.chance(30)) fields.push_back(i);
  }
  if (fields.empty()) fields.push_back(static_cast<int>(random.below(table.columns())));
  return fields;
}

// An order over exactly the selected fields, so that the result is one and not several.
void make_distinct(const Table& table, Random& random, Query& query) {
  const auto sorts = [&](int field) { return has_order(table.fields[Table::at(field)].kind); };
  if (!std::all_of(query.select.begin(), query.select.end(), sorts)) return;
  query.distinct = true;
  query.order.clear();
  for (const int field : query.select)
    query.order.push_back({field, random.chance(50), random.chance(30)});
}

}  // namespace

Where random_where(const Table& table, Random& random, int depth) {
  return Maker(table, random).where(depth);
}

std::vector<Sort> random_order(const Table& table, Random& random) {
  std::vector<Sort> order;
  for (int64_t n = random.between(1, 3); n > 0; n--) {
    const int field = static_cast<int>(random.below(table.columns()));
    const auto taken = [field](const Sort& sort) { return sort.field == field; };
    const bool sorts = has_order(table.fields[Table::at(field)].kind);
    if (!sorts || std::any_of(order.begin(), order.end(), taken)) continue;
    order.push_back(
        {field, random.chance(50), table.fields[Table::at(field)].nullable && random.chance(40)});
  }
  return order;
}

Query random_query(const Table& table, Random& random) {
  Query query;
  if (random.chance(85))
    query.where = random_where(table, random, static_cast<int>(random.below(4)));
  if (random.chance(60)) query.order = random_order(table, random);
  if (random.chance(35)) query.select = some_fields(table, random);
  if (!query.select.empty() && random.chance(40)) make_distinct(table, random, query);
  if (random.chance(30)) query.take = random.chance(10) ? 0 : random.between(1, 12);
  if (random.chance(25)) query.skip = random.between(0, 6);
  if (table.deleted >= 0 && random.chance(25)) {
    query.scope = random.chance(50) ? THING_CTX_WITH_DELETED : THING_CTX_ONLY_DELETED;
  }
  return query;
}

std::string print_order(const Table& table, const std::vector<Sort>& order) {
  std::string out;
  for (const Sort& sort : order) {
    const std::string direction = sort.descending ? "\"desc\"" : "\"asc\"";
    out += (out.empty() ? "[{" : ",{") + json_text(table.fields[Table::at(sort.field)].name) + ":";
    out += sort.nulls_first ? "{\"sort\":" + direction + ",\"nulls\":\"first\"}}" : direction + "}";
  }
  return out + "]";
}

std::string print(const Table& table, const Where& where) {
  std::string out;
  for (const Member& member : where.members)
    out += (out.empty() ? "{" : ",") + print_member(table, member);
  return out.empty() ? "{}" : out + "}";
}

std::string print(const Table& table, const Query& query, const std::string& more) {
  std::vector<std::string> parts;
  if (query.where) parts.push_back("\"where\":" + print(table, *query.where));
  if (!query.order.empty()) parts.push_back("\"orderBy\":" + print_order(table, query.order));
  if (query.take) parts.push_back("\"take\":" + std::to_string(*query.take));
  if (query.skip) parts.push_back("\"skip\":" + std::to_string(*query.skip));
  if (!query.select.empty()) parts.push_back("\"select\":" + print_select(table, query.select));
  if (query.distinct) parts.push_back("\"distinct\":true");
  if (!more.empty()) parts.push_back(more);
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "{" : ",") + part;
  return out.empty() ? "{}" : out + "}";
}

}  // namespace trial
