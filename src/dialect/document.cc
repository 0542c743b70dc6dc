#include "dialect/document.h"

#include <fmt/format.h>

namespace thing::dialect {
namespace {

using value::DocumentOp;

std::string_view symbol(DocumentOp op) {
  switch (op) {
    case DocumentOp::kNot: return "<>";
    case DocumentOp::kLess: return "<";
    case DocumentOp::kLessOrEqual: return "<=";
    case DocumentOp::kGreater: return ">";
    case DocumentOp::kGreaterOrEqual: return ">=";
    default: return "=";
  }
}

}  // namespace

std::string DocumentSql::alias() { return fmt::format("j{}", ++aliases_); }

std::string DocumentSql::write() {
  const bool negated = test_.negated != term_.negated;
  if (test_.op == DocumentOp::kExists) {
    const std::string found =
        follow(root(), [](const std::string& value) { return value + " IS NOT NULL"; });
    return fmt::format("{}COALESCE(CASE WHEN {} THEN {} END, FALSE)", negated ? "NOT " : "",
                       is_readable(), found);
  }
  const std::string answer = follow(root(), [&](const std::string& value) {
    return fmt::format("CASE WHEN {} IS NULL THEN NULL WHEN {} THEN {} END", value, decide(value),
                       negated ? "FALSE ELSE TRUE" : "TRUE ELSE FALSE");
  });
  return fmt::format("CASE WHEN {} THEN {} END", is_readable(), answer);
}

std::string DocumentSql::follow(const std::string& value, const Body& body) {
  const char step = shape_.next();
  const Body rest = [&](const std::string& inner) { return follow(inner, body); };
  if (step == 'k') return member(value, next_++, rest);
  if (step == 'i') return element(value, shape_.count(), rest);
  return body(value);
}

std::string DocumentSql::decide(const std::string& value) {
  if (!shape_.is_length()) return holds(value);
  shape_.next();
  const std::string test =
      fmt::format("{} AND {} {} ", is(value, Kind::kArray), length(value), symbol(test_.op));
  return test + integer_value(next_++);
}

std::string DocumentSql::holds(const std::string& value) {
  switch (test_.op) {
    case DocumentOp::kHasKey: {
      shape_.next();
      const std::string test = is(value, Kind::kObject) + " AND COALESCE(";
      return test +
             member(value, next_++, [](const std::string& v) { return v + " IS NOT NULL"; }) +
             ", FALSE)";
    }
    case DocumentOp::kHasEvery:
    case DocumentOp::kHasSome: return has_all(value);
    case DocumentOp::kEquals: break;
    case DocumentOp::kContains:
    case DocumentOp::kStartsWith:
    case DocumentOp::kEndsWith: return has_part(value);
    default: return compares(value);
  }
  std::string any;
  while (!shape_.is_end()) {
    if (!any.empty()) any += " OR ";
    any += '(' + same(value) + ')';
  }
  return any.empty() ? "FALSE" : any;
}

std::string DocumentSql::has_all(const std::string& value) {
  const bool every = test_.op == DocumentOp::kHasEvery;
  std::string out = is(value, Kind::kArray) + " AND (";
  if (shape_.is_end()) out += every ? "TRUE" : "FALSE";
  for (bool first = true; !shape_.is_end(); first = false) {
    if (!first) out += every ? " AND " : " OR ";
    out += has_element(value, [&](const std::string& v) { return same(v); });
  }
  return out + ')';
}

std::string DocumentSql::same(const std::string& value) {
  switch (const char kind = shape_.next()) {
    case '0': return is(value, Kind::kNull);
    case 't':
    case 'f':
      return fmt::format("{} AND {} = '{}'", is(value, Kind::kBool), text(value),
                         kind == 't' ? "true" : "false");
    case 's': {
      const std::string test =
          fmt::format("{} AND {} = ", is(value, Kind::kString), compared(text(value)));
      return test + compared(text_value(next_++));
    }
    case '[': return same_array(value);
    case '{': return same_object(value);
    default: return same_number(value, kind == 'n' ? "n=" : "d=");
  }
}

std::string DocumentSql::same_array(const std::string& value) {
  const uint32_t size = shape_.count();
  std::string out = fmt::format("{} AND {} = {}", is(value, Kind::kArray), length(value), size);
  for (uint32_t i = 0; i < size; ++i)
    out += " AND " + element(value, i, [&](const std::string& v) { return '(' + same(v) + ')'; });
  return out;
}

std::string DocumentSql::same_object(const std::string& value) {
  const uint32_t size = shape_.count();
  std::string out = fmt::format("{} AND {} = {}", is(value, Kind::kObject), members(value), size);
  for (uint32_t i = 0; i < size; ++i) {
    shape_.next();
    const uint32_t name = next_++;
    out += " AND " + member(value, name, [&](const std::string& v) { return '(' + same(v) + ')'; });
  }
  return out;
}

// `op` is that of SQL behind the operand's kind.
std::string DocumentSql::same_number(const std::string& value, std::string_view op) {
  const uint32_t operand = next_++;
  const std::string number = text(value);
  std::string out = fmt::format("{} AND CASE ", is(value, Kind::kNumber));
  if (op[0] == 'n') {
    out += fmt::format("WHEN {} THEN {} {} ", matches(number, value::kExactNumber), exact(number),
                       op.substr(1));
    out += exact(text_value(operand)) + ' ';
  }
  out += fmt::format("WHEN {} THEN {} {} ", matches(number, value::kDoubleNumber), real(number),
                     op.substr(1));
  return out + real(text_value(operand)) + " END";
}

std::string DocumentSql::compares(const std::string& value) {
  const char kind = shape_.next();
  if (kind != 's') return same_number(value, fmt::format("{}{}", kind, symbol(test_.op)));
  const std::string test = fmt::format("{} AND {} {} ", is(value, Kind::kString),
                                       compared(text(value)), symbol(test_.op));
  return test + compared(text_value(next_++));
}

std::string DocumentSql::has_part(const std::string& value) {
  shape_.next();
  const bool folds = term_.node->insensitive;
  const uint32_t operand = next_++;
  const Part part = [&] {
    const std::string v = text_value(operand);
    return folds ? folded(v) : compared(v);
  };
  const std::string whole = folds ? folded(text(value)) : compared(text(value));
  const std::string test = is(value, Kind::kString) + " AND ";
  if (test_.op == DocumentOp::kContains) return test + find(whole, part());
  return test +
         (test_.op == DocumentOp::kStartsWith ? starts_with(whole, part) : ends_with(whole, part));
}

}  // namespace thing::dialect
