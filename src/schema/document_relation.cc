// "relations" of a model document. What they lead to may be registered later, and lead back; so
// models and fields of the other side are looked for when both are there (link.cc).
#include <algorithm>

#include "base/utf8.h"
#include "schema/reader.h"

namespace thing::schema {

using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::Type;

namespace {

constexpr std::string_view kKinds[] = {"belongs_to", "has_one", "has_many", "many_to_many"};
constexpr std::string_view kReserved[] = {"AND", "OR", "NOT"};

}  // namespace

std::string_view relation_kind_name(RelationKind kind) { return kKinds[static_cast<size_t>(kind)]; }

Status Reader::read_relations(const JsonNode* node) {
  if (node == nullptr) return {};
  if (!node->is(JsonKind::kObject)) return wrong("relations", *node, "an object of relations");
  for (const JsonNode* n = node->first; n != nullptr; n = n->next)
    THING_TRY(read_relation("relations." + path_part(n->key), *n));
  return {};
}

Status Reader::read_relation(const std::string& path, const JsonNode& node) {
  auto relation = std::make_unique<Relation>();
  JsonNode name;
  name.kind = JsonKind::kString;
  name.text = node.key;
  THING_TRY(read_name(path, name, relation->name));
  if (model_.find(relation->name) >= 0)
    return bad(path, "found a field of that name too, expected different names");
  if (std::find(std::begin(kReserved), std::end(kReserved), relation->name) != std::end(kReserved))
    return bad(path, "found a word of conditions, expected another name");
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object");
  THING_TRY(read_kind(path, node, *relation));
  if (relation->kind == RelationKind::kBelongsTo) {
    THING_TRY(read_belongs_to(path, node, *relation));
  } else {
    const bool pairs = relation->kind == RelationKind::kManyToMany;
    const std::string_view kind = relation_kind_name(relation->kind);
    THING_TRY(pairs
                  ? check_keys(path, node,
                               {kind, "through", "table", "inverse", "source", "where", "orderBy"})
                  : check_keys(path, node,
                               {kind, "fields", "references", "inverse", "through", "source",
                                "where", "orderBy", "on_soft_delete"}));
    THING_TRY(read_field_list(path + ".fields", node.find("fields"), relation->fields));
    for (const auto& [key, out] :
         {std::pair{"inverse", &relation->inverse}, std::pair{"through", &relation->through},
          std::pair{"source", &relation->source}}) {
      if (const JsonNode* n = node.find(key); n != nullptr)
        THING_TRY(read_name(path + "." + key, *n, *out));
    }
    if (const JsonNode* n = node.find("table"); n != nullptr)
      THING_TRY(read_identifier(path + ".table", *n, relation->table));
    if (!relation->table.empty() && !relation->through.empty())
      return bad(path, "found both 'through' and 'table', expected one of them");
    if (!pairs && !relation->through.empty() &&
        (!relation->fields.empty() || !relation->inverse.empty()))
      return bad(path, "found 'through' beside 'fields' or 'inverse', expected it alone");
    if (!relation->fields.empty() && !relation->inverse.empty())
      return bad(path, "found both 'fields' and 'inverse', expected one of them");
    THING_TRY(read_cascade(path, node.find("on_soft_delete"), *relation));
    if (!pairs && relation->through.empty() && !relation->source.empty())
      return bad(path + ".source", "found it without 'through', expected both");
  }
  const JsonNode* const where = node.find("where");
  const JsonNode* const order = node.find("orderBy");
  if (where != nullptr || order != nullptr) {
    text::JsonWriter w(relation->criteria);
    w.begin_object();
    if (where != nullptr) {
      w.key("where");
      w.raw(json_.source(*where));
    }
    if (order != nullptr) {
      w.key("orderBy");
      w.raw(json_.source(*order));
    }
    w.end_object();
  }
  THING_TRY(read_field_list(path + ".references", node.find("references"), relation->referred));
  if (!relation->fields.empty() && !relation->referred.empty() &&
      relation->fields.size() != relation->referred.size())
    return bad(path + ".references",
               fmt::format("found {} fields, expected the {} of 'fields'",
                           relation->referred.size(), relation->fields.size()));
  model_.relations.push_back(std::move(relation));
  return {};
}

Status Reader::read_kind(const std::string& path, const JsonNode& node, Relation& relation) const {
  const JsonNode* found = nullptr;
  for (size_t i = 0; i < std::size(kKinds); ++i) {
    const JsonNode* const n = node.find(kKinds[i]);
    if (n == nullptr) continue;
    if (found != nullptr)
      return bad(path, fmt::format("found both '{}' and '{}', expected one of them", found->key,
                                   kKinds[i]));
    found = n;
    relation.kind = static_cast<RelationKind>(i);
  }
  if (found == nullptr)
    return bad(path, "found none of belongs_to, has_one, has_many, many_to_many, expected one");
  return read_targets(path + "." + std::string(found->key), *found, relation);
}

Status Reader::read_targets(const std::string& path, const JsonNode& node,
                            Relation& relation) const {
  if (!node.is(JsonKind::kArray) || relation.kind != RelationKind::kBelongsTo)
    return read_name(path, node, relation.targets.emplace_back());
  if (node.size == 0) return wrong(path, node, "at least one model");
  int i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
    std::string target;
    THING_TRY(read_name(fmt::format("{}[{}]", path, i), *n, target));
    if (std::find(relation.targets.begin(), relation.targets.end(), target) !=
        relation.targets.end())
      return wrong(fmt::format("{}[{}]", path, i), *n, "each model once");
    relation.targets.push_back(std::move(target));
  }
  return {};
}

