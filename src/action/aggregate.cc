// count, aggregate and groupBy.
#include "action/aggregate.h"

#include <algorithm>

#include "base/utf8.h"

namespace thing::action {

using base::Code;
using base::quoted;
using query::Function;
using text::JsonKind;
using text::JsonNode;

std::optional<Function> function_of(std::string_view name) {
  for (const Function f :
       {Function::kCount, Function::kSum, Function::kAvg, Function::kMin, Function::kMax}) {
    if (query::function_name(f) == name) return f;
  }
  return std::nullopt;
}

base::Status read_by(const JsonNode& node, Summary& summary) {
  const Place place(summary.aggregation.model(), "by");
  const auto add = [&](const JsonNode& name) -> base::Status {
    if (!name.is(JsonKind::kString)) return place.wrong(name, "the name of a field");
    THING_ASSIGN(const uint32_t field, place.field(name.text));
    if (auto added = summary.aggregation.group_by(field); !added)
      return place.of(std::move(added.error()));
    return {};
  };
  if (!node.is(JsonKind::kArray)) return add(node);
  if (node.size == 0) return place.bad(Code::kInvalid, "found no field, expected at least one");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) THING_TRY(add(*n));
  return {};
}

namespace {

base::Result<uint32_t> column_of(Function function, int field, const Place& place,
                                 Summary& summary) {
  auto column = summary.aggregation.column({function, field});
  if (column) return column;
  return place.of(std::move(column.error()));
}

base::Result<Summary::Member> read_aggregate(Function function, std::string_view name,
                                             const Place& place, Summary& summary) {
  Summary::Member member;
  member.name = name;
  query::Aggregate aggregate{function, schema::kNone};
  if (function != Function::kCount || name != "_all") {
    THING_ASSIGN(const uint32_t found, place.field(name));
    aggregate.field = static_cast<int>(found);
  }
  auto answer = summary.aggregation.answer(aggregate);
  if (!answer) return place.of(std::move(answer.error()));
  member.answer = *answer;
  return member;
}

}  // namespace

base::Status read_part(Function function, const JsonNode& node, const Place& place,
                       Summary& summary) {
  Summary::Part part;
  part.name = query::function_name(function);
  if (function == Function::kCount && node.is(JsonKind::kBool)) {
    if (!node.boolean) return {};
    part.is_plain = true;
    THING_ASSIGN(Summary::Member rows, read_aggregate(function, "_all", place, summary));
    part.members.push_back(std::move(rows));
  } else {
    if (!node.is(JsonKind::kObject))
      return place.wrong(node, function == Function::kCount ? "true or an object of true values"
                                                            : "an object of true values");
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      if (function != Function::kCount || n->key != "_all") THING_TRY(place.field(n->key));
      THING_ASSIGN(const bool yes, place.at(n->key).boolean(*n));
      if (!yes) continue;
      THING_ASSIGN(Summary::Member member, read_aggregate(function, n->key, place, summary));
      part.members.push_back(std::move(member));
    }
    if (part.members.empty())
      return place.bad(Code::kInvalid, "found no field, expected at least one");
  }
  summary.parts.push_back(std::move(part));
  return {};
}

// ---- groups

namespace {

// A column of the groups: {"_sum": "price"}. "_count" knows "_all", the rows.
base::Result<uint32_t> group_column(Function function, std::string_view name, const Place& place,
                                    Summary& summary) {
  if (function == Function::kCount && name == "_all")
    return column_of(function, schema::kNone, place, summary);
  THING_ASSIGN(const uint32_t field, place.field(name));
  return column_of(function, static_cast<int>(field), place, summary);
}

base::Result<uint32_t> group_field(std::string_view name, const Place& place,
                                   const Summary& summary) {
  THING_ASSIGN(const uint32_t field, place.field(name));
  const auto& by = summary.aggregation.by();
  const auto at = std::find(by.begin(), by.end(), field);
  if (at != by.end()) return static_cast<uint32_t>(at - by.begin());
  return place.bad(
      Code::kInvalid,
      fmt::format("found '{}' that makes no groups, expected one of by or an aggregate", name));
}

class HavingReader {
 public:
  HavingReader(const text::Json& json, Summary& summary)
      : json_(json), summary_(summary), groups_(summary.aggregation.groups) {}

