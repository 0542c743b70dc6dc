#include "schema/document.h"

#include <algorithm>
#include <unordered_set>

#include "base/hash.h"
#include "base/utf8.h"
#include "schema/reader.h"
#include "text/names.h"

namespace thing::schema {

using base::Code;
using base::quoted;
using base::Status;
using text::JsonKind;
using text::JsonNode;
using value::Type;

namespace {

constexpr size_t kMaxFields = 1'000;
constexpr size_t kMaxModels = 10'000;
constexpr size_t kMaxName = 63;

}  // namespace

// A key as a part of a path: as it is when it is a plain word, else in quotes.
std::string path_part(std::string_view key) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool plain =
      !key.empty() && key.size() <= kMaxName && std::all_of(key.begin(), key.end(), is_plain);
  return plain ? std::string(key) : quoted(key);
}

tl::unexpected<base::Error> Reader::bad(const std::string& path, std::string_view problem) const {
  std::string where = model_.name.empty() ? "model" : model_.name;
  if (!path.empty()) where += ": " + path;
  return base::fail(
      base::Error(Code::kModel, fmt::format("{}: {}", where, problem)).model(model_.name));
}

Status Reader::wrong(const std::string& path, const JsonNode& node,
                     std::string_view expected) const {
  const bool is_scalar = node.is(JsonKind::kString) || node.is(JsonKind::kNumber);
  const std::string found = is_scalar ? quoted(node.text) : std::string(text::kind_name(node.kind));
  return bad(path, fmt::format("found {}, expected {}", found, expected));
}

Status Reader::check_keys(const std::string& path, const JsonNode& node,
                          std::initializer_list<std::string_view> allowed) const {
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    if (std::find(allowed.begin(), allowed.end(), n->key) != allowed.end()) continue;
    std::string expected;
    for (std::string_view key : allowed)
      expected += (expected.empty() ? "" : ", ") + std::string(key);
    const std::string at = path.empty() ? path_part(n->key) : path + "." + path_part(n->key);
    return bad(at, "unknown key, expected one of " + expected);
  }
  return {};
}

Status Reader::read_name(const std::string& path, const JsonNode& node, std::string& out) const {
  if (!node.is(JsonKind::kString)) return wrong(path, node, "a name");
  const std::string_view s = node.text;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (s.empty() || s.size() > kMaxName || !is_letter(s[0]) ||
      !std::all_of(s.begin(), s.end(), is_part)) {
    return wrong(path, node, "a letter, then letters, digits and '_', at most 63");
  }
  out = std::string(s);
  return {};
}

Status Reader::read_identifier(const std::string& path, const JsonNode& node,
                               std::string& out) const {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (!node.is(JsonKind::kString) || node.text.empty() || node.text.size() > kMaxName ||
      std::any_of(node.text.begin(), node.text.end(), is_control)) {
    return wrong(path, node, "a text of 1 to 63 bytes without control characters");
  }
  out = std::string(node.text);
  return {};
}

Status Reader::read_field_name(const std::string& path, const JsonNode& node, uint32_t& out) const {
  const int found = node.is(JsonKind::kString) ? model_.find(node.text) : kNone;
  if (found < 0) return wrong(path, node, "the name of a field");
  out = static_cast<uint32_t>(found);
  return {};
}

Status Reader::read_field_names(const std::string& path, const JsonNode& node,
                                std::vector<uint32_t>& out) const {
  if (!node.is(JsonKind::kArray) || node.size == 0)
    return wrong(path, node, "an array of field names");
  int i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    uint32_t field = 0;
    THING_TRY(read_field_name(at, *n, field));
    if (std::find(out.begin(), out.end(), field) != out.end())
      return wrong(at, *n, "each field once");
    out.push_back(field);
  }
  return {};
}