Status Reader::read_field_list(const std::string& path, const JsonNode* node,
                               std::vector<std::string>& out) const {
  if (node == nullptr) return {};
  if (!node->is(JsonKind::kArray) || node->size == 0)
    return wrong(path, *node, "an array of field names");
  int i = 0;
  for (const JsonNode* n = node->first; n != nullptr; n = n->next, ++i) {
    std::string name;
    THING_TRY(read_name(fmt::format("{}[{}]", path, i), *n, name));
    if (std::find(out.begin(), out.end(), name) != out.end())
      return wrong(fmt::format("{}[{}]", path, i), *n, "each field once");
    out.push_back(std::move(name));
  }
  return {};
}

// Whether both sides have soft delete is known when both are there.
Status Reader::read_cascade(const std::string& path, const JsonNode* node,
                            Relation& relation) const {
  if (node == nullptr) return {};
  const bool is_cascade = node->is(JsonKind::kString) && node->text == "cascade";
  if (!is_cascade && !(node->is(JsonKind::kString) && node->text == "no_action"))
    return wrong(path + ".on_soft_delete", *node, "'cascade' or 'no_action'");
  if (is_cascade && !relation.through.empty())
    return bad(path + ".on_soft_delete", "found it beside 'through', expected one of them");
  relation.cascades = is_cascade;
  return {};
}

// The first of these names that is one of a field; the first of all when none is.
std::string Reader::first_of(std::initializer_list<std::string> names) const {
  for (const std::string& name : names) {
    if (model_.find(name) >= 0) return name;
  }
  return *names.begin();
}

Status Reader::read_reference_fields(const std::string& path, Relation& relation,
                                     std::vector<uint32_t>& fields) const {
  if (relation.fields.empty())
    relation.fields = {first_of({relation.name + "Id", relation.name + "_id"})};
  for (const std::string& name : relation.fields) {
    const int field = model_.find(name);
    if (field < 0)
      return bad(path, fmt::format("found no field {}, expected it among the fields, or 'fields'",
                                   quoted(name)));
    fields.push_back(static_cast<uint32_t>(field));
    THING_TRY(check_no_list(path, fields.back(), "a reference"));
  }
  return {};
}

