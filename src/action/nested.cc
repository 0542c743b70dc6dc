#include "action/nested.h"

#include <algorithm>

#include "base/utf8.h"
#include "query/criteria_reader.h"

namespace thing::action {

using base::Code;
using base::quoted;
using base::Result;
using schema::Link;
using text::Json;
using text::JsonKind;
using text::JsonNode;

namespace {

struct Word {
  std::string_view name;
  Verb verb;
  bool of_new;   // also in the data of a new record
  bool of_one;   // of belongs_to and has_one
  bool of_many;  // of has_many and many_to_many
};

constexpr Word kWords[] = {
    {"create", Verb::kCreate, true, true, true},
    {"createMany", Verb::kCreateMany, true, false, true},
    {"connect", Verb::kConnect, true, true, true},
    {"connectOrCreate", Verb::kConnectOrCreate, true, true, true},
    {"update", Verb::kUpdate, false, true, true},
    {"updateMany", Verb::kUpdateMany, false, false, true},
    {"upsert", Verb::kUpsert, false, true, true},
    {"set", Verb::kSet, false, false, true},
    {"disconnect", Verb::kDisconnect, false, true, true},
    {"delete", Verb::kDelete, false, true, true},
    {"deleteMany", Verb::kDeleteMany, false, false, true},
};

bool fits(const Word& word, const Link& link, Of of) {
  if (word.verb == Verb::kCreateMany && link.pivot() != nullptr) return false;
  return (of == Of::kThere || word.of_new) &&
         (link.relation->is_many() ? word.of_many : word.of_one);
}

std::string words_of(const Link& link, Of of) {
  std::string out;
  for (const Word& word : kWords) {
    if (fits(word, link, of)) out.append(out.empty() ? "" : ", ").append(word.name);
  }
  return out;
}

// Whether one of these operations makes the reference anew.
bool makes(Verb verb) {
  return verb == Verb::kCreate || verb == Verb::kConnect || verb == Verb::kConnectOrCreate;
}

class RecordReader {
 public:
  explicit RecordReader(const Json& json) : json_(json) {}
  // `via`: the relation that the record is a row of, when that gives it values.
  Result<Record> read(const Place& place, const JsonNode& node, Of of, const Link* via) const;

 private:
  Result<RelationWrite> read_relation(const Place& place, const JsonNode& node, Of of) const;
  Result<const Link*> find_link(const Place& place, std::string_view name) const;
  Result<Operation> read_operation(const RelationWrite& write, const Word& word,
                                   const JsonNode& node) const;
  base::Status read_items(const RelationWrite& write, Operation& operation, const JsonNode& node,
                          Verb verb) const;
  base::Status read_new_rows(const RelationWrite& write, Operation& operation,
                             const JsonNode& node) const;
  Result<Item> read_item(const RelationWrite& write, Verb verb, const Place& place,
                         const JsonNode& node) const;
  Result<Item> read_item_of_one(const RelationWrite& write, Verb verb, const Place& place,
                                const JsonNode& node) const;
  Result<Item> read_parts(const RelationWrite& write, Verb verb, const Place& place,
                          const JsonNode& node) const;
  base::Status read_pivot(RelationWrite& write, const JsonNode& node) const;

  Result<const JsonNode*> part(const Place& place, const JsonNode& node,
                               std::string_view name) const;
  Result<std::unique_ptr<Record>> read_part(const RelationWrite& write, const Place& place,
                                            const JsonNode& node, Of of) const;
  Result<query::Criteria> rows_of(const RelationWrite& write) const;
  Result<query::Criteria> read_rows(const RelationWrite& write, const Place& place,
                                    const JsonNode* where) const;

  base::Status check_given(const Record& record, const Link* via) const;
  base::Status check_combination(const RelationWrite& write) const;
  base::Status check_disconnect(const RelationWrite& write) const;