Status Reader::read(const JsonNode& node) {
  if (!node.is(JsonKind::kObject)) return wrong("", node, "an object");
  const JsonNode* const name = node.find("name");
  if (name == nullptr) return bad("", "found no name, expected one");
  THING_TRY(read_name("name", *name, model_.name));
  THING_TRY(check_keys("", node,
                       {"name", "table", "fields", "primary", "indexes", "foreign_keys",
                        "relations", "timestamps", "softDelete", "version", "order", "scopes",
                        "visible", "cache", "fillable", "guarded", "hidden"}));
  model_.table = text::plural(text::snake_case(model_.name));
  if (const JsonNode* n = node.find("table"); n != nullptr)
    THING_TRY(read_identifier("table", *n, model_.table));
  if (model_.table.size() > kMaxName)
    return bad("table", fmt::format("found {} made from the name, expected at most {} bytes",
                                    quoted(model_.table), kMaxName));
  const JsonNode* const fields = node.find("fields");
  if (fields == nullptr) return bad("", "found no fields, expected an object of them");
  THING_TRY(read_fields(*fields));
  THING_TRY(read_tasks(node));
  THING_TRY(check_columns());
  THING_TRY(read_primary(node.find("primary")));
  THING_TRY(read_indexes(node.find("indexes")));
  THING_TRY(read_foreign_keys(node.find("foreign_keys")));
  THING_TRY(read_relations(node.find("relations")));
  THING_TRY(read_order(node.find("order")));
  THING_TRY(read_scopes(node));
  THING_TRY(read_access(node));
  THING_TRY(read_cache(node.find("cache")));
  finish();
  return {};
}

Status Reader::read_fields(const JsonNode& node) {
  if (!node.is(JsonKind::kObject)) return wrong("fields", node, "an object of fields");
  if (node.size == 0 || node.size > kMaxFields)
    return bad("fields", fmt::format("found {} fields, expected 1 to {}", node.size, kMaxFields));
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) THING_TRY(read_field(*n));
  return {};
}

Status Reader::check_columns() const {
  std::unordered_set<std::string> columns;
  for (const Field& f : model_.fields) {
    if (f.column.size() > kMaxName)
      return bad("fields." + f.name,
                 fmt::format("found column {} made from the name, expected at most {} bytes",
                             quoted(f.column), kMaxName));
    std::string folded = f.column;  // SQL compares names without case
    for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!columns.insert(folded).second)
      return bad("fields." + f.name,
                 fmt::format("found column {} twice, expected each once", quoted(f.column)));
  }
  if (model_.fields.size() > kMaxFields)
    return bad("fields", fmt::format("found {} fields, expected at most {}", model_.fields.size(),
                                     kMaxFields));
  return {};
}

// ---- fields with a task: timestamps, softDelete, version

Status Reader::add_task_field(const std::string& path, std::string_view name, Type type,
                              bool nullable, int& out) {
  const int known = model_.find(name);
  if (known >= 0) {
    const Field& f = model_.fields[static_cast<size_t>(known)];
    const bool soft_flag = path == "softDelete" && f.type == Type::kBool;
    if (f.type != type && !soft_flag)
      return bad(path, fmt::format("field '{}' is {}, expected {}", name, value::type_name(f.type),
                                   value::type_name(type)));
    if (path == "softDelete" && f.type == Type::kDatetime && !f.nullable)
      return bad(path, fmt::format("field '{}' is not null, expected \"null\": true", name));
    if (soft_flag && f.nullable)
      return bad(path, fmt::format("field '{}' may be null, expected a bool that is not", name));
    out = known;
    if (soft_flag && f.initial.kind == DefaultKind::kAbsent) {
      Default& d = model_.fields[static_cast<size_t>(known)].initial;
      d.kind = DefaultKind::kLiteral;
      d.literal = value::Value::of_int(Type::kBool, 0);
    }
    return {};
  }
  Field f;
  f.name = std::string(name);
  f.column = text::snake_case(name);
  f.type = type;
  f.nullable = nullable;
  if (type == Type::kInt) {
    f.initial.kind = DefaultKind::kLiteral;
    f.initial.literal = value::Value::of_int(Type::kInt, 0);
  }
  out = static_cast<int>(model_.fields.size());
  model_.fields.push_back(std::move(f));
  return {};
}

Status Reader::read_task(const JsonNode& model, std::string_view key, std::string_view name,
                         Type type, bool nullable, int& out) {
  const JsonNode* const n = model.find(key);
  if (n == nullptr || (n->is(JsonKind::kBool) && !n->boolean)) return {};
  std::string field(name);
  if (!n->is(JsonKind::kBool)) {
    if (!n->is(JsonKind::kString))
      return wrong(std::string(key), *n, "true or the name of a field");
    THING_TRY(read_name(std::string(key), *n, field));
  }
  return add_task_field(std::string(key), field, type, nullable, out);
}