  base::Status read(const Place& place, const JsonNode& node) {
    if (!node.is(JsonKind::kObject)) return place.wrong(node, "an object of conditions");
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      const Place here = place.at(n->key);
      if (n->key == "AND") {
        THING_TRY(read_group(here, query::NodeKind::kAnd, *n));
      } else if (n->key == "OR") {
        if (!n->is(JsonKind::kArray)) return here.wrong(*n, "an array of conditions");
        THING_TRY(read_group(here, query::NodeKind::kOr, *n));
      } else if (n->key == "NOT") {
        THING_TRY(read_not(here, *n));
      } else {
        THING_TRY(read_member(place, here, *n));
      }
    }
    return {};
  }

 private:
  base::Status begin(const Place& place, query::NodeKind kind) {
    if (auto begun = groups_.begin(kind); !begun) return place.of(std::move(begun.error()));
    return {};
  }

  base::Status read_group(const Place& place, query::NodeKind kind, const JsonNode& node) {
    THING_TRY(begin(place, kind));
    if (!node.is(JsonKind::kArray)) {
      THING_TRY(read(place, node));
      return groups_.end();
    }
    size_t i = 0;
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      const Place here = place.at(i++);
      THING_TRY(begin(here, query::NodeKind::kAnd));
      THING_TRY(read(here, *n));
      THING_TRY(groups_.end());
    }
    return groups_.end();
  }

  // NOT of an array: none of them may hold.
  base::Status read_not(const Place& place, const JsonNode& node) {
    if (!node.is(JsonKind::kArray)) return read_group(place, query::NodeKind::kNot, node);
    THING_TRY(begin(place, query::NodeKind::kNot));
    THING_TRY(read_group(place, query::NodeKind::kOr, node));
    return groups_.end();
  }

  // {"_sum": {"price": {"gte": 5}}}, {"price": {"_sum": {"gte": 5}}} or {"category": "x"}
  base::Status read_member(const Place& place, const Place& here, const JsonNode& node) {
    if (const auto function = function_of(node.key); function.has_value()) {
      if (!node.is(JsonKind::kObject)) return here.wrong(node, "an object of fields");
      for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
        THING_ASSIGN(const uint32_t column, group_column(*function, n->key, here, summary_));
        THING_TRY(condition(here.at(n->key), column, *n));
      }
      return {};
    }
    if (!is_of_aggregates(node)) {
      THING_ASSIGN(const uint32_t column, group_field(node.key, place, summary_));
      return condition(here, column, node);
    }
    THING_TRY(place.field(node.key));  // only words that are known go into a path
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      const auto function = function_of(n->key);
      if (!function.has_value())
        return here.bad(Code::kInvalid, fmt::format("found key {}, expected one of _count, _sum, "
                                                    "_avg, _min, _max",
                                                    quoted(n->key)));
      THING_ASSIGN(const uint32_t column, group_column(*function, node.key, place, summary_));
      THING_TRY(condition(here.at(n->key), column, *n));
    }
    return {};
  }

  static bool is_of_aggregates(const JsonNode& node) {
    if (!node.is(JsonKind::kObject)) return false;
    for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
      if (n->key.starts_with('_')) return true;
    }
    return false;
  }

  base::Status condition(const Place& place, uint32_t column, const JsonNode& node) {
    return query::read_condition(groups_, json_, place.path(), column, node);
  }

  const text::Json& json_;
  Summary& summary_;
  query::Criteria& groups_;
};

}  // namespace

base::Status read_having(const text::Json& json, const JsonNode& node, Summary& summary) {
  THING_TRY(HavingReader(json, summary).read(Place(summary.aggregation.model(), "having"), node));
  summary.aggregation.groups.flatten();
  return {};
}

