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

struct Named {
  std::string_view name;
  base::Result<Ended> (*run)(const Run& run, const Arguments& json, entity::Output& out);
};

constexpr Named kActions[] = {
    {"create", create},
    {"createMany", create_many},
    {"update", update},
    {"updateMany", update_many},
    {"upsert", upsert},
    {"upsertMany", upsert_many},
    {"delete", remove},
    {"deleteMany", remove_many},
    {"count", count},
    {"aggregate", aggregate},
    {"groupBy", group_by},
    {"createManyAndReturn", create_and_return},
    {"updateManyAndReturn", update_and_return},
    {"deleteManyAndReturn", remove_and_return},
};

tl::unexpected<base::Error> no_action(std::string_view name) {
  return fail(Code::kInvalid,
              "action: found {}, expected one of findUnique, findUniqueOrThrow, findFirst, "
              "findFirstOrThrow, findMany, create, createMany, update, updateMany, upsert, "
              "upsertMany, delete, deleteMany, createManyAndReturn, updateManyAndReturn, "
              "deleteManyAndReturn, count, aggregate, groupBy",
              quoted(name));
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
  constexpr std::string_view kWrites[] = {"create",
                                          "createMany",
                                          "update",
                                          "updateMany",
                                          "upsert",
                                          "upsertMany",
                                          "delete",
                                          "deleteMany",
                                          "createManyAndReturn",
                                          "updateManyAndReturn",
                                          "deleteManyAndReturn"};
  return std::find(std::begin(kWrites), std::end(kWrites), action) != std::end(kWrites);
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
  const auto* const named = std::find_if(std::begin(kActions), std::end(kActions),
                                         [action](const Named& n) { return n.name == action; });
  if (named == std::end(kActions)) return no_action(action);
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