  const Json& json_;
};

Result<Record> RecordReader::read(const Place& place, const JsonNode& node, Of of,
                                  const Link* via) const {
  if (!node.is(JsonKind::kObject)) return place.wrong(node, "an object of values");
  Record record{place, {}, {}};
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (place.model().find_relation(n->key) != nullptr) {
      THING_ASSIGN(RelationWrite write, read_relation(place, *n, of));
      record.relations.push_back(std::move(write));
      continue;
    }
    THING_ASSIGN(const uint32_t field, place.field(n->key));
    THING_ASSIGN(Change change, read_change(place.at(n->key), field, *n, json_, of));
    record.changes.push_back(std::move(change));
  }
  THING_TRY(check_given(record, via));
  return record;
}

// A field to which a relation gives its value is not given one beside it.
base::Status RecordReader::check_given(const Record& record, const Link* via) const {
  const auto check = [&record](const std::vector<uint32_t>& fields,
                               const std::string& relation) -> base::Status {
    for (const Change& change : record.changes) {
      if (std::find(fields.begin(), fields.end(), change.field) == fields.end()) continue;
      return record.place.at(record.place.model().fields[change.field].name)
          .bad(Code::kInvalid,
               fmt::format("found a value beside the relation '{}', which gives it one, expected "
                           "one of both",
                           relation));
    }
    return {};
  };
  for (const RelationWrite& write : record.relations) {
    if (write.is_reference())
      THING_TRY(check(write.last().from_fields, write.link->relation->name));
  }
  if (via == nullptr || via->relation->kind == schema::RelationKind::kBelongsTo ||
      via->pivot() != nullptr)
    return {};
  const schema::Step& step = via->steps[0];
  std::vector<uint32_t> fields = step.to_fields;
  for (const RelationWrite& write : record.relations) {
    if (!write.is_reference() || write.last().from_fields != fields) continue;
    return write.place.bad(
        Code::kInvalid,
        fmt::format("found it in a row of '{}', which says what it refers to, expected none",
                    via->relation->name));
  }
  if (step.fixed.has_value()) fields.push_back(step.fixed->field);
  return check(fields, via->relation->name);
}

Result<const Link*> RecordReader::find_link(const Place& place, std::string_view name) const {
  auto found = schema::find_link(place.model(), name);
  if (!found) return place.of(std::move(found.error()));
  const Link& link = **found;
  if (link.is_polymorphic())
    return place.bad(Code::kUnsupported,
                     fmt::format("found a relation to several models, expected its fields '{}' "
                                 "and '{}'",
                                 place.model().fields[link.type_field].name,
                                 place.model().fields[link.by_type[0].second.from_fields[0]].name));
  if (link.steps.size() > 1 && link.pivot() == nullptr)
    return place.bad(Code::kUnsupported,
                     fmt::format("found a relation through '{}', expected one that leads straight "
                                 "to its rows",
                                 link.relation->through));
  return &link;
}

Result<RelationWrite> RecordReader::read_relation(const Place& outer, const JsonNode& node,
                                                  Of of) const {
  const Place place = outer.at(node.key);
  THING_ASSIGN(const Link* const link, find_link(place, node.key));
  RelationWrite write{link, place, {}, {}};
  if (!node.is(JsonKind::kObject)) return place.wrong(node, "an object of operations");
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (n->key == "pivot") {
      THING_TRY(read_pivot(write, *n));
      continue;
    }
    const auto* const word = std::find_if(std::begin(kWords), std::end(kWords), [&](const Word& w) {
      return w.name == n->key && fits(w, *link, of);
    });
    if (word == std::end(kWords))
      return place.bad(Code::kInvalid, fmt::format("found operation {}, expected one of {}",
                                                   quoted(n->key), words_of(*link, of)));
    THING_ASSIGN(Operation operation, read_operation(write, *word, *n));
    const bool is_off = !write.is_many() && operation.items.empty();
    if (!is_off) write.operations.push_back(std::move(operation));
  }
  std::sort(write.operations.begin(), write.operations.end(),
            [](const Operation& a, const Operation& b) { return a.verb < b.verb; });
  if (!write.is_many()) THING_TRY(check_combination(write));
  THING_TRY(check_disconnect(write));
  return write;
}

// Of one row one thing is done; only the place of a row that is deleted can be taken by another.
base::Status RecordReader::check_combination(const RelationWrite& write) const {
  const auto& operations = write.operations;
  const bool replaces =
      operations.size() == 2 && operations[0].verb == Verb::kDelete && makes(operations[1].verb);
  if (operations.size() < 2 || replaces) return {};
  return write.place.bad(Code::kInvalid,
                         fmt::format("found {} operations, expected one, or delete beside create, "
                                     "connect or connectOrCreate",
                                     operations.size()));
}

// A key that has to be there can not become NULL.
base::Status RecordReader::check_disconnect(const RelationWrite& write) const {
  if (write.link->pivot() != nullptr || write.operations.empty()) return {};
  const bool empties = write.is_reference() && write.operations.size() == 1 &&
                       write.operations[0].verb == Verb::kDelete;
  const auto disconnect =
      std::find_if(write.operations.begin(), write.operations.end(), [&](const Operation& o) {
        return !o.items.empty() && (empties || o.verb == Verb::kDisconnect);
      });
  if (disconnect == write.operations.end()) return {};
  const schema::Step& step = write.last();
  const schema::Model& model = write.is_reference() ? *step.from : *step.to;
  for (const uint32_t f : write.is_reference() ? step.from_fields : step.to_fields) {
    if (model.fields[f].nullable) continue;
    return disconnect->place.bad(
        Code::kNotNull,
        fmt::format("found it of the key '{}' of {}, which is required, expected another operation",
                    model.fields[f].name, model.name));
  }
  return {};
}

