// findUnique, findFirst and findMany: a key, or a criteria document with "omit" beside "select".
#include "action/find.h"

#include <algorithm>

#include "store/write.h"

namespace thing::action {

using base::Code;
using text::Json;
using text::JsonNode;

namespace {

struct Name {
  std::string_view name;
  Find::Kind kind;
  bool must;
};

constexpr Name kNames[] = {
    {"findUnique", Find::Kind::kUnique, false}, {"findUniqueOrThrow", Find::Kind::kUnique, true},
    {"findFirst", Find::Kind::kFirst, false},   {"findFirstOrThrow", Find::Kind::kFirst, true},
    {"findMany", Find::Kind::kMany, false},
};

const Name* find_name(std::string_view name) {
  const auto* const at = std::find_if(std::begin(kNames), std::end(kNames),
                                      [name](const Name& n) { return n.name == name; });
  return at == std::end(kNames) ? nullptr : at;
}

base::Status read_unique(const store::ModelState& state, const Json& json, Find& find) {
  THING_TRY(Place(state.model, std::string(find.name))
                .check_keys(json.root(), {"where", "select", "omit", "include"}));
  THING_ASSIGN(One one, read_one(state.model, json));
  find.key = std::move(one.key);
  if (!find.key.has_value()) find.criteria = std::move(one.criteria);
  return {};
}

base::Status read_criteria(const store::ModelState& state, const Json& json, Find& find) {
  const Place place(state.model, std::string(find.name));
  THING_TRY(place.check_keys(json.root(), {"where", "orderBy", "take", "skip", "cursor", "after",
                                           "distinct", "select", "omit", "include", "lock"}));
  find.criteria.emplace(state.model);
  query::Criteria& criteria = *find.criteria;
  for (const JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    if (n->key == "select" || n->key == "omit" || n->key == "include") continue;
    if (n->key == "distinct" && !n->is(text::JsonKind::kArray))
      return Place(state.model, "distinct").wrong(*n, "an array of names");
    THING_TRY(query::read_member(criteria, json, *n));
  }
  criteria.flatten();
  if (find.kind == Find::Kind::kFirst)
    THING_TRY(criteria.take(std::min<int64_t>(1, criteria.take().value_or(1))));
  return {};
}

}  // namespace

bool is_find(std::string_view name) { return find_name(name) != nullptr; }

base::Result<Find> read_find(const store::Call& call, store::ModelState& state,
                             std::string_view name, std::string_view document) {
  const Name& known = *find_name(name);
  Find find;
  find.kind = known.kind;
  find.must = known.must;
  find.name = known.name;
  find.model = &state;
  find.scope = call.scope();
  THING_ASSIGN(const Json json, Json::parse(document));
  THING_TRY(find.kind == Find::Kind::kUnique ? read_unique(state, json, find)
                                             : read_criteria(state, json, find));
  THING_ASSIGN(find.chosen, read_chosen(state.model, json));
  if (!find.criteria.has_value()) return find;
  if (!find.chosen.all && json.root().find("select") != nullptr) {
    const bool has_fields = !find.chosen.fields.empty();
    THING_TRY(find.criteria->select(has_fields ? find.chosen.fields : state.model.primary));
  }
  for (const query::Include& include :
       find.chosen.includes)  // the fields that they need come along
    THING_TRY(find.criteria->include(include));
  if (find.criteria->cursor_key().empty()) {
    THING_ASSIGN(find.query, query::resolve(*find.criteria, find.scope));
  }
  return find;
}

namespace {

base::Result<Ended> run_key(const Run& run, const Find& find, entity::Output& out) {
  store::RefSink sink;
  THING_ASSIGN(const store::Found found, run.store.find_key(run.call, run.state, *find.key, sink));
  if (found == store::Found::kUncached) return Ended::kUncached;
  if (found == store::Found::kNo) {
    out.put("null");
    return find.must ? Ended::kNotFound : Ended::kDone;
  }
  return run.print_one(out, sink.take(), find.chosen);
}

}  // namespace

void print_all(const Run& run, const relation::RowTree& tree, const Chosen& chosen,
               entity::Output& out) {
  const value::Batch& rows = *tree.set.rows.get();
  // Room for all of them at once.
  out.room(2 + rows.header().heap_length +
           rows.rows() * run.around.printer(run.model()).usual_size());
  out.put('[');
  for (uint32_t i = 0; i < rows.rows(); ++i) {
    if (i > 0) out.put(',');
    run.print(out, tree, i, chosen);
  }
  out.put(']');
}

base::Result<Ended> run_find(const Run& run, const Find& find, entity::Output& out) {
  if (find.key.has_value()) return run_key(run, find, out);
  relation::RowTree tree;
  THING_ASSIGN(tree.set, find.query.has_value()
                             ? run.store.query(run.call, run.state, *find.query)
                             : run.store.query(run.call, run.state, *find.criteria));
  THING_ASSIGN(const bool whole, run.load(tree, find.chosen));
  if (!whole) return Ended::kUncached;
  if (find.kind == Find::Kind::kMany) {
    print_all(run, tree, find.chosen, out);
  } else if (tree.rows() > 0) {
    run.print(out, tree, 0, find.chosen);
  } else {
    out.put("null");
    if (find.must) return Ended::kNotFound;
  }
  return Ended::kDone;
}

}  // namespace thing::action
