// Models that refer to each other, and random reads of them.
#include "random_graph.h"

#include <algorithm>

#include "graph_parts.h"

namespace trial {
namespace {

// Authors teach each other; books are deleted softly and go with nobody; notes go with their book;
// awards keep their author.
constexpr const char* kModels = R"x([
  {"name": "Author",
   "fields": {"id": {"type": "int", "primary": true}, "name": "text", "rank": "int?", "teacherId": "int?"},
   "relations": {
     "teacher": {"belongs_to": "Author", "on_delete": "set_null"},
     "pupils": {"has_many": "Author", "inverse": "teacher"},
     "card": {"has_one": "Card"},
     "books": {"has_many": "Book"},
     "best": {"has_many": "Book", "where": {"stars": {"gte": 3}}, "orderBy": {"stars": "desc"}},
     "notes": {"has_many": "Note", "through": "books"},
     "labels": {"has_many": "Label", "through": "books"},
     "awards": {"has_many": "Award"}}},
  {"name": "Card",
   "fields": {"id": {"type": "int", "primary": true}, "authorId": "int", "text": "text?"},
   "relations": {"author": {"belongs_to": "Author", "unique": true, "on_delete": "cascade"}}},
  {"name": "Book",
   "fields": {"id": {"type": "int", "primary": true}, "authorId": "int?", "title": "text",
              "stars": {"type": "int", "default": 0}, "price": "decimal?"},
   "softDelete": "gone", "hidden": ["gone"],
   "relations": {
     "author": {"belongs_to": "Author", "on_delete": "set_null"},
     "notes": {"has_many": "Note"},
     "labels": {"many_to_many": "Label"}}},
  {"name": "Note",
   "fields": {"id": {"type": "int", "primary": true}, "bookId": "int", "authorId": "int?", "text": "text", "votes": "int?"},
   "relations": {
     "book": {"belongs_to": "Book", "on_delete": "cascade"},
     "author": {"belongs_to": "Author", "on_delete": "cascade"}}},
  {"name": "Label",
   "fields": {"id": {"type": "int", "primary": true}, "word": {"type": "text", "unique": true}},
   "order": [{"word": "asc"}],
   "relations": {"books": {"many_to_many": "Book"}}},
  {"name": "Award",
   "fields": {"id": {"type": "int", "primary": true}, "authorId": "int"},
   "relations": {"author": {"belongs_to": "Author", "on_delete": "restrict"}}}
])x";
std::string text_value(Random& random) {
  static const std::vector<const char*> kWords = {"ant", "bee", "cat", "dog",  "elk",
                                                  "fox", "gnu", "hen", "ibex", "jay"};
  return std::string("\"") + random.pick(kWords) + "\"";
}

std::string present(const GraphField& field, Random& random) {
  return value_of({field.name, field.type, false}, random);
}

std::string field_condition(const GraphField& field, Random& random) {
  switch (random.below(6)) {
    case 0: return value_of(field, random);
    case 1: return object(member("not", value_of(field, random)));
    case 2:
      return object(
          member("in", "[" + present(field, random) + ", " + present(field, random) + "]"));
    case 3: return object(member("gte", present(field, random)));
    case 4:
      if (field.type == Of::kText)
        return object(member(random.chance(50) ? "contains" : "startsWith",
                             std::string("\"") + random.pick(std::string("aeo")) + "\""));
      return object(member("lt", present(field, random)));
    default: return object(member("notIn", "[" + present(field, random) + "]"));
  }
}

std::string relation_condition(const GraphRelation& relation, Random& random, int depth) {
  const std::string inner =
      random.chance(20) ? "{}" : random_where(model_named(relation.target), random, depth - 1);
  if (relation.many) {
    static const std::vector<const char*> kHowMany = {"some", "every", "none"};
    return object(member(random.pick(kHowMany), inner));
  }
  switch (random.below(4)) {
    case 0: return "null";
    case 1: return object(member("isNot", random.chance(30) ? "null" : inner));
    case 2: return object(member("is", inner));
    default: return inner == "{}" ? object(member("is", inner)) : inner;
  }
}