namespace {

struct Sort {
  bool descending = false, nulls_first = false;
};

// "asc", "desc" or {"sort": "asc", "nulls": "first"}
base::Result<Sort> read_sort(const Place& place, const JsonNode& node) {
  const JsonNode* sort = &node;
  Sort out;
  if (node.is(JsonKind::kObject)) {
    THING_TRY(place.check_keys(node, {"sort", "nulls"}));
    sort = node.find("sort");
    if (sort == nullptr)
      return place.bad(Code::kInvalid, "found no 'sort', expected 'asc' or 'desc'");
    const JsonNode* const nulls = node.find("nulls");
    if (nulls != nullptr && nulls->text != "first" && nulls->text != "last")
      return place.at("nulls").bad(
          Code::kInvalid, fmt::format("found {}, expected 'first' or 'last'", quoted(nulls->text)));
    out.nulls_first = nulls != nullptr && nulls->text == "first";
  }
  if (!sort->is(JsonKind::kString)) return place.wrong(*sort, "'asc' or 'desc'");
  if (sort->text != "asc" && sort->text != "desc")
    return place.bad(Code::kInvalid,
                     fmt::format("found {}, expected 'asc' or 'desc'", quoted(sort->text)));
  out.descending = sort->text == "desc";
  return out;
}

base::Status read_order_item(const Place& place, const JsonNode& item, Summary& summary) {
  if (!item.is(JsonKind::kObject) || item.size != 1)
    return place.wrong(item, "an object with one field or aggregate");
  const JsonNode& by = *item.first;
  const Place here = place.at(by.key);
  const auto add = [&](uint32_t column, const Place& at, const JsonNode& node) -> base::Status {
    THING_ASSIGN(const Sort sort, read_sort(at, node));
    return summary.aggregation.groups.order_by(column, sort.descending, sort.nulls_first);
  };
  const auto function = function_of(by.key);
  if (!function.has_value()) {
    THING_ASSIGN(const uint32_t column, group_field(by.key, place, summary));
    return add(column, here, by);
  }
  if (*function == Function::kCount && by.is(JsonKind::kString)) {
    THING_ASSIGN(const uint32_t rows, group_column(*function, "_all", here, summary));
    return add(rows, here, by);
  }
  if (!by.is(JsonKind::kObject) || by.size != 1) return here.wrong(by, "an object with one field");
  THING_ASSIGN(const uint32_t column, group_column(*function, by.first->key, here, summary));
  return add(column, here.at(by.first->key), *by.first);
}

}  // namespace

base::Status read_group_order(const JsonNode& node, Summary& summary) {
  const Place place(summary.aggregation.model(), "orderBy");
  if (!node.is(JsonKind::kArray)) return read_order_item(place, node, summary);
  size_t i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next)
    THING_TRY(read_order_item(place.at(i++), *n, summary));
  return {};
}

// ---- the actions

namespace {

// The parts that are members of the document by their names; at least one unless there are groups.
base::Status read_parts(std::string_view action, const text::Json& json, Summary& summary) {
  for (const JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    const auto function = function_of(n->key);
    if (!function.has_value()) continue;
    THING_TRY(
        read_part(*function, *n, Place(summary.aggregation.model(), std::string(n->key)), summary));
  }
  if (!summary.parts.empty() || !summary.aggregation.by().empty()) return {};
  return Place(summary.aggregation.model(), std::string(action))
      .bad(Code::kInvalid, "found none of _count, _sum, _avg, _min, _max, expected at least one");
}

base::Status read_groups(const text::Json& json, Summary& summary) {
  const JsonNode& root = json.root();
  THING_TRY(read_by(*root.find("by"), summary));
  THING_TRY(read_parts("groupBy", json, summary));
  if (const JsonNode* const n = root.find("having"); n != nullptr)
    THING_TRY(read_having(json, *n, summary));
  if (const JsonNode* const n = root.find("orderBy"); n != nullptr)
    THING_TRY(read_group_order(*n, summary));
  for (const std::string_view page : {"take", "skip"}) {
    const JsonNode* const n = root.find(page);
    if (n != nullptr) THING_TRY(query::read_member(summary.aggregation.groups, json, *n));
  }
  return {};
}

// "where", "orderBy", "take", "skip" and "cursor" of rows.
base::Status read_rows(const text::Json& json, std::initializer_list<std::string_view> keys,
                       query::Criteria& rows) {
  for (const JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    if (std::find(keys.begin(), keys.end(), n->key) == keys.end()) continue;
    THING_TRY(query::read_member(rows, json, *n));
  }
  rows.flatten();
  return {};
}

base::Result<Ended> run_groups(const Run& run, const Summary& summary, entity::Output& out) {
  THING_ASSIGN(const value::BatchRef rows,
               run.store.aggregate(run.call, run.state, summary.aggregation));
  if (!rows) return Ended::kUncached;
  out.put('[');
  for (uint32_t i = 0; i < rows->rows(); ++i) {
    if (i > 0) out.put(',');
    THING_TRY(print_group(summary, rows->row(i), out));
  }
  out.put(']');
  return Ended::kDone;
}

base::Result<Ended> run_one(const Run& run, const Summary& summary, entity::Output& out) {
  THING_ASSIGN(const value::BatchRef rows,
               run.store.aggregate(run.call, run.state, summary.aggregation));
  if (!rows) return Ended::kUncached;
  THING_TRY(print_group(summary, rows->row(0), out));
  return Ended::kDone;
}

}  // namespace

