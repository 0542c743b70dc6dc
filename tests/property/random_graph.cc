#include "random_graph.h"

#include <algorithm>

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

enum class Of { kInt, kText, kDecimal };

struct GraphField {
  const char* name;
  Of type;
  bool nullable = false;
};
struct GraphRelation {
  const char* name;
  const char* target;
  bool many = false;
};
struct GraphModel {
  const char* name;
  std::vector<GraphField> fields;  // the key is the first
  std::vector<GraphRelation> relations;
};

const std::vector<GraphModel>& models() {
  static const std::vector<GraphModel> all = {
      {"Author",
       {{"id", Of::kInt},
        {"name", Of::kText},
        {"rank", Of::kInt, true},
        {"teacherId", Of::kInt, true}},
       {{"teacher", "Author"},
        {"pupils", "Author", true},
        {"card", "Card"},
        {"books", "Book", true},
        {"best", "Book", true},
        {"notes", "Note", true},
        {"labels", "Label", true},
        {"awards", "Award", true}}},
      {"Card",
       {{"id", Of::kInt}, {"authorId", Of::kInt}, {"text", Of::kText, true}},
       {{"author", "Author"}}},
      {"Book",
       {{"id", Of::kInt},
        {"authorId", Of::kInt, true},
        {"title", Of::kText},
        {"stars", Of::kInt},
        {"price", Of::kDecimal, true}},
       {{"author", "Author"}, {"notes", "Note", true}, {"labels", "Label", true}}},
      {"Note",
       {{"id", Of::kInt},
        {"bookId", Of::kInt},
        {"authorId", Of::kInt, true},
        {"text", Of::kText},
        {"votes", Of::kInt, true}},
       {{"book", "Book"}, {"author", "Author"}}},
      {"Label", {{"id", Of::kInt}, {"word", Of::kText}}, {{"books", "Book", true}}},
      {"Award", {{"id", Of::kInt}, {"authorId", Of::kInt}}, {{"author", "Author"}}},
  };
  return all;
}

const GraphModel& model_named(std::string_view name) {
  return *std::find_if(models().begin(), models().end(),
                       [&](const GraphModel& m) { return name == m.name; });
}

constexpr int64_t kKeys = 9;

std::string text_value(Random& random) {
  static const std::vector<const char*> kWords = {"ant", "bee", "cat", "dog",  "elk",
                                                  "fox", "gnu", "hen", "ibex", "jay"};
  return std::string("\"") + random.pick(kWords) + "\"";
}

std::string value_of(const GraphField& field, Random& random) {
  if (field.nullable && random.chance(20)) return "null";
  switch (field.type) {
    case Of::kText: return text_value(random);
    case Of::kDecimal:
      return "\"" + std::to_string(random.below(4)) + "." + (random.chance(50) ? "25" : "50") +
             "\"";
    default: return std::to_string(random.between(1, kKeys));
  }
}

std::string present(const GraphField& field, Random& random) {
  return value_of({field.name, field.type, false}, random);
}

std::string member(const std::string& name, const std::string& value) {
  return "\"" + name + "\": " + value;
}

std::string object(const std::string& members) { return "{" + members + "}"; }

// Members, joined.
class Members {
 public:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + member(name, value);
  }
  std::string text() const { return object(text_); }

 private:
  std::string text_;
};

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

std::string random_where(const GraphModel& model, Random& random, int depth);

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

std::string random_order(const GraphModel& model, Random& random) {
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
  return include.text();
}

Outcome act(const Door& door, thing_ctx* ctx, const std::string& model, const char* action,
            const std::string& document, std::string& answer) {
  Buf out;
  Outcome outcome = call(thing_call, door.db, ctx, model.c_str(), action, document.data(),
                         length(document), out.out());
  if (outcome.ok()) answer = text_of(out);
  return outcome;
}

// Which of several broken rules a database tells of is its own choice.
std::string show(const Outcome& outcome) {
  if (outcome.status == THING_E_UNIQUE || outcome.status == THING_E_FOREIGN_KEY)
    return "a broken constraint";
  return thing_status_name(outcome.status);
}

std::string run_action(const Door& door, int32_t flags, const std::string& model,
                       const char* action, const std::string& document) {
  const Flags f(door, flags);
  std::string answer;
  const Outcome outcome = act(door, f.ctx(), model, action, document, answer);
  return outcome.ok() ? answer : show(outcome);
}

GraphWrite action_write(const GraphModel& model, const char* action, std::string document) {
  return {std::string(model.name) + " " + action + " " + document,
          [name = std::string(model.name), action, document](const Door& door) {
            return run_action(door, 0, name, action, document);
          }};
}

std::string new_row(const GraphModel& model, Random& random) {
  Members row;
  for (const GraphField& field : model.fields) row.add(field.name, value_of(field, random));
  return row.text();
}

std::string changes(const GraphModel& model, Random& random) {
  Members data;
  const GraphField& field = model.fields[static_cast<size_t>(
      random.between(1, static_cast<int64_t>(model.fields.size()) - 1))];
  if (field.type == Of::kInt && random.chance(30) && !field.nullable && model.relations.size() > 2)
    data.add(field.name, object(member("increment", "1")));
  else
    data.add(field.name, value_of(field, random));
  return data.text();
}

std::string key_of(Random& random) { return std::to_string(random.between(1, kKeys)); }
std::string one(Random& random) { return object(member("id", key_of(random))); }

// An object by its key, deleted or not; empty where there is none.
Obj find(const Door& door, thing_ctx* ctx, const char* model, int64_t id) {
  Obj found;
  const Outcome outcome =
      call(thing_by_id, door.db, ctx, model_of(door.db, model), id, found.out());
  if (outcome.failed()) throw Wrong("reading by key gave " + outcome.text());
  return found;
}