std::string random_order(const GraphModel& model, Random& random) {
  if (random.chance(20)) {
    const GraphRelation& relation = random.pick(model.relations);
    const std::string way = random.chance(50) ? "\"asc\"" : "\"desc\"";
    const char* const by =
        relation.many ? "_count" : random.pick(model_named(relation.target).fields).name;
    return object(member(relation.name, object(member(by, way))));
  }
  const GraphField& field = random.pick(model.fields);
  const std::string sort = random.chance(50) ? "\"asc\"" : "\"desc\"";
  if (!field.nullable || random.chance(50)) return object(member(field.name, sort));
  return object(
      member(field.name, object(member("sort", sort) + ", " +
                                member("nulls", random.chance(50) ? "\"first\"" : "\"last\""))));
}

std::string random_include(const GraphModel& model, Random& random, int depth);

std::string some_fields(const GraphModel& model, Random& random) {
  return object(member("id", "true") + ", " + member(random.pick(model.fields).name, "true"));
}

// The parts that queries and included relations have in common.
void add_parts(Members& parts, const GraphModel& model, Random& random, int depth) {
  if (random.chance(40)) parts.add("orderBy", random_order(model, random));
  if (random.chance(30)) parts.add("take", std::to_string(random.below(4)));
  if (random.chance(15)) parts.add("skip", std::to_string(random.below(3)));
  if (depth == 0) return;
  if (random.chance(50)) parts.add("include", random_include(model, random, depth - 1));
}

std::string random_include(const GraphModel& model, Random& random, int depth) {
  Members include;
  const auto first =
      static_cast<size_t>(random.below(static_cast<int64_t>(model.relations.size())));
  const size_t n = random.chance(30) ? 2 : 1;
  for (size_t i = 0; i < n && i < model.relations.size(); i++) {
    const GraphRelation& relation = model.relations[(first + i) % model.relations.size()];
    const GraphModel& target = model_named(relation.target);
    if (random.chance(30)) {
      include.add(relation.name, "true");
      continue;
    }
    Members parts;
    if (relation.many) {
      if (random.chance(40)) parts.add("where", random_where(target, random, 1));
      add_parts(parts, target, random, depth);
    } else if (depth > 0) {
      parts.add("include", random_include(target, random, depth - 1));
    }
    if (random.chance(20) && parts.text().find("include") == std::string::npos)
      parts.add("select", some_fields(target, random));
    include.add(relation.name, parts.text());
  }
  if (random.chance(25)) {
    const GraphRelation& relation = random.pick(model.relations);
    const std::string chosen =
        random.chance(50)
            ? "true"
            : object(member("where", random_where(model_named(relation.target), random, 1)));
    include.add(random.chance(70) ? "_count" : "_exists",
                object(member("select", object(member(relation.name, chosen)))));
  }
  return include.text();
}

}  // namespace

const std::vector<GraphModel>& graph() {
  static const std::vector<GraphModel> all = {
      {"Author",
       {{"id", Of::kInt},
        {"name", Of::kText},
        {"rank", Of::kInt, true},
        {"teacherId", Of::kInt, true}},
       {{"teacher", "Author", false, "teacherId"},
        {"pupils", "Author", true, nullptr, "teacherId"},
        {"card", "Card", false, nullptr, "authorId"},
        {"books", "Book", true, nullptr, "authorId"},
        {"best", "Book", true},
        {"notes", "Note", true},
        {"labels", "Label", true},
        {"awards", "Award", true, nullptr, "authorId"}}},
      {"Card",
       {{"id", Of::kInt}, {"authorId", Of::kInt}, {"text", Of::kText, true}},
       {{"author", "Author", false, "authorId"}}},
      {"Book",
       {{"id", Of::kInt},
        {"authorId", Of::kInt, true},
        {"title", Of::kText},
        {"stars", Of::kInt},
        {"price", Of::kDecimal, true}},
       {{"author", "Author", false, "authorId"},
        {"notes", "Note", true, nullptr, "bookId"},
        {"labels", "Label", true, nullptr, nullptr, true}}},
      {"Note",
       {{"id", Of::kInt},
        {"bookId", Of::kInt},
        {"authorId", Of::kInt, true},
        {"text", Of::kText},
        {"votes", Of::kInt, true}},
       {{"book", "Book", false, "bookId"}, {"author", "Author", false, "authorId"}}},
      {"Label",
       {{"id", Of::kInt}, {"word", Of::kText}},
       {{"books", "Book", true, nullptr, nullptr, true}}},
      {"Award",
       {{"id", Of::kInt}, {"authorId", Of::kInt}},
       {{"author", "Author", false, "authorId"}}},
  };
  return all;
}

