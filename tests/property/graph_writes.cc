// Random writes of models that refer to each other.
#include <algorithm>

#include "graph_parts.h"

namespace trial {
namespace {

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

std::string key_of(Random& random) { return std::to_string(random.between(1, kGraphKeys)); }
std::string one(Random& random) { return object(member("id", key_of(random))); }

// A new row without some of its fields.
Members row_without(const GraphModel& model, Random& random, const std::vector<const char*>& left) {
  Members row;
  for (const GraphField& field : model.fields) {
    const bool is_left = std::any_of(left.begin(), left.end(), [&](const char* name) {
      return name != nullptr && std::string_view(name) == field.name;
    });
    if (!is_left) row.add(field.name, value_of(field, random));
  }
  return row;
}

std::string nested_operations(const GraphRelation& relation, Random& random, bool updates,
                              int depth);

// The data of a new row, maybe with rows of a relation. `key`: what it must not say.
std::string nested_row(const GraphModel& model, Random& random, const char* key, int depth) {
  const GraphRelation& relation = random.pick(model.relations);
  const bool is_key =
      key != nullptr && relation.own_key != nullptr && std::string_view(key) == relation.own_key;
  if (depth == 0 || !relation.is_written() || is_key)
    return row_without(model, random, {key}).text();
  Members row = row_without(model, random, {key, relation.own_key});
  row.add(relation.name, nested_operations(relation, random, false, depth - 1));
  return row.text();
}

std::string nested_changes(const GraphModel& model, Random& random, int depth) {
  const GraphRelation& relation = random.pick(model.relations);
  if (depth == 0 || !relation.is_written()) return changes(model, random);
  return object(member(relation.name, nested_operations(relation, random, true, depth - 1)));
}

std::string create_or_connect(const GraphRelation& relation, Random& random, int depth) {
  const GraphModel& target = model_named(relation.target);
  const std::string made = member("create", nested_row(target, random, relation.child_key, depth));
  switch (random.below(3)) {
    case 0: return member("connect", one(random));
    case 1: return member("connectOrCreate", object(member("where", one(random)) + ", " + made));
    default: return made;
  }
}

std::string change_of_one(const GraphRelation& relation, Random& random, int depth) {
  const GraphModel& target = model_named(relation.target);
  const std::string changed = member("update", nested_changes(target, random, depth));
  switch (random.below(4)) {
    case 0: return member("disconnect", "true");
    case 1: return member("delete", "true");
    case 2: return changed;
    default:
      return member("upsert",
                    object(member("create", nested_row(target, random, relation.child_key, depth)) +
                           ", " + changed));
  }
}

std::string change_of_many(const GraphRelation& relation, Random& random, int depth) {
  const GraphModel& target = model_named(relation.target);
  const std::string where = member("where", one(random));
  switch (random.below(7)) {
    case 0: return member("disconnect", one(random));
    case 1: return member("delete", one(random));
    case 2: return member("set", "[" + one(random) + ", " + one(random) + "]");
    case 3:
      return member("update",
                    object(where + ", " + member("data", nested_changes(target, random, depth))));
    case 4:
      return member("updateMany", object(member("where", random_where(target, random, 0)) + ", " +
                                         member("data", changes(target, random))));
    case 5: return member("deleteMany", random_where(target, random, 0));
    default:
      return member("upsert",
                    object(where + ", " +
                           member("create", nested_row(target, random, relation.child_key, depth)) +
                           ", " + member("update", nested_changes(target, random, depth))));
  }
}

std::string nested_operations(const GraphRelation& relation, Random& random, bool updates,
                              int depth) {
  if (!updates || random.chance(40)) return object(create_or_connect(relation, random, depth));
  return object(relation.many ? change_of_many(relation, random, depth)
                              : change_of_one(relation, random, depth));
}

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
  const int64_t id = random.between(1, kGraphKeys);
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
            if (!outcome.ok()) return name_of(outcome);
            return "added " + std::to_string(added) + ", removed " + std::to_string(removed);
          }};
}

GraphWrite random_restore(Random& random) {
  const int64_t id = random.between(1, kGraphKeys);
  return {"restore of Book " + std::to_string(id), [id](const Door& door) {
            const Flags all(door, THING_CTX_WITH_DELETED);
            const Obj book = find(door, all.ctx(), "Book", id);
            if (book.get() == nullptr) return std::string("no book");
            return name_of(call(thing_restore, door.db, door.tx, book.get()));
          }};
}

GraphWrite random_hard_delete(Random& random) {
  const int64_t id = random.between(1, kGraphKeys);
  return {"hard delete of Book " + std::to_string(id), [id](const Door& door) {
            return name_of(call(thing_delete_by_id, door.db, door.tx, model_of(door.db, "Book"), id,
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
            return name_of(call(thing_save, door.db, door.tx, a.get()));
          }};
}

GraphWrite random_bulk(Random& random) {
  const GraphModel& model = random.pick(graph());
  const std::string where = member("where", random_where(model, random, 1));
  if (random.chance(50)) return action_write(model, "deleteMany", object(where));
  return action_write(model, "updateMany",
                      object(where + ", " + member("data", changes(model, random))));
}

}  // namespace

std::vector<GraphWrite> first_writes(Random& random) {
  std::vector<GraphWrite> writes;
  for (const GraphModel& model : graph()) {
    const std::string_view name = model.name;
    const int64_t n = name == "Author" ? kGraphKeys : name == "Card" || name == "Award" ? 3 : 6;
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

GraphWrite random_write(Random& random) {
  const GraphModel& model = random.pick(graph());
  switch (random.below(12)) {
    case 0: return random_link(random);
    case 1: return random_restore(random);
    case 2: return random_hard_delete(random);
    case 3: return random_graph_save(random);
    case 4: return random_bulk(random);
    case 5: return action_write(model, "delete", object(member("where", one(random))));
    case 6:
    case 7:
      return action_write(model, "update",
                          object(member("where", one(random)) + ", " +
                                 member("data", nested_changes(model, random, 2))));
    case 8:
      return action_write(model, "upsert",
                          object(member("where", one(random)) + ", " +
                                 member("create", nested_row(model, random, nullptr, 1)) + ", " +
                                 member("update", nested_changes(model, random, 1))));
    case 9:
      return action_write(
          model, "createMany",
          object(
              member("data", "[" + new_row(model, random) + ", " + new_row(model, random) + "]") +
              ", " + member("skipDuplicates", random.chance(50) ? "true" : "false")));
    default:
      return action_write(model, "create",
                          object(member("data", nested_row(model, random, nullptr, 2))));
  }
}

}  // namespace trial