Status Reader::read_tasks(const JsonNode& node) {
  if (const JsonNode* n = node.find("timestamps");
      n != nullptr && !(n->is(JsonKind::kBool) && !n->boolean)) {
    std::string created = "createdAt", updated = "updatedAt";
    bool has_created = true, has_updated = true;
    if (n->is(JsonKind::kObject)) {
      THING_TRY(check_keys("timestamps", *n, {"created", "updated"}));
      has_created = n->find("created") != nullptr;
      has_updated = n->find("updated") != nullptr;
      if (has_created) THING_TRY(read_name("timestamps.created", *n->find("created"), created));
      if (has_updated) THING_TRY(read_name("timestamps.updated", *n->find("updated"), updated));
      if (has_created && has_updated && created == updated)
        return bad("timestamps", "found one field for both, expected two");
    } else if (!n->is(JsonKind::kBool)) {
      return wrong("timestamps", *n, "true or an object of 'created' and 'updated'");
    }
    if (has_created)
      THING_TRY(
          add_task_field("timestamps.created", created, Type::kDatetime, false, model_.created));
    if (has_updated)
      THING_TRY(
          add_task_field("timestamps.updated", updated, Type::kDatetime, false, model_.updated));
  }
  THING_TRY(read_task(node, "softDelete", "deletedAt", Type::kDatetime, true, model_.deleted));
  return read_task(node, "version", "version", Type::kInt, false, model_.version);
}

// ---- the cache

Status Reader::read_ttl(const JsonNode& node, std::string_view key, int64_t& out) const {
  constexpr int64_t kMost = int64_t{30} * 86'400'000;
  const JsonNode* const n = node.find(key);
  if (n == nullptr) return {};
  const std::string path = fmt::format("cache.{}", key);
  const std::optional<int64_t> number = n->integer();
  if (!number.has_value() || *number < 1 || *number > kMost)
    return wrong(path, *n, fmt::format("milliseconds, 1 to {}", kMost));
  out = *number;
  return {};
}

Status Reader::read_cache(const JsonNode* node) {
  if (node == nullptr) return {};
  CacheOptions& cache = model_.cache;
  if (node->is(JsonKind::kBool)) {
    cache.is_on = node->boolean;
    return {};
  }
  if (!node->is(JsonKind::kObject))
    return wrong("cache", *node, "true, false or an object of options");
  THING_TRY(check_keys("cache", *node, {"memory", "ttlMs", "absentTtlMs"}));
  if (const JsonNode* n = node->find("memory"); n != nullptr) {
    if (!n->is(JsonKind::kBool)) return wrong("cache.memory", *n, "true or false");
    cache.in_memory = n->boolean;
  }
  THING_TRY(read_ttl(*node, "ttlMs", cache.ttl_ms));
  return read_ttl(*node, "absentTtlMs", cache.absent_ttl_ms);
}

// ---- keys, indexes, order, access

Status Reader::read_primary(const JsonNode* node) {
  std::vector<uint32_t> marked;
  for (uint32_t i = 0; i < model_.columns(); ++i) {
    if (model_.fields[i].primary) marked.push_back(i);
  }
  if (node != nullptr) {
    if (!marked.empty())
      return bad("primary",
                 fmt::format("field '{}' is marked as primary too, expected one of both ways",
                             model_.fields[marked[0]].name));
    THING_TRY(read_field_names("primary", *node, model_.primary));
  } else if (!marked.empty()) {
    model_.primary = std::move(marked);
  } else if (const int id = model_.find("id"); id >= 0) {
    model_.primary = {static_cast<uint32_t>(id)};
  } else {
    return bad("", "found no primary key, expected \"primary\" or a field 'id'");
  }
  for (uint32_t f : model_.primary) {
    Field& field = model_.fields[f];
    THING_TRY(check_no_list("primary", f, "the primary key"));
    field.primary = true;
    if (field.nullable)
      return bad("fields." + field.name,
                 "found \"null\": true in the primary key, expected a field that is never null");
    if (static_cast<int>(f) == model_.deleted || static_cast<int>(f) == model_.version ||
        static_cast<int>(f) == model_.created || static_cast<int>(f) == model_.updated) {
      return bad("fields." + field.name,
                 "found a field with a task in the primary key, expected another");
    }
  }
  const Field& first = model_.fields[model_.primary[0]];
  if (model_.primary.size() == 1 && first.type == Type::kInt)
    model_.id = static_cast<int>(model_.primary[0]);
  for (uint32_t i = 0; i < model_.columns(); ++i) {
    if (model_.fields[i].initial.kind != DefaultKind::kAutoincrement) continue;
    if (static_cast<int>(i) != model_.id)
      return bad("fields." + model_.fields[i].name + ".default",
                 "found autoincrement, expected it on the only primary key of type int");
    model_.autoincrement = true;
  }
  return {};
}