const GraphModel& model_named(std::string_view name) {
  return *std::find_if(graph().begin(), graph().end(),
                       [&](const GraphModel& m) { return name == m.name; });
}

std::string value_of(const GraphField& field, Random& random) {
  if (field.nullable && random.chance(20)) return "null";
  switch (field.type) {
    case Of::kText: return text_value(random);
    case Of::kDecimal:
      return "\"" + std::to_string(random.below(4)) + "." + (random.chance(50) ? "25" : "50") +
             "\"";
    default: {
      // Of new rows, some have keys that are free.
      const bool is_key = std::string_view(field.name) == "id";
      return std::to_string(random.between(1, is_key ? 2 * kGraphKeys : kGraphKeys));
    }
  }
}

std::string member(const std::string& name, const std::string& value) {
  return "\"" + name + "\": " + value;
}

std::string object(const std::string& members) { return "{" + members + "}"; }

std::string random_where(const GraphModel& model, Random& random, int depth) {
  Members where;
  const GraphField& field = random.pick(model.fields);
  where.add(field.name, field_condition(field, random));
  if (depth == 0) return where.text();
  switch (random.below(6)) {
    case 0:
      where.add("OR", "[" + random_where(model, random, depth - 1) + ", " +
                          random_where(model, random, depth - 1) + "]");
      return where.text();
    case 1: where.add("NOT", random_where(model, random, depth - 1)); return where.text();
    case 2: return where.text();
    default: break;
  }
  const GraphRelation& relation = random.pick(model.relations);
  Members related;
  related.add(relation.name, relation_condition(relation, random, depth));
  if (random.chance(30)) related.add(field.name, field_condition(field, random));
  return related.text();
}

Outcome act(const Door& door, thing_ctx* ctx, const std::string& model, const char* action,
            const std::string& document, std::string& answer) {
  Buf out;
  Outcome outcome = call(thing_call, door.db, ctx, model.c_str(), action, document.data(),
                         length(document), out.out());
  if (outcome.ok()) answer = text_of(out);
  return outcome;
}

std::string name_of(const Outcome& outcome) {
  if (outcome.status == THING_E_UNIQUE || outcome.status == THING_E_FOREIGN_KEY)
    return "a broken constraint";
  return thing_status_name(outcome.status);
}

std::string run_action(const Door& door, int32_t flags, const std::string& model,
                       const char* action, const std::string& document) {
  const Flags f(door, flags);
  std::string answer;
  const Outcome outcome = act(door, f.ctx(), model, action, document, answer);
  return outcome.ok() ? answer : name_of(outcome);
}

const Table& graph_tables() {
  static const Table all = [] {
    Table table;
    table.model = "Author";
    table.document = kModels;
    return table;
  }();
  return all;
}

const std::vector<std::string>& graph_models() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const GraphModel& model : graph()) all.emplace_back(model.name);
    return all;
  }();
  return names;
}

std::string GraphRead::ask(const Door& door) const {
  return run_action(door, flags, model, action.c_str(), document);
}

GraphRead read_all(const std::string& model) {
  return {model, "findMany", R"({"orderBy": {"id": "asc"}})", THING_CTX_WITH_DELETED};
}

GraphRead random_read(Random& random) {
  const GraphModel& model = random.pick(graph());
  Members document;
  if (random.chance(70)) document.add("where", random_where(model, random, 2));
  GraphRead read{model.name, "findMany", "", 0};
  if (random.chance(10)) read.flags = THING_CTX_WITH_DELETED;
  switch (random.below(5)) {
    case 0: read.action = "count"; break;
    case 1:
      read.action = "aggregate";
      document.add("_count", "true");
      document.add("_sum", object(member("id", "true")));
      document.add("_min", object(member("id", "true")));
      break;
    default:
      add_parts(document, model, random, 2);
      if (random.chance(15)) read.action = "findFirst";
  }
  read.document = document.text();
  return read;
}

}  // namespace trial