base::Status RecordReader::read_pivot(RelationWrite& write, const JsonNode& node) const {
  const schema::Model* const pairs = write.link->pivot();
  if (pairs == nullptr)
    return write.place.bad(Code::kInvalid, "found 'pivot', expected it of a many_to_many");
  const Place place(*pairs, write.place.at("pivot").path());
  THING_ASSIGN(const Changes changes, read_changes(place, node, json_, Of::kNew));
  for (const schema::Step* step : {&write.link->steps[0], &write.link->steps[1]}) {
    const auto& own = step->to == pairs ? step->to_fields : step->from_fields;
    for (const Change& change : changes) {
      const bool is_fixed = step->fixed.has_value() && step->fixed->field == change.field;
      if (!is_fixed && std::find(own.begin(), own.end(), change.field) == own.end()) continue;
      return place.at(pairs->fields[change.field].name)
          .bad(Code::kInvalid, "found a field of the pair's keys, expected others");
    }
  }
  write.pivot = json_.source(node);
  return {};
}

Result<Operation> RecordReader::read_operation(const RelationWrite& write, const Word& word,
                                               const JsonNode& node) const {
  Operation operation{word.verb, write.place.at(word.name), {}};
  if (word.verb == Verb::kCreateMany) {
    THING_TRY(read_new_rows(write, operation, node));
    return operation;
  }
  if (write.is_many() && node.is(JsonKind::kArray)) {
    THING_TRY(read_items(write, operation, node, word.verb));
    return operation;
  }
  const bool is_switch =
      !write.is_many() && (word.verb == Verb::kDisconnect || word.verb == Verb::kDelete);
  if (is_switch) {
    THING_ASSIGN(const bool on, operation.place.boolean(node));
    if (!on) return operation;
  }
  THING_ASSIGN(Item item, read_item(write, word.verb, operation.place, node));
  operation.items.push_back(std::move(item));
  return operation;
}

base::Status RecordReader::read_items(const RelationWrite& write, Operation& operation,
                                      const JsonNode& node, Verb verb) const {
  operation.items.reserve(node.size);
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    const Place place = operation.place.at(operation.items.size());
    THING_ASSIGN(Item item, read_item(write, verb, place, *n));
    operation.items.push_back(std::move(item));
  }
  return {};
}

// createMany: {"data": [...], "skipDuplicates": true}
base::Status RecordReader::read_new_rows(const RelationWrite& write, Operation& operation,
                                         const JsonNode& node) const {
  const Place& place = operation.place;
  THING_TRY(place.check_keys(node, {"data", "skipDuplicates"}));
  if (const JsonNode* const skip = node.find("skipDuplicates"); skip != nullptr) {
    THING_ASSIGN(operation.skips_duplicates, place.at("skipDuplicates").boolean(*skip));
  }
  THING_ASSIGN(const JsonNode* const data, part(place, node, "data"));
  const Place rows(*write.link->target, place.at("data").path());
  const auto add = [&](const Place& at, const JsonNode& n) -> base::Status {
    THING_ASSIGN(Changes values, read_changes(at, n, json_, Of::kNew));
    Record record{at, std::move(values), {}};
    THING_TRY(check_given(record, write.link));
    operation.items.push_back(Item{at, {}, {}, {}, {}, std::move(record.changes), {}});
    return {};
  };
  if (!data->is(JsonKind::kArray)) return add(rows, *data);
  for (const JsonNode* n = data->first; n != nullptr; n = n->next)
    THING_TRY(add(rows.at(operation.items.size()), *n));
  return {};
}

Result<Item> RecordReader::read_item(const RelationWrite& write, Verb verb, const Place& outer,
                                     const JsonNode& node) const {
  const Place place(*write.link->target, outer.path());
  const query::Criteria any(*write.link->target);
  Item item{place, {}, {}, {}, {}, {}, {}};
  switch (verb) {
    case Verb::kCreate: {
      THING_ASSIGN(item.create, read_part(write, place, node, Of::kNew));
      return item;
    }
    case Verb::kConnect: {
      THING_ASSIGN(item.one, read_one(place, node, json_, any));
      return item;
    }
    case Verb::kDeleteMany: {
      THING_ASSIGN(item.rows, read_rows(write, place, &node));
      return item;
    }
    case Verb::kConnectOrCreate: {
      THING_TRY(place.check_keys(node, {"where", "create"}));
      THING_ASSIGN(const JsonNode* const where, part(place, node, "where"));
      THING_ASSIGN(const JsonNode* const made, part(place, node, "create"));
      THING_ASSIGN(item.one, read_one(place.at("where"), *where, json_, any));
      THING_ASSIGN(item.create, read_part(write, place.at("create"), *made, Of::kNew));
      return item;
    }
    default: break;
  }
  return write.is_many() ? read_parts(write, verb, place, node)
                         : read_item_of_one(write, verb, place, node);
}

