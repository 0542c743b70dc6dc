// "foreign_keys" of a model document. What they refer to may be registered later, and refer back;
// so it is looked for when tables are made (find_reference).
#include <algorithm>

#include "base/utf8.h"
#include "schema/reader.h"

namespace thing::schema {

using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;

namespace {

constexpr std::string_view kActions[] = {"no_action", "restrict", "cascade", "set_null",
                                         "set_default"};
// The same in the words of others.
constexpr std::pair<std::string_view, Action> kAliases[] = {{"protect", Action::kRestrict},
                                                            {"do_nothing", Action::kNoAction}};

}  // namespace

std::string_view action_name(Action action) { return kActions[static_cast<size_t>(action)]; }

Status Reader::read_foreign_keys(const JsonNode* node) {
  if (node == nullptr) return {};
  if (!node->is(JsonKind::kArray)) return wrong("foreign_keys", *node, "an array of foreign keys");
  int i = 0;
  for (const JsonNode* n = node->first; n != nullptr; n = n->next, ++i)
    THING_TRY(read_foreign_key(fmt::format("foreign_keys[{}]", i), *n));
  return {};
}

Status Reader::read_foreign_key(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object");
  THING_TRY(check_keys(path, node, {"name", "fields", "references", "on_delete", "on_update"}));
  ForeignKey key;
  const JsonNode* const fields = node.find("fields");
  if (fields == nullptr) return bad(path, "found no fields, expected an array of field names");
  THING_TRY(read_field_names(path + ".fields", *fields, key.fields));
  const JsonNode* const references = node.find("references");
  if (references == nullptr) return bad(path, "found no references, expected an object");
  THING_TRY(read_references(path + ".references", *references, key));
  if (const JsonNode* n = node.find("name"); n != nullptr)
    THING_TRY(read_identifier(path + ".name", *n, key.name));
  THING_TRY(read_action(path + ".on_delete", node.find("on_delete"), key.on_delete));
  THING_TRY(read_action(path + ".on_update", node.find("on_update"), key.on_update));
  return add_foreign_key(path, std::move(key));
}

Status Reader::read_references(const std::string& path, const JsonNode& node,
                               ForeignKey& key) const {
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object");
  const JsonNode* const model = node.find("model");
  const bool by_model = model != nullptr;
  if (by_model) {
    THING_TRY(check_keys(path, node, {"model", "fields"}));
    THING_TRY(read_name(path + ".model", *model, key.model));
  } else {
    THING_TRY(check_keys(path, node, {"table", "columns"}));
    const JsonNode* const table = node.find("table");
    if (table == nullptr) return bad(path, "found no 'model' and no 'table', expected one of them");
    THING_TRY(read_identifier(path + ".table", *table, key.table));
  }
  const std::string_view list = by_model ? "fields" : "columns";
  const JsonNode* const names = node.find(list);
  if (names == nullptr) return {};
  const std::string at = path + "." + std::string(list);
  if (!names->is(JsonKind::kArray) || names->size != key.fields.size()) {
    return wrong(at, *names, fmt::format("an array of {} names", key.fields.size()));
  }
  int i = 0;
  for (const JsonNode* n = names->first; n != nullptr; n = n->next, ++i) {
    std::string name;
    THING_TRY(read_identifier(fmt::format("{}[{}]", at, i), *n, name));
    if (std::find(key.referred.begin(), key.referred.end(), name) != key.referred.end())
      return wrong(fmt::format("{}[{}]", at, i), *n, "each name once");
    key.referred.push_back(std::move(name));
  }
  return {};
}

Status Reader::read_action(const std::string& path, const JsonNode* node, Action& out) const {
  if (node == nullptr) return {};
  for (const auto& [name, action] : kAliases) {
    if (!node->is(JsonKind::kString) || node->text != name) continue;
    out = action;
    return {};
  }
  const auto* const found = std::find(std::begin(kActions), std::end(kActions), node->text);
  if (!node->is(JsonKind::kString) || found == std::end(kActions))
    return wrong(path, *node, "one of no_action, restrict, cascade, set_null, set_default");
  out = static_cast<Action>(found - std::begin(kActions));
  return {};
}

// Of two without a name over the same fields the second gets a number.
Status Reader::add_foreign_key(const std::string& path, ForeignKey key) {
  const bool named = !key.name.empty();
  const auto find = [this](const std::string& name) {
    return std::find_if(model_.foreign_keys.begin(), model_.foreign_keys.end(),
                        [&](const ForeignKey& k) { return k.name == name; });
  };
  if (!named) key.name = derived_name(key.fields, "_fkey");
  for (int number = 2;; ++number) {
    const auto other = find(key.name);
    if (other == model_.foreign_keys.end()) break;
    if (*other == key) return {};
    if (named)
      return bad(path,
                 fmt::format("found another definition of {}, expected one", quoted(key.name)));
    key.name = derived_name(key.fields, fmt::format("_fkey{}", number));
  }
  model_.foreign_keys.push_back(std::move(key));
  return {};
}

base::Result<Reference> find_reference(const Model& model, const ForeignKey& key,
                                       std::span<const Model* const> models) {
  const auto refuse = [&](std::string_view problem) {
    return base::fail(base::Error(base::Code::kModel, fmt::format("{}: foreign key '{}': {}",
                                                                  model.name, key.name, problem))
                          .model(model.name)
                          .constraint(key.name));
  };
  Reference out;
  out.key = &key;
  const auto same = [&](const Model* m) {
    return key.model.empty() ? m->table == key.table : m->name == key.model;
  };
  const auto found = std::find_if(models.begin(), models.end(), same);
  if (found != models.end()) out.model = *found;
  if (!key.model.empty() && out.model == nullptr)
    return refuse(
        fmt::format("found model {}, expected one that is registered", quoted(key.model)));
  out.table = out.model != nullptr ? out.model->table : key.table;
  out.columns = key.referred;
  if (out.model == nullptr) return out;
  if (key.referred.empty()) {
    for (const uint32_t f : out.model->primary) out.columns.push_back(out.model->fields[f].column);
    if (out.columns.size() == key.fields.size()) return out;
    return refuse(fmt::format("found {} fields, expected the {} of the primary key of {}",
                              key.fields.size(), out.columns.size(), out.model->name));
  }
  if (key.model.empty()) return out;
  for (std::string& name : out.columns) {
    const int field = out.model->find(name);
    if (field < 0)
      return refuse(
          fmt::format("found field {}, expected a field of {}", quoted(name), out.model->name));
    name = out.model->fields[static_cast<size_t>(field)].column;
  }
  return out;
}

}  // namespace thing::schema