// Databases differ in how they sort lists, or can not.
Status Reader::check_no_list(const std::string& path, uint32_t field,
                             std::string_view place) const {
  const Field& f = model_.fields[field];
  if (!f.is_list()) return {};
  return bad(path, fmt::format("found the list '{}' in {}, expected a scalar", f.name, place));
}

std::string Reader::derived_name(const std::vector<uint32_t>& fields,
                                 std::string_view ending) const {
  std::string name = model_.table;
  for (uint32_t f : fields) name += "_" + model_.fields[f].column;
  if (name.size() + ending.size() > kMaxName) {  // cut between characters; the hash tells it apart
    const uint64_t hash = base::hash64(name.data(), name.size());
    size_t end = kMaxName - ending.size() - 9;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
    name = fmt::format("{}_{:08x}", name.substr(0, end), static_cast<uint32_t>(hash));
  }
  return name.append(ending);
}

Status Reader::add_index(const std::string& path, Index index) {
  if (index.name.empty()) index.name = derived_name(index.fields, index.unique ? "_key" : "_idx");
  for (const Index& other : model_.indexes) {
    if (other.name != index.name) continue;
    if (other.fields == index.fields && other.unique == index.unique && other.where == index.where)
      return {};
    return bad(path,
               fmt::format("found another definition of index '{}', expected one", index.name));
  }
  model_.indexes.push_back(std::move(index));
  return {};
}

Status Reader::read_indexes(const JsonNode* node) {
  for (uint32_t i = 0; i < model_.columns(); ++i) {
    const Field& field = model_.fields[i];
    if (!field.unique) continue;
    Index index{.name = {}, .fields = {i}, .unique = true, .where = {}};
    if (field.alive) THING_TRY(add_alive("fields." + field.name + ".alive", index));
    THING_TRY(add_index("fields." + field.name + ".unique", std::move(index)));
  }
  if (node == nullptr) return {};
  if (!node->is(JsonKind::kArray)) return wrong("indexes", *node, "an array of indexes");
  int i = 0;
  for (const JsonNode* n = node->first; n != nullptr; n = n->next, ++i)
    THING_TRY(read_index(fmt::format("indexes[{}]", i), *n));
  return {};
}

Status Reader::read_index(const std::string& path, const JsonNode& node) {
  if (!node.is(JsonKind::kObject)) return wrong(path, node, "an object");
  THING_TRY(check_keys(path, node, {"fields", "name", "unique", "alive", "where"}));
  Index index;
  const JsonNode* const fields = node.find("fields");
  if (fields == nullptr) return bad(path, "found no fields, expected an array of field names");
  THING_TRY(read_field_names(path + ".fields", *fields, index.fields));
  for (uint32_t f : index.fields) THING_TRY(check_no_list(path + ".fields", f, "an index"));
  if (const JsonNode* n = node.find("name"); n != nullptr)
    THING_TRY(read_identifier(path + ".name", *n, index.name));
  if (const JsonNode* n = node.find("unique"); n != nullptr) {
    if (!n->is(JsonKind::kBool)) return wrong(path + ".unique", *n, "true or false");
    index.unique = n->boolean;
  }
  if (const JsonNode* n = node.find("where"); n != nullptr) {
    if (!n->is(JsonKind::kObject)) return wrong(path + ".where", *n, "a condition");
    index.where = std::string(json_.source(*n));
  }
  bool alive = false;
  THING_TRY(read_alive(path + ".alive", node.find("alive"), index.unique, alive));
  if (alive) THING_TRY(add_alive(path + ".alive", index));
  return add_index(path, std::move(index));
}

Status Reader::read_order(const JsonNode* node) {
  return node == nullptr ? Status() : read_order_list("order", *node, model_.order);
}