base::Result<Ended> aggregate(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "aggregate")
                .check_keys(json.root(), {"where", "orderBy", "take", "skip", "cursor", "_count",
                                          "_sum", "_avg", "_min", "_max"}));
  Summary summary(run.model());
  THING_TRY(
      read_rows(json, {"where", "orderBy", "take", "skip", "cursor"}, summary.aggregation.rows));
  THING_TRY(read_parts("aggregate", json, summary));
  return run_one(run, summary, out);
}

base::Result<Ended> group_by(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "groupBy")
                .check_keys(json.root(), {"by", "where", "having", "orderBy", "take", "skip",
                                          "_count", "_sum", "_avg", "_min", "_max"}));
  if (json.root().find("by") == nullptr)
    return Place(run.model(), "by").bad(Code::kInvalid, "found none, expected the names of fields");
  Summary summary(run.model());
  THING_TRY(read_rows(json, {"where"}, summary.aggregation.rows));
  THING_TRY(read_groups(json, summary));
  return run_groups(run, summary, out);
}

base::Result<Ended> aggregate_rows(const Run& run, const query::Criteria& rows,
                                   const Arguments& json, entity::Output& out) {
  const bool has_groups = json.root().find("by") != nullptr;
  const Place place(run.model(), "aggregates");
  THING_TRY(has_groups
                ? place.check_keys(json.root(), {"by", "having", "orderBy", "take", "skip",
                                                 "_count", "_sum", "_avg", "_min", "_max"})
                : place.check_keys(json.root(), {"by", "_count", "_sum", "_avg", "_min", "_max"}));
  Summary summary(run.model());
  summary.aggregation.rows = rows;
  if (has_groups) {
    THING_TRY(read_groups(json, summary));
    return run_groups(run, summary, out);
  }
  THING_TRY(read_parts("aggregates", json, summary));
  return run_one(run, summary, out);
}

// The number of rows, or of values of fields.
base::Result<Ended> count(const Run& run, const Arguments& json, entity::Output& out) {
  THING_TRY(Place(run.model(), "count")
                .check_keys(json.root(), {"where", "orderBy", "take", "skip", "cursor", "select"}));
  Summary summary(run.model());
  query::Criteria& rows = summary.aggregation.rows;
  THING_TRY(read_rows(json, {"where", "orderBy", "take", "skip", "cursor"}, rows));
  const JsonNode* const select = json.root().find("select");
  const bool is_page =
      rows.take().has_value() || rows.skip().has_value() || !rows.cursor_key().empty();
  if (select == nullptr && !is_page) {
    THING_ASSIGN(const int64_t n, run.store.count(run.call, run.state, rows));
    if (n < 0) return Ended::kUncached;
    entity::put_value(out, value::Type::kInt, value::ValueView::of_int(value::Type::kInt, n));
    return Ended::kDone;
  }
  JsonNode all;
  all.kind = JsonKind::kBool;
  all.boolean = true;
  const Place place(run.model(), "select");
  THING_TRY(read_part(Function::kCount, select != nullptr ? *select : all, place, summary));
  if (summary.parts.empty())
    return place.bad(Code::kInvalid, "found no field, expected at least one");
  THING_ASSIGN(const value::BatchRef counted,
               run.store.aggregate(run.call, run.state, summary.aggregation));
  if (!counted) return Ended::kUncached;
  THING_TRY(print_members(summary.parts[0], counted->row(0), summary, out));
  return Ended::kDone;
}

}  // namespace thing::action