// The type field of a reference to several models, and what it holds for each.
Status Reader::read_types(const std::string& path, const JsonNode& node, Relation& relation) const {
  relation.type = first_of({relation.name + "Type", relation.name + "_type"});
  if (const JsonNode* n = node.find("type"); n != nullptr)
    THING_TRY(read_name(path + ".type", *n, relation.type));
  const int field = model_.find(relation.type);
  if (field < 0)
    return bad(path, fmt::format("found no field {}, expected it among the fields, or 'type'",
                                 quoted(relation.type)));
  const Field& f = model_.fields[static_cast<size_t>(field)];
  if (f.type != Type::kText && f.type != Type::kEnum)
    return bad(path + ".type", fmt::format("field '{}' is {}, expected text or enum", f.name,
                                           value::type_name(f.type)));
  relation.types = relation.targets;
  if (const JsonNode* types = node.find("types"); types != nullptr) {
    if (!types->is(JsonKind::kObject))
      return wrong(path + ".types", *types, "an object of texts by model");
    for (const JsonNode* n = types->first; n != nullptr; n = n->next) {
      const auto at = std::find(relation.targets.begin(), relation.targets.end(), n->key);
      if (at == relation.targets.end() || !n->is(JsonKind::kString))
        return bad(path + ".types",
                   fmt::format("found {}, expected a text for a model of it", quoted(n->key)));
      relation.types[static_cast<size_t>(at - relation.targets.begin())] = std::string(n->text);
    }
  }
  for (size_t i = 0; i < relation.types.size(); ++i) {
    const std::string& type = relation.types[i];
    if (f.type == Type::kEnum && !f.is_enum_value(type))
      return bad(path + ".types",
                 fmt::format("found {}, expected a value of '{}'", quoted(type), f.name));
    if (std::find(relation.types.begin(), relation.types.begin() + static_cast<ptrdiff_t>(i),
                  type) != relation.types.begin() + static_cast<ptrdiff_t>(i))
      return bad(path + ".types", fmt::format("found {} twice, expected each once", quoted(type)));
  }
  return {};
}

// Beside the relation itself it makes the foreign key, and an index, by which the other side finds
// the rows.
Status Reader::read_belongs_to(const std::string& path, const JsonNode& node, Relation& relation) {
  THING_TRY(check_keys(path, node,
                       {"belongs_to", "fields", "references", "type", "types", "on_delete",
                        "on_update", "foreign_key", "index", "unique", "touch"}));
  THING_TRY(read_field_list(path + ".fields", node.find("fields"), relation.fields));
  std::vector<uint32_t> fields;
  THING_TRY(read_reference_fields(path, relation, fields));
  const bool polymorphic =
      relation.targets.size() > 1 || node.find("type") != nullptr || node.find("types") != nullptr;
  if (polymorphic) THING_TRY(read_types(path, node, relation));
  bool has_key = !polymorphic, has_index = true, is_unique = false;
  THING_TRY(read_field_flag(path, node, "foreign_key", has_key));
  THING_TRY(read_field_flag(path, node, "index", has_index));
  THING_TRY(read_field_flag(path, node, "unique", is_unique));
  THING_TRY(read_field_flag(path, node, "touch", relation.touch));
  if (polymorphic && has_key)
    return bad(path + ".foreign_key", "found true for several models, expected none");
  ForeignKey key;
  key.fields = fields;
  key.model = relation.targets[0];
  THING_TRY(read_field_list(path + ".references", node.find("references"), key.referred));
  THING_TRY(read_action(path + ".on_delete", node.find("on_delete"), key.on_delete));
  THING_TRY(read_action(path + ".on_update", node.find("on_update"), key.on_update));
  const bool says_action = key.on_delete != Action::kNoAction || key.on_update != Action::kNoAction;
  const auto same = [&key](const ForeignKey& k) {
    return k.fields == key.fields && k.model == key.model;
  };
  const auto known = std::find_if(model_.foreign_keys.begin(), model_.foreign_keys.end(), same);
  if (has_key && known != model_.foreign_keys.end()) {
    const bool agree = known->on_delete == key.on_delete && known->on_update == key.on_update;
    if (says_action && !agree)
      return bad(
          path, fmt::format("found other actions than those of the foreign key '{}'", known->name));
  } else if (has_key) {
    THING_TRY(add_foreign_key(path, std::move(key)));
  } else if (says_action) {
    return bad(path, "found an action without a foreign key, expected one");
  }
  if (polymorphic) fields.insert(fields.begin(), static_cast<uint32_t>(model_.find(relation.type)));
  const auto starts_so = [&fields](const std::vector<uint32_t>& others) {
    return others.size() >= fields.size() &&
           std::equal(fields.begin(), fields.end(), others.begin());
  };
  const bool is_found =
      starts_so(model_.primary) ||
      std::any_of(model_.indexes.begin(), model_.indexes.end(),
                  [&](const Index& i) { return i.where.empty() && starts_so(i.fields); });
  const auto is_exact = [&](const Index& i) {
    return i.unique && i.where.empty() && i.fields == fields;
  };
  const bool add = is_unique ? std::none_of(model_.indexes.begin(), model_.indexes.end(), is_exact)
                             : has_index && !is_found;
  if (!add) return {};
  Index index;
  index.fields = std::move(fields);
  index.unique = is_unique;
  return add_index(path, std::move(index));
}

}  // namespace thing::schema