// set, disconnect, delete, update, updateMany and upsert of many rows.
Result<Item> RecordReader::read_parts(const RelationWrite& write, Verb verb, const Place& place,
                                      const JsonNode& node) const {
  Item item{place, {}, {}, {}, {}, {}, {}};
  if (verb == Verb::kSet || verb == Verb::kDisconnect) {
    THING_ASSIGN(item.one, read_one(place, node, json_, query::Criteria(place.model())));
    return item;
  }
  THING_ASSIGN(query::Criteria rows, rows_of(write));
  if (verb == Verb::kDelete) {
    THING_ASSIGN(item.one, read_one(place, node, json_, std::move(rows)));
    return item;
  }
  if (verb == Verb::kUpsert) {
    THING_TRY(place.check_keys(node, {"where", "create", "update"}));
    THING_ASSIGN(const JsonNode* const made, part(place, node, "create"));
    THING_ASSIGN(item.create, read_part(write, place.at("create"), *made, Of::kNew));
  } else {
    THING_TRY(place.check_keys(node, {"where", "data"}));
  }
  const std::string_view name = verb == Verb::kUpsert ? "update" : "data";
  THING_ASSIGN(const JsonNode* const changed, part(place, node, name));
  if (verb == Verb::kUpdateMany) {
    Record record{place.at(name), {}, {}};
    THING_ASSIGN(record.changes, read_changes_of_many(record.place, *changed, json_));
    THING_TRY(check_given(record, write.link));
    item.document = json_.source(*changed);
    THING_ASSIGN(item.rows, read_rows(write, place.at("where"), node.find("where")));
    return item;
  }
  THING_ASSIGN(item.update, read_part(write, place.at(name), *changed, Of::kThere));
  THING_ASSIGN(const JsonNode* const where, part(place, node, "where"));
  THING_ASSIGN(item.one, read_one(place.at("where"), *where, json_, std::move(rows)));
  return item;
}

// disconnect, delete, update and upsert of the one row.
Result<Item> RecordReader::read_item_of_one(const RelationWrite& write, Verb verb,
                                            const Place& place, const JsonNode& node) const {
  Item item{place, {}, {}, {}, {}, {}, {}};
  if (verb == Verb::kUpsert) {
    THING_TRY(place.check_keys(node, {"create", "update"}));
    THING_ASSIGN(const JsonNode* const made, part(place, node, "create"));
    THING_ASSIGN(const JsonNode* const changed, part(place, node, "update"));
    THING_ASSIGN(item.create, read_part(write, place.at("create"), *made, Of::kNew));
    THING_ASSIGN(item.update, read_part(write, place.at("update"), *changed, Of::kThere));
  }
  const JsonNode* where = nullptr;
  if (verb == Verb::kUpdate) {
    // Data alone, or beside a condition.
    const JsonNode* const data = node.is(JsonKind::kObject) ? node.find("data") : nullptr;
    where = data == nullptr ? nullptr : node.find("where");
    const bool has_both = data != nullptr && node.size == (where == nullptr ? 1 : 2);
    if (!has_both) where = nullptr;
    THING_ASSIGN(item.update, read_part(write, has_both ? place.at("data") : place,
                                        has_both ? *data : node, Of::kThere));
  }
  THING_ASSIGN(item.rows, read_rows(write, place.at("where"), where));
  return item;
}

Result<const JsonNode*> RecordReader::part(const Place& place, const JsonNode& node,
                                           std::string_view name) const {
  const JsonNode* const found = node.find(name);
  if (found != nullptr) return found;
  return place.at(name).bad(Code::kInvalid, "found none, expected an object");
}

Result<std::unique_ptr<Record>> RecordReader::read_part(const RelationWrite& write,
                                                        const Place& place, const JsonNode& node,
                                                        Of of) const {
  THING_ASSIGN(Record record, read(place, node, of, write.link));
  return std::make_unique<Record>(std::move(record));
}

// The condition that the relation has itself.
Result<query::Criteria> RecordReader::rows_of(const RelationWrite& write) const {
  THING_ASSIGN(query::Criteria rows, query::step_criteria(write.last()));
  if (!write.is_many()) return rows;
  rows.clear_order();
  return rows;
}

Result<query::Criteria> RecordReader::read_rows(const RelationWrite& write, const Place& place,
                                                const JsonNode* where) const {
  THING_ASSIGN(query::Criteria rows, rows_of(write));
  if (where != nullptr)
    THING_TRY(query::CriteriaReader(rows, json_).read_where(place.path(), *where));
  rows.flatten();
  return rows;
}

}  // namespace

Result<Record> read_record(const Place& place, const JsonNode& node, const Json& json, Of of) {
  return RecordReader(json).read(place, node, of, nullptr);
}

}  // namespace thing::action