Status Reader::read_order_list(const std::string& list, const JsonNode& node,
                               std::vector<Order>& out) const {
  if (!node.is(JsonKind::kArray)) return wrong(list, node, "an array of {\"field\": \"asc\"}");
  int i = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++i) {
    const std::string path = fmt::format("{}[{}]", list, i);
    if (!n->is(JsonKind::kObject) || n->size != 1)
      return wrong(path, *n, "an object with one field");
    Order order;
    const int field = model_.find(n->first->key);
    if (field < 0)
      return bad(
          path, fmt::format("found field {}, expected the name of a field", quoted(n->first->key)));
    order.field = static_cast<uint32_t>(field);
    THING_TRY(check_no_list(path, order.field, "an order"));
    THING_TRY(read_direction(path, *n->first, order));
    const auto same = [&order](const Order& o) { return o.field == order.field; };
    if (std::any_of(out.begin(), out.end(), same))
      return bad(path,
                 fmt::format("found field {} twice, expected each once", quoted(n->first->key)));
    out.push_back(order);
  }
  return {};
}

Status Reader::read_direction(const std::string& path, const JsonNode& node, Order& order) const {
  const JsonNode* sort = &node;
  if (node.is(JsonKind::kObject)) {
    THING_TRY(check_keys(path, node, {"sort", "nulls"}));
    sort = node.find("sort");
    if (sort == nullptr) return bad(path, "found no 'sort', expected 'asc' or 'desc'");
    if (const JsonNode* nulls = node.find("nulls"); nulls != nullptr) {
      if (nulls->text != "first" && nulls->text != "last")
        return wrong(path + ".nulls", *nulls, "'first' or 'last'");
      order.nulls_first = nulls->text == "first";
    }
  }
  if (!sort->is(JsonKind::kString) || (sort->text != "asc" && sort->text != "desc"))
    return wrong(path, *sort, "'asc' or 'desc'");
  order.descending = sort->text == "desc";
  return {};
}

Status Reader::read_access(const JsonNode& node) {
  const JsonNode* const fillable = node.find("fillable");
  const JsonNode* const guarded = node.find("guarded");
  if (fillable != nullptr && guarded != nullptr)
    return bad("guarded", "found both fillable and guarded, expected one of them");
  for (uint32_t i = 0; i < model_.columns(); ++i) {
    const int f = static_cast<int>(i);
    const bool managed =
        f == model_.created || f == model_.updated || f == model_.deleted || f == model_.version;
    model_.fields[i].fillable = fillable == nullptr && !model_.fields[i].primary && !managed;
  }
  if (fillable != nullptr && !(fillable->is(JsonKind::kArray) && fillable->size == 0)) {
    std::vector<uint32_t> names;
    THING_TRY(read_field_names("fillable", *fillable, names));
    for (uint32_t f : names) model_.fields[f].fillable = true;
  }
  const bool guards_all = guarded != nullptr && guarded->is(JsonKind::kArray) &&
                          guarded->size == 1 && guarded->first->text == "*";
  if (guards_all) {
    for (Field& f : model_.fields) f.fillable = false;
  } else if (guarded != nullptr && !(guarded->is(JsonKind::kArray) && guarded->size == 0)) {
    std::vector<uint32_t> names;
    THING_TRY(read_field_names("guarded", *guarded, names));
    for (uint32_t f : names) model_.fields[f].fillable = false;
  }
  if (const JsonNode* n = node.find("hidden");
      n != nullptr && !(n->is(JsonKind::kArray) && n->size == 0)) {
    std::vector<uint32_t> names;
    THING_TRY(read_field_names("hidden", *n, names));
    for (uint32_t f : names) model_.fields[f].hidden = true;
  }
  return {};
}

void Reader::finish() {
  std::string print;
  for (const Field& f : model_.fields) {
    model_.layout.types.push_back(f.type);
    print += f.name + '\0' + static_cast<char>(f.type);
  }
  model_.layout.hash = base::hash64(print.data(), print.size()) >> 1;  // positive as an int64
  model_.key_layout.hash = model_.layout.hash;
  for (uint32_t f : model_.primary) model_.key_layout.types.push_back(model_.fields[f].type);
}

base::Result<std::vector<std::unique_ptr<Model>>> parse_models(std::string_view document) {
  THING_ASSIGN(const text::Json json, text::Json::parse(document));
  const bool is_array = json.root().is(JsonKind::kArray);
  std::vector<std::unique_ptr<Model>> models;
  if (is_array && json.root().size > kMaxModels)
    return base::fail(Code::kModel, "found {} models, expected at most {}", json.root().size,
                      kMaxModels);
  for (const JsonNode* n = is_array ? json.root().first : &json.root(); n != nullptr;
       n = is_array ? n->next : nullptr) {
    auto model = std::make_unique<Model>();
    THING_TRY(Reader(*model, json).read(*n));
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace thing::schema
