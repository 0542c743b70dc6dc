#include "action/actions.h"

#include <algorithm>

#include "action/find.h"
#include "action/run.h"
#include "base/hash.h"
#include "base/utf8.h"

namespace thing::action {

using base::Code;
using base::fail;
using base::quoted;

namespace {

// Those that find are read and kept by find.h.
struct Named {
  std::string_view name;
  base::Result<Ended> (*run)(const Run& run, const Arguments& json, entity::Output& out);
  bool writes;
};

constexpr Named kActions[] = {
    {"create", create, true},
    {"createMany", create_many, true},
    {"update", update, true},
    {"updateMany", update_many, true},
    {"upsert", upsert, true},
    {"upsertMany", upsert_many, true},
    {"delete", remove, true},
    {"deleteMany", remove_many, true},
    {"createManyAndReturn", create_and_return, true},
    {"updateManyAndReturn", update_and_return, true},
    {"deleteManyAndReturn", remove_and_return, true},
    {"count", count, false},
    {"aggregate", aggregate, false},
    {"groupBy", group_by, false},
};

// nullptr: there is none.
const Named* find_named(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kActions), std::end(kActions),
                                         [name](const Named& n) { return n.name == name; });
  return found == std::end(kActions) ? nullptr : found;
}

tl::unexpected<base::Error> no_action(std::string_view name) {
  std::string all = "findUnique, findUniqueOrThrow, findFirst, findFirstOrThrow, findMany";
  for (const Named& named : kActions) all.append(", ").append(named.name);
  return fail(Code::kInvalid, "action: found {}, expected one of {}", quoted(name), all);
}

base::Result<Ended> find_and_print(const Run& run, std::string_view name, std::string_view document,
                                   entity::Output& out, store::TextCache<Find, 4096>& finds) {
  const query::Sight scope = run.call.scope();
  const uint64_t hash =
      base::hash64(document.data(), document.size(),
                   base::hash64(name.data(), name.size(),
                                run.state.number * 8 + static_cast<uint64_t>(scope.deleted) * 2 +
                                    (scope.scoped ? 1 : 0)));
  if (const auto known = finds.find(document, hash); known != nullptr &&
                                                     known->model == &run.state &&
                                                     known->scope == scope && known->name == name)
    return run_find(run, *known, out);
  THING_ASSIGN(Find read, read_find(run.call, run.state, name, document));
  const auto find = std::make_shared<const Find>(std::move(read));
  finds.put(document, hash, find);
  return run_find(run, *find, out);
}

}  // namespace

bool is_write(std::string_view action) {
  const Named* const named = find_named(action);
  return named != nullptr && named->writes;
}

base::Result<Ended> Actions::run(const store::Call& call, std::string_view model,
                                 std::string_view action, std::string_view arguments,
                                 entity::Output& out) {
  store::ModelState* const state = store_.find_model(model);
  if (state == nullptr)
    return fail(Code::kInvalid, "model: found {}, expected the name of a registered model",
                quoted(model));
  const Run run{store_, call, *state, around_};
  if (is_find(action)) return find_and_print(run, action, arguments, out, finds_);
  const Named* const named = find_named(action);
  if (named == nullptr) return no_action(action);
  THING_ASSIGN(const Arguments json, text::Json::parse(arguments));
  return named->run(run, json, out);
}

base::Result<Ended> Actions::aggregate(const store::Call& call, store::ModelState& model,
                                       const query::Criteria& rows, std::string_view document,
                                       entity::Output& out) {
  THING_ASSIGN(const Arguments json, text::Json::parse(document));
  return aggregate_rows(Run{store_, call, model, around_}, rows, json, out);
}

}  // namespace thing::action
