// Numbers about the rows of relations: {"_count": {"select": {"posts": true}}} beside relations
// that come along.
#include <algorithm>

#include "query/aggregate.h"
#include "query/criteria_reader.h"

namespace thing::query {

using base::Code;
using base::fail;
using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;

std::string_view kind_name(Number::Kind kind) {
  constexpr std::string_view kNames[] = {"_count", "_exists", "_sum", "_avg", "_min", "_max"};
  return kNames[static_cast<size_t>(kind)];
}

std::optional<Number::Kind> find_number_kind(std::string_view name) {
  for (const Number::Kind kind : kNumberKinds) {
    if (kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

Function function_of(Number::Kind kind) {
  switch (kind) {
    case Number::Kind::kCount:
    case Number::Kind::kExists: break;
    case Number::Kind::kSum: return Function::kSum;
    case Number::Kind::kAvg: return Function::kAvg;
    case Number::Kind::kMin: return Function::kMin;
    case Number::Kind::kMax: return Function::kMax;
  }
  return Function::kCount;
}

// ---- of a criteria

namespace {

// Takes numbers of the same name away, but for those of the source that is kept.
void forget_name(std::vector<Include>& includes, const Number& number, const Include* kept) {
  for (Include& include : includes) {
    if (include.numbers.empty() || &include == kept) continue;
    std::erase_if(include.numbers, [&number](const Number& n) {
      return n.kind == number.kind && n.name == number.name;
    });
    if (include.numbers.empty()) include.link = nullptr;
  }
}

// Behind those of the same name, which so stay together.
void insert(std::vector<Number>& numbers, const Number& number) {
  if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) return;
  auto at = numbers.end();
  for (auto n = numbers.begin(); n != numbers.end(); ++n) {
    if (n->kind == number.kind && n->name == number.name) at = n + 1;
  }
  numbers.insert(at, number);
}

}  // namespace

Status Criteria::include_number(std::string_view relation, std::shared_ptr<const Criteria> criteria,
                                const Number& number) {
  THING_ASSIGN(const schema::Link* const link, schema::find_link(*model_, relation));
  if (link->is_polymorphic())
    return fail(base::Error(Code::kUnsupported,
                            fmt::format("relation '{}' leads to several models, expected one for "
                                        "numbers of its rows",
                                        relation))
                    .model(model_->name));
  if (!number.is_of_rows()) {
    THING_TRY(check_field(*link->target, static_cast<uint32_t>(number.field)));
    THING_TRY(check_function(*link->target, function_of(number.kind),
                             static_cast<uint32_t>(number.field)));
  }
  const std::string text = print_criteria(*criteria);
  const auto known = std::find_if(includes_.begin(), includes_.end(), [&](const Include& i) {
    return i.link == link && !i.numbers.empty() && print_criteria(*i.criteria) == text;
  });
  forget_name(includes_, number, known == includes_.end() ? nullptr : &*known);
  if (known == includes_.end()) {
    includes_.push_back({link, std::move(criteria), false, {number}});
  } else {
    insert(known->numbers, number);
  }
  std::erase_if(includes_, [](const Include& i) { return i.link == nullptr; });
  return {};
}

Status Criteria::include(const Include& include) {
  const std::string& relation = include.link->relation->name;
  if (include.numbers.empty()) return this->include(relation, include.criteria, include.pivot);
  for (const Number& number : include.numbers)
    THING_TRY(include_number(relation, include.criteria, number));
  return {};
}

// ---- of a document

namespace {

constexpr size_t kMostOfName = 63;

bool is_name(std::string_view s) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !s.empty() && s.size() <= kMostOfName && std::all_of(s.begin(), s.end(), is_part);
}

bool is_of_rows(Number::Kind kind) {
  return kind == Number::Kind::kCount || kind == Number::Kind::kExists;
}

bool is_choice(const JsonNode* node) {
  return node != nullptr && (node->is(JsonKind::kObject) || node->is(JsonKind::kArray));
}

}  // namespace

// "_count": true, {"select": {...}}; "_sum": {...}
Status CriteriaReader::read_numbers(const std::string& path, Number::Kind kind,
                                    const JsonNode& node) {
  if (!is_of_rows(kind)) {
    if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object of relations");
    return read_numbers_of(path, kind, node);
  }
  if (node.is(JsonKind::kBool)) return node.boolean ? count_all(path, kind) : Status();
  const JsonNode* const select = node.is(JsonKind::kObject) ? node.find("select") : nullptr;
  if (select == nullptr || node.size != 1 || !select->is(JsonKind::kObject))
    return wrong(path, node, "true or {\"select\": {relation: true}}");
  return read_numbers_of(path + ".select", kind, *select);
}

Status CriteriaReader::read_numbers_of(const std::string& path, Number::Kind kind,
                                       const JsonNode& relations) {
  if (relations.size == 0)
    return bad(Code::kInvalid, path, "found no relation, expected at least one");
  for (const JsonNode* n = relations.first; n != nullptr; n = n->next)
    THING_TRY(read_number(path, kind, *n));
  return {};
}

// Every relation to many rows of one model.
Status CriteriaReader::count_all(const std::string& path, Number::Kind kind) {
  for (const auto& relation : model_.relations) {
    if (!relation->is_many()) continue;
    auto link = schema::find_link(model_, relation->name);
    if (!link) return at(path, std::move(link.error()));
    THING_ASSIGN(Criteria rows, step_criteria((*link)->steps.back()));
    rows.clear_order();
    THING_TRY(criteria_.include_number(relation->name,
                                       std::make_shared<const Criteria>(std::move(rows)),
                                       {kind, relation->name, schema::kNone}));
  }
  return {};
}

// "posts": true or {"where": ...}; of fields {"views": true} or {"select": {...}, "where": ...}.
// Either may be named otherwise: "drafts": {"relation": "posts", ...}.
Status CriteriaReader::read_number(const std::string& path, Number::Kind kind,
                                   const JsonNode& node) {
  if (!is_name(node.key))
    return bad(
        Code::kInvalid, path,
        fmt::format("found {}, expected a name of letters, digits and '_'", quoted(node.key)));
  const std::string here = path + "." + std::string(node.key);
  const bool of_rows = is_of_rows(kind);
  if (of_rows && node.is(JsonKind::kBool) && !node.boolean) return {};
  if (!node.is(JsonKind::kObject) && !(of_rows && node.is(JsonKind::kBool)))
    return wrong(here, node, of_rows ? "true or an object" : "an object of fields");
  const bool is_whole = node.is(JsonKind::kObject) && (of_rows || is_choice(node.find("select")));
  std::string_view relation = node.key;
  if (const JsonNode* const n = is_whole ? node.find("relation") : nullptr; n != nullptr) {
    if (!n->is(JsonKind::kString)) return wrong(here + ".relation", *n, "the name of a relation");
    relation = n->text;
  }
  auto link = schema::find_link(model_, relation);
  if (!link) return at(path, std::move(link.error()));
  if ((*link)->is_polymorphic())
    return bad(Code::kUnsupported, here, "found a relation to several models, expected one");
  THING_ASSIGN(Criteria all, step_criteria((*link)->steps.back()));
  all.clear_order();
  const auto rows = std::make_shared<Criteria>(std::move(all));
  CriteriaReader reader(*rows, json_, here + ".", depth_ + 1);
  if (is_whole) THING_TRY(reader.read_counted(here, of_rows, node));
  rows->flatten();
  Number number{kind, std::string(node.key), schema::kNone};
  if (of_rows) return criteria_.include_number(relation, rows, number);
  const std::string fields_at = is_whole ? here + ".select" : here;
  THING_ASSIGN(const auto fields,
               reader.read_fields(fields_at, is_whole ? *node.find("select") : node));
  for (const uint32_t field : fields) {
    number.field = static_cast<int>(field);
    if (auto added = criteria_.include_number(relation, rows, number); !added)
      return at(fields_at, std::move(added.error()));
  }
  return {};
}

// Which rows count.
Status CriteriaReader::read_counted(const std::string& path, bool of_rows, const JsonNode& node) {
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (n->key == "relation" || (n->key == "select" && !of_rows)) continue;
    if (n->key != "where" && n->key != "scope" && n->key != "unscoped")
      return bad(Code::kInvalid, path,
                 fmt::format("found key {}, expected one of relation, where, scope, unscoped{}",
                             quoted(n->key), of_rows ? "" : ", select"));
    THING_TRY(read_part(*n));
  }
  return {};
}

base::Result<std::vector<uint32_t>> CriteriaReader::read_fields(const std::string& path,
                                                                const JsonNode& node) {
  if (node.is(JsonKind::kArray)) return read_names(path, node);
  std::vector<uint32_t> fields;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next)
    THING_TRY(read_field(path, *n, fields));
  if (fields.empty()) return bad(Code::kInvalid, path, "found no field, expected at least one");
  return fields;
}

}  // namespace thing::query