GraphWrite random_link(Random& random) {
  struct Kind {
    const char *model, *relation;
  };
  static const std::vector<Kind> kKinds = {
      {"Book", "labels"}, {"Label", "books"}, {"Author", "pupils"}, {"Author", "books"}};
  static const std::vector<std::pair<int32_t, const char*>> kModes = {
      {THING_LINK_ADD, "add"},
      {THING_LINK_REMOVE, "remove"},
      {THING_LINK_SET, "set"},
      {THING_LINK_TOGGLE, "toggle"}};
  const Kind kind = random.pick(kKinds);
  const auto [mode, verb] = random.pick(kModes);
  const int64_t id = random.between(1, kKeys);
  const std::string keys =
      "[" + key_of(random) + (random.chance(50) ? ", " + key_of(random) : "") + "]";
  return {std::string("link: ") + verb + " " + keys + " of " + kind.model + " " +
              std::to_string(id) + "'s " + kind.relation,
          [kind, mode = mode, id, keys](const Door& door) {
            const Obj owner = find(door, door.tx, kind.model, id);
            if (owner.get() == nullptr) return std::string("no owner");
            int64_t added = 0, removed = 0;
            const Outcome outcome =
                call(thing_link, door.db, door.tx, owner.get(), kind.relation, int64_t{-1}, mode,
                     keys.data(), length(keys), static_cast<const char*>(nullptr), int64_t{0},
                     &added, &removed);
            if (!outcome.ok()) return show(outcome);
            return "added " + std::to_string(added) + ", removed " + std::to_string(removed);
          }};
}

GraphWrite random_restore(Random& random) {
  const int64_t id = random.between(1, kKeys);
  return {"restore of Book " + std::to_string(id), [id](const Door& door) {
            const Flags all(door, THING_CTX_WITH_DELETED);
            const Obj book = find(door, all.ctx(), "Book", id);
            if (book.get() == nullptr) return std::string("no book");
            return show(call(thing_restore, door.db, door.tx, book.get()));
          }};
}

GraphWrite random_hard_delete(Random& random) {
  const int64_t id = random.between(1, kKeys);
  return {"hard delete of Book " + std::to_string(id), [id](const Door& door) {
            return show(call(thing_delete_by_id, door.db, door.tx, model_of(door.db, "Book"), id,
                             int32_t{THING_DELETE_HARD}));
          }};
}

void set(const Obj& object, const std::string& json) {
  must("thing_obj_assign_json", thing_obj_assign_json, object.get(), json.data(), length(json));
}

// A new author with a book of it, and a label that the book may have.
GraphWrite random_graph_save(Random& random) {
  const std::string author = new_row(model_named("Author"), random);
  const std::string book = new_row(model_named("Book"), random);
  const std::string label = new_row(model_named("Label"), random);
  return {"save of " + author + " with " + book + " with " + label,
          [author, book, label](const Door& door) {
            const Obj a(thing_obj_new(model_of(door.db, "Author")));
            const Obj b(thing_obj_new(model_of(door.db, "Book")));
            const Obj l(thing_obj_new(model_of(door.db, "Label")));
            set(a, author);
            set(b, book);
            set(l, label);
            must("add", thing_obj_add_related, a.get(), "books", int64_t{-1}, b.get());
            must("add", thing_obj_add_related, b.get(), "labels", int64_t{-1}, l.get());
            return show(call(thing_save, door.db, door.tx, a.get()));
          }};
}

GraphWrite random_bulk(Random& random) {
  const GraphModel& model = random.pick(models());
  const std::string where = member("where", random_where(model, random, 1));
  if (random.chance(50)) return action_write(model, "deleteMany", object(where));
  return action_write(model, "updateMany",
                      object(where + ", " + member("data", changes(model, random))));
}

}  // namespace

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
    for (const GraphModel& model : models()) all.emplace_back(model.name);
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

std::vector<GraphWrite> first_writes(Random& random) {
  std::vector<GraphWrite> writes;
  for (const GraphModel& model : models()) {
    const std::string_view name = model.name;
    const int64_t n = name == "Author" ? kKeys : name == "Card" || name == "Award" ? 3 : 6;
    for (int64_t id = 1; id <= n; id++) {
      Members row;
      row.add("id", std::to_string(id));
      for (size_t i = 1; i < model.fields.size(); i++)
        row.add(model.fields[i].name, value_of(model.fields[i], random));
      writes.push_back(action_write(model, "create", object(member("data", row.text()))));
    }
  }
  return writes;
}

GraphRead random_read(Random& random) {
  const GraphModel& model = random.pick(models());
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

GraphWrite random_write(Random& random) {
  const GraphModel& model = random.pick(models());
  switch (random.below(12)) {
    case 0: return random_link(random);
    case 1: return random_restore(random);
    case 2: return random_hard_delete(random);
    case 3: return random_graph_save(random);
    case 4: return random_bulk(random);
    case 5: return action_write(model, "delete", object(member("where", one(random))));
    case 6:
    case 7:
      return action_write(
          model, "update",
          object(member("where", one(random)) + ", " + member("data", changes(model, random))));
    case 8:
      return action_write(
          model, "upsert",
          object(member("where", one(random)) + ", " + member("create", new_row(model, random)) +
                 ", " + member("update", changes(model, random))));
    case 9:
      return action_write(
          model, "createMany",
          object(
              member("data", "[" + new_row(model, random) + ", " + new_row(model, random) + "]") +
              ", " + member("skipDuplicates", random.chance(50) ? "true" : "false")));
    default: return action_write(model, "create", object(member("data", new_row(model, random))));
  }
}

}  // namespace trial
